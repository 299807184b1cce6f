"""Classifiers × stages × seeds on one split: the leaderboard grows row by row, and a verdict ends it."""

import json
import shutil
import tempfile
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from torch import Tensor

from model_zoo import backbones
from model_zoo.data.image_set import ImageSet, Split
from model_zoo.data.splits import split as split_pictures
from model_zoo.devices import Setting, choose, device_name, free_memory_bytes
from model_zoo.estimates import SHARE_FOR_CACHE, SplitSizes
from model_zoo.events import Event, Finished, Note, Progress, RunEnd, Started
from model_zoo.features import classifiers
from model_zoo.features.embedding import Embedder, written
from model_zoo.features.evidence import evidence
from model_zoo.features.export import export
from model_zoo.features.fitting import Fitted, fit
from model_zoo.features.oddities import constant_values, missing_classes
from model_zoo.features.pace import Pace
from model_zoo.features.scores import best_temperature, calibration_error, log_loss, probabilities
from model_zoo.features.spec import PROBE, FeaturesSpec, estimate, fit_seconds, title
from model_zoo.home import home
from model_zoo.prefix_cache import PrefixCache
from model_zoo.speed import measure
from model_zoo.verdicts import Outcome, accuracy_interval, decide

EMBEDDINGS, OTHERS = "embeddings.safetensors", "other_stages.part"
SHARE_OF_DISK = 0.8  # of what is free may be taken
MEANS = ("macro_f1", "log_loss", "ece", "fit_seconds", "predict_milliseconds")


def evaluate(spec: FeaturesSpec, images: ImageSet, folder: Path | None = None) -> Iterator[Event]:
    """Embed, fit and compare; ends in Finished(result). What a job keeps is written into `folder`."""
    if folder is None:
        with tempfile.TemporaryDirectory() as aside:
            yield from evaluate(spec, images, Path(aside))
        return
    folder.mkdir(parents=True, exist_ok=True)
    board = yield from _prepare(spec, images, folder)
    for seed in spec.run_seeds:
        yield from board.run_seed(seed)
    for stage in backbones.get(spec.backbone).stage_names[:-1]:
        yield from board.run_layer(stage)
    (folder / OTHERS).unlink()
    yield Finished(board.result())


def _prepare(spec: FeaturesSpec, images: ImageSet, folder: Path) -> Generator[Event, None, "Board"]:
    if len(images.classes) < 2:
        raise ValueError(f"All pictures are of one class, “{images.classes[0]}”; there is nothing to tell apart.")
    splits = {seed: split_pictures(images, seed) for seed in spec.run_seeds}
    yield from missing_classes(images, splits)
    plan = yield from _plan(spec, images, splits[spec.seed])
    yield Started(dict(plan))
    began = time.perf_counter()
    embedder = _embedder(spec, images, plan)
    room = partial(_room, folder, len(images), spec.stages)
    found = yield from embedder.run(backbones.get(spec.backbone).stage_names[:-1], room=room)
    plan |= {"embed_seconds": time.perf_counter() - began, "embedded": embedder.computed}
    embeddings = {stage: rows.numpy() for stage, rows in found.items()}
    yield from constant_values({stage: embeddings[stage] for stage in spec.stages}, splits[spec.seed].train.numpy())
    return Board(spec, images, splits, plan, folder, embeddings, choose(spec.device).type == "cuda")


def _plan(spec: FeaturesSpec, images: ImageSet, first: Split) -> Generator[Event, None, dict[str, Any]]:
    speed = yield from measure(backbones.get(spec.backbone), spec.size, spec.device, spec.precision)
    sizes = SplitSizes(*first.sizes(), redrawn=first.redrawn)
    return {
        "seconds": estimate(spec, sizes, len(images.classes), speed),
        "runs": len(spec.names) * spec.seeds,
        "split": {**vars(sizes), "sentence": first.sentence},
        "precision": speed.precision,
        "memory_format": speed.memory_format,
        "device": device_name(choose(spec.device)),
    }


def _embedder(spec: FeaturesSpec, images: ImageSet, plan: dict[str, Any]) -> Embedder:
    device, setting = choose(spec.device), Setting(plan["precision"], plan["memory_format"])
    cache = PrefixCache(int(SHARE_FOR_CACHE * free_memory_bytes(device)), home("caches", "activations"))
    embedder = Embedder(images, backbones.get(spec.backbone), spec.pooling, setting, device, cache)
    embedder.extractor.check(spec.stages)
    return embedder


def _room(folder: Path, count: int, stages: tuple[str, ...], dimensions: dict[str, int]) -> dict[str, Tensor]:
    """Make room on disk: the stages asked for in a file that is kept, the others in one that goes after the probes."""
    needed, free = 4 * count * sum(dimensions.values()), shutil.disk_usage(folder).free
    if needed > SHARE_OF_DISK * free:
        raise ValueError(
            f"The embeddings need {needed / 1e9:.1f} GB of disk and {free / 1e9:.1f} GB are free. "
            "Take fewer pictures, average pooling or another backbone."
        )
    kept = {stage: dimensions[stage] for stage in stages}
    others = {stage: width for stage, width in dimensions.items() if stage not in kept}
    return written(folder / EMBEDDINGS, count, kept) | written(folder / OTHERS, count, others)


@dataclass
class Board:
    """The rows of a features job as they come, and what is kept of each."""

    spec: FeaturesSpec
    images: ImageSet
    splits: dict[int, Split]
    plan: dict[str, Any]
    folder: Path
    embeddings: dict[str, np.ndarray]  # (N, D) float32 for every stage but the head
    cuda: bool = False
    rows: list[dict[str, Any]] = field(default_factory=list)
    kept: dict[str, np.ndarray] = field(default_factory=dict)
    correct: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)  # by row, or stage for probes; and seed
    layers: list[dict[str, Any]] = field(default_factory=list)
    _said: set[Note] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.labels = self.images.labels.numpy()
        self._pace = Pace(self._expected())

    def run_seed(self, seed: int) -> Iterator[Event]:
        """Fit every classifier on every stage under one seed; each row is told when it stands."""
        for stage in self.spec.stages:
            for text in self.spec.classifiers:
                yield self._pace.progress(f"fitting {classifiers.title(text)} on {stage}")
                fitted = yield from self._fitted(text, stage, seed, self.spec.tune)
                row = yield from self._judged(fitted, f"{text}@{stage}", text, stage, seed)
                yield RunEnd(f"{row['name']}#{seed}", row)

    def run_layer(self, stage: str) -> Iterator[Event]:
        """Ask a linear probe what a stage is worth; a row of the leaderboard that is the same probe serves as well."""
        name, accuracies = f"{PROBE}@{stage}", []
        for seed in self.spec.run_seeds:
            known = [r for r in self.rows if r["name"] == name and r["seed"] == seed and not r["chosen"]]
            if known:
                self._pace.next()
                self.correct[stage, seed] = self.correct[name, seed]
                accuracies.append(known[0]["validation_accuracy"])
            else:
                yield self._pace.progress(f"a linear probe after {stage}")
                fitted = yield from self._fitted(PROBE, stage, seed, False)
                accuracies.append(self._probed(fitted, stage, seed))
        outcome = self._outcome(stage, classifiers.title(PROBE), tuple(accuracies), 0)
        test, low, high = accuracy_interval(outcome, self.plan["split"]["redrawn"])
        layer = {"stage": stage, "dimensions": self.embeddings[stage].shape[1]}
        found = {"validation_accuracy": float(np.mean(accuracies)), "test_accuracy": test}
        self.layers.append(layer | found | {"test_accuracy_ci": [low, high]})

    def result(self) -> dict[str, Any]:
        """Give ranking, verdict and all that pages show; writes it down, and the scores."""
        spec, images = self.spec, self.images
        verdict = decide([self._summed(name) for name in spec.names], self.plan["split"]["redrawn"]).to_json()
        result = {
            "data": spec.data,
            "backbone": spec.backbone,
            "spec": spec.to_json(),
            "classes": list(images.classes),
            "origin": images.origin,
            "pictures_file": f"{images.key}.safetensors" if images.key else "",
            "pooling": spec.pooling,
            **{key: self.plan[key] for key in ("split", "precision", "device", "embed_seconds", "embedded")},
            "stages": [{"name": s, "dimensions": self.embeddings[s].shape[1]} for s in spec.stages],
            "rows": self.rows,
            "ranking": [line | self._means(line["strategy"]) for line in verdict["ranking"]],
            "verdict": verdict["verdict"],
            "layers": self.layers,
        }
        _write(self.folder, result, self.kept)
        return result

    def _fitted(self, text: str, stage: str, seed: int, tune: bool) -> Generator[Event, None, Fitted]:
        train = self.splits[seed].train.numpy()
        work = fit(
            text, self.embeddings[stage][train], self.labels[train], len(self.images.classes),
            seed=seed, tune=tune, cuda=self.cuda,
        )  # fmt: skip
        while True:
            try:
                event = next(work)
            except StopIteration as end:
                self._pace.next()
                return end.value
            if isinstance(event, Progress):
                yield self._pace.progress(event.doing, event.done or 0.0)
            elif not isinstance(event, Note) or event not in self._said:
                yield event
                self._said |= {event} if isinstance(event, Note) else set()

    def _judged(
        self, fitted: Fitted, name: str, text: str, stage: str, seed: int
    ) -> Generator[Event, None, dict[str, Any]]:
        """Make the row of a fitted classifier, and keep scores, evidence and, of the first seed, the pipeline."""
        index, split, x = len(self.rows), self.splits[seed], self.embeddings[stage]
        train, validation, test = split.train.numpy(), split.validation.numpy(), split.test.numpy()
        began = time.perf_counter()
        scores = fitted.scores(x[test])
        milliseconds = 1e3 * (time.perf_counter() - began) / len(test)
        validated = fitted.scores(x[validation])
        kind = fitted.row.scores
        temperature = best_temperature(validated, self.labels[validation]) if kind == "margin" else 1.0
        row = {
            "name": name,
            "classifier": text,
            "stage": stage,
            "dimensions": x.shape[1],
            "seed": seed,
            "validation_accuracy": float((validated.argmax(1) == self.labels[validation]).mean()),
            **_figures(scores, self.labels[test], kind, temperature),
            "scores": kind,
            "temperature": temperature,
            "fit_seconds": fitted.seconds,
            "predict_milliseconds": milliseconds,
            "chosen": fitted.chosen,
        }
        self.correct[name, seed] = scores.argmax(1) == self.labels[test]
        self.kept |= {f"scores.{index}": scores, f"test.{index}": test.astype(np.int32)}
        self.kept |= {f"{part}.{index}": found for part, found in evidence(fitted, x, train, self.labels).items()}
        if seed == self.spec.seed:
            yield self._pace.progress(f"keeping {classifiers.title(text)}")
            about = {
                "backbone": self.spec.backbone,
                "stage": stage,
                "pooling": self.spec.pooling,
                "size": self.spec.size,
            }
            about["classes"] = [self.images.classes[number] for number in fitted.present]
            row["export"] = export(fitted, self.folder, f"rows/{index}/pipeline.skops", about, x[test], scores)
        self.rows.append(row)
        return row

    def _probed(self, fitted: Fitted, stage: str, seed: int) -> float:
        """Note which test pictures a probe names right; gives its validation accuracy."""
        split, x = self.splits[seed], self.embeddings[stage]
        test, validation = split.test.numpy(), split.validation.numpy()
        self.correct[stage, seed] = fitted.scores(x[test]).argmax(1) == self.labels[test]
        return float((fitted.scores(x[validation]).argmax(1) == self.labels[validation]).mean())

    def _expected(self) -> list[float]:
        """Give the seconds that each fit should take, in the order in which they come."""
        spec, count, classes = self.spec, self.plan["split"]["train"], len(self.images.classes)
        fits = [(text, stage, spec.tune) for stage in spec.stages for text in spec.classifiers] * spec.seeds
        fits += [(PROBE, stage, False) for stage in self.embeddings for _ in spec.run_seeds]
        return [fit_seconds(text, count, self.embeddings[stage].shape[1], classes, tune) for text, stage, tune in fits]

    def _summed(self, name: str) -> Outcome:
        mine = [row for row in self.rows if row["name"] == name]
        microseconds = round(1e6 * float(np.mean([row["fit_seconds"] for row in mine])))
        called = title(name) if len(self.spec.stages) > 1 else classifiers.title(mine[0]["classifier"])
        return self._outcome(name, called, tuple(row["validation_accuracy"] for row in mine), microseconds)

    def _outcome(self, name: str, called: str, validation: tuple[float, ...], cost: int) -> Outcome:
        """Give what a verdict needs; where one has to be cheapest or first, it is the one that is fitted soonest."""
        return Outcome(
            strategy=name,
            title=called,
            validation_accuracy=validation,
            trained_parameters=cost,
            correct=tuple(self.correct[name, seed] for seed in self.spec.run_seeds),
            test=tuple(self.splits[seed].test.numpy() for seed in self.spec.run_seeds),
            train_size=self.plan["split"]["train"],
        )

    def _means(self, name: str) -> dict[str, float]:
        mine = [row for row in self.rows if row["name"] == name]
        return {key: float(np.mean([row[key] for row in mine])) for key in MEANS}


def _figures(scores: np.ndarray, labels: np.ndarray, kind: Any, temperature: float) -> dict[str, float]:
    from sklearn.metrics import f1_score

    probability, named = probabilities(scores, kind, temperature), scores.argmax(1)
    return {
        "test_accuracy": float((named == labels).mean()),
        "macro_f1": float(f1_score(labels, named, average="macro", zero_division=0.0)),
        "log_loss": log_loss(probability, labels),
        "ece": calibration_error(probability, labels),
    }


def _write(folder: Path, result: dict[str, Any], kept: dict[str, np.ndarray]) -> None:
    save_file(kept, folder / "predictions.part")
    (folder / "predictions.part").rename(folder / "predictions.safetensors")
    (folder / "result.part").write_text(json.dumps(result, ensure_ascii=False))
    (folder / "result.part").rename(folder / "result.json")
