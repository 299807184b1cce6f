"""Compare fine-tuning strategies on one picture set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from model_zoo import backbones
from model_zoo.data import sources
from model_zoo.events import Event, Progress
from model_zoo.specs import ComparisonSpec

if TYPE_CHECKING:
    from model_zoo.experiments.job import Context

TITLE = "Compare strategies"
LANE: Literal["device"] = "device"
LIBRARIES = ("model_zoo.comparison",)


def describe(spec: dict[str, Any]) -> str:
    """Say what is compared, on which pictures."""
    count, seeds = len(spec["strategies"]), spec["seeds"]
    runs = f"{count} {'strategy' if count == 1 else 'strategies'} × {seeds} {'seed' if seeds == 1 else 'seeds'}"
    pictures, network = sources.find(spec["data"]).title, backbones.get(spec["backbone"]).title
    most = "up to " if spec.get("within_seconds") else ""
    return f"{pictures} · {network} · {runs} × {most}{spec['epochs']} epochs"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Run the ComparisonSpec that `spec` holds; goes on from its checkpoints if it was killed."""
    yield Progress("waking the trainer")
    from model_zoo.backbones import weights
    from model_zoo.comparison import compare
    from model_zoo.data.opening import open_set

    comparison = ComparisonSpec.from_json(spec)
    backbone = backbones.get(comparison.backbone)
    if comparison.pretrained and not weights.weights_ready(backbone):
        yield from weights.fetch(backbone)
    images = yield from open_set(comparison.data, comparison.size)
    yield from compare(comparison, images, context.folder)
