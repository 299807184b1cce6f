"""What the classifiers of a finished features job make of a new picture: classes, neighbours, a place on the map."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from safetensors.numpy import load_file
from skops.io.exceptions import UntrustedTypesFoundException
from torch import Tensor

from model_zoo import backbones
from model_zoo.data.splits import split
from model_zoo.devices import Setting
from model_zoo.features import classifiers
from model_zoo.features.embedded import JOB_ID, Embedded, embedded
from model_zoo.features.embedding import Extractor
from model_zoo.features.export import load
from model_zoo.features.fitting import Fitted
from model_zoo.features.map import place
from model_zoo.features.neighbours import directions, standardised
from model_zoo.features.scores import probabilities
from model_zoo.features.spec import MAP
from model_zoo.home import home
from model_zoo.service_deadline import Deadline
from model_zoo.service_models import NotThere, Shelf

TOP = 5  # classes named
NEAREST = 9  # training pictures shown
EXACT = Setting("fp32", "contiguous")  # a job in bf16 has embedded the others less exactly


@dataclass(frozen=True)
class Row:
    """A fitted classifier of the leaderboard; `temperature` makes probabilities of its margins."""

    name: str
    stage: str
    fitted: Fitted
    temperature: float


@dataclass(frozen=True)
class Asked:
    """All that answers for one job: the network, the classifiers of the first seed, and the training pictures.

    `missing` are rows whose pipeline was not kept, with why. `bytes` is what all this takes in memory, about.
    """

    extractor: Extractor
    size: int
    classes: tuple[str, ...]
    rows: tuple[Row, ...]
    missing: tuple[tuple[str, str], ...]
    train: np.ndarray
    stages: dict[str, "Space"]
    bytes: int


@dataclass(frozen=True)
class Space:
    """The embeddings of one stage as directions (N, D) after standardising, so that products are cosines."""

    mean: np.ndarray = field(repr=False)
    deviation: np.ndarray = field(repr=False)
    rows: np.ndarray = field(repr=False)

    def similar(self, x: np.ndarray) -> np.ndarray:
        """Give the cosine (N,) of a new embedding (D,) with every picture's."""
        return self.rows @ directions(((x - self.mean) / self.deviation)[None])[0].astype(np.float32)


def try_features(shelf: Shelf, job: str, map_job: str, pixels_of: Any, deadline: Deadline) -> dict[str, Any]:
    """Ask every classifier of `job` what a picture shows; `pixels_of` decodes it to uint8 (3, size, size).

    With a `map_job` the neighbours are those in its stage, and `place` is where the picture lies on it.
    Raises ValueError with a sentence for what cannot be answered.
    """
    asked = _asked(shelf, job)
    deadline.check()
    drawn = _map(map_job, job) if map_job else None
    pixels: Tensor = pixels_of(asked.size)
    stage = drawn["stage"] if drawn else next(iter(asked.stages))
    made = {name: x.numpy()[0] for name, x in asked.extractor(pixels[None], tuple(asked.stages)).items()}
    rows = []
    for row in asked.rows:
        deadline.check()
        rows.append({"name": row.name, "scores": _top(row, made[row.stage], asked.classes)})
    similar = asked.stages[stage].similar(made[stage])
    near = asked.train[np.argsort(-similar[asked.train], kind="stable")[:NEAREST]]
    neighbours = [{"picture": int(i), "similarity": float(similar[i])} for i in near]
    order = np.argsort(-similar, kind="stable")
    there = place(made[stage], drawn["points"], drawn["tensors"], order) if drawn else None
    missing = [{"name": name, "sentence": sentence} for name, sentence in asked.missing]
    return {"rows": rows, "missing": missing, "stage": stage, "neighbours": neighbours, "place": there}


def _top(row: Row, x: np.ndarray, classes: tuple[str, ...]) -> list[dict[str, Any]]:
    scores = row.fitted.scores(x[None])
    (chances,) = probabilities(scores, row.fitted.row.scores, row.temperature)
    best = np.argsort(-chances, kind="stable")[:TOP]
    return [{"name": classes[i], "probability": float(chances[i])} for i in best]


def _asked(shelf: Shelf, job: str) -> Asked:
    if not JOB_ID.fullmatch(job):
        raise NotThere(f"“{job[:80]}” is no features job. Open one from the runs page.")
    try:
        found = embedded(job)
    except ValueError as error:
        raise NotThere(str(error)) from error
    status = (found.folder / "result.json").stat()
    expected = sum(file.stat().st_size for file in (*found.folder.glob("rows/*/*"), *found.folder.glob("embeddings.*")))
    return shelf.get(("features", found.folder, status.st_mtime_ns), expected, lambda: _load(found, expected))


def _load(found: Embedded, on_disk: int) -> Asked:
    """Load network, classifiers and embeddings of a job."""
    spec, images = found.spec, found.images
    extractor = Extractor(backbones.get(spec.backbone), spec.pooling, EXACT, torch.device("cpu"), spec.size)
    told = [row for row in enumerate(found.result["rows"]) if row[1]["seed"] == spec.seed]
    rows = tuple(_row(found, row) for _, row in told if "file" in row["export"])
    missing = tuple((row["name"], row["export"]["sentence"]) for _, row in told if "file" not in row["export"])
    weights = sum(t.numel() * t.element_size() for t in extractor.network.state_dict().values())
    return Asked(
        extractor=extractor,
        size=spec.size,
        classes=found.classes,
        rows=rows,
        missing=missing,
        train=split(images, spec.seed).train.numpy(),
        stages={stage: _space(found.embeddings(stage)) for stage in spec.stages},
        bytes=on_disk + weights,
    )


def _row(found: Embedded, told: dict[str, Any]) -> Row:
    file = found.folder / told["export"]["file"]
    row, options = classifiers.get(told["classifier"])
    try:
        about = json.loads((file.parent / "about.json").read_text())
        pipeline = load(file)
    except (FileNotFoundError, BadZipFile, UntrustedTypesFoundException, json.JSONDecodeError) as error:
        raise NotThere(f"{told['name']} was not kept whole. Run the features page again.") from error
    present = np.array([found.classes.index(name) for name in about["classes"]])
    fitted = Fitted(row, options, pipeline, present, len(found.classes), told["chosen"], told["fit_seconds"])
    return Row(told["name"], told["stage"], fitted, told.get("temperature", 1.0))


def _space(x: np.ndarray) -> Space:
    rows, mean, deviation = standardised(x)
    return Space(mean, deviation, directions(rows).astype(np.float32))


def _map(map_job: str, job: str) -> dict[str, Any]:
    folder: Path | None = home("jobs") / map_job if JOB_ID.fullmatch(map_job) else None
    if folder is None or not (folder / MAP).exists() or not (folder / "result.json").exists():
        raise NotThere(f"“{map_job[:80]}” is no map that has been drawn. Draw one on the features page.")
    told = json.loads((folder / "result.json").read_text())
    if told["job"] != job:
        raise NotThere("This map is of other embeddings. Draw one of these.")
    tensors = load_file(folder / told["file"])
    return {"stage": told["stage"], "points": tensors.pop("points"), "tensors": tensors}
