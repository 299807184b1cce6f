"""Are verdicts right? Thousands of comparisons whose truth is known, because 20,000 drawn pictures are left to ask.

    python -m tests.bench.verdicts [--trials 2000]

Every trial takes its own 300 training, 100 validation and 400 test pictures, and trains linear probes on the shipped
network's embeddings as runs train a head, three seeds a configuration. The weaker configuration is the same probe on
embeddings with noise, as much as costs 5 points. What an interval has to cover is what other seeds of the configuration
reach, on the mean, on all pictures that the trial left over.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from multiprocessing import get_context

import numpy as np
import torch
from scipy.optimize import brentq
from torch import Tensor

from model_zoo.verdicts import Outcome, Pair, accuracy_interval, decide
from tests.bench import probes
from tests.bench.drawn import embeddings

TRAIN, VALIDATION, TEST = 300, 100, 400
SMALL_TEST = 100  # with TRAIN and VALIDATION, all there is where splits are redrawn
SEEDS = 3  # of a comparison; as many others play against them, and as many more or the same give the truth
TRIALS_AT_ONCE, PILOTS = 20, 100
PLANTED = 0.05  # of accuracy
COVERED = (0.93, 0.97)  # of 95 % intervals
SHARE_REDRAWN = 0.2  # of the trials, once more with redrawn splits


@dataclass(frozen=True)
class Runs:
    """What one configuration's seeds did in one trial: the first SEEDS take part, the next play against them.

    The last SEEDS, the same as those or more, give the truth. `right` (seeds, N) says which of all pictures are
    answered rightly, `test` (seeds, n) which are test pictures, `rest` (N,) which are none of the trial's.
    """

    name: str
    right: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    rest: np.ndarray

    def outcome(self, first: int = 0) -> Outcome:
        """Give what a comparison sees of the seeds from `first` on."""
        seeds, name = slice(first, first + SEEDS), f"{self.name} {first}"
        correct = tuple(right[test] for right, test in zip(self.right[seeds], self.test[seeds], strict=True))
        validation = tuple(self.validation[seeds].tolist())
        return Outcome(name, name, validation, 1, correct, tuple(self.test[seeds]), TRAIN)

    def truth(self) -> float:
        return float(self.right[-SEEDS:, self.rest].mean())


@dataclass(frozen=True)
class Line:
    """One line of the table: a share that must lie between `low` and `high`; None where it is told, not judged."""

    what: str
    share: float
    low: float | None = None
    high: float | None = None

    @property
    def passed(self) -> bool:
        return (self.low is None or self.share >= self.low) and (self.high is None or self.share <= self.high)


def trials(some: range, sides: dict[str, Tensor], labels: Tensor, redrawn: bool) -> Iterator[dict[str, Runs]]:
    """Yield the trials of these numbers, each with the runs of every side; `sides` holds embeddings (N, D) by name."""
    parts = torch.stack([_parts(trial, len(labels), redrawn) for trial in some])  # (T, seeds, pictures of a trial)
    raced = {name: _race(features, labels, parts, some) for name, features in sides.items()}
    for index, used in enumerate(parts.numpy()):
        rest = np.ones(len(labels), dtype=bool)
        rest[used[0]] = False
        test = used[:, TRAIN + VALIDATION :]
        yield {name: Runs(name, right[index], valid[index], test, rest) for name, (right, valid) in raced.items()}


def _parts(trial: int, pictures: int, redrawn: bool) -> Tensor:
    """Draw a trial's pictures in the order train, validation, test: one row (n,) a seed.

    Redrawn, each of SEEDS has its own split, which its opponent shares, and the truth comes from further splits.
    """
    generator = torch.Generator().manual_seed(trial)
    count = TRAIN + VALIDATION + (SMALL_TEST if redrawn else TEST)
    drawn = torch.randperm(pictures, generator=generator)[:count]
    if not redrawn:
        return drawn.expand(2 * SEEDS, -1)
    splits = torch.stack([drawn[torch.randperm(count, generator=generator)] for _ in range(2 * SEEDS)])
    return torch.cat([splits[:SEEDS], splits])


def _race(features: Tensor, labels: Tensor, parts: Tensor, trials: range) -> tuple[np.ndarray, np.ndarray]:
    """Train every seed of every trial; gives answers (T, seeds, N) and validation accuracies (T, seeds)."""
    rows = parts.flatten(0, 1)  # (T · seeds, n)
    seeds = [1_000 * trial + seed for trial in trials for seed in range(parts.shape[1])]
    heads = probes.train(features, labels, (rows[:, :TRAIN], rows[:, TRAIN : TRAIN + VALIDATION]), seeds)
    right = probes.answers(heads, features, labels)
    return right.view(*parts.shape[:2], -1).numpy(), heads.validation.view(parts.shape[:2]).numpy()


@cache
def _embeddings(noise: float) -> tuple[Tensor, Tensor]:
    """Give embeddings and labels as every process has them, with noise of this deviation added."""
    torch.set_num_threads(1)
    features, labels = embeddings()
    return features + noise * torch.randn(features.shape, generator=torch.Generator().manual_seed(1)), labels


def plant(pool: Executor) -> float:
    """Find the noise that costs a probe PLANTED of its accuracy."""
    most = 3 * _embeddings(0.0)[0].std().item()
    wanted = _mean_truth(pool, 0.0) - PLANTED
    return brentq(lambda noise: _mean_truth(pool, noise) - wanted, 0, most, xtol=most / 500)


def _mean_truth(pool: Executor, noise: float) -> float:
    return float(np.mean(list(pool.map(partial(_truths, noise), _chunks(PILOTS)))))


def _truths(noise: float, some: range) -> list[float]:
    features, labels = _embeddings(noise)
    runs = [trial["it"] for trial in trials(some, {"it": features}, labels, redrawn=False)]
    return [float(run.right[:, run.rest].mean()) for run in runs]


def _chunks(count: int) -> list[range]:
    return [range(first, min(first + TRIALS_AT_ONCE, count)) for first in range(0, count, TRIALS_AT_ONCE)]


def measure(pool: Executor, count: int, noise: float, redrawn: bool) -> dict[str, float]:
    """Give shares over `count` trials of what verdicts said, and of whether that was so."""
    noted: dict[str, list[float]] = defaultdict(list)
    for notes in pool.map(partial(_notes, noise, redrawn), _chunks(count)):
        for note in notes:
            for what, value in note.items():
                noted[what].append(value)
    return {what: float(np.mean(values)) for what, values in noted.items()}


def _notes(noise: float, redrawn: bool, some: range) -> list[dict[str, float]]:
    clean, labels = _embeddings(0.0)
    sides = {"clean": clean, "noisy": _embeddings(noise)[0]}
    return [_note(trial["clean"], trial["noisy"], redrawn) for trial in trials(some, sides, labels, redrawn)]


def _note(clean: Runs, noisy: Runs, redrawn: bool) -> dict[str, float]:
    noted: dict[str, float] = {}
    for runs in (clean, noisy):
        _, low, high = accuracy_interval(runs.outcome(), redrawn)
        noted[f"{runs.name} truth"], noted[f"{runs.name} width"] = runs.truth(), high - low
        noted[f"{runs.name} covered"] = low <= runs.truth() <= high
    itself = decide([clean.outcome(), clean.outcome(SEEDS)], redrawn).pairs[0]
    pair = _upright(decide([clean.outcome(), noisy.outcome()], redrawn).pairs[0])
    return noted | {
        "itself": itself.decided,
        "found": pair.decided and pair.difference > 0,
        "mistaken": pair.decided and pair.difference < 0,
        "difference covered": pair.low <= clean.truth() - noisy.truth() <= pair.high,
        "difference width": pair.high - pair.low,
    }


def _upright(pair: Pair) -> Pair:
    """Give the pair as clean minus noisy, whichever was recommended."""
    if pair.a.startswith("clean"):
        return pair
    return replace(pair, a=pair.b, b=pair.a, difference=-pair.difference, low=-pair.high, high=-pair.low)


def judged(shares: dict[str, float]) -> list[Line]:
    """Put the shares against what the project demands of verdicts."""
    return [
        Line("a configuration against itself has a winner", shares["itself"], high=0.06),
        Line(f"a difference of {100 * PLANTED:.0f} points is found", shares["found"], low=0.80),
        Line("… and the worse side is taken for the better", shares["mistaken"], high=0.01),
        Line("intervals of the accuracy cover the truth", shares["clean covered"], *COVERED),
        Line("… of the accuracy with noise", shares["noisy covered"], *COVERED),
        Line("… of the difference", shares["difference covered"], *COVERED),
    ]


def forgiven(lines: list[Line]) -> list[Line]:
    """Demand of redrawn splits only that they make no mistakes: their test leans to caution by design."""
    return [replace(line, low=None) if line.high is None else replace(line, high=_relaxed(line)) for line in lines]


def _relaxed(line: Line) -> float | None:
    return line.high if line.low is None else None


def show(title: str, shares: dict[str, float], lines: list[Line]) -> bool:
    """Print a table; give whether all of its lines passed."""
    print(f"\n{title}")
    print(f"  truth {shares['clean truth']:.3f}, with noise {shares['noisy truth']:.3f}; 95 % intervals are ", end="")
    print(f"{100 * shares['clean width']:.1f} points wide, of the difference {100 * shares['difference width']:.1f}")
    for line in lines:
        bounds = (("at least", line.low), ("at most", line.high))
        wanted = ", ".join(f"{word} {100 * bound:.0f} %" for word, bound in bounds if bound is not None)
        mark = ("pass" if line.passed else "FAIL") if wanted else ""
        print(f"  {line.what:48s}{100 * line.share:6.1f} %   {wanted:28s}{mark}")
    return all(line.passed for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both tables; gives the exit code, 1 if a line failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--trials", type=int, default=2000, help="comparisons; a fifth as many with redrawn splits")
    count = parser.parse_args(arguments).trials
    embeddings()  # once, before there are processes that want them
    start, few = time.monotonic(), max(1, int(SHARE_REDRAWN * count))
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        noise = plant(pool)
        fixed = measure(pool, count, noise, redrawn=False)
        passed = show(f"{count:,} trials, the same {TEST} test pictures for every seed", fixed, judged(fixed))
        redrawn = measure(pool, few, noise, redrawn=True)
    lines = forgiven(judged(redrawn))
    passed &= show(f"{few:,} trials, {SMALL_TEST} test pictures redrawn for every seed", redrawn, lines)
    print(f"\n{time.monotonic() - start:.0f} s")
    return int(not passed)


if __name__ == "__main__":
    sys.exit(main())
