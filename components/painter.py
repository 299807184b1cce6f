"""A grid of stages × epochs to paint a strategy on: by dragging, by touch, or by keyboard.

This is the Python side: what is told to the widget (`components.painter_grid`), and what is accepted from it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from components.heatmap import ink, scheme_colour
from components.painter_grid import grid

PALETTE = ((0.0, "frozen"), (0.03, "a thirtieth"), (0.1, "a tenth"), (0.3, "a third"), (1.0, "whole rate"))
LARGEST_FACTOR = 10.0

Painting = dict[str, list[float]]


def painter(
    stages: Sequence[str], epochs: int, initial: Mapping[str, Sequence[float]], *, key: str, origin: str = ""
) -> Painting:
    """Show the grid and give what is painted: for each stage its learning-rate factor in every epoch.

    `initial` maps stages to factors, the last one repeated; a stage that it lacks is frozen. The painting starts over
    from `initial` when `origin`, its name, or `stages` change; when only `epochs` changes, what is painted stays.
    """
    kept = st.session_state.get(key) or {}
    kept = _accepted(kept.get("painted"), stages, origin)
    painting = fitted(kept["map"] if kept else initial, stages, epochs)
    result = grid(
        key=key,
        data={
            "stages": list(stages),
            "epochs": epochs,
            "origin": origin,
            "revision": kept["revision"] if kept else 0,
            "map": painting,
            "palette": [{"factor": factor, "words": words} for factor, words in PALETTE],
            "colours": _colours([*(factor for factor, _ in PALETTE), *(f for row in painting.values() for f in row)]),
        },
        default={"painted": None},
        on_painted_change=_nothing,
    )
    told = _accepted(result.painted, stages, origin)
    return fitted(told["map"], stages, epochs) if told else painting


def fitted(painting: Mapping[str, Sequence[float]], stages: Sequence[str], epochs: int) -> Painting:
    """Give every stage exactly one factor an epoch: cut, or the last repeated; frozen where nothing is known."""
    rows = {stage: list(painting.get(stage) or [0.0]) for stage in stages}
    return {stage: (row + row[-1:] * epochs)[:epochs] for stage, row in rows.items()}


def _nothing() -> None:
    """Declare the state to Streamlit; the painting is read from the result."""


def _accepted(told: Any, stages: Sequence[str], origin: str) -> dict[str, Any] | None:
    """Take what the browser says only if it is a painting of these stages that began at this origin."""
    if not isinstance(told, Mapping) or told.get("origin") != origin or told.get("stages") != list(stages):
        return None
    painting, revision = told.get("map"), told.get("revision")
    if not isinstance(painting, Mapping) or not isinstance(revision, int):
        return None
    rows = {stage: _factors(painting.get(stage)) for stage in stages}
    return {"revision": revision, "map": rows} if all(rows.values()) else None


def _factors(row: Any) -> list[float]:
    numbers = row if isinstance(row, list) else []
    fine = all(isinstance(number, int | float) and 0 <= number <= LARGEST_FACTOR for number in numbers)
    return [float(number) for number in numbers] if fine else []


def _colours(factors: Iterable[float]) -> dict[str, list[str]]:
    """Give [colour, ink] for each factor, keyed as JavaScript writes the number."""
    return {f"{factor:.15g}": [scheme_colour(factor), ink(factor)] for factor in sorted(set(factors))}
