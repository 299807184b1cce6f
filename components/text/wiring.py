"""The wiring of a recurrent network as a picture, one box a step: what comes in below, its state, what goes out above.

The five are those of Karpathy 2015, The Unreasonable Effectiveness of Recurrent Neural Networks. Pure functions; the
picture is SVG, in which everything that a visitor wrote is escaped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import get_args

from model_zoo.rnn.mode import Wiring

WIRINGS: tuple[Wiring, ...] = get_args(Wiring)
TOLD: dict[Wiring, str] = {
    "one to one": "One input, one answer: a picture and its class. Nothing is remembered.",
    "one to many": "One input, then word after word: a picture and its caption.",
    "many to one": "A sequence in, one answer at its end: a review, and whether it is good.",
    "many to many": "A whole sequence in, then another out: a sentence and its translation.",
    "in step": "An answer at every step: a word and its part of speech.",
}
SMALL: dict[Wiring, tuple[str, str]] = {  # of the little pictures: where something comes in, and where it goes out
    "one to one": ("x", "x"),
    "one to many": ("x..", "xxx"),
    "many to one": ("xxx", "..x"),
    "many to many": ("xxx..", "..xxx"),
    "in step": ("xxx", "xxx"),
}
ROW, GAP = 30, 24  # px: height of a box, height of an arrow
SIDE = 9  # px between a box and the edge of its column; an arrow takes two
NARROWEST, LETTER = 48, 7.4  # px: width of the narrowest column, and of a letter
LETTERS = 9  # of a token that fit its box; what is longer is cut, and whole on hover


@dataclass(frozen=True)
class Step:
    """One box of the picture: what comes in (""; nothing), what goes out, and how strong the state is, 0 to 1.

    `back` is the strength of the state of a second network that reads backwards; None where there is none.
    """

    below: str = ""
    above: str = ""
    state: float = 0.0
    back: float | None = None


def check(wiring: Wiring, steps: Sequence[Step]) -> None:
    """Raise ValueError where `steps` do not have the shape of `wiring`."""
    comes, goes = [bool(step.below) for step in steps], [bool(step.above) for step in steps]
    count = len(steps)
    first, last = [True] + [False] * (count - 1), [False] * (count - 1) + [True]
    fits = {
        "one to one": count == 1 and comes == goes == [True],
        "one to many": comes == first and all(goes),
        "many to one": all(comes) and goes == last,
        "many to many": _leads(comes) and _leads(goes[::-1]) and any(goes) and 0 < sum(comes) <= count + 1 - sum(goes),
        "in step": all(comes) and comes == goes,
    }
    if not steps or not fits[wiring]:
        raise ValueError(f"These {count} steps are not wired {wiring}: inputs {_marks(comes)}, outputs {_marks(goes)}.")


def picture(wiring: Wiring, steps: Sequence[Step], cut: str = "") -> str:
    """Draw the steps, as wide as they need; `cut` says what was left out before the first of them.

    Raises ValueError where the steps do not have the shape of the wiring.
    """
    check(wiring, steps)
    rows = 2 if any(step.back is not None for step in steps) else 1
    edges = [NARROWEST / 2 if cut else 0.0]
    for step in steps:
        edges.append(round(edges[-1] + _column(step), 1))
    wide, high = edges[-1], _state_top(rows) - 10 + GAP + ROW + 2
    drawn = "".join(_step(step, left, right, rows) for step, left, right in zip(steps, edges, edges[1:], strict=False))
    across = "".join(_across(edge, rows) for edge in edges[1:-1])
    if cut:
        middle = _state_top(0) + ROW / 2
        drawn += f"<text x='8' y='{middle + 4}'>…<title>{escape(cut)}</title></text>"
        across += _arrow(edges[0] - SIDE, middle, edges[0] + SIDE - 1, middle)
    return f"<svg viewBox='0 0 {wide} {high}' width='{wide}' height='{high}' aria-hidden='true'>{across}{drawn}</svg>"


def small(wiring: Wiring) -> str:
    """Draw the wiring small, without words."""
    comes, goes = SMALL[wiring]
    wide, box = 15 * len(comes) + 3, 8
    parts = []
    for place, (enters, leaves) in enumerate(zip(comes, goes, strict=True)):
        x = 15 * place + 4
        parts.append(f"<rect class='state' x='{x}' y='20' width='{box}' height='{box}'/>")
        if enters == "x":
            parts.append(f"<rect class='in' x='{x}' y='38' width='{box}' height='{box}'/>{_line(x + 4, 38, x + 4, 29)}")
        if leaves == "x":
            parts.append(f"<rect class='out' x='{x}' y='2' width='{box}' height='{box}'/>{_line(x + 4, 20, x + 4, 11)}")
        if place:
            parts.append(_line(x - 7, 24, x - 1, 24))
    return f"<svg viewBox='0 0 {wide} 48' width='{wide}' height='48' aria-hidden='true'>{''.join(parts)}</svg>"


def _leads(flags: Sequence[bool]) -> bool:
    """Say whether all that is true comes before all that is not."""
    return list(flags) == sorted(flags, reverse=True)


def _marks(flags: Sequence[bool]) -> str:
    return "".join("x" if flag else "." for flag in flags[:12])


def _state_top(row: int) -> float:
    return 2 + ROW + GAP + row * (ROW + 10)


def _column(step: Step) -> float:
    """Give the width of the column of a step, in px."""
    letters = max(min(_width(words), LETTERS) for words in (step.below, step.above))
    return max(NARROWEST, letters * LETTER + 12 + 2 * SIDE)


def _step(step: Step, left: float, right: float, rows: int) -> str:
    """Draw one column: arrows first, boxes above them."""
    middle, below = round((left + right) / 2, 1), _state_top(rows - 1) + ROW + GAP
    parts = []
    if step.below:
        parts += [_arrow(middle, below, middle, below - GAP + 1), _box(step.below, left, right, below, "in")]
    if step.above:
        parts += [_arrow(middle, 2 + ROW + GAP, middle, 2 + ROW + 1), _box(step.above, left, right, 2, "out")]
    parts.append(_state(step.state, left, right, _state_top(0)))
    if step.back is not None:
        parts.append(_state(step.back, left, right, _state_top(1)))
    return "".join(parts)


def _across(edge: float, rows: int) -> str:
    """Draw the arrows from one step to the next, and back where a second network reads backwards."""
    found = []
    for row in range(rows):
        y, ends = _state_top(row) + ROW / 2, (edge - SIDE, edge + SIDE)
        start, end = ends if row == 0 else ends[::-1]
        found.append(_arrow(start, y, end + (-1 if row == 0 else 1), y))
    return "".join(found)


def _state(strength: float, left: float, right: float, top: float) -> str:
    share = f"{100 * min(1.0, max(0.0, strength)):.0f}"
    return (
        f"<rect class='state' style='--share:{share}%' x='{left + SIDE:.1f}' y='{top}' "
        f"width='{right - left - 2 * SIDE:.1f}' height='{ROW}' rx='5'>"
        f"<title>state, strength {share} of 100</title></rect>"
    )


def _box(words: str, left: float, right: float, top: float, kind: str) -> str:
    shown = words if _width(words) <= LETTERS else _cut(words)
    return (
        f"<g class='{kind}'><rect x='{left + 3:.1f}' y='{top}' width='{right - left - 6:.1f}' height='{ROW}' rx='5'/>"
        f"<text x='{(left + right) / 2:.1f}' y='{top + ROW / 2 + 4.5}'>{escape(shown)}</text>"
        f"<title>{escape(words)}</title></g>"
    )


def _width(words: str) -> float:
    """Measure in letters: those of Korean, Chinese and Japanese are nearly twice as wide as Latin ones."""
    return sum(1.8 if ord(letter) > 0x1100 else 1 for letter in words)


def _cut(words: str) -> str:
    kept = words[:LETTERS]
    while kept and _width(kept) > LETTERS - 1:
        kept = kept[:-1]
    return f"{kept}…"


def _arrow(x: float, y: float, to_x: float, to_y: float) -> str:
    """Draw a line with a head at its end; lines are upright or level."""
    if x == to_x:
        head = f"M{x - 4} {to_y + 6}L{x} {to_y}L{x + 4} {to_y + 6}"
    else:
        back = -6 if to_x > x else 6
        head = f"M{to_x + back} {y - 4}L{to_x} {y}L{to_x + back} {y + 4}"
    return f"<path class='arrow' d='M{x} {y}L{to_x} {to_y}{head}'/>"


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    if x == to_x:
        head = f"M{x - 2} {to_y + 3}L{x} {to_y}L{x + 2} {to_y + 3}"
    else:
        head = f"M{to_x - 3} {y - 2}L{to_x} {y}L{to_x - 3} {y + 2}"
    return f"<path class='arrow' d='M{x} {y}L{to_x} {to_y}{head}'/>"
