"""Thumbnails of picture sets for their cards: drawn, read, or taken from what has been decoded."""

import csv
import gzip
from collections.abc import Iterator, Sequence
from importlib.metadata import distribution
from itertools import islice
from pathlib import Path

import numpy as np
import streamlit as st

from components.gallery import data_uri
from model_zoo.data import kept

SIDE = 56  # px
COUNT = 10  # of a card: five by two


@st.cache_data(show_spinner=False)
def bundled(name: str) -> tuple[str, ...]:
    """Give thumbnails of a bundled set as data URIs, one a class; none for a set that nobody can draw here."""
    makers = {"materials": _materials, "digits": _digits}
    return tuple(map(data_uri, islice(makers[name](), COUNT))) if name in makers else ()


def of_portrait(file: str, samples: Sequence[Sequence[int]]) -> tuple[str, ...]:
    """Give thumbnails of a decoded set: of its classes in turn, as many as a card shows."""
    rounds = max((len(row) for row in samples), default=0)
    wanted = [row[turn] for turn in range(rounds) for row in samples if turn < len(row)][:COUNT]
    return pictures(file, tuple(wanted))


@st.cache_data(show_spinner=False, max_entries=500)
def pictures(file: str, indices: tuple[int, ...]) -> tuple[str, ...]:
    """Give pictures of a decoded set as data URIs; none where the set is gone."""
    found = kept.find(file)
    return tuple(data_uri(row.transpose(2, 0, 1)) for row in found.pictures(indices)) if found else ()


def _materials() -> Iterator[np.ndarray]:
    from model_zoo.data.drawn.camera import CLASSES, draw

    for label in range(len(CLASSES)):
        yield draw(label, 1, 0, SIDE)


def _digits() -> Iterator[np.ndarray]:
    """Read the first scans from scikit-learn's file; the library itself is too heavy for a page."""
    library = Path(str(distribution("scikit-learn").locate_file("sklearn")))
    with gzip.open(library / "datasets/data/digits.csv.gz", "rt") as file:
        for row in csv.reader(file):
            scan = np.array([float(value) for value in row[:64]]).reshape(8, 8) * (255 / 16)  # (8, 8)
            large = np.pad(np.kron(scan, np.ones((6, 6))), (SIDE - 48) // 2)  # (56, 56)
            yield np.repeat(large[None], 3, axis=0).astype(np.uint8)
