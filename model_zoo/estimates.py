"""What a comparison will cost, told before it starts: plain arithmetic on a remembered trial."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import psutil

from model_zoo import backbones, strategies
from model_zoo.home import home
from model_zoo.specs import FEWEST_EPOCHS, ComparisonSpec

SHARE_FOR_CACHE = 0.25  # of the memory that is free, for activations
SHARE_FOR_STEPS = 0.25  # of the memory that is free, for what the steps of all lanes keep for their backward passes
SECONDS_A_RUN = 0.15  # to build a network and to write its best epoch down
WRITE_BYTES_A_SECOND = 400e6


@dataclass(frozen=True)
class Speed:
    """What a trial found out about one network at one size on one device, under the quickest setting.

    Lists have one value a stage, input first. `train` is seconds a picture for a step in which that stage and all
    later ones train; `forward` is seconds a picture through all stages up to it; `row_bytes` what it takes after it.
    A step took `slower` times as long when one was made in each of `lanes` threads, which shared the cores.
    """

    device: str
    precision: str
    memory_format: str
    train: tuple[float, ...]
    forward: tuple[float, ...]
    row_bytes: tuple[int, ...]
    view: float  # seconds to draw one view of one picture
    saved_bytes: int  # kept for the backward pass, a picture, when all stages train
    lanes: int = 1  # as many runs can be side by side at most; 1 where they must not be
    slower: float = 1.0

    def share(self, lanes: int) -> float:
        """Say how many seconds of the whole machine a second's work takes with so many runs side by side.

        Between one lane and all it follows a power law, which is right at both ends.
        """
        return self.slower ** (math.log(lanes) / math.log(max(self.lanes, 2))) / lanes


@dataclass(frozen=True)
class Estimate:
    """Seconds, and bytes of memory and disk, of a whole comparison; seconds of each configuration, all seeds.

    `lanes` is how many runs are side by side. One of them takes half a second of the machine each second if there are
    two: so told, `by_strategy` adds up to no more than `seconds`, which a clock on the wall will show.
    """

    seconds: float
    memory_bytes: int
    disk_bytes: int
    by_strategy: dict[str, float]
    lanes: int = 1


@dataclass(frozen=True)
class SplitSizes:
    """How many pictures each part of the split has."""

    train: int
    validation: int
    test: int
    redrawn: bool = False

    @property
    def total(self) -> int:
        return self.train + self.validation + self.test


def remembered_file(device: str, backbone: str, size: int, precision: str) -> Path:
    """Say where the speed of `backbone` at `size` on the wanted `device` is remembered."""
    name = sha256(f"{device}|{backbone}|{size}|{precision}".encode()).hexdigest()[:16]
    return home("caches", "speed") / f"{name}.json"


def remembered(spec: ComparisonSpec) -> Speed | None:
    """Give the remembered speed that `spec` needs, or None if no trial has been made."""
    file = remembered_file(spec.device, spec.backbone, spec.size, spec.precision)
    return read_speed(file) if file.exists() else None


def read_speed(file: Path) -> Speed:
    return Speed(**{key: tuple(v) if isinstance(v, list) else v for key, v in json.loads(file.read_text()).items()})


def estimate(spec: ComparisonSpec, split: SplitSizes, classes: int, speed: Speed, lanes: int | None = None) -> Estimate:
    """Go through the comparison as the engine will, adding up what each epoch costs and what the cache then holds.

    With as many `lanes` as are quickest, unless that is settled.
    """
    ledger = _Ledger(spec, split, speed)
    alone = [[ledger.run(text, seed, classes) for text in spec.strategies] for seed in spec.run_seeds]

    def seconds(lanes: int) -> float:
        return sum(until_all_end([speed.share(lanes) * each for each in seed], lanes) for seed in alone)

    lanes = lanes or min(range(1, _most_lanes(spec, speed) + 1), key=seconds)
    each = (speed.share(lanes) * sum(seeds) for seeds in zip(*alone, strict=True))
    return Estimate(
        seconds=seconds(lanes),
        memory_bytes=ledger.memory_bytes(classes, lanes),
        disk_bytes=ledger.disk_bytes(classes),
        by_strategy=dict(zip(spec.strategies, each, strict=True)),
        lanes=lanes,
    )


def until_all_end(seconds: Iterable[float], lanes: int) -> float:
    """Give the seconds until runs that race in `lanes` have all ended; each is told in seconds of the whole machine.

    Nobody waits as long as there are as many runs as lanes; at the end the longest may be alone in its lane.
    """
    each = list(seconds)
    return max(sum(each), lanes * max(each, default=0.0))


def _most_lanes(spec: ComparisonSpec, speed: Speed) -> int:
    fit = SHARE_FOR_STEPS * psutil.virtual_memory().available / max(1, speed.saved_bytes * spec.batch)
    return max(1, min(speed.lanes, len(spec.strategies), int(fit)))


def fitted(spec: ComparisonSpec, split: SplitSizes, speed: Speed, room_bytes: float) -> ComparisonSpec:
    """Give `spec` with as many views as `room_bytes` hold activations of, one at least."""
    ledger = _Ledger(spec, split, speed)
    for text in spec.strategies:
        ledger.run(text, spec.seed, classes=2)
    views = int(spec.views * room_bytes / max(1.0, ledger.cached_bytes()))
    return spec if views >= spec.views else replace(spec, most_views=max(1, views))


def in_time(spec: ComparisonSpec, split: SplitSizes, classes: int, speed: Speed) -> ComparisonSpec:
    """Give `spec` with as many of its epochs as its `within_seconds` hold, but FEWEST_EPOCHS at least."""
    if spec.within_seconds is None:
        return spec
    fewer = [replace(spec, epochs=epochs) for epochs in range(spec.epochs, min(FEWEST_EPOCHS, spec.epochs) - 1, -1)]
    fit = (each for each in fewer if estimate(each, split, classes, speed).seconds <= spec.within_seconds)
    return next(fit, fewer[-1])


class _Ledger:
    """What has been computed so far: the share of all pictures whose activation is there, by (owner, depth, view).

    The owner is a run where stages of the prefix have moved in it, and None where the prefix is everybody's.
    """

    def __init__(self, spec: ComparisonSpec, split: SplitSizes, speed: Speed) -> None:
        self.spec, self.split, self.speed = spec, split, speed
        self.backbone = backbones.get(spec.backbone)
        self.stages = self.backbone.stage_names
        self.filled: dict[tuple, float] = {}
        self.read: set[tuple] = set()

    def run(self, text: str, seed: int, classes: int) -> float:
        """Give the seconds of one run."""
        strategy, views = strategies.get(text), self.spec.view_order(seed)
        still = len(self.stages)  # leading stages that have not moved yet
        seconds = SECONDS_A_RUN + 4 * sum(self.backbone.parameters(classes)) / WRITE_BYTES_A_SECOND
        for epoch in range(self.spec.epochs):
            scales = strategy.lr_scales(self.stages, epoch, self.spec.epochs)
            depth = next(index for index, scale in enumerate(scales) if scale > 0)
            still = min(still, depth)
            run = (text, seed, still)
            seconds += self._read(run, depth, views[epoch % len(views)], "train", self.split.train)
            seconds += self.split.train * self.speed.train[depth]
            seconds += self._evaluate(run, depth, "validation", self.split.validation)
        return seconds + self._evaluate((text, seed, still), still, "test", self.split.test)

    def memory_bytes(self, classes: int, lanes: int = 1) -> int:
        """Add up pictures, views, activations, and the networks that race within one seed."""
        counts = self.backbone.parameters(classes)
        pictures = 3 * self.spec.size**2 * self.split.total
        cached = min(self.cached_bytes(), SHARE_FOR_CACHE * psutil.virtual_memory().available)  # beyond, it is dropped
        networks = sum(counts) * 4
        for text in self.spec.strategies:
            strategy = strategies.get(text)
            rows = [strategy.lr_scales(self.stages, epoch, self.spec.epochs) for epoch in range(self.spec.epochs)]
            moving = sum(n for index, n in enumerate(counts) if any(row[index] > 0 for row in rows))
            networks += moving * 4 * 6  # weights, where they began, gradients, two moments, the best epoch
        return int(pictures + cached + networks + lanes * self.speed.saved_bytes * self.spec.batch)

    def cached_bytes(self) -> float:
        """Add up the activations that are kept: everybody's, and those of the runs of one seed."""
        kept = dict.fromkeys((None, *self.spec.run_seeds), 0.0)
        for (owner, depth, _), share in self.filled.items():
            kept[owner and owner[1]] += share * self._row_bytes(depth) * self.split.total
        return kept.pop(None) + max(kept.values())

    def disk_bytes(self, classes: int) -> int:
        """Add up what stays, a model a run, and the checkpoints of the last seed: now, best and two moments."""
        model = 4 * sum(self.backbone.parameters(classes))
        return model * len(self.spec.strategies) * (self.spec.seeds - 1 + 4)

    def _read(self, run: tuple, depth: int, view: int, part: str, count: int) -> float:
        seconds = self._fill(run, 0, view, part, count) * self.speed.view if view else 0.0
        if depth == 0:
            return seconds
        nearer = max((d for d in range(1, depth) if self._key(run, d, view, part) in self.read), default=0)
        step = self.speed.forward[depth - 1] - (self.speed.forward[nearer - 1] if nearer else 0.0)
        return seconds + self._fill(run, depth, view, part, count) * max(0.0, step)

    def _evaluate(self, run: tuple, depth: int, part: str, count: int) -> float:
        rest = self.speed.forward[-1] - (self.speed.forward[depth - 1] if depth else 0.0)
        return self._read(run, depth, 0, part, count) + count * max(0.0, rest)

    def _fill(self, run: tuple, depth: int, view: int, part: str, count: int) -> float:
        """Fill what a part of the split needs of an activation; gives the number of pictures that were not there."""
        key = self._key(run, depth, view, part)
        if key in self.read:
            return 0.0
        self.read.add(key)
        entry = key[:3]
        filled = self.filled.get(entry, 0.0)
        fresh = count * (1 - filled) if self.split.redrawn else count
        self.filled[entry] = filled + fresh / self.split.total
        return fresh

    def _key(self, run: tuple, depth: int, view: int, part: str) -> tuple:
        return _owner(run, depth), depth, view, part, run[1] if self.split.redrawn else None

    def _row_bytes(self, depth: int) -> int:
        return self.speed.row_bytes[depth - 1] if depth else 3 * self.spec.size**2


def _owner(run: tuple, depth: int) -> tuple | None:
    """Say whose the activations at `depth` are: everybody's as long as no stage before it has moved."""
    text, seed, still = run
    return None if depth <= still else (text, seed)
