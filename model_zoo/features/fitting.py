"""Fit one classifier on embeddings, choose its knob by cross-validation if asked, and ask it for scores."""

import time
import warnings
from collections.abc import Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from model_zoo.events import Event, Note, Progress
from model_zoo.features import classifiers
from model_zoo.features.classifiers import FOLDS, Classifier
from model_zoo.features.pipelines import Problem, cores
from model_zoo.features.scores import NEVER

# On a busy machine threads that wait for one another take many times as long as one alone, which is quick enough for
SECONDS_ALONE = 5.0  # fits that are told to take less, and for
ASKED_ALONE = 5_000  # scores of no more pictures


@dataclass(frozen=True)
class Fitted:
    """A fitted pipeline. `present` (k,) says which classes its labels 0 … k − 1 are, of `classes` altogether.

    `chosen` has the knob that tuning chose; `seconds` is what fitting took, tuning included.
    """

    row: Classifier
    options: Any
    pipeline: Any
    present: np.ndarray
    classes: int
    chosen: dict[str, Any]
    seconds: float

    def scores(self, x: np.ndarray) -> np.ndarray:
        """Give float32 scores (n, classes) of embeddings (n, D): probabilities, or margins as `row.scores` says."""
        found = self._asked(x)
        nothing = 0.0 if self.row.scores == "probability" else NEVER
        everything = np.full((len(x), self.classes), nothing, np.float32)
        everything[:, self.present] = found
        return everything

    def _asked(self, x: np.ndarray) -> np.ndarray:
        with warnings.catch_warnings(), _threads(1 if len(x) <= ASKED_ALONE else cores()):
            warnings.simplefilter("ignore")  # xgboost remarks that embeddings come from the processor
            if self.row.scores == "probability":
                return self.pipeline.predict_proba(x)
            margins = self.pipeline.decision_function(x)
        return np.stack([-margins, margins], axis=1) if margins.ndim == 1 else margins


def fit(
    text: str, x: np.ndarray, labels: np.ndarray, classes: int, *, seed: int = 0, tune: bool = False, cuda: bool = False
) -> Generator[Event, None, Fitted]:
    """Fit the classifier `text` on embeddings (n, D) and labels (n,); yields Progress while it tunes, and Notes.

    Raises ValueError where there is nothing to learn: one class only, or embeddings that are all the same.
    """
    present, encoded = np.unique(labels, return_inverse=True)
    _check(x, present)
    row, options = classifiers.get(text)
    problem = Problem(len(x), x.shape[1], len(present), seed, cuda)
    row.build(options, problem)  # loads the libraries, which is no part of fitting
    began = time.perf_counter()
    chosen: dict[str, Any] = {}
    if tune and row.ladder:
        options = yield from _tuned(row, options, x, encoded, problem)
        chosen = {row.tuned: getattr(options, row.tuned)}
    pipeline, complaint = _fitted(row, options, problem, x, encoded)
    seconds = time.perf_counter() - began
    if complaint:
        yield Note(f"{row.title} stopped before it had settled; its figures may be a little low.", about=text)
    return Fitted(row, options, pipeline, present, classes, chosen, seconds)


def _check(x: np.ndarray, present: np.ndarray) -> None:
    if len(present) < 2:
        raise ValueError("All training pictures are of one class; there is nothing to tell apart. Add another class.")
    if (x == x[0]).all():
        raise ValueError("All training pictures have the same embedding. Take a later stage, or other pictures.")


def _tuned(
    row: Classifier, options: Any, x: np.ndarray, encoded: np.ndarray, problem: Problem
) -> Generator[Event, None, Any]:
    """Choose by stratified cross-validation on what trains; ties go to the simpler model."""
    from sklearn.model_selection import StratifiedKFold

    smallest = int(np.bincount(encoded).min())
    if smallest < 2:
        yield Note("A class has one training picture only, so nothing was tuned: defaults stand.", about=row.name)
        return options
    folds = min(FOLDS, smallest)
    if folds < FOLDS:
        yield Note(f"A class has {smallest} training pictures, so tuning has {folds} folds instead of {FOLDS}.")
    parts = list(StratifiedKFold(folds, shuffle=True, random_state=problem.seed).split(x, encoded))
    candidates = row.candidates(options)
    right = np.zeros(len(candidates))
    for place, candidate in enumerate(candidates):
        for number, (train, held_out) in enumerate(parts):
            value = getattr(candidate, row.tuned)
            done = (place * folds + number) / (len(candidates) * folds)
            yield Progress(f"tuning {row.title}: {row.tuned} {value:g}, fold {number + 1} of {folds}", done)
            fold = replace(problem, count=len(train))
            pipeline, _ = _fitted(row, candidate, fold, x[train], encoded[train])
            right[place] += (pipeline.predict(x[held_out]) == encoded[held_out]).sum()
    return candidates[int(right.argmax())]


def _fitted(row: Classifier, options: Any, problem: Problem, x: np.ndarray, encoded: np.ndarray) -> tuple[Any, bool]:
    """Give the fitted pipeline, and whether it complained of not having converged."""
    from sklearn.exceptions import ConvergenceWarning

    alone = row.seconds(options, problem.count, problem.dimensions, problem.classes) < SECONDS_ALONE
    problem = replace(problem, threads=1 if alone else cores())
    with warnings.catch_warnings(record=True) as said, _threads(problem.threads):
        warnings.simplefilter("always")
        pipeline = row.build(options, problem).fit(x, encoded)
    return pipeline, any(issubclass(warning.category, ConvergenceWarning) for warning in said)


def _threads(most: int) -> AbstractContextManager[Any]:
    """Bound the threads of linear algebra; nothing may be yielded meanwhile, since others would be bound, too."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(most)
