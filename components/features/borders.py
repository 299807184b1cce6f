"""Each classifier as a small drawing: the border that its kind would lay between two handfuls of points.

Illustrations, worked out here for the same sixteen points; not what a visitor's pictures give.
"""

from collections.abc import Callable
from functools import cache

import numpy as np

from components.setup.colours import coloured

WIDE, HIGH, STEP = 120, 68, 2  # px
RINGS = np.array([[22, 16], [34, 34], [18, 46], [44, 18], [40, 52], [58, 40], [60, 24], [94, 54]])  # (8, 2)
SQUARES = np.array([[102, 20], [92, 36], [110, 40], [76, 54], [84, 28], [70, 46], [98, 8], [78, 12]])  # (8, 2)
POINTS, SIDES = np.concatenate([RINGS, SQUARES]), np.repeat([-1.0, 1.0], 8)
Field = Callable[[np.ndarray], np.ndarray]  # (n, 2) places to (n,): below 0 the rings' side, above 0 the squares'


@cache
def border(name: str) -> str:
    """Draw a classifier as SVG: the squares' side is grey; one that has no drawing of its own gets the points alone."""
    field, extra = _FIELDS.get(name), _EXTRAS.get(name, "")
    ground = "" if field is None else f'<path d="{_cells(field)}" fill="RULE" opacity="0.75"/>'
    rings = "".join(f'<circle cx="{x}" cy="{y}" r="3.2"/>' for x, y in RINGS)
    squares = "".join(f'<path d="M{x - 3} {y - 3}h6v6h-6z"/>' for x, y in SQUARES)
    style = "display:block;width:100%;border-radius:4px;background:SURFACE;color:var(--st-text-color)"
    return coloured_svg(
        f'<svg viewBox="0 0 {WIDE} {HIGH}" style="{style}" aria-hidden="true">{ground}'
        f'<g fill="none" stroke="currentColor" stroke-width="1.6">{rings}</g>'
        f'<g fill="currentColor">{squares}</g>{extra}</svg>'
    )


def coloured_svg(svg: str) -> str:
    """Put the theme's colours in: `light-dark()` is for CSS, so fills move into styles."""
    return coloured(svg.replace('fill="RULE"', 'style="fill:RULE"').replace('stroke="EDGE"', 'style="stroke:EDGE"'))


def _cells(field: Field) -> str:
    """Write the places where the field is above 0 as runs of small cells."""
    xs, ys = np.arange(0, WIDE, STEP), np.arange(0, HIGH, STEP)
    grid = np.stack(np.meshgrid(xs + STEP / 2, ys + STEP / 2), axis=-1)  # (rows, columns, 2)
    above = field(grid.reshape(-1, 2)).reshape(len(ys), len(xs)) > 0
    parts = []
    for row, line in enumerate(above):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(int), [0]])))
        parts += [f"M{a * STEP} {row * STEP}h{(b - a) * STEP}v{STEP}H{a * STEP}z" for a, b in edges.reshape(-1, 2)]
    return "".join(parts)


def _line(at: np.ndarray) -> np.ndarray:
    return at[:, 0] - 72 + 0.176 * at[:, 1]  # the widest margin, by hand


def _least_squares(at: np.ndarray) -> np.ndarray:
    design = np.c_[POINTS, np.ones(len(POINTS))]
    weights = np.linalg.lstsq(design, SIDES, rcond=None)[0]
    return np.c_[at, np.ones(len(at))] @ weights


def _kernel(at: np.ndarray) -> np.ndarray:
    near = np.exp(-((at[:, None] - POINTS) ** 2).sum(-1) / (2 * 9.0**2))  # (n, 16)
    return near @ SIDES


def _nearest(at: np.ndarray) -> np.ndarray:
    return SIDES[((at[:, None] - POINTS) ** 2).sum(-1).argmin(axis=1)]


def _boxes(at: np.ndarray) -> np.ndarray:
    x, y = at.T
    votes = 1.2 * np.sign(x - 78) + 0.9 * np.sign(x - 63) * (y > 37) + 0.4 * np.sign(y - 48)
    return votes - 0.3 * (x < 62) - 0.2


def _trees(at: np.ndarray) -> np.ndarray:
    random, votes = np.random.default_rng(4), np.zeros(len(at))
    for _ in range(25):
        some = random.integers(0, len(POINTS), len(POINTS))
        votes += _grown(POINTS[some], SIDES[some], at, random, depth=4)
    return votes


def _grown(
    points: np.ndarray, sides: np.ndarray, at: np.ndarray, random: np.random.Generator, depth: int
) -> np.ndarray:
    """Grow one tree with random cuts, each the best of three, and give its votes at (n, 2) places."""
    if depth == 0 or len(points) < 2 or abs(sides.sum()) == len(sides):
        return np.full(len(at), np.sign(sides.sum()) if len(sides) else 0.0)
    cuts = [(axis, random.choice(points[:, axis]) + random.uniform(-6, 6)) for axis in random.integers(0, 2, 3)]
    axis, cut = max(cuts, key=lambda c: abs((sides * np.sign(points[:, c[0]] - c[1])).sum()))
    low, votes = points[:, axis] < cut, np.zeros(len(at))
    for part, mine in ((low, at[:, axis] < cut), (~low, at[:, axis] >= cut)):
        votes[mine] = _grown(points[part], sides[part], at[mine], random, depth - 1)
    return votes


_FIELDS: dict[str, Field] = {
    "svm_linear": _line,
    "svm_rbf": _kernel,
    "xgboost": _boxes,
    "logistic_regression": _least_squares,
    "knn": _nearest,
    "ridge": _least_squares,
    "lda": _least_squares,
    "random_forest": _trees,
    "majority": lambda at: np.ones(len(at)),
}
_DASHED = 'fill="none" stroke="currentColor" stroke-width="1.1" stroke-dasharray="3 2.5"'
_EXTRAS = {
    "svm_linear": f'<path d="M79 0L67 68M65 0L53 68" {_DASHED}/>',
    "lda": f'<g {_DASHED}><ellipse cx="43" cy="30" rx="29" ry="21"/><ellipse cx="88" cy="39" rx="28" ry="24"/></g>',
    "ridge": '<path d="M22 16h40M34 34h26M18 46h38M102 20h-34M110 40h-42" fill="none" stroke="currentColor" '
    'stroke-width="0.9" opacity="0.65"/>',
}
