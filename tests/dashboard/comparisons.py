"""Comparisons in every state, told to a store as a worker tells them, without training anything."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from model_zoo.data import kept
from model_zoo.events import Finished, Note, Progress, RunEnd, Started
from model_zoo.experiments import leases
from model_zoo.experiments.queue import Queue
from model_zoo.experiments.store import Store
from model_zoo.specs import ComparisonSpec
from tests.components import made_up

CLASSES = ("<b>ants</b>", "bees & wasps", "$개미$ **x**")
SPLIT = {"train": 9, "validation": 3, "test": 6, "redrawn": False, "sentence": "The source gave the split."}
SENTENCE = "Full fine-tuning (rate 0.1): 92 % ± 3 on test pictures, ahead of linear probe by 3 points. It is so."
PICTURES, SIZE, STAGES = 18, 16, 6
SEEDS, EPOCHS = 2, 3


def queued(store: Store, **changes: Any) -> str:
    """Queue a comparison; gives its id."""
    spec = ComparisonSpec("materials", strategies=made_up.CONFIGURATIONS, seeds=SEEDS, epochs=EPOCHS)
    return store.enqueue("compare", spec.to_json() | changes, lane="device")


def begun(store: Store, seeds: Sequence[int] = (0,), **changes: Any) -> str:
    """Queue a comparison that this process has taken up: it ended the runs of `seeds`."""
    id = queued(store, **changes)
    lease = leases.find(store.engine, "device") or leases.take(store.engine, "device")
    assert lease is not None
    claimed = Queue(store).claim(("device",), lease.worker)
    assert claimed is not None
    assert claimed.id == id
    store.append(id, Started({"seconds": 12.0, "split": SPLIT, "epochs": EPOCHS, "views": 3, "runs": 6}))
    store.append(id, Note("is too small", about="<i>tiny</i>.png"))
    for seed in seeds:
        for strategy in made_up.CONFIGURATIONS:
            for epoch in range(EPOCHS):
                store.append(id, _epoch_end(strategy, seed, epoch))
        for row in made_up.runs(SEEDS):
            if row["seed"] == seed:
                store.append(id, RunEnd(f"{row['strategy']}#{seed}", row))
    store.progress(id, Progress("training", 0.4, 7.0))
    return id


def finished(store: Store, asked: Mapping[str, Any] = MappingProxyType({}), **result: Any) -> str:
    """Queue a comparison that is over, with its pictures and its predictions; `asked` are changes of its spec."""
    id = begun(store, range(SEEDS), **asked)
    pictures()
    predictions(store, id)
    store.append(id, Finished(_result(store.job(id, None).spec) | result))
    return id


def pictures(key: str = "abc") -> None:
    """Keep a set of random pictures."""
    drawn = np.random.default_rng(0).integers(0, 255, (PICTURES, 3, SIZE, SIZE), dtype=np.uint8)
    labels = np.arange(PICTURES) % len(CLASSES)
    names = tuple(f"<script>{number}</script>.png" for number in range(PICTURES))
    given = np.full(PICTURES, kept.NOT_GIVEN, dtype=np.int8)
    kept.keep(kept.Arrays(drawn, labels, CLASSES, names, given, "drawn for a test"), key)


def predictions(store: Store, id: str) -> None:
    """Write what the runs answered: on the last six pictures, run i takes the first i of them for the class after."""
    test = np.arange(PICTURES - 6, PICTURES, dtype=np.int32)
    tensors = {}
    for run in range(len(made_up.CONFIGURATIONS) * SEEDS):
        said = (test + (np.arange(6) < run)) % len(CLASSES)
        tensors |= {f"logits.{run}": np.float16(4 * np.eye(len(CLASSES))[said]), f"test.{run}": test}
    save_file(tensors, store.folder(id) / "predictions.safetensors")


def _epoch_end(strategy: str, seed: int, epoch: int) -> Any:
    by_stage = {name: [0.0] * (STAGES - 1) + [0.5] for name in ("rates", "gradient_norms", "drift")}
    return made_up.epoch_end(strategy, seed, epoch, **by_stage)


def _result(spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "data": spec["data"],
        "backbone": spec["backbone"],
        "spec": spec,
        "classes": list(CLASSES),
        "pictures": "abc",
        "split": SPLIT,
        "views": 3,
        "precision": "fp32",
        "device": "cpu, 1 threads",
        "runs": made_up.runs(SEEDS),
        "ranking": made_up.ranking(),
        "verdict": made_up.verdict() | {"sentence": SENTENCE},
    }
