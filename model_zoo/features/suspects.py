"""Pictures to look at twice: near-duplicates, and labels that look wrong.

**Near-duplicates** are neighbours among embeddings whose pixels agree, too: embeddings alone find a second horse on a
second meadow. Copies that were stored again, scaled, mirrored or made brighter are found, and some that were cropped.
In a set whose pictures are alike by nature, as digits are, many pairs are named; the most alike come first.

**Labels that look wrong** are found by confident learning (Northcutt, Jiang & Chuang 2021, doi:10.1613/jair.1.12125):
a calibrated probe names each picture without having seen it. A picture is suspect where the probe is confident of
another class, as confident as it is, on average, of that class's own pictures; those whose given label it believes
least come first. Where the probe itself is often wrong, so are its doubts; its accuracy is told beside them.
"""

from collections.abc import Generator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from model_zoo.events import Event, Note, Progress, drained
from model_zoo.features.classifiers import FOLDS
from model_zoo.features.fitting import fit
from model_zoo.features.neighbours import directions, nearest, standardised
from model_zoo.features.scores import LEAST, best_temperature, probabilities
from model_zoo.features.spec import PROBE

MOST = 200  # pairs, and suspects, that are listed
NEIGHBOURS = 10  # of each picture that may be its duplicates
ALIKE = 0.6  # cosine of standardised embeddings from which pixels are compared
SAME = 0.92  # correlation of grey pixels from which two pictures are near-duplicates
SIDE = 16  # pixels of the small pictures that are compared
CHUNK = 2048

Duplicate = tuple[int, int, float]  # two pictures, and the correlation of their pixels


@dataclass(frozen=True)
class Suspect:
    """A picture whose label may be wrong; `confidence` is the probability of the class that the probe suggests."""

    picture: int
    given: int
    suggested: int
    confidence: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Suspicion:
    """The suspects, the worst first, of `found` in all, and the `accuracy` of the probe on pictures it never saw."""

    suspects: tuple[Suspect, ...]
    found: int
    accuracy: float


def duplicates(x: np.ndarray, pictures: np.ndarray) -> Generator[Event, None, tuple[list[Duplicate], int]]:
    """Give the pairs most alike of pictures uint8 (N, 3, S, S) with embeddings x (N, D), and how many there are."""
    rows = directions(standardised(x)[0]).astype(np.float32)
    count = min(NEIGHBOURS, len(x) - 1)
    indices, distances = yield from nearest(rows, count, "looking for near-duplicates")
    a, b = np.repeat(np.arange(len(x)), count), indices.ravel().astype(int)
    near = 1 - np.square(distances.ravel()) / 2 >= ALIKE  # the cosine, of rows of length 1
    pairs = np.unique(np.sort(np.stack([a[near], b[near]], axis=1), axis=1), axis=0)  # (pairs, 2)
    small = yield from _small(pictures, pairs)
    agree = np.maximum(_correlation(small, pairs, mirrored=False), _correlation(small, pairs, mirrored=True))
    same = np.flatnonzero(agree >= SAME)
    order = same[np.argsort(-agree[same], kind="stable")][:MOST]
    return [(int(pairs[i, 0]), int(pairs[i, 1]), float(agree[i])) for i in order], len(same)


def _small(pictures: np.ndarray, pairs: np.ndarray) -> Generator[Event, None, np.ndarray]:
    """Give the grey small pictures (N, SIDE, SIDE), of length 1 and mean 0, of those that are in a pair."""
    import torch
    from torch.nn.functional import adaptive_avg_pool2d

    needed, small = np.unique(pairs), np.zeros((len(pictures), SIDE, SIDE), np.float32)
    for start in range(0, len(needed), CHUNK):
        rows = needed[start : start + CHUNK]
        grey = torch.from_numpy(np.ascontiguousarray(pictures[rows])).float().mean(1)  # (n, S, S)
        shrunk = adaptive_avg_pool2d(grey, SIDE)
        centred = shrunk - shrunk.mean((1, 2), keepdim=True)
        small[rows] = (centred / centred.norm(dim=(1, 2), keepdim=True).clamp_min(1e-3)).numpy()
        yield Progress("comparing pixels", (start + len(rows)) / len(needed))
    return small


def _correlation(small: np.ndarray, pairs: np.ndarray, mirrored: bool) -> np.ndarray:
    found = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), CHUNK):
        a, b = small[pairs[start : start + CHUNK]].transpose(1, 0, 2, 3)
        found[start : start + CHUNK] = (a * (b[:, :, ::-1] if mirrored else b)).sum(axis=(1, 2))
    return found


def suspicious(x: np.ndarray, labels: np.ndarray, classes: int, seed: int = 0) -> Generator[Event, None, Suspicion]:
    """Look for labels (N,) that look wrong, given embeddings x (N, D). A class of one picture is never suspected."""
    counts = np.bincount(labels, minlength=classes)
    if (counts > 1).sum() < 2:
        yield Note("Fewer than two classes have two pictures or more, so no label can be doubted.")
        return Suspicion((), 0, 0.0)
    probability = yield from _unseen(x, labels, classes, seed)
    odds = np.log(np.clip(probability, LEAST, None))  # the probe is regularised, and less sure than it might be
    probability = probabilities(odds, "margin", best_temperature(odds, labels))
    given = probability[np.arange(len(x)), labels]
    usual = np.array([given[labels == label].mean() if counts[label] > 1 else np.inf for label in range(classes)])
    confident = np.where(probability >= usual, probability, -1.0)
    suggested = confident.argmax(axis=1)
    doubted = (confident.max(axis=1) >= 0) & (suggested != labels) & (counts[labels] > 1)
    order = np.flatnonzero(doubted)[np.argsort(given[doubted], kind="stable")][:MOST]
    suspects = tuple(
        Suspect(int(i), int(labels[i]), int(suggested[i]), float(probability[i, suggested[i]])) for i in order
    )
    return Suspicion(suspects, int(doubted.sum()), float((probability.argmax(axis=1) == labels).mean()))


def _unseen(x: np.ndarray, labels: np.ndarray, classes: int, seed: int) -> Generator[Event, None, np.ndarray]:
    """Give each picture's probabilities (N, classes) from a probe that was fitted without it."""
    folds, probability = _folds(labels, seed), np.zeros((len(x), classes))
    for fold in range(FOLDS):
        yield Progress(f"doubting labels, part {fold + 1} of {FOLDS}", fold / FOLDS)
        held = folds == fold
        if held.any():
            fitted = drained(fit(PROBE, x[~held], labels[~held], classes, seed=seed))  # without its remarks
            probability[held] = fitted.scores(x[held])
    return probability


def _folds(labels: np.ndarray, seed: int) -> np.ndarray:
    """Deal the pictures of every class out to the folds; a class that is smaller goes on where the last one ended."""
    generator, folds, dealt = np.random.default_rng(seed), np.empty(len(labels), int), 0
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        folds[members] = (dealt + np.arange(len(members))) % FOLDS
        dealt += len(members)
    return folds
