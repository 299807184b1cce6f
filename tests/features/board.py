"""What the tests of the features share: the tiny network with a known speed, and a whole job in one call."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model_zoo import backbones
from model_zoo.data.image_set import ImageSet
from model_zoo.events import Event, Finished
from model_zoo.features.evaluation import evaluate
from model_zoo.features.spec import FeaturesSpec
from tests.engine import SPEED
from tests.tiny import SIZE, TINY, stripes


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the tiny network, and remember a speed for it so that no test times anything."""
    monkeypatch.setitem(backbones.REGISTRY._entries, "tiny", TINY)

    def measured(*_: object) -> Iterator[Event]:
        yield from ()
        return SPEED

    monkeypatch.setattr("model_zoo.features.evaluation.measure", measured)


def asked(*texts: str, **changes: Any) -> FeaturesSpec:
    """Give a job on the tiny network, one seed long."""
    values = {"data": "stripes", "backbone": "tiny", "size": SIZE, "seeds": 1, "classifiers": texts}
    return FeaturesSpec(**values | changes)


def told(spec: FeaturesSpec, folder: Path | None = None, images: ImageSet | None = None) -> tuple[list[Event], dict]:
    """Run a job to its end; gives what it said on the way, and its result."""
    *events, ended = evaluate(spec, images or stripes(), folder)
    assert isinstance(ended, Finished)
    return events, ended.result
