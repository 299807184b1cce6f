"""Clips of handwritten digits that move, drawn by a seed: any number of them, with two labels for every frame.

One label says which digit is there, the other what it is doing, which no single frame tells: a digit half outside the
picture may be entering or leaving, a pale one fading in or out. Digits are scikit-learn's scans of 8 × 8 pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import Literal, get_args

import numpy as np
from PIL import Image

SIZE = 64  # pixels of a side
RATE = 25.0  # frames a second
LONGEST = 7_500  # frames
NOTHING = "none"
DIGITS = (NOTHING, *"0123456789")
Motion = Literal[
    "empty", "entering", "leaving", "still", "moving left", "moving right", "moving up", "moving down", "bouncing",
    "fading in", "fading out", "changing",
]  # fmt: skip
MOTIONS: tuple[Motion, ...] = get_args(Motion)
Part = Literal["train", "validation", "test"]
SCANS: dict[Part, range] = {"train": range(1_100), "validation": range(1_100, 1_400), "test": range(1_400, 1_797)}

WAYS: dict[Motion, tuple[int, int]] = {
    "moving left": (-1, 0),
    "moving right": (1, 0),
    "moving up": (0, -1),
    "moving down": (0, 1),
}
SIDES = (22.0, 32.0)  # pixels of a digit
SPEEDS = (0.8, 2.6)  # pixels a frame
TILT = 12.0  # degrees, either way
TOUCH = 2  # frames before and after a bounce that count as bouncing
FADE, CHANGE, REST, MOVE, ON, AWAY = (8, 18), (8, 16), (10, 30), (12, 60), (1, 14), (4, 16)  # frames
BY_EDGE = 0.6  # of digits come and go over an edge; the others fade
NOISE = 8.0  # grey levels, at most
CONTRAST = 90.0  # grey levels between digit and ground, at least
SCAN, BORDER = 8, 4  # pixels of a scan; of nothing around it


@dataclass(frozen=True)
class Drawn:
    """A clip, `frames` uint8 (T, 3, SIZE, SIZE), and what is true of each of them."""

    frames: np.ndarray
    poses: tuple[Pose, ...]

    @property
    def digits(self) -> tuple[str, ...]:
        return tuple(pose.digit for pose in self.poses)

    @property
    def motions(self) -> tuple[Motion, ...]:
        return tuple(pose.motion for pose in self.poses)


@dataclass(frozen=True)
class Pose:
    """One frame: the scan with its middle at `x`, `y`; `mixed` of `other` in it; `strength` 0 is not there at all."""

    motion: Motion = "empty"
    number: int = 0
    other: int = 0
    mixed: float = 0.0
    strength: float = 0.0
    x: float = SIZE / 2
    y: float = SIZE / 2
    side: float = SIDES[0]
    tilt: float = 0.0

    @property
    def digit(self) -> str:
        """Which digit is there, also where little of it is to be seen; of two, the stronger one."""
        return str(_scans()[1][self.other if self.mixed > 0.5 else self.number]) if self.strength else NOTHING

    def stepped(self, way: Motion, speed: float, motion: Motion) -> Pose:
        across, along = WAYS[way]
        return replace(self, x=self.x + across * speed, y=self.y + along * speed, motion=motion)

    def inside(self) -> bool:
        """Say whether all of it is in the picture."""
        return all(self.side / 2 <= place <= SIZE - self.side / 2 for place in (self.x, self.y))

    def in_sight(self) -> bool:
        """Say whether some of it is in the picture."""
        return all(-self.side / 2 < place < SIZE + self.side / 2 for place in (self.x, self.y))


def draw(seed: int, count: int, part: Part = "test", every: int = 1) -> Drawn:
    """Draw one in `every` of `count` frames with digits of `part`; raises ValueError for too few or too many."""
    rng = np.random.default_rng((seed, list(SCANS).index(part)))
    look, poses = _Look(rng), _played(rng, count, part)[::every]
    return Drawn(np.stack([look.of(pose) for pose in poses]), poses)


def _played(rng: np.random.Generator, count: int, part: Part) -> tuple[Pose, ...]:
    if not 1 <= count <= LONGEST:
        raise ValueError(f"A clip has 1 to {LONGEST:,} frames, got {count:,}.")
    return tuple(islice(_Director(rng, SCANS[part]).poses(), count))


class _Director:
    """Decides what happens next: acts, each a list of poses that begins where the one before it ended."""

    def __init__(self, rng: np.random.Generator, scans: range) -> None:
        self._rng, self._scans = rng, scans

    def poses(self) -> Iterator[Pose]:
        """Play without end: a digit comes, does one thing after another, and goes."""
        while True:
            pose = Pose()
            yield from self._away(pose)
            for act in self._acts():
                done = act(pose)
                yield from done
                pose = done[-1]

    def _acts(self) -> Iterator[Callable[[Pose], list[Pose]]]:
        yield self._enter if self._rng.random() < BY_EDGE else self._fade_in
        for _ in range(self._rng.integers(1, 6)):
            yield (self._rest, self._move, self._move, self._change)[self._rng.integers(4)]
        yield self._leave if self._rng.random() < BY_EDGE else self._fade_out

    def _away(self, pose: Pose) -> list[Pose]:
        return [pose] * self._frames(AWAY)

    def _enter(self, _: Pose) -> list[Pose]:
        way, speed, new = self._way(), self._speed(), self._new()
        across, along = WAYS[way]
        outside = SIZE / 2 + new.side / 2
        pose = replace(
            new,
            strength=1.0,
            x=SIZE / 2 - across * outside if across else new.x,
            y=SIZE / 2 - along * outside if along else new.y,
        )
        done: list[Pose] = []
        while not pose.inside():
            pose = pose.stepped(way, speed, "entering")
            done.append(pose)
        return done + self._moved(pose, way, speed, self._frames(ON))

    def _leave(self, pose: Pose) -> list[Pose]:
        way, speed, done = self._way(), self._speed(), []
        while (pose := pose.stepped(way, speed, way)).in_sight():
            done.append(pose if pose.inside() else replace(pose, motion="leaving"))
        return done

    def _fade_in(self, _: Pose) -> list[Pose]:
        new, count = self._new(), self._frames(FADE)
        return [replace(new, strength=(k + 1) / count, motion="fading in") for k in range(count)]

    def _fade_out(self, pose: Pose) -> list[Pose]:
        count = self._frames(FADE)
        return [replace(pose, strength=1 - k / count, motion="fading out") for k in range(1, count)]

    def _rest(self, pose: Pose) -> list[Pose]:
        return [replace(pose, motion="still")] * self._frames(REST)

    def _move(self, pose: Pose) -> list[Pose]:
        return self._moved(pose, self._way(), self._speed(), self._frames(MOVE))

    def _change(self, pose: Pose) -> list[Pose]:
        """Become another digit where it stands."""
        other, count = self._scan(unlike=pose.digit), self._frames(CHANGE)
        mixing = [replace(pose, other=other, mixed=k / count, motion="changing") for k in range(1, count)]
        return [*mixing, replace(pose, number=other, motion="changing")]

    def _moved(self, pose: Pose, way: Motion, speed: float, count: int) -> list[Pose]:
        """Move, and bounce off the edges; the frames just before and after a touch are called bouncing."""
        done: list[Pose] = []
        touches: list[int] = []
        for place in range(count):
            if not pose.stepped(way, speed, way).inside():
                way = _BACK[way]
                touches.append(place)
            pose = pose.stepped(way, speed, way)
            done.append(pose)
        near = {place for touch in touches for place in range(touch - TOUCH, touch + TOUCH)}
        return [replace(each, motion="bouncing") if place in near else each for place, each in enumerate(done)]

    def _new(self) -> Pose:
        """Give a digit somewhere inside, not to be seen yet."""
        side, tilt = self._rng.uniform(*SIDES), self._rng.uniform(-TILT, TILT)
        x, y = self._rng.uniform(side / 2, SIZE - side / 2, 2)
        return Pose(number=self._scan(), x=x, y=y, side=side, tilt=tilt)

    def _scan(self, unlike: str = NOTHING) -> int:
        labels = _scans()[1]
        return int(self._rng.choice([number for number in self._scans if str(labels[number]) != unlike]))

    def _frames(self, between: tuple[int, int]) -> int:
        return int(self._rng.integers(between[0], between[1] + 1))

    def _way(self) -> Motion:
        return list(WAYS)[self._rng.integers(len(WAYS))]

    def _speed(self) -> float:
        return float(self._rng.uniform(*SPEEDS))


_BACK: dict[Motion, Motion] = {
    "moving left": "moving right",
    "moving right": "moving left",
    "moving up": "moving down",
    "moving down": "moving up",
}


class _Look:
    """The colours and the noise of one clip."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng, self._noise = rng, rng.uniform(0, NOISE)
        while True:
            self._ground, self._ink = rng.uniform(0, 255, (2, 3))
            if abs(self._ground.mean() - self._ink.mean()) >= CONTRAST:
                return

    def of(self, pose: Pose) -> np.ndarray:
        """Draw one frame, uint8 (3, SIZE, SIZE)."""
        shown = _shown(pose)  # (SIZE, SIZE)
        picture = self._ground[:, None, None] + shown * (self._ink - self._ground)[:, None, None]
        picture = picture + self._rng.normal(0, self._noise, picture.shape)
        return picture.clip(0, 255).round().astype(np.uint8)


def _shown(pose: Pose) -> np.ndarray:
    """Say how much ink is at each pixel, 0 to 1, float (SIZE, SIZE)."""
    if not pose.strength:
        return np.zeros((SIZE, SIZE))
    ink = (1 - pose.mixed) * _placed(pose, pose.number)
    if pose.mixed:
        ink = ink + pose.mixed * _placed(pose, pose.other)
    return pose.strength * ink


def _placed(pose: Pose, number: int) -> np.ndarray:
    """Lay a scan where the pose says, between pixels, too: output pixels are looked up in the scan."""
    scale, angle, middle = SCAN / pose.side, math.radians(pose.tilt), SCAN / 2 + BORDER
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    back = (cos, sin, middle - cos * pose.x - sin * pose.y, -sin, cos, middle + sin * pose.x - cos * pose.y)
    scan = Image.fromarray(_scans()[0][number])
    laid = scan.transform((SIZE, SIZE), Image.Transform.AFFINE, back, Image.Resampling.BICUBIC)
    return np.asarray(laid, np.float64) / 255


@cache
def _scans() -> tuple[np.ndarray, np.ndarray]:
    """Give the scans, uint8 (N, 8 + borders, 8 + borders), and which digit each shows."""
    from sklearn.datasets import load_digits

    scans, labels = load_digits(return_X_y=True)
    grey = (scans.reshape(-1, SCAN, SCAN) * (255 / 16)).round().astype(np.uint8)
    return np.pad(grey, ((0, 0), (BORDER, BORDER), (BORDER, BORDER))), labels
