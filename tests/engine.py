"""What the tests of the engine share: the tiny network registered, a known speed, a whole comparison in one call."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model_zoo import backbones
from model_zoo.comparison import compare
from model_zoo.estimates import Speed
from model_zoo.events import EpochEnd, Event, Finished
from model_zoo.specs import ComparisonSpec
from tests.tiny import SIZE, TINY, stripes

SPEED = Speed(
    "cpu", "fp32", "contiguous", (1e-3,) * 5, (1e-4, 2e-4, 3e-4, 4e-4, 5e-4), (512, 1024, 48, 40), 1e-4, 10_000
)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the tiny network, and remember a speed for it so that no test times anything."""
    monkeypatch.setitem(backbones.REGISTRY._entries, "tiny", TINY)

    def measured(*_: object) -> Iterator[Event]:
        yield from ()
        return SPEED

    monkeypatch.setattr("model_zoo.comparison.measure", measured)


def spec(*strategies: str, **changes: Any) -> ComparisonSpec:
    """Give a short comparison on the tiny network."""
    values = {"data": "stripes", "backbone": "tiny", "size": SIZE, "epochs": 3, "seeds": 1, "batch": 8, "rate": 0.02}
    return ComparisonSpec(strategies=strategies, **values | changes)


def run(wanted: ComparisonSpec, folder: Path | None = None, **changes: Any) -> tuple[list[EpochEnd], dict[str, Any]]:
    """Run a comparison to its end; gives its epochs and its result."""
    images = changes.pop("images", None) or stripes()
    events = list(compare(wanted, images, folder, **changes))
    assert isinstance(events[-1], Finished)
    return [event for event in events if isinstance(event, EpochEnd)], events[-1].result
