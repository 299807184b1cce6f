"""Features jobs in every state, told to a store as a worker tells them, without fitting anything."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from model_zoo.events import Finished, Note, Progress, RunEnd, Started
from model_zoo.experiments import leases
from model_zoo.experiments.queue import Queue
from model_zoo.experiments.store import Store
from model_zoo.features.spec import FeaturesSpec
from model_zoo.verdicts import Outcome, decide
from tests.dashboard import comparisons
from tests.dashboard.comparisons import CLASSES, PICTURES, SPLIT

CLASSIFIERS = ("svm_linear", "xgboost", "knn:neighbours=3")
ACCURACY = dict(zip(CLASSIFIERS, (0.9, 0.8, 0.7), strict=True))
SEEDS = 2
STAGES = ("stem", "stage1", "stage2", "stage3", "stage4")
VALUES = 4  # of an embedding
TEST = np.arange(PICTURES - 6, PICTURES, dtype=np.int32)


def queued(store: Store, **changes: Any) -> str:
    """Queue a features job; gives its id."""
    spec = FeaturesSpec("materials", classifiers=CLASSIFIERS, seeds=SEEDS)
    return store.enqueue("features", spec.to_json() | changes, lane="quick")


def begun(store: Store, seeds: Sequence[int] = (0,), **changes: Any) -> str:
    """Queue a job that this process has taken up: the rows of `seeds` are fitted."""
    id = queued(store, **changes)
    lease = leases.find(store.engine, "device") or leases.take(store.engine, "device")
    assert lease is not None
    claimed = Queue(store).claim(("quick",), lease.worker)
    assert claimed is not None
    assert claimed.id == id
    store.append(id, Started({"seconds": 12.0, "split": SPLIT, "runs": len(CLASSIFIERS) * SEEDS}))
    store.append(id, Note("2 values are the same for all pictures", about="<i>constant</i>"))
    for row in rows(store.job(id, None).spec):
        if row["seed"] in seeds:
            store.append(id, RunEnd(f"{row['name']}#{row['seed']}", row))
    store.progress(id, Progress("fitting Linear SVM on stage4", 0.4, 7.0))
    return id


def finished(store: Store, *, file: str = "abc.safetensors", **changes: Any) -> str:
    """Queue a job that is over, with its pictures, its predictions and its embeddings."""
    id = begun(store, range(SEEDS), **changes)
    comparisons.pictures()
    spec, folder = store.job(id, None).spec, store.folder(id)
    predictions(store, id)
    embeddings = np.arange(PICTURES * VALUES, dtype=np.float32).reshape(PICTURES, VALUES)
    save_file(dict.fromkeys(spec["stages"], embeddings), folder / "embeddings.safetensors")
    for index, row in enumerate(rows(spec)):
        if "file" in row["export"]:
            (folder / "rows" / str(index)).mkdir(parents=True)
            (folder / row["export"]["file"]).write_bytes(b"a pipeline")
            (folder / "rows" / str(index) / "about.json").write_text(json.dumps({"classes": list(CLASSES)}))
    store.append(id, Finished(result(spec) | {"pictures_file": file}))
    return id


def rows(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Give a row for every classifier, stage and seed; that of knn is not offered."""
    found: list[dict[str, Any]] = []
    for seed in range(spec["seed"], spec["seed"] + spec["seeds"]):
        for stage in spec["stages"]:
            for text in spec["classifiers"]:
                row = _row(text, stage, seed)
                offer = {"file": f"rows/{len(found)}/pipeline.skops", "agrees": 6, "bytes": 10, "trusts": []}
                refused = {"sentence": "Not offered: it holds odd.Type."}
                found.append(row | {"export": refused if text.startswith("knn") else offer})
    return found


def said(index: int) -> np.ndarray:
    """Say what row `index` takes the six test pictures for: the first `index` of them for the class after."""
    return (TEST + (np.arange(6) < index)) % len(CLASSES)


def predictions(store: Store, id: str, test: np.ndarray = TEST) -> None:
    tensors: dict[str, np.ndarray] = {}
    for index, row in enumerate(rows(store.job(id, None).spec)):
        scores = np.float32(0.1 + 0.7 * np.eye(len(CLASSES))[said(index)])
        tensors |= {f"scores.{index}": scores, f"test.{index}": test}
        if row["classifier"] == "svm_linear":
            tensors[f"support.{index}"] = np.array([3, 1], np.int32)
            tensors[f"support_weight.{index}"] = np.array([2.0, 1.0], np.float32)
        if row["classifier"] == "xgboost":
            tensors[f"important.{index}"] = np.array([2, 0], np.int32)
            tensors[f"importance.{index}"] = np.array([0.5, 0.25], np.float32)
            tensors[f"exciting.{index}"] = np.arange(18, dtype=np.int32).reshape(2, 9)
    save_file(tensors, store.folder(id) / "predictions.safetensors")


def result(spec: dict[str, Any]) -> dict[str, Any]:
    """Give what the job gives: its verdict is decided over what the rows said."""
    told, labels = rows(spec), np.arange(PICTURES) % len(CLASSES)
    outcomes = []
    for name in dict.fromkeys(row["name"] for row in told):
        mine = [(i, row) for i, row in enumerate(told) if row["name"] == name]
        correct = tuple(said(i) == labels[TEST] for i, _ in mine)
        accuracy = tuple(row["validation_accuracy"] for _, row in mine)
        outcomes.append(Outcome(name, name, accuracy, 1, correct, (TEST,) * len(mine), SPLIT["train"]))
    verdict = decide(outcomes, redrawn=False).to_json()
    numbers = {"macro_f1": 0.5, "log_loss": 0.25, "ece": 0.125, "fit_seconds": 0.02, "predict_milliseconds": 0.1}
    return {
        "data": spec["data"],
        "backbone": spec["backbone"],
        "spec": spec,
        "classes": list(CLASSES),
        "origin": "drawn for a test",
        "split": SPLIT,
        "pooling": spec["pooling"],
        "precision": "fp32",
        "device": "cpu, 1 threads",
        "embed_seconds": 2.0,
        "embedded": PICTURES,
        "stages": [{"name": stage, "dimensions": VALUES} for stage in spec["stages"]],
        "rows": told,
        "ranking": [line | numbers for line in verdict["ranking"]],
        "verdict": verdict["verdict"],
        "layers": [_layer(stage, 0.5 + 0.1 * place) for place, stage in enumerate(STAGES)],
    }


def drawn(store: Store, id: str, method: str = "pca", stage: str = "stage4") -> str:
    """Queue a map of a features job that is over, with a suspicion and a pair; gives its id."""
    spec = {"job": id, "stage": stage, "method": method, "seed": 0}
    made = store.enqueue("features_map", spec, lane="quick")
    points = np.random.default_rng(0).normal(size=(PICTURES, 2)).astype(np.float32)
    save_file({"points": points}, store.folder(made) / "map.safetensors")
    suspect = {"picture": 4, "given": 1, "suggested": 2, "confidence": 0.75}
    pairs = {"duplicates": [[2, 5, 0.98]], "duplicates_found": 1, "suspects": [suspect], "suspects_found": 3}
    about = {"explained": [0.4, 0.2], "perplexity": None, "seconds": 1.5}
    store.append(made, Finished(pairs | about))
    return made


def _row(text: str, stage: str, seed: int) -> dict[str, Any]:
    return {
        "name": f"{text}@{stage}",
        "classifier": text,
        "stage": stage,
        "dimensions": VALUES,
        "seed": seed,
        "validation_accuracy": ACCURACY.get(text, 0.5) + 0.01 * seed,
        "test_accuracy": 0.75,
        "macro_f1": 0.5,
        "log_loss": 0.25,
        "ece": 0.125,
        "scores": "probability",
        "temperature": 1.0,
        "fit_seconds": 0.02,
        "predict_milliseconds": 0.1,
        "chosen": {"c": 0.1} if text == "svm_linear" else {},
    }


def _layer(stage: str, accuracy: float) -> dict[str, Any]:
    interval = {"test_accuracy_ci": [accuracy - 0.1, min(1.0, accuracy + 0.05)]}
    return {"stage": stage, "dimensions": 32, "validation_accuracy": accuracy, "test_accuracy": accuracy} | interval
