"""The tree that a beam grew, as a picture: a column a step, what went on drawn strong, what was dropped drawn faint.

Pure functions; the picture is SVG, in which all words are escaped. No two lines cross: words stand in the order of
those that they follow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import exp

from components.captions.looked import END, share
from components.numbers import MINUS
from model_zoo.rnn.prediction import Node

ROW, HIGH = 30, 24  # px from word to word, and of the box around one
LETTER, NARROWEST, GAP = 7.3, 34, 46  # px: of a letter, of the narrowest box, between two columns
LETTERS = 16  # of a longer word the beginning is drawn
EDGE = 4  # px around the picture


@dataclass(frozen=True)
class Placed:
    """A word of the tree: the box that it stands in, the words until it, and the sum of their log-probabilities.

    `best`: on the way to the sentence that was said. `given`: a word of the visitor's.
    """

    node: Node
    left: float
    width: float
    middle: float  # px from the top
    so_far: tuple[str, ...]
    total: float
    best: bool
    given: bool


def placed(nodes: Sequence[Node], best: str, given: int = 0) -> list[Placed]:
    """Place the nodes; `best` is the sentence that was said, whose first `given` words are the visitor's."""
    paths, totals = _paths(nodes)
    columns = _columns(nodes, totals)
    way = _way(nodes, paths, best)
    high = ROW * max(map(len, columns), default=0)
    found: dict[int, Placed] = {}
    left = EDGE + GAP / 2 + 10
    for depth, column in enumerate(columns):
        width = max(map(_width, (nodes[place] for place in column)))
        top = EDGE + (high - ROW * len(column)) / 2
        for row, place in enumerate(column):
            middle = top + ROW * (row + 0.5)
            found[place] = Placed(nodes[place], left, width, middle, paths[place], totals[place], place in way,
                                  depth < given)  # fmt: skip
        left += width + GAP
    return [found[place] for place in range(len(nodes))]


def tree(nodes: Sequence[Node], best: str, given: int = 0) -> str:
    """Draw the tree, as wide and as high as it needs; "" without nodes."""
    boxes = placed(nodes, best, given)
    if not boxes:
        return ""
    wide = max(box.left + box.width for box in boxes) + EDGE
    high = ROW * max(map(len, _columns(nodes, _paths(nodes)[1]))) + 2 * EDGE
    root = (EDGE + 5.0, high / 2)
    order = sorted(range(len(boxes)), key=lambda place: _strength(boxes[place]))
    lines = "".join(_line(boxes, place, root) for place in order)
    words = "".join(_box(boxes[place], place) for place in range(len(boxes)))
    start = f"<circle class='root' cx='{root[0]}' cy='{root[1]}' r='5'><title>the picture</title></circle>"
    size = f"viewBox='0 0 {wide:.1f} {high:.1f}' width='{wide:.0f}' height='{high:.0f}'"
    return f"<svg {size} aria-hidden='true'>{lines}{start}{words}</svg>"


def told(nodes: Sequence[Node], best: str) -> str:
    """Say in words what the tree shows."""
    kept = sum(node.kept for node in nodes)
    steps = len(_columns(nodes, _paths(nodes)[1]))
    return (
        f"The tree that the beam grew in {steps} steps: {len(nodes)} words were weighed, {kept} went on. "
        f"The sentence that won: {best}."
    )


def _paths(nodes: Sequence[Node]) -> tuple[list[tuple[str, ...]], list[float]]:
    """Give the words until each node, and the sums of their log-probabilities."""
    paths: list[tuple[str, ...]] = []
    totals: list[float] = []
    for node in nodes:
        before, total = ((), 0.0) if node.parent < 0 else (paths[node.parent], totals[node.parent])
        paths.append((*before, node.text) if node.text else before)
        totals.append(total + node.log_probability)
    return paths, totals


def _columns(nodes: Sequence[Node], totals: Sequence[float]) -> list[list[int]]:
    """Give the places of the nodes step by step, each step in the order of the words that they follow."""
    columns: list[list[int]] = []
    rows: dict[int, int] = {-1: 0}
    depths = {-1: -1}
    for place, node in enumerate(nodes):
        depths[place] = depths[node.parent] + 1
        columns += [[]] * (depths[place] - len(columns) + 1)
        columns[depths[place]] = [*columns[depths[place]], place]
    for column in columns:
        column.sort(key=lambda place: (rows[nodes[place].parent], -totals[place]))
        rows |= {place: row for row, place in enumerate(column)}
    return columns


def _way(nodes: Sequence[Node], paths: Sequence[tuple[str, ...]], best: str) -> set[int]:
    """Give the nodes on the way to the sentence that was said."""
    ends = [place for place, node in enumerate(nodes) if not node.text and node.kept and " ".join(paths[place]) == best]
    way, place = set(), max(ends, default=-1)
    while place >= 0:
        way.add(place)
        place = nodes[place].parent
    return way


def _shown(node: Node) -> str:
    text = node.text or END
    return text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…"


def _width(node: Node) -> float:
    return max(NARROWEST, LETTER * len(_shown(node)) + 14)


def _strength(box: Placed) -> int:
    return 2 if box.best else int(box.node.kept)


def _line(boxes: Sequence[Placed], place: int, root: tuple[float, float]) -> str:
    box = boxes[place]
    parent = boxes[box.node.parent] if box.node.parent >= 0 else None
    x, y = (parent.left + _width(parent.node), parent.middle) if parent else root
    bend = box.left - GAP / 2
    start = f"M{x:.1f} {y:.1f}H{box.left - GAP:.1f}" if parent else f"M{x:.1f} {y:.1f}"
    to = f"C{bend:.1f} {y:.1f} {bend:.1f} {box.middle:.1f} {box.left:.1f} {box.middle:.1f}"
    return f"<path class='{_classes(box)}' d='{start}{to}'/>"


def _box(box: Placed, place: int) -> str:
    width = _width(box.node)
    return (
        f"<g class='{_classes(box)}' data-place='{place}' data-parent='{box.node.parent}'>"
        f"<rect x='{box.left:.1f}' y='{box.middle - HIGH / 2:.1f}' width='{width:.1f}' height='{HIGH}' rx='5'/>"
        f"<text x='{box.left + width / 2:.1f}' y='{box.middle + 4.5:.1f}'>{escape(_shown(box.node))}</text>"
        f"<title>{escape(_hovered(box))}</title></g>"
    )


def _classes(box: Placed) -> str:
    kinds = ("best", box.best), ("kept", box.node.kept), ("end", not box.node.text), ("given", box.given)
    return " ".join(name for name, holds in kinds if holds) or "dropped"


def _hovered(box: Placed) -> str:
    words = " ".join(box.so_far) + ("" if box.node.text else f" {END}")
    if box.given:
        return f"“{words}”: your words."
    one, all_ = (f"{value:.2f}".replace("-", MINUS) for value in (box.node.log_probability, box.total))
    went = "It was said." if box.best else "It went on." if box.node.text and box.node.kept else ""
    went = went or ("It was kept, and another one won." if box.node.kept else "It was dropped.")
    likely = share(min(1.0, exp(box.node.log_probability)))
    return f"“{words}”: {likely} for this word, log-probability {one}, {all_} in all. {went}"
