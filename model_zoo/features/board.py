"""The leaderboard of a features job: rows as they are fitted, what each stage is worth, and the verdict in the end."""

import json
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from model_zoo.data.image_set import ImageSet, Split
from model_zoo.events import Event, Progress, RunEnd, mapped
from model_zoo.features import classifiers
from model_zoo.features.evidence import evidence
from model_zoo.features.export import export
from model_zoo.features.fitting import Fitted, fit
from model_zoo.features.on_disk import OTHERS, Fits, Found
from model_zoo.features.pace import Pace
from model_zoo.features.scores import best_temperature, calibration_error, log_loss, probabilities
from model_zoo.features.spec import PREDICTIONS, PROBE, FeaturesSpec, title
from model_zoo.verdicts import Outcome, accuracy_interval, decide

MEANS = ("macro_f1", "log_loss", "ece", "fit_seconds", "predict_milliseconds")


@dataclass
class Board:
    """The rows of a features job as they come, and what is kept of each."""

    spec: FeaturesSpec
    images: ImageSet
    splits: dict[int, Split]
    plan: dict[str, Any]
    folder: Path
    embeddings: dict[str, np.ndarray]  # (N, D) float32 for every stage but the head
    pace: Pace
    fits: Fits
    cuda: bool = False
    rows: list[dict[str, Any]] = field(default_factory=list)
    kept: dict[str, np.ndarray] = field(default_factory=dict)
    correct: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)  # by row, or stage for probes; and seed
    layers: list[dict[str, Any]] = field(default_factory=list)
    _said: set[Event] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.labels = self.images.labels.numpy()

    def run_seed(self, seed: int) -> Iterator[Event]:
        """Fit every classifier on every stage under one seed; each row is told when it stands."""
        for stage in self.spec.stages:
            for text in self.spec.classifiers:
                index = len(self.rows)
                if ended := self.fits.read(index):
                    self._add(*ended)
                    self.pace.skip()
                    continue
                yield self.pace.progress(f"fitting {classifiers.title(text)} on {stage}")
                fitted = yield from self._fitted(text, stage, seed, self.spec.tune)
                row, found = yield from self._judged(fitted, f"{text}@{stage}", text, stage, seed)
                self.fits.keep(index, row, found)
                self._add(row, found)
                yield RunEnd(f"{row['name']}#{seed}", row)

    def run_layer(self, stage: str) -> Iterator[Event]:
        """Ask a linear probe what a stage is worth; a row of the leaderboard that is the same probe serves as well."""
        name, accuracies = f"{PROBE}@{stage}", []
        for seed in self.spec.run_seeds:
            known = [r for r in self.rows if r["name"] == name and r["seed"] == seed and not r["chosen"]]
            if known:
                self.pace.skip()
                self.correct[stage, seed] = self.correct[name, seed]
                accuracies.append(known[0]["validation_accuracy"])
            else:
                yield self.pace.progress(f"a linear probe after {stage}")
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

    def clear(self) -> None:
        """Drop what only an unfinished job needs."""
        (self.folder / OTHERS).unlink(missing_ok=True)
        self.fits.clear()

    def _fitted(self, text: str, stage: str, seed: int, tune: bool) -> Generator[Event, None, Fitted]:
        train = self.splits[seed].train.numpy()
        work = fit(
            text, self.embeddings[stage][train], self.labels[train], len(self.images.classes),
            seed=seed, tune=tune, cuda=self.cuda,
        )  # fmt: skip
        told: Generator[Event, None, Fitted] = mapped(work, self._of_all)
        fitted = yield from told
        self.pace.next()
        return fitted

    def _of_all(self, event: Event) -> Event | None:
        """Say of the whole job how far a fit is, and each remark once."""
        if isinstance(event, Progress):
            return self.pace.progress(event.doing, event.done or 0.0)
        if event in self._said:
            return None
        self._said.add(event)
        return event

    def _judged(
        self, fitted: Fitted, name: str, text: str, stage: str, seed: int
    ) -> Generator[Event, None, tuple[dict[str, Any], Found]]:
        """Make the row of a fitted classifier, with its scores and evidence; keeps the pipeline of the first seed."""
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
        if seed == self.spec.seed:
            yield self.pace.progress(f"keeping {classifiers.title(text)}")
            about = {
                "backbone": self.spec.backbone,
                "stage": stage,
                "pooling": self.spec.pooling,
                "size": self.spec.size,
            }
            about["classes"] = [self.images.classes[number] for number in fitted.present]
            row["export"] = export(fitted, self.folder, f"rows/{index}/pipeline.skops", about, x[test], scores)
        evident = evidence(fitted, x, train, self.labels)
        return row, {"scores": scores, "test": test.astype(np.int32), **evident}

    def _add(self, row: dict[str, Any], found: Found) -> None:
        self.kept |= {f"{part}.{len(self.rows)}": values for part, values in found.items()}
        self.correct[row["name"], row["seed"]] = found["scores"].argmax(1) == self.labels[found["test"]]
        self.rows.append(row)

    def _probed(self, fitted: Fitted, stage: str, seed: int) -> float:
        """Note which test pictures a probe names right; gives its validation accuracy."""
        split, x = self.splits[seed], self.embeddings[stage]
        test, validation = split.test.numpy(), split.validation.numpy()
        self.correct[stage, seed] = fitted.scores(x[test]).argmax(1) == self.labels[test]
        return float((fitted.scores(x[validation]).argmax(1) == self.labels[validation]).mean())

    def _summed(self, name: str) -> Outcome:
        mine = [row for row in self.rows if row["name"] == name]
        seconds = float(np.mean([row["fit_seconds"] for row in mine]))
        called = title(name) if len(self.spec.stages) > 1 else classifiers.title(mine[0]["classifier"])
        return self._outcome(name, called, tuple(row["validation_accuracy"] for row in mine), seconds)

    def _outcome(self, name: str, called: str, validation: tuple[float, ...], cost: float) -> Outcome:
        """Give what a verdict needs; where one has to be cheapest or first, it is the one that is fitted soonest."""
        return Outcome(
            strategy=name,
            title=called,
            validation_accuracy=validation,
            cost=cost,
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
    (folder / "predictions.part").rename(folder / PREDICTIONS)
    (folder / "result.part").write_text(json.dumps(result, ensure_ascii=False))
    (folder / "result.part").rename(folder / "result.json")
