"""Download a public picture set; one that is already here is left as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from model_zoo.data import sources
from model_zoo.data.limits import in_bytes
from model_zoo.events import Event, Finished, Started

if TYPE_CHECKING:
    from model_zoo.experiments.job import Context

TITLE = "Download pictures"
LANE: Literal["io"] = "io"


def describe(spec: dict[str, Any]) -> str:
    """Say which set, and how large it is."""
    row = sources.download(spec["data"])
    return f"{row.title}, {in_bytes(row.bytes)}"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Fetch `spec["data"]`, such as `download:cifar10`; the result is the reference to open it by."""
    from model_zoo.data.downloads import fetch

    row = sources.download(spec["data"])
    yield Started({"data": spec["data"], "bytes": row.bytes})
    yield from fetch(row.name)
    yield Finished({"data": f"download:{row.name}"})
