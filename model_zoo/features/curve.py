"""How many pictures? Accuracy of classifiers against training pictures a class, over several draws of them.

A draw shuffles the pictures of every class in the train part once; at k pictures a class it takes the first k of
each, so that larger draws hold the smaller ones. The test part stays what it is. Where every run seed has its own
split, every draw has, too: those of seed, seed + 1, …
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from model_zoo import strategies
from model_zoo.estimates import SECONDS_A_RUN
from model_zoo.events import Event, Note, RunEnd, mapped
from model_zoo.features import classifiers
from model_zoo.features.fitting import fit
from model_zoo.features.pace import Pace
from model_zoo.specs import within
from model_zoo.verdicts import Outcome, accuracy_interval

if TYPE_CHECKING:
    from model_zoo.data.image_set import Split

MOST_DRAWS = 50
MOST_STRATEGY_DRAWS = 10  # each of their points is a training
FORWARDS_A_STEP = 3  # a step takes as long as so many passes forward of as many pictures
BAND = (
    "The band is the 95 % interval of the mean accuracy over draws: for other training pictures of the kind, and for "
    "other pictures to test."
)


@dataclass(frozen=True)
class CurveSpec:
    """Learning curves on one stage of a finished features job. What is left empty is the job's: all its classifiers,
    its first stage. A `strategy` of a finished `comparison` on the same pictures has a curve, too, if both are named.
    """

    job: str
    classifiers: tuple[str, ...] = ()
    stage: str = ""
    draws: int = 10
    comparison: str = ""
    strategy: str = ""
    strategy_draws: int = 3

    def __post_init__(self) -> None:
        object.__setattr__(self, "classifiers", tuple(map(classifiers.written, self.classifiers)))
        within("draws", self.draws, 2, MOST_DRAWS)
        if bool(self.comparison) != bool(self.strategy):
            raise ValueError("A curve of fine-tuning needs a comparison and one of its strategies; name both or none.")
        if self.strategy:
            strategies.get(self.strategy)  # raises with the way out
            within("strategy_draws", self.strategy_draws, 2, min(MOST_STRATEGY_DRAWS, self.draws))
        for text in self.classifiers:
            if self.classifiers.count(text) > 1:
                raise ValueError(f"“{text}” stands twice among the classifiers.")

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"classifiers": list(self.classifiers)}


def sizes(largest: int) -> tuple[int, ...]:
    """List the pictures a class that are tried: 1, 2, 5, 10, 20, 50, … and in the end all of the largest class."""
    ladder = (step * 10**power for power in range(9) for step in (1, 2, 5))
    return (*(size for size in ladder if size < largest), largest)


def estimate(texts: Sequence[str], counts: Sequence[int], dimensions: int, draws: int, redrawn: bool = False) -> float:
    """Give the seconds that the curves take, for `counts` training pictures in each class.

    All training pictures are the same in every draw, and fitted once, unless the split is `redrawn` for each.
    """
    *smaller, largest = (sum(min(count, size) for count in counts) for size in sizes(max(counts)))
    fits = draws * smaller + (draws if redrawn else 1) * [largest]
    return sum(_seconds(text, pictures, dimensions, len(counts)) for pictures in fits for text in texts)


def trainings_seconds(
    runs: Sequence[Mapping[str, Any]], split: Mapping[str, Any], pictures: Sequence[int]
) -> tuple[float, list[float]]:
    """Give the seconds that frozen stages take once for all trainings, and those of a training on so many `pictures`.

    Both are scaled from what the `runs` of the comparison took on this machine; `split` has their `train` and
    `validation` pictures.
    """
    again = min(run["seconds_marginal"] for run in runs)
    once = max(0.0, float(np.mean([run["seconds_alone"] for run in runs])) - again)
    whole = FORWARDS_A_STEP * split["train"] + split["validation"]
    shares = ((FORWARDS_A_STEP * count + split["validation"]) / whole for count in pictures)
    return once, [SECONDS_A_RUN + again * share for share in shares]


def strategy_estimate(
    runs: Sequence[Mapping[str, Any]], split: Mapping[str, Any], counts: Sequence[int], draws: int
) -> float:
    """Give the seconds that the curve of a fine-tuning strategy takes; there is no training on all pictures."""
    pictures = [sum(min(count, size) for count in counts) for size in sizes(max(counts))[:-1]]
    once, each = trainings_seconds(runs, split, pictures)
    return once + draws * sum(each)


def learning_curves(
    x: np.ndarray,
    labels: np.ndarray,
    classes: int,
    texts: Sequence[str],
    splits: Sequence[Split],
    redrawn: bool,
    seed: int = 0,
    pace: Pace | None = None,
) -> Generator[Event, None, dict[str, Any]]:
    """Fit every classifier at every size in every draw, one a split, whose seeds are `seed`, `seed` + 1, …

    x is (N, D), labels (N,). Yields a RunEnd for each point, smallest first, and gives `per_class`, `pictures`,
    `curves` and `band`. A `pace` may hold steps that come after all these.
    """
    draws = draws_of(labels, splits, seed)
    steps = sizes(max(draw.largest for draw in draws))
    pace = pace or Pace([])
    pace.expected[:0] = _expected(texts, draws, steps, redrawn, x.shape[1], classes)
    work = _Work(x, labels, classes, redrawn, seed, pace)
    yield from _say_short(draws[0], steps[-1])
    for size in steps:
        for text in texts:
            yield from work.point(text, size, draws if redrawn or size < steps[-1] else draws[:1])
    return {
        "per_class": list(steps),
        "pictures": [round(float(np.mean([len(draw.train(size)) for draw in draws]))) for size in steps],
        "curves": [work.curve(text) for text in texts],
        "band": BAND,
    }


def draws_of(labels: np.ndarray, splits: Sequence[Split], seed: int) -> list[Draw]:
    """Draw once from each split; the same `seed` gives the same draws to whoever asks."""
    return [Draw(labels, split, np.random.default_rng([seed, number])) for number, split in enumerate(splits)]


class Draw:
    """The training pictures of one draw, each class in an order of its own, and the test pictures beside them."""

    def __init__(self, labels: np.ndarray, split: Split, generator: np.random.Generator) -> None:
        train, self.split = split.train.numpy(), split
        self.test, self.pool = split.test.numpy(), len(train)
        self._members = [generator.permutation(train[labels[train] == label]) for label in np.unique(labels[train])]
        self.counts = [len(members) for members in self._members]
        self.largest = max(self.counts)

    def train(self, size: int) -> np.ndarray:
        """Give the pictures (n,) that train at `size` a class; a class that has fewer gives all."""
        return np.sort(np.concatenate([members[:size] for members in self._members]))


def _say_short(draw: Draw, largest: int) -> Generator[Event, None, None]:
    short = sum(count < largest for count in draw.counts)
    if short and min(draw.counts) < largest / 2:
        number = "1 class has" if short == 1 else f"{short:,} classes have"
        yield Note(
            f"{number} fewer than {largest:,} pictures to train, the smallest {min(draw.counts):,}; "
            "where a class has no more, it gives all it has."
        )


class _Work:
    """The points of the curves as they come."""

    def __init__(self, x: np.ndarray, labels: np.ndarray, classes: int, redrawn: bool, seed: int, pace: Pace) -> None:
        self._x, self._labels, self._classes, self._redrawn = x, labels, classes, redrawn
        self._seed, self._pace = seed, pace
        self._points: dict[str, list[dict[str, Any]]] = {}
        self._said: set[Note] = set()

    def point(self, text: str, size: int, draws: Sequence[Draw]) -> Generator[Event, None, None]:
        """Fit a classifier at one size in all draws, and tell what came of it."""
        correct: list[np.ndarray] = []
        for number, draw in enumerate(draws):
            yield self._pace.progress(doing(classifiers.title(text), size, number, len(draws)))
            try:
                fitted = yield from self._fitted(text, draw.train(size), self._seed + number)
            except ValueError as error:  # some need more than one picture of a class
                if size >= draw.largest:
                    raise
                if told := self._once(Note(f"Nothing at {size} a class: {error}", about=text)):
                    yield told
                self._pace.skip(len(draws) - number)
                break
            self._pace.next()
            correct.append(fitted.scores(self._x[draw.test]).argmax(axis=1) == self._labels[draw.test])
        row = {"classifier": text, "per_class": size, **self._judged(correct, draws)}
        self._points.setdefault(text, []).append(row)
        yield RunEnd(f"{text}#{size}", row)

    def curve(self, text: str) -> dict[str, Any]:
        """Give the points of a classifier side by side; None where it cannot be fitted."""
        points = self._points[text]
        draws = max(len(point["accuracies"]) for point in points)
        return {"classifier": text, "title": classifiers.title(text), **as_lists(points), "draws": draws}

    def _fitted(self, text: str, train: np.ndarray, seed: int) -> Generator[Event, None, Any]:
        return mapped(fit(text, self._x[train], self._labels[train], self._classes, seed=seed), self._once)

    def _once(self, event: Event) -> Note | None:
        """Let each remark through once: the same would come at every point."""
        if not isinstance(event, Note) or event in self._said:
            return None
        self._said.add(event)
        return event

    def _judged(self, correct: list[np.ndarray], draws: Sequence[Draw]) -> dict[str, Any]:
        if len(correct) < len(draws):
            return {"accuracy": None, "low": None, "high": None, "accuracies": []}
        return judged(correct, draws[0].pool, self._redrawn)


def judged(correct: Sequence[np.ndarray], pool: int, redrawn: bool) -> dict[str, Any]:
    """Give the mean accuracy of draws that named the test pictures (n,) `correct` or not, its interval, and each one's.

    `pool` is the number of pictures from which training pictures are drawn.
    """
    outcome = Outcome("", "", (), 0, tuple(correct), (), pool)
    mean, low, high = accuracy_interval(outcome, redrawn)
    return {"accuracy": mean, "low": low, "high": high, "accuracies": [float(right.mean()) for right in correct]}


def as_lists(points: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Give the points of a curve as lists, in their order."""
    return {key: [point[key] for point in points] for key in ("accuracy", "low", "high", "accuracies")}


def _expected(
    texts: Sequence[str], draws: Sequence[Draw], steps: Sequence[int], redrawn: bool, d: int, classes: int
) -> list[float]:
    """Give the seconds that each fit should take, in the order in which they come."""
    counted = [(size, draws if redrawn or size < steps[-1] else draws[:1]) for size in steps]
    return [
        _seconds(text, len(draw.train(size)), d, classes) for size, some in counted for text in texts for draw in some
    ]


def doing(title: str, size: int, number: int, draws: int) -> str:
    """Say in words which point is being worked at."""
    pictures = f"{size} {'picture' if size == 1 else 'pictures'} a class"
    return f"{title}, {pictures}, draw {number + 1} of {draws}"


def _seconds(text: str, count: int, dimensions: int, classes: int) -> float:
    row, options = classifiers.get(text)
    return row.seconds(options, count, dimensions, classes)
