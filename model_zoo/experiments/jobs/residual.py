"""Train towers of several depths, plain and residual, on one picture set, and say where depth hurts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from model_zoo.data import sources
from model_zoo.events import Event, Finished, Progress
from model_zoo.residual.towers import KINDS, ResidualSpec

if TYPE_CHECKING:
    from model_zoo.experiments.job import Context

TITLE = "Grow towers"
LANE: Literal["device"] = "device"
RESULT = "result.json"


def describe(spec: dict[str, Any]) -> str:
    """Say which towers, on which pictures."""
    asked = ResidualSpec.from_json(spec)
    depths = ", ".join(map(str, asked.depths))
    kinds = ", ".join(KINDS[shortcut].lower() for shortcut in asked.shortcuts)
    return f"{sources.find(asked.data).title} · {depths} layers · {kinds} × {asked.seeds} seeds × {asked.epochs} epochs"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Train what the ResidualSpec in `spec` names; goes on with the runs that are missing if it was stopped.

    The result is also kept as result.json. `runs` has one row a run, with the `file` of its weights in the job's
    folder; `rates` the rate that counts for each tower, `differences` what depth does, `cuts` what each block is worth.
    """
    yield Progress("opening the pictures")
    from model_zoo.data.opening import open_set
    from model_zoo.residual.learning import Learner

    asked = ResidualSpec.from_json(spec)
    images = yield from open_set(asked.data, asked.size)
    for event in Learner(asked, images, context.folder).events():
        if isinstance(event, Finished):
            (context.folder / RESULT).write_text(json.dumps(event.result, ensure_ascii=False), "utf-8")
        yield event
