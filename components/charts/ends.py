"""Labels at the ends of lines, moved apart where lines end close together, each tied to its line."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

CHARACTERS = 18  # of a label's line
LINE, LETTER, LEADER = 15, 6.6, 18  # px: height of a line, mean width of a letter, length of the tie
FONT = 12  # px


@dataclass(frozen=True)
class End:
    """Where a line ends, in the figure's coordinates, and what it is called."""

    label: str
    colour: str
    x: float
    y: float


def height_for(labels: Sequence[str], least: int) -> int:
    """Give the height of a plot, in px, in which all labels fit beside it."""
    return max(least, sum(_height(label) for label in labels))


def label_ends(figure: "Figure", ends: Sequence[End], low: float, high: float, plot_height: int) -> "Figure":
    """Write each label right of its line's end and make room for it; `low` and `high` are the range of the y axis."""
    ends = sorted(ends, key=lambda end: end.y)
    wanted = [(end.y - low) / (high - low) * plot_height for end in ends]  # px above the bottom
    places = spread(wanted, [_height(end.label) for end in ends], plot_height)
    for end, from_, to in zip(ends, wanted, places, strict=True):
        figure.add_annotation(
            x=end.x,
            y=end.y,
            ax=LEADER,
            ay=from_ - to,
            text="<br>".join(escape(line) for line in _lines(end.label)),
            font_size=FONT,
            align="left",
            xanchor="left",
            arrowhead=0,
            arrowwidth=1.2,
            arrowcolor=end.colour,
            standoff=3,
        )
    longest = max((len(line) for end in ends for line in _lines(end.label)), default=0)
    return figure.update_layout(margin_r=round(LEADER + 8 + longest * LETTER))


def spread(wanted: Sequence[float], heights: Sequence[float], room: float) -> list[float]:
    """Move ascending positions as little as possible (least squares) so that boxes of `heights` do not overlap.

    Boxes stay within [0, room] where they fit. Solved by pooling adjacent violators (Ayer et al. 1955).
    """
    offsets = [sum(heights[:i]) + height / 2 for i, height in enumerate(heights)]
    pools: list[tuple[float, int]] = []  # (sum of shifted positions, boxes), their means ascending
    for position, offset in zip(wanted, offsets, strict=True):
        pools.append((position - offset, 1))
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
            (total, count), (more, number) = pools[-2:]
            pools[-2:] = [(total + more, count + number)]
    shifts = [total / count for total, count in pools for _ in range(count)]
    slack = max(0.0, room - sum(heights))
    return [min(max(shift, 0.0), slack) + offset for shift, offset in zip(shifts, offsets, strict=True)]


def _lines(label: str) -> list[str]:
    return wrap(label, CHARACTERS, break_on_hyphens=False)


def _height(label: str) -> int:
    return LINE * len(_lines(label)) + 3
