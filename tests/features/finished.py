"""A finished features job on disk, as the job leaves it: the tiny network on striped pictures."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from model_zoo import backbones
from model_zoo.data import kept
from model_zoo.data.image_set import ImageSet
from model_zoo.data.kept import Arrays
from model_zoo.events import Event, Finished
from model_zoo.experiments.job import Context
from model_zoo.features.evaluation import evaluate
from model_zoo.features.spec import FeaturesSpec
from tests.engine import SPEED
from tests.tiny import SIZE, TINY, stripes

JOB = "fedcba9876543210fedcba9876543210"
KEY = "0" * 32
CLASSIFIERS = ("svm_linear", "knn", "logistic_regression")


def register(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the tiny network known, and its speed, so that nothing is timed."""

    def measured(*_: object) -> Iterator[Event]:
        yield from ()
        return SPEED

    monkeypatch.setitem(backbones.REGISTRY._entries, "tiny", TINY)
    monkeypatch.setattr("model_zoo.features.evaluation.measure", measured)


def keep(images: ImageSet) -> ImageSet:
    """Keep a set under pictures/, as a set that was opened is."""
    arrays = Arrays(
        pictures=images.pictures.numpy(), labels=images.labels.numpy(), classes=images.classes, names=images.names,
        given=images.given.numpy(), origin=images.origin,
    )  # fmt: skip
    kept.keep(arrays, KEY)
    return replace(images, key=KEY)


def finished(home: Path, images: ImageSet | None = None, **changes: Any) -> ImageSet:
    """Run a features job to its end in the folder of JOB; gives its pictures."""
    images = keep(images if images is not None else stripes(count=120))
    values = {"data": "stripes", "backbone": "tiny", "stages": ("stage1", "fc"), "size": SIZE, "seeds": 1}
    spec = FeaturesSpec(**values | {"classifiers": CLASSIFIERS} | changes)
    folder = home / "jobs" / JOB
    *_, last = evaluate(spec, images, folder)
    assert isinstance(last, Finished)
    return images


def job_folder(home: Path, name: str) -> Context:
    """Give a job a folder of its own."""
    folder = home / "jobs" / name
    folder.mkdir(parents=True, exist_ok=True)
    return Context(name, folder)


def clusters(count: int, classes: int, dimensions: int = 20, seed: int = 0) -> tuple[Any, Any]:
    """Draw points (count, dimensions) around a middle a class, and their labels (count,)."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % classes
    middles = 3 * torch.randn(classes, dimensions, generator=generator)
    points = middles[labels] + torch.randn(count, dimensions, generator=generator)
    return points.numpy(), labels.numpy()
