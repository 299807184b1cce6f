"""Linear probes on embeddings, and what their accuracies say about other pictures.

**The interval.** A figure is the mean accuracy over several draws of training pictures from one set, the others being
the test. Draws share pictures, so their spread alone says too little: it is about these pictures. The interval is for a
probe trained on as many other pictures of the kind and asked about yet others. Its variance has two parts:

- training: the variance between draws, times 1/draws + trained/tested. The second term is for training pictures that
  draws share: f of the pool, of which a linear statistic keeps f/(1 − f) of what it shows between draws. At halves this
  is the corrected resampled t-test (Nadeau & Bengio 2003, doi:10.1023/A:1024068626366);
- testing: the variance over pictures of how often each is named right, divided by their number; two pictures are added,
  one always right and one always wrong (Agresti & Min 2005, doi:10.1002/sim.1781), so that it is never zero.

Their sum has Satterthwaite's degrees of freedom, and the bounds are Wilson's at the number of independent pictures that
would vary as much (Korn & Graubard 1998). Both parts contain a little of the other: the interval errs towards wide.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

LADDER = tuple(10.0**power for power in range(-5, 1))  # of C, the inverse of the strength of regularisation
FOLDS = 5
ITERATIONS = 300
LEVEL = 0.95


@dataclass(frozen=True)
class Draw:
    """Indices (n,) of the pictures that train and of all others, which test."""

    train: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class Figure:
    """A mean accuracy over `draws`, a fraction, and its 95 % interval."""

    mean: float
    low: float
    high: float
    draws: int

    def to_json(self) -> dict[str, Any]:
        return {"mean": round(self.mean, 4), "ci": [round(self.low, 4), round(self.high, 4)], "draws": self.draws}


def draw(labels: np.ndarray, per_class: int | None, seed: int) -> Draw:
    """Draw `per_class` pictures of every class to train, half of each for None; raises ValueError for small classes."""
    generator, train = np.random.default_rng(seed), []
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        count = len(members) // 2 if per_class is None else per_class
        if not 2 <= count < len(members):
            raise ValueError(f"Class {label} has {len(members)} pictures; {count} to train leave too few.")
        train.append(members[:count])
    chosen = np.sort(np.concatenate(train))
    return Draw(chosen, np.setdiff1d(np.arange(len(labels)), chosen))


def probe(embeddings: np.ndarray, labels: np.ndarray, drawn: Draw, seed: int = 0) -> np.ndarray:
    """Train a probe on the training pictures of (N, D) and say of each test picture whether it is named right (n,)."""
    x, mean, deviation = _standardised(embeddings[drawn.train])
    y = labels[drawn.train]
    basis = np.linalg.qr(x.T)[0] if x.shape[1] > len(x) else None  # the weights lie in the span of what trains: exact
    x = x if basis is None else x @ basis
    fitted = _logistic(choose_c(x, y, seed)).fit(x, y)
    tested = (embeddings[drawn.test] - mean) / deviation
    return fitted.predict(tested if basis is None else tested @ basis) == labels[drawn.test]


def choose_c(x: np.ndarray, y: np.ndarray, seed: int) -> float:
    """Choose from LADDER by stratified cross-validation on training pictures (n, D); ties go to the stronger."""
    from sklearn.model_selection import StratifiedKFold

    smallest = int(np.unique(y, return_counts=True)[1].min())
    folds = StratifiedKFold(min(FOLDS, smallest), shuffle=True, random_state=seed)
    right = np.zeros(len(LADDER))
    for train, held_out in folds.split(x, y):
        path = _logistic(LADDER[0], warm_start=True)  # each strength starts from the stronger one's weights
        for place, c in enumerate(LADDER):
            path.set_params(C=c).fit(x[train], y[train])
            right[place] += (path.predict(x[held_out]) == y[held_out]).sum()
    return LADDER[int(right.argmax())]


def figure(correct: Sequence[np.ndarray], draws: Sequence[Draw]) -> Figure:
    """Give the mean of accuracies and its interval; `correct` says for each draw which test pictures were right."""
    accuracies = np.array([np.mean(right) for right in correct])
    between = float(accuracies.var(ddof=1)) if len(draws) > 1 else 0.0
    training = between * (1 / len(draws) + len(draws[0].train) / len(draws[0].test))
    pictures = np.append(_by_picture(correct, draws), (1.0, 0.0))
    testing = float(pictures.var(ddof=1)) / len(pictures)
    variance = training + testing
    freedom = variance**2 / (training**2 / max(len(draws) - 1, 1) + testing**2 / (len(pictures) - 1))
    middle = float(pictures.mean())
    low, high = _wilson(float(accuracies.mean()), middle * (1 - middle) / variance, freedom)
    return Figure(float(accuracies.mean()), low, high, len(draws))


def _by_picture(correct: Sequence[np.ndarray], draws: Sequence[Draw]) -> np.ndarray:
    """Give the share of draws in which each picture was right, of those in which it was asked for: (tested,)."""
    size = max(drawn.test.max() for drawn in draws) + 1
    right, asked = np.zeros(size), np.zeros(size)
    for answers, drawn in zip(correct, draws, strict=True):
        right[drawn.test] += answers
        asked[drawn.test] += 1
    return right[asked > 0] / asked[asked > 0]


def _standardised(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    mean, deviation = x.mean(0), x.std(0)
    deviation = np.where(deviation > 1e-6 * max(deviation.max(), 1e-12), deviation, 1.0)  # a dead channel says nothing
    return (x - mean) / deviation, mean, deviation


def _logistic(c: float, warm_start: bool = False) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=c, max_iter=ITERATIONS, tol=1e-3, warm_start=warm_start)


def _wilson(accuracy: float, pictures: float, freedom: float) -> tuple[float, float]:
    from scipy.special import stdtrit

    weight = float(stdtrit(freedom, (1 + LEVEL) / 2)) ** 2 / pictures
    centre = (accuracy + weight / 2) / (1 + weight)
    reach = (weight * (accuracy * (1 - accuracy) + weight / 4)) ** 0.5 / (1 + weight)
    return max(0.0, centre - reach), min(1.0, centre + reach)
