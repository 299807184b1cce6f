"""The map of embeddings as a widget: a point a picture, its thumbnail on hover, a lasso around those to look at.

An own widget (Streamlit component, version 2): plotly's selections slow down with thousands of points and know no
pictures. Arrow keys go from point to point, Enter takes a point and its neighbours, Escape lets go.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from components.features.canvas_geometry import CANVAS_GEOMETRY
from components.features.space_canvas import CSS, DRAWING, HTML
from components.features.space_hands import HANDS
from components.heatmap import scheme
from components.radio_group import RADIO_GROUP
from components.theme import DARK, LIGHT, configuration_colours
from model_zoo.data import kept

MOST_POINTS = 20_000  # of a larger set, as many spread evenly over it
MOST_PIXELS = 16_000_000  # of all thumbnails together
THUMB = 64  # px of a side, at most
SHAPES = 4  # circle, square, diamond, triangle
HUES = 7
UNTESTED = 65535


@dataclass(frozen=True)
class Space:
    """A map: `points` (N, 2), `labels` (N,), names of the classes, the kept set with the pictures (or none).

    `said` (N,) is what a classifier said of each picture, UNTESTED where it was not asked. `here` is a place to mark.
    """

    points: np.ndarray
    labels: np.ndarray
    classes: Sequence[str]
    pictures_file: str = ""
    said: np.ndarray | None = None
    here: tuple[float, float] | None = None
    only_look: bool = False  # nothing is taken from it


def space(shown: Space, *, key: str, id: str, name: str, label: str) -> list[int]:
    """Show the map, and give the pictures that were taken, as indices into the set.

    `id` tells maps apart: another one starts without anything taken. `name` is that of saved files, `label` is for
    those who cannot see it.
    """
    chosen = _spread(len(shown.labels))
    kept_ = (st.session_state.get(key) or {}).get("picked")
    held = _accepted(kept_, id, len(chosen))
    placed, extent, here = _placed(shown.points[chosen], shown.here)
    sheet = _sheet(shown.pictures_file, len(shown.labels)) if shown.pictures_file else None
    data = {
        "key": id,
        "points": _packed(placed),
        "extent": extent,
        "here": here,
        "labels": _packed(shown.labels[chosen]),
        "said": None if shown.said is None else _packed(shown.said[chosen]),
        "classes": list(shown.classes),
        "looks": _looks(),
        "ground": scheme(LIGHT.background, DARK.background),
        "faint": scheme(LIGHT.edge, DARK.edge),
        "atlas": sheet[0] if sheet else "",
        "thumbs": {"side": sheet[1], "columns": sheet[2]} if sheet else None,
        "indices": None if len(chosen) == len(shown.labels) else chosen.tolist(),
        "picked": held,
        "only_look": shown.only_look,
        "name": name,
        "label": label,
    }
    result = _space(key=key, data=data, default={"picked": None}, on_picked_change=_nothing)
    return [int(chosen[i]) for i in _accepted(result.picked, id, len(chosen))]


def _nothing() -> None:
    """Declare the state to Streamlit; what was taken is read from the result."""


def _accepted(told: Any, id: str, count: int) -> list[int]:
    """Take what the browser says only if it is of this map, and names points that there are."""
    points = told.get("points") if hasattr(told, "get") and told.get("key") == id else None
    found = points if isinstance(points, list) else []
    return [i for i in dict.fromkeys(found) if isinstance(i, int) and 0 <= i < count]


def _spread(count: int) -> np.ndarray:
    shown = min(count, MOST_POINTS)
    return np.arange(shown) * count // max(shown, 1)


def _placed(points: np.ndarray, here: tuple[float, float] | None) -> tuple[np.ndarray, list[int], list[float] | None]:
    """Put points into a square of 65535, axes at one scale; gives them, how far they reach, and where `here` is."""
    finite = np.nan_to_num(points.astype(np.float64))
    least = finite.min(axis=0)
    scale = 65535 / max(float(np.ptp(finite, axis=0).max()), 1e-12)
    placed = (finite - least) * scale
    reach = [max(1, int(value)) for value in placed.max(axis=0)]
    there = None if here is None else [float(v) for v in (np.asarray(here, np.float64) - least) * scale]
    return placed.round(), reach, there


def _packed(values: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype="<u2").tobytes()).decode("ascii")


def _looks() -> list[dict[str, Any]]:
    """Give looks for classes: hues first, then the same in another shape, so that never the colour alone tells them."""
    hues = configuration_colours(HUES)
    return [
        {"colour": scheme(hue.colour_light, hue.colour_dark), "shape": (turn + number) % SHAPES}
        for turn in range(SHAPES)
        for number, hue in enumerate(hues)
    ]


@st.cache_data(show_spinner=False, max_entries=8)
def _sheet(pictures_file: str, count: int) -> tuple[str, int, int] | None:
    """Draw all thumbnails on one sheet: a JPEG as data URI, their side in px, and how many stand in a row."""
    found = kept.find(pictures_file)
    if found is None or len(found) != count:
        return None
    chosen = _spread(count)
    side = max(8, min(THUMB, found.size, int((MOST_PIXELS / len(chosen)) ** 0.5)))
    columns = int(np.ceil(len(chosen) ** 0.5))
    sheet = Image.new("RGB", (side * columns, side * -(-len(chosen) // columns)))
    for start in range(0, len(chosen), 256):
        part = found.pictures(chosen[start : start + 256])  # (n, S, S, 3)
        for number, picture in enumerate(part, start):
            small = Image.fromarray(picture).resize((side, side), Image.Resampling.BOX)
            sheet.paste(small, (side * (number % columns), side * (number // columns)))
    stream = io.BytesIO()
    sheet.save(stream, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode("ascii"), side, columns


_space = st.components.v2.component(
    "thaw.space", html=HTML, css=CSS, js=DRAWING + HANDS + CANVAS_GEOMETRY + RADIO_GROUP
)
