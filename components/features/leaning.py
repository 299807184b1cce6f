"""What a classifier leans on, as pictures: an SVM's support vectors, the values of an embedding that trees ask."""

import streamlit as st

from components.features.predictions import Leaning, choose_row, leaning
from components.features.record import Record
from components.features.value_rows import value_rows
from components.gallery import Caption, gallery
from components.numbers import percent
from components.pages import turned_to
from components.result.predictions import GONE, shown

PAGE = 24  # pictures shown at once
TELLING = ("svm_linear", "svm_rbf", "xgboost")
NONE = "Support vectors and important values are told by SVMs and by XGBoost; none of them was fitted here."
SUPPORT = """**The pictures that hold the border.** A support vector machine keeps only training pictures that lie on
its margin or beyond it; all others could be left out without moving the border. The heaviest come first: the hardest to
place, and often the ones whose label is doubtful."""
IMPORTANT = """**The values that its trees ask most.** Each is one number of the embedding; beside it the pictures where
that number is largest show what it stands for."""


def what_it_leans_on(record: Record) -> None:
    """Show the support vectors or the important values of a chosen row as pictures."""
    names = [line["strategy"] for line in record.result["ranking"] if line["strategy"].startswith(TELLING)]
    if not names:
        st.info(NONE)
        return
    row = choose_row(record, names, key="features.lean")
    found = leaning(record, row)
    if record.pictures is None or (found.support is None and found.important is None):
        st.info(GONE)
    elif found.support is not None:
        _support(record, found, row)
    else:
        _important(record, found, row)


def _support(record: Record, found: Leaning, row: int) -> None:
    pictures, support, weight = record.pictures, found.support, found.support_weight
    assert pictures is not None
    assert support is not None
    assert weight is not None
    train = record.result["split"]["train"]
    st.markdown(SUPPORT)
    st.caption(
        f"{len(support):,} of {train:,} training pictures are support vectors ({percent(len(support) / train, 0)})."
    )
    page = turned_to(len(support), PAGE, key=f"features.support.{row}")
    part, heaviest = support[page], float(weight.max()) if len(weight) else 1.0
    names, labels = pictures.names, pictures.labels
    captions = [
        Caption(f"{percent(float(w) / heaviest, 0)} of the heaviest, {names[i]}", pictures.classes[labels[i]])
        for i, w in zip(part, weight[page], strict=True)
    ]
    gallery(shown(pictures, part), captions, key="features.support", label="Support vectors, the heaviest first")


def _important(record: Record, found: Leaning, row: int) -> None:
    pictures, important, share, exciting = record.pictures, found.important, found.importance, found.exciting
    assert pictures is not None
    assert important is not None
    assert share is not None
    assert exciting is not None
    st.markdown(IMPORTANT)
    told = []
    for value, part, best in zip(important, share, exciting, strict=True):
        labels = [pictures.classes[label] for label in pictures.labels[best]]
        told.append((f"Value {int(value)}", f"{percent(float(part))} of the gain", _mostly(labels), best))
    value_rows(pictures, told, key=f"features.values.{row}")


def _mostly(labels: list[str]) -> str:
    most = max(labels, key=labels.count)
    return f"{labels.count(most)} of {len(labels)} are {most}" if labels.count(most) > 1 else "of many classes"
