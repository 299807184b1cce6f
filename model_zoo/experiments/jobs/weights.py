"""Download a backbone's pre-trained weights; a whole file that is already there is kept as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from model_zoo import backbones
from model_zoo.backbones.weights import fetch
from model_zoo.events import Event, Finished, Started

if TYPE_CHECKING:
    from model_zoo.experiments.job import Context

TITLE = "Download weights"
LANE: Literal["io"] = "io"


def describe(spec: dict[str, Any]) -> str:
    """Say which weights, and how large they are."""
    backbone = backbones.get(spec["backbone"])
    size = f", {backbone.weights.bytes / 1e6:.0f} MB" if backbone.weights else ", shipped"
    return f"Weights of {backbone.title}{size}"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Fetch the weights of `spec["backbone"]`; the result names the file (None for a network that is shipped)."""
    backbone = backbones.get(spec["backbone"])
    yield Started({"backbone": spec["backbone"], "bytes": backbone.weights.bytes if backbone.weights else 0})
    file = (yield from fetch(backbone)) if backbone.weights else None
    yield Finished({"backbone": spec["backbone"], "file": str(file) if file else None})
