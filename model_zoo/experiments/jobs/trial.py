"""Time a network at a size, so that a comparison with it can be estimated before it starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from model_zoo import backbones
from model_zoo.events import Event, Finished, Progress

if TYPE_CHECKING:
    from model_zoo.experiments.job import Context

TITLE = "Time a network"
LANE: Literal["quick"] = "quick"


def describe(spec: dict[str, Any]) -> str:
    """Say which network, and at what size."""
    return f"{backbones.get(spec['backbone']).title} at {spec['size']} pixels"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Time `spec["backbone"]` at `spec["size"]`, on `spec["device"]` under `spec["precision"]`; gives the Speed."""
    yield Progress("waking the trainer")
    from dataclasses import asdict

    from model_zoo.speed import measure

    speed = yield from measure(
        backbones.get(spec["backbone"]), spec["size"], spec.get("device", "auto"), spec.get("precision", "auto")
    )
    yield Finished(asdict(speed))
