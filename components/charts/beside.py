"""Labels beside points: each where it covers least, found greedily over a few places around its point."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

CHARACTERS, FONT, LINE, LETTER = 17, 12, 14, 6.6  # of a label; px
POINT = 8  # px: half the side of a marker and the air around it
WIDTHS = (270.0, 620.0)  # px of a plot on a phone and in a column of a wide page; a label must fit in both
Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True)
class Spot:
    """A point to label: `x` and `y` are shares of the axes in [0, 1], `low` and `high` the ends of its interval."""

    label: str
    x: float
    y: float
    low: float
    high: float


def label_spots(
    figure: "Figure", spots: Sequence[Spot], at: Sequence[tuple[float, float]], height: float, ground: str
) -> None:
    """Write the label of each spot into the figure, on the colour `ground`.

    `at` are the spots in axis coordinates (log10 on a log axis).
    """
    for spot, (x, y), (ax, ay) in zip(spots, at, places(spots, height), strict=True):
        far = max(abs(ax), abs(ay)) > 3 * POINT
        figure.add_annotation(
            x=x,
            y=y,
            ax=ax,
            ay=-ay,
            text="<br>".join(escape(line) for line in _lines(spot.label)),
            font_size=FONT,
            align="left" if ax > 0 else "right" if ax < 0 else "center",
            xanchor="left" if ax > 0 else "right" if ax < 0 else "center",
            yanchor="bottom" if ax == 0 and ay > 0 else "top" if ax == 0 else "middle",
            arrowhead=0,
            arrowwidth=1 if far else 0.1,
            bgcolor=ground,  # no line of the grid runs through the words
            borderpad=0,
            standoff=5,
        )


def add_key(figure: "Figure", names: Sequence[str], height: float) -> None:
    """Write a numbered list of names right of the plot, first on top, and make room for it."""
    lines = [wrap(f"{number + 1} {name}", CHARACTERS + 3, break_on_hyphens=False) for number, name in enumerate(names)]
    figure.add_annotation(
        x=1,
        xref="paper",
        xshift=10,
        y=1,
        yref="paper",
        text="<br>".join(escape(line) for entry in lines for line in entry),
        font_size=FONT,
        align="left",
        xanchor="left",
        yanchor="top",
        showarrow=False,
    )
    longest = max(len(line) for entry in lines for line in entry)
    more = max(0.0, 1.35 * FONT * sum(map(len, lines)) - height)
    figure.update_layout(margin_r=round(14 + LETTER * longest), height=figure.layout.height + more)


def places(spots: Sequence[Spot], height: float) -> list[tuple[float, float]]:
    """Choose for every spot where its label starts, in px right of and above its point."""
    chosen: list[tuple[float, float]] = []
    for spot in spots:
        costs = {offset: _cost(spot, offset, spots, chosen, height) for offset in _offsets()}
        chosen.append(min(costs, key=costs.__getitem__))
    return chosen


def _offsets() -> list[tuple[float, float]]:
    near = [(12, 0), (-12, 0), (0, 12), (0, -12), (10, 14), (10, -14), (-10, 14), (-10, -14)]
    far = [(side * dx, dy) for dx in (16, 40) for dy in (32, -32, 56, -56, 84, -84, 112, -112) for side in (1, -1)]
    return [*near, *far]


def _cost(
    spot: Spot,
    offset: tuple[float, float],
    spots: Sequence[Spot],
    chosen: Sequence[tuple[float, float]],
    height: float,
) -> float:
    """Sum, over narrow and wide plots, the px² that the label would cover or lose, and a little for distance."""
    cost = 2.0 * (abs(offset[0]) + abs(offset[1]))
    for width in WIDTHS:
        box = _label_box(spot, offset, width, height)
        taken = [_label_box(other, place, width, height) for other, place in zip(spots, chosen, strict=False)]
        taken += [box_ for other in spots for box_ in _marker_boxes(other, width, height)]
        cost += sum(_overlap(box, other) for other in taken)
        inside = _overlap(box, (-4.0, -4.0, width + 4, height + 4))
        cost += 3 * ((box[2] - box[0]) * (box[3] - box[1]) - inside)
    return cost


def _label_box(spot: Spot, offset: tuple[float, float], width: float, height: float) -> Box:
    lines = _lines(spot.label)
    wide, tall = LETTER * max(map(len, lines)), LINE * len(lines)
    x, y = spot.x * width + offset[0], spot.y * height + offset[1]
    left = x if offset[0] > 0 else x - wide if offset[0] < 0 else x - wide / 2
    bottom = y if offset[0] == 0 and offset[1] > 0 else y - tall if offset[0] == 0 else y - tall / 2
    return left, bottom, left + wide, bottom + tall


def _marker_boxes(spot: Spot, width: float, height: float) -> tuple[Box, Box]:
    x, y = spot.x * width, spot.y * height
    bar = (x - 3, spot.low * height, x + 3, spot.high * height)
    return (x - POINT, y - POINT, x + POINT, y + POINT), bar


def _overlap(a: Box, b: Box) -> float:
    wide, tall = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return wide * tall if wide > 0 and tall > 0 else 0.0


def _lines(label: str) -> list[str]:
    return wrap(label, CHARACTERS, break_on_hyphens=False)
