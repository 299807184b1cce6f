"""Decode a picture set and give its portrait; a set that was decoded before is only described again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from model_zoo.data import sources
from model_zoo.events import Event, Finished, Progress, Started

if TYPE_CHECKING:
    from model_zoo.experiments.job import Context

TITLE = "Prepare pictures"
LANE: Literal["io"] = "io"
LIBRARIES = ("model_zoo.data.opening", "model_zoo.data.portrait")


def describe(spec: dict[str, Any]) -> str:
    """Say which pictures, and at what size."""
    try:
        title = sources.find(spec["data"]).title
    except ValueError:  # a list of jobs may know sets that are gone
        title = spec["data"]
    return f"{title} at {spec['size']} pixels"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Open `spec["data"]` at `spec["size"]` pixels; the result is the portrait, also kept as portrait.json.

    `spec["seed"]`, 0 by default, draws the split where none is given.
    """
    from model_zoo.data import kept
    from model_zoo.data.opening import open_set
    from model_zoo.data.portrait import portrait
    from model_zoo.data.splits import split

    yield Started({"data": spec["data"], "size": spec["size"]})
    images = yield from open_set(spec["data"], spec["size"])
    yield Progress("Describing the pictures")
    drawn = portrait(images, split(images, spec.get("seed", 0)), kept.find(images.key))
    result = {"data": sources.find(spec["data"]).reference, **drawn}
    (context.folder / "portrait.json").write_text(json.dumps(result), "utf-8")
    yield Finished(result)
