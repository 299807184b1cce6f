"""What the rows of a finished features job answered on their test pictures, and what they lean on; numpy alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from safetensors import SafetensorError, safe_open

from components.features.record import Record
from components.result.predictions import Answers
from model_zoo.data.kept import Kept
from model_zoo.features.scores import probabilities

FILE = "predictions.safetensors"


@dataclass(frozen=True)
class Leaning:
    """What a row leans on: support vectors with their weights, or dimensions with the pictures that excite each."""

    support: np.ndarray | None = None  # (n,) picture indices, heaviest first
    support_weight: np.ndarray | None = None  # (n,)
    important: np.ndarray | None = None  # (k,) dimensions
    importance: np.ndarray | None = None  # (k,) share of the gain
    exciting: np.ndarray | None = None  # (k, pictures)


def answers(record: Record, pictures: Kept, row: int) -> Answers | None:
    """Read what the row of that index answered; None where the file is gone or damaged."""
    try:
        with safe_open(record.folder / FILE, framework="np") as file:
            scores, test = file.get_tensor(f"scores.{row}").astype(np.float32), file.get_tensor(f"test.{row}")
    except (SafetensorError, OSError):
        return None
    told = record.rows[row]
    chances = probabilities(scores, told["scores"], told.get("temperature", 1.0))  # (n, classes)
    return Answers(test, pictures.labels[test], scores.argmax(1), chances.max(1))


def over_seeds(record: Record, pictures: Kept, name: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Give for every picture of the set whether a row tested it, and what it said: (N,) bool, (N,) class.

    Where several seeds tested a picture, what the first of them that was wrong said counts.
    """
    tested, said = np.zeros(len(pictures), bool), pictures.labels.copy()
    for row in record.of(name):
        found = answers(record, pictures, row)
        if found is None:
            return None
        tested[found.pictures] = True
        fresh = found.pictures[found.wrong & (said[found.pictures] == found.true)]
        said[fresh] = found.predicted[np.isin(found.pictures, fresh)]
    return tested, said


def leaning(record: Record, row: int) -> Leaning:
    """Read what a row leans on; nothing where it tells nothing, or the file is gone."""
    try:
        with safe_open(record.folder / FILE, framework="np") as file:
            there = set(file.keys())
            names = [name for name in Leaning.__dataclass_fields__ if f"{name}.{row}" in there]
            return Leaning(**{name: file.get_tensor(f"{name}.{row}") for name in names})
    except (SafetensorError, OSError):
        return Leaning()


def choose_row(record: Record, names: Sequence[str], *, key: str) -> int:
    """Ask for a row and, where there are several, a seed; gives the index. The best seed comes first."""
    of, seed = st.columns([2, 1], vertical_alignment="bottom")
    with of:
        name = st.selectbox(
            "Classifier", names, format_func=lambda name: record.marks[name].label, key=f"{key}.row",
            persist_state="page",
        )  # fmt: skip
    mine = record.of(name)
    if len(mine) == 1:
        return mine[0]
    told = {i: f"{record.rows[i]['seed']}{', its best' if i == mine[0] else ''}" for i in mine}
    with seed:
        return int(
            st.selectbox("Seed", mine, format_func=told.__getitem__, key=f"{key}.seed.{name}", persist_state="page")
        )
