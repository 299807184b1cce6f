"""Verdicts: which configuration to use, by how much it is ahead, and how sure that is.

Validation pictures choose, test pictures estimate. Each estimate is a mean over seeds and test pictures, and would come
out differently with other pictures and with other seeds: both count.

Where every seed has the same test pictures, the design is crossed, as in studies of many readers and many cases: seeds
read, pictures are read. The variance is the unbiased one of the two-way table (Gallas 2006,
doi:10.1016/j.acra.2005.11.030), whose term for pictures is what a bootstrap over pictures converges to. Its degrees of
freedom are Hillis's (2007, doi:10.1002/sim.2532), because three seeds say little about how much seeds matter. Two
configurations are paired by picture; each has the spread of its own seeds, as in Welch's test, which gives four degrees
of freedom instead of two and stays on the safe side where the same seed means the same luck for both.

Where every seed has its own split: the corrected resampled t-test (Nadeau & Bengio 2003, doi:10.1023/A:1024068626366).
Splits are taken to spread at least as much as so few test pictures do, or three equal accuracies would mean certainty.

Near 0 and 1 symmetric intervals collapse, so accuracies get Wilson's, at the number of independent pictures that would
vary as much (Korn & Graubard 1998). Before a variance is taken, two pictures are added, one for and one against, as
Agresti & Min (2005, doi:10.1002/sim.1781) do for paired proportions, so that no variance is ever zero.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from model_zoo import verdict_sentence

LEVEL = 0.95  # of every interval; 1 − LEVEL is what Holm's procedure shares out over the pairs
RIGHT_AND_WRONG = (1.0, 0.0)  # the two pictures added to answers …
WON_AND_LOST = (
    0.5**0.5,
    -(0.5**0.5),
)  # … and to differences: half a win and half a loss by squares, as the paper has it
Rows = list[np.ndarray]  # one (n,) a seed


@dataclass(frozen=True)
class Outcome:
    """What the runs of one configuration gave, one entry a run seed.

    `cost` breaks ties, the cheaper first: trained parameters, or seconds; all that are compared tell the same.
    `correct` holds a boolean (n,) for every test picture of that seed, `test` (n,) which pictures these are.
    `train_size` counts the training pictures; it matters only where splits are redrawn.
    """

    strategy: str
    title: str
    validation_accuracy: tuple[float, ...]
    cost: float
    correct: tuple[np.ndarray, ...]
    test: tuple[np.ndarray, ...]
    train_size: int

    @property
    def mean_validation(self) -> float:
        return float(np.mean(self.validation_accuracy))

    @property
    def test_accuracy(self) -> float:
        return float(np.mean([np.mean(correct) for correct in self.correct]))


@dataclass(frozen=True)
class Standing:
    """One line of the ranking; accuracies are fractions, `low` and `high` bound the test accuracy."""

    strategy: str
    validation_accuracy: float
    test_accuracy: float
    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        return {
            "strategy": self.strategy,
            "validation_accuracy": self.validation_accuracy,
            "test_accuracy": self.test_accuracy,
            "test_accuracy_ci": [self.low, self.high],
        }


@dataclass(frozen=True)
class Pair:
    """The recommended configuration `a` against another one: test accuracy a − b with its 95 % interval.

    Interval and `p` are for this pair alone; `decided` holds for all pairs together (Holm).
    """

    a: str
    b: str
    difference: float
    low: float
    high: float
    p: float
    decided: bool = False

    def to_json(self) -> dict[str, Any]:
        interval = [self.low, self.high]
        return {"a": self.a, "b": self.b, "difference": self.difference, "ci": interval, "decided": self.decided}


@dataclass(frozen=True)
class Verdict:
    """The answer of a comparison: `ranking` best first, `pairs` in the same order, `sentence` for people."""

    recommended: str
    sentence: str
    pairs: tuple[Pair, ...]
    ranking: tuple[Standing, ...]

    def to_json(self) -> dict[str, Any]:
        """Give the objects `ranking` and `verdict` of a comparison's result."""
        pairs = [pair.to_json() for pair in self.pairs]
        return {
            "ranking": [standing.to_json() for standing in self.ranking],
            "verdict": {"recommended": self.recommended, "sentence": self.sentence, "pairs": pairs},
        }


def decide(outcomes: Sequence[Outcome], redrawn: bool, of: str = "pictures") -> Verdict:
    """Rank the outcomes, recommend the first and say what its lead is worth.

    `redrawn` says whether every seed had its own split, `of` what was tested. Raises ValueError where runs are missing
    or not paired.
    """
    _check(outcomes, redrawn)
    best, *others = rank(outcomes)
    ranking = tuple(_standing(outcome, redrawn) for outcome in (best, *others))
    seeds = len(best.correct)
    pairs = _holm([_pair(best, other, redrawn) for other in others]) if seeds > 1 else ()
    cheapest = min((best, *others), key=lambda outcome: outcome.cost).strategy
    sentence = verdict_sentence.write(ranking[0], pairs, _titles(outcomes), seeds, cheapest, of)
    return Verdict(best.strategy, sentence, pairs, ranking)


def rank(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Order by mean validation accuracy, best first; ties go to the cheaper, then to the first named."""
    return sorted(outcomes, key=lambda o: (-round(o.mean_validation, 9), o.cost))


def accuracy_interval(outcome: Outcome, redrawn: bool) -> tuple[float, float, float]:
    """Give (test accuracy, low, high) with a 95 % interval for other pictures and other seeds."""
    rows = [correct.astype(float) for correct in outcome.correct]
    two = RIGHT_AND_WRONG
    estimate = _redrawn(rows, two, outcome.train_size) if redrawn else _crossed(rows, two, [rows])
    pictures = estimate.mean * (1 - estimate.mean) / estimate.variance
    low, high = _wilson(outcome.test_accuracy, pictures, estimate.quantile())
    return outcome.test_accuracy, low, high


def _check(outcomes: Sequence[Outcome], redrawn: bool) -> None:
    if not outcomes:
        raise ValueError("A verdict needs at least one configuration, got none.")
    for outcome in outcomes:
        _check_runs(outcome, len(outcomes[0].correct))
        _check_pairing(outcome, outcomes[0], redrawn)


def _check_runs(outcome: Outcome, seeds: int) -> None:
    name, counts = outcome.strategy, (len(outcome.correct), len(outcome.test), len(outcome.validation_accuracy))
    if seeds == 0 or set(counts) != {seeds}:
        raise ValueError(f"All configurations need the same seeds, one or more: {name} has {max(counts)}, not {seeds}.")
    for accuracy in outcome.validation_accuracy:
        if not 0 <= accuracy <= 1:
            raise ValueError(f"validation_accuracy of {name} must be 0 to 1, got {accuracy}.")
    for correct, test in zip(outcome.correct, outcome.test, strict=True):
        if len(correct) != len(test) or len(test) == 0:
            raise ValueError(f"{name} has {len(correct)} answers for {len(test)} test pictures; give one for each.")


def _check_pairing(outcome: Outcome, first: Outcome, redrawn: bool) -> None:
    expected = first.test if redrawn else first.test[:1] * len(first.test)
    if not all(np.array_equal(a, b) for a, b in zip(outcome.test, expected, strict=True)):
        raise ValueError(f"{outcome.strategy} has other test pictures than {first.strategy}; runs must be paired.")


def _titles(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Give every configuration's title; where two share one, with its spelling behind."""
    shared = Counter(outcome.title for outcome in outcomes)
    return {o.strategy: f"{o.title} ({o.strategy})" if shared[o.title] > 1 else o.title for o in outcomes}


def _standing(outcome: Outcome, redrawn: bool) -> Standing:
    return Standing(outcome.strategy, outcome.mean_validation, *accuracy_interval(outcome, redrawn))


def _pair(a: Outcome, b: Outcome, redrawn: bool) -> Pair:
    from scipy.special import stdtr

    sides = [[correct.astype(float) for correct in outcome.correct] for outcome in (a, b)]
    rows = [x - y for x, y in zip(*sides, strict=True)]  # picture by picture, (n,) a seed
    two = WON_AND_LOST
    estimate = _redrawn(rows, two, a.train_size) if redrawn else _crossed(rows, two, sides)
    deviation = estimate.variance**0.5
    low, high = (estimate.mean + sign * estimate.quantile() * deviation for sign in (-1, 1))
    p = 2 * float(stdtr(estimate.freedom, -abs(estimate.mean) / deviation))
    return Pair(a.strategy, b.strategy, a.test_accuracy - b.test_accuracy, max(-1.0, low), min(1.0, high), p)


@dataclass(frozen=True)
class _Estimate:
    """A mean over seeds and pictures, the added two among them, its variance and that variance's degrees of freedom."""

    mean: float
    variance: float
    freedom: float

    def quantile(self) -> float:
        from scipy.special import stdtrit  # a third of a second

        return float(stdtrit(self.freedom, (1 + LEVEL) / 2))


def _crossed(rows: Rows, two: tuple[float, float], sides: list[Rows]) -> _Estimate:
    """Estimate where all `rows` are of the same pictures; `sides` are the runs whose seeds make the rows vary."""
    pictures = np.append(np.mean(rows, axis=0), two)  # (n + 2,)
    by_pictures = pictures.var(ddof=1) / len(pictures)
    by_seeds, by_chance = zip(*(_seeds_and_chance(np.stack(side)) for side in sides), strict=True)
    variance, freedom = _sum(by_pictures, len(rows[0]) - 1, by_seeds, sum(by_chance), len(rows) - 1)
    return _Estimate(float(pictures.mean()), variance, freedom)


def _seeds_and_chance(table: np.ndarray) -> tuple[float, float]:
    """Give what seeds, and what chance alone, add to the variance of the mean of a table (seeds, pictures)."""
    seeds, pictures = table.shape
    if seeds == 1 or pictures == 1:
        return 0.0, 0.0
    of_seeds = table.mean(axis=1, keepdims=True)
    residual = table - table.mean(axis=0) - of_seeds + table.mean()
    chance = np.square(residual).sum() / ((seeds - 1) * (pictures - 1))  # mean square
    return float(of_seeds.var(ddof=1)) / seeds, float(chance) / table.size


def _redrawn(rows: Rows, two: tuple[float, float], train_size: int) -> _Estimate:
    """Estimate as Nadeau and Bengio do, unless splits differ less than their few pictures alone would make them."""
    rows = [np.append(row, two) for row in rows]
    splits, test_size = len(rows), float(np.mean([len(row) - 2 for row in rows]))
    by_pictures = float(np.mean([row.var(ddof=1) / len(row) for row in rows]))  # variance of one split's mean
    means = [float(row.mean()) for row in rows]
    by_splits = float(np.var(means, ddof=1)) if splits > 1 else 0.0
    variance, freedom = _sum(by_pictures, splits * (test_size - 1), (by_splits,), by_pictures, splits - 1)
    correction = 1 / splits + test_size / train_size if splits > 1 else 1.0
    return _Estimate(float(np.mean(means)), correction * variance, freedom)


def _sum(
    pictures: float, free_pictures: float, seeds: Sequence[float], chance: float, free_seeds: float
) -> tuple[float, float]:
    """Add to the variance by pictures what seeds add beyond chance; gives it and Satterthwaite's degrees of freedom."""
    variance = pictures + max(sum(seeds) - chance, 0.0)
    uncertainty = pictures**2 / max(free_pictures, 1) + sum(part**2 for part in seeds) / max(free_seeds, 1)
    return float(variance), float(variance**2 / uncertainty)


def _wilson(accuracy: float, pictures: float, quantile: float) -> tuple[float, float]:
    """Bound an accuracy measured on as many independent `pictures`."""
    weight = quantile**2 / pictures
    centre = (accuracy + weight / 2) / (1 + weight)
    reach = np.sqrt(weight * (accuracy * (1 - accuracy) + weight / 4)) / (1 + weight)
    return max(0.0, float(centre - reach)), min(1.0, float(centre + reach))


def _holm(pairs: list[Pair]) -> tuple[Pair, ...]:
    """Decide the pairs from the clearest on, each at the level left for those that remain (Holm 1979)."""
    order = sorted(range(len(pairs)), key=lambda i: pairs[i].p)
    decided: set[int] = set()
    for done, i in enumerate(order):
        if pairs[i].p > (1 - LEVEL) / (len(pairs) - done):
            break
        decided.add(i)
    return tuple(replace(pair, decided=i in decided) for i, pair in enumerate(pairs))
