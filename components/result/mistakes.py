"""Where a run goes wrong: its confusion matrix with the pictures behind each cell, and what strategies disagree on."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from components.gallery import Caption, gallery
from components.matrix import Cell, confusion_counts, confusion_matrix
from components.numbers import percent
from components.pages import turned_to
from components.result.choice import choose_run
from components.result.disagreements import disagreements
from components.result.heading import counted
from components.result.predictions import GONE, Answers, answers, pictures_of, shown
from components.result.record import Record
from model_zoo.data.kept import Kept

PAGE = 12  # pictures shown at once


def mistakes(record: Record) -> None:
    """Show the confusion matrix of a chosen run and its pictures, then the pictures that divide the strategies."""
    pictures = pictures_of(record)
    run = choose_run(record, key="comparison.look")
    found = answers(record, pictures, [run]) if pictures else []
    if not (pictures and found):
        st.info(GONE)
        return
    confusions(pictures, found[0], key=f"comparison.{run}")
    disagreements(record, pictures, record.result["runs"][run]["seed"])


def confusions(pictures: Kept, found: Answers, *, key: str) -> None:
    """Show a confusion matrix, and beside it the pictures of the picked cell, or all mistakes; the surest first."""
    matrix, behind = st.columns([3, 2], gap="medium")
    with matrix:
        counts = confusion_counts(found.true, found.predicted, len(pictures.classes))
        cell = confusion_matrix(pictures.classes, counts, key=f"{key}.matrix")
    with behind:
        chosen = _behind(found, cell)
        st.html(f"<p><b>{escape(_title(found, cell, pictures.classes, len(chosen)))}</b></p>")
        if len(chosen):
            place = "all" if cell is None else f"{cell.true}.{cell.predicted}"
            page = turned_to(len(chosen), PAGE, key=f"{key}.page.{place}")
            _show(pictures, found, chosen[page], key=f"{key}.pictures")


def _behind(found: Answers, cell: Cell | None) -> np.ndarray:
    """Give the places (n,) of the pictures of a cell, or of all mistakes; the surest first."""
    wanted = found.wrong if cell is None else (found.true == cell.true) & (found.predicted == cell.predicted)
    places = np.flatnonzero(wanted)
    return places[np.argsort(-found.confidence[places], kind="stable")]


def _title(found: Answers, cell: Cell | None, classes: Sequence[str], count: int) -> str:
    if cell is None:
        if not count:
            return f"All {len(found.true)} test pictures are recognised."
        return f"{count} of {len(found.true)} test pictures are mistaken, the surest mistakes first"
    true, predicted = classes[cell.true], classes[cell.predicted]
    what = f"of {true}, recognised" if cell.true == cell.predicted else f"of {true}, taken for {predicted}"
    return f"{counted(count, 'picture')} {what}"


def _show(pictures: Kept, found: Answers, chosen: np.ndarray, *, key: str) -> None:
    names = pictures.names
    captions = [
        Caption(
            names[found.pictures[place]],
            pictures.classes[found.true[place]],
            (f"{pictures.classes[found.predicted[place]]} {percent(float(found.confidence[place]), 0)}",),
        )
        for place in chosen
    ]
    gallery(shown(pictures, found.pictures[chosen]), captions, key=key)
