"""Nearest neighbours among embeddings, exact: a matrix product at a time."""

import time
from collections.abc import Generator

import numpy as np

from model_zoo.events import Progress

CHUNK_BYTES = 1 << 26  # of distances that are in memory at once


def standardised(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give x (N, D) with every value's mean taken out and its deviation made 1, and those; a constant value stays 0."""
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    deviation = np.where(deviation > 1e-6 * max(float(deviation.max()), 1e-12), deviation, np.inf)
    return (x - mean) / deviation, mean, deviation


def directions(x: np.ndarray) -> np.ndarray:
    """Give rows (N, D) of length 1, so that products are cosines; a row of zeros stays."""
    length = np.linalg.norm(x, axis=1, keepdims=True)
    return x / np.where(length > 0, length, 1.0)


def nearest(x: np.ndarray, count: int, doing: str) -> Generator[Progress, None, tuple[np.ndarray, np.ndarray]]:
    """Give for each row of x (N, D) its `count` nearest others, nearest first: indices int32 and distances (N, count).

    Distances are Euclidean. Yields Progress a chunk; `count` must be below N.
    """
    squares = np.square(x).sum(axis=1)
    found, far = np.empty((len(x), count), np.int32), np.empty((len(x), count), np.float32)
    chunk = max(1, CHUNK_BYTES // (4 * len(x)))
    began = time.perf_counter()
    for start in range(0, len(x), chunk):
        rows = np.arange(start, min(start + chunk, len(x)))
        distances = squares[rows, None] + squares - 2 * (x[rows] @ x.T)  # (rows, N), squared
        distances[rows - start, rows] = np.inf
        some = np.argpartition(distances, count - 1, axis=1)[:, :count]
        order = np.take_along_axis(distances, some, 1).argsort(axis=1, kind="stable")
        found[rows] = np.take_along_axis(some, order, 1)
        far[rows] = np.sqrt(np.maximum(np.take_along_axis(distances, found[rows], 1), 0.0))
        done = (rows[-1] + 1) / len(x)
        yield Progress(doing, done, (time.perf_counter() - began) * (1 - done) / done)
    return found, far
