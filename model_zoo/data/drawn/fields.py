"""Random fields over the plane: the same numbers at the same place, however finely it is sampled.

Value noise and its sums after Perlin 1985, An image synthesizer; cells after Worley 1996, A cellular texture basis
function.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray  # float32, all of one shape (H, W)
PERIOD = 64  # lattice points after which a field repeats; every octave starts elsewhere
TURN = (0.8, 0.6)  # each octave is turned, so that no lattice shows


@dataclass(frozen=True)
class Cells:
    """Each place's nearest point: distance to it and to the next one, the offset from it, and its own numbers."""

    near: Array
    next: Array
    dx: Array
    dy: Array
    row: np.ndarray  # whole numbers: where its random values stand
    column: np.ndarray


class Fields:
    """The random fields of one picture, all drawn from its generator."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._lattice = generator.random((PERIOD, PERIOD), dtype=np.float32)
        self._jitter = generator.random((2, PERIOD, PERIOD), dtype=np.float32)
        self._flat = np.pad(self._lattice, ((0, 1), (0, 1)), mode="wrap").ravel()
        self._offsets = generator.uniform(0, PERIOD, (16, 2)).astype(np.float32)

    def value(self, x: Array, y: Array, octave: int = 0) -> Array:
        """Give smooth noise in [0, 1], about one bump a unit."""
        ox, oy = self._offsets[octave % 16]
        column, x = _eased(x + ox)
        row, y = _eased(y + oy)
        corner = row * (PERIOD + 1) + column
        flat = self._flat
        top, bottom = flat.take(corner), flat[PERIOD + 1 :].take(corner)
        top += x * (flat[1:].take(corner) - top)
        bottom += x * (flat[PERIOD + 2 :].take(corner) - bottom)
        return top + y * (bottom - top)

    def sum(self, x: Array, y: Array, octaves: int = 4, gain: float = 0.5, start: int = 0) -> Array:
        """Give fractal noise in about [0, 1]: octaves of noise, each twice as fine and `gain` times as strong."""
        total = np.zeros_like(x)
        strength = norm = 1.0
        for octave in range(start, start + octaves):
            total += strength * self.value(x, y, octave)
            x, y = 2 * (TURN[0] * x - TURN[1] * y), 2 * (TURN[1] * x + TURN[0] * y)
            norm, strength = norm + strength * gain, strength * gain
        return total / (norm - strength)

    def ridges(self, x: Array, y: Array, octaves: int = 4, start: int = 0) -> Array:
        """Give fractal noise in [0, 1] that is sharp along lines where the noise crosses its middle."""
        return 1 - np.abs(2 * self.sum(x, y, octaves, start=start) - 1) * 2.5

    def number(self, row: np.ndarray, column: np.ndarray, which: int = 0) -> Array:
        """Give a random number in [0, 1) for each whole-numbered place; `which` chooses among unrelated ones."""
        return self._lattice[(row + 17 * which) % PERIOD, (column + 29 * which) % PERIOD]

    def cells(self, x: Array, y: Array, disorder: float = 0.9) -> Cells:
        """Find the nearest of randomly placed points, one a unit square; `disorder` 0 puts them on a grid."""
        column, row = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
        corner = (row % PERIOD) * PERIOD + column % PERIOD
        inside = x - column, y - row
        near = np.full(x.shape, 9, np.float32)
        second, best = near.copy(), np.zeros_like(corner)
        best_x, best_y = np.zeros_like(x), np.zeros_like(x)
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                points = np.roll(self._jitter, (-down, -right), (1, 2)).reshape(2, -1)
                dx = inside[0] - (right + 0.5 - 0.5 * disorder) - disorder * points[0].take(corner)
                dy = inside[1] - (down + 0.5 - 0.5 * disorder) - disorder * points[1].take(corner)
                distance = dx * dx + dy * dy
                closer = distance < near
                np.minimum(second, np.maximum(near, distance), out=second)
                np.minimum(near, distance, out=near)
                np.copyto(best_x, dx, where=closer)
                np.copyto(best_y, dy, where=closer)
                np.copyto(best, PERIOD * down + right, where=closer)
        down, right = (best + PERIOD + 1) // PERIOD - 1, (best + 1) % PERIOD - 1
        return Cells(np.sqrt(near), np.sqrt(second), best_x, best_y, row + down, column + right)


def step(low: float, high: float, values: Array) -> Array:
    """Rise smoothly from 0 at `low` to 1 at `high`, or fall if they stand the other way round."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def wave(values: Array) -> Array:
    """Give a wave in [0, 1] with one crest a unit."""
    return 0.5 + 0.5 * np.sin(2 * np.pi * values)


def _eased(values: Array) -> tuple[np.ndarray, Array]:
    """Split values into the lattice point before them and the eased way to the next one."""
    whole = np.floor(values)
    t = values - whole
    return whole.astype(np.int32) % PERIOD, t * t * (3 - 2 * t)
