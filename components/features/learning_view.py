"""How many pictures? Accuracy against training pictures of each class; a job that the visitor begins."""

import numpy as np
import streamlit as st

from components.charts.chart import show
from components.charts.learning import accuracy_by_pictures
from components.features.beside import Board
from components.features.record import Record
from components.features.work import Work, begun
from components.theme import is_dark
from model_zoo.features.curve import BAND, estimate

DRAWS = 10
LEAD = """Every classifier is fitted again on one picture of each class, on two, five, ten and so on, each time on
several draws; the test pictures stay the same. Where a curve is flat, more pictures would not help; where it still
climbs, collect more."""


def how_many_pictures(record: Record, board: Board) -> None:
    """Offer to draw the learning curves of all classifiers on a layer, and show them once they are known."""
    spec = record.spec
    stage = spec.stages[-1]
    if len(spec.stages) > 1:
        stage = st.selectbox(
            "Layer", spec.stages, index=len(spec.stages) - 1, key="features.curve.stage", persist_state="page"
        )
    asked = {"job": record.job.id, "classifiers": list(spec.classifiers), "stage": stage, "draws": DRAWS}
    seconds = estimate(spec.classifiers, _counts(record), _dimensions(record, stage), DRAWS)
    label, doing = "Draw the learning curves", "Fitting on few pictures:"
    work = Work("features_curve", asked, label, doing, ":material/show_chart:", primary=True, seconds=seconds)
    job = begun(work)
    if job is None or job.result is None:
        st.caption(LEAD)
        return
    told = job.result
    marks = {text: record.marks[f"{text}@{stage}"] for text in spec.classifiers}
    chart = accuracy_by_pictures(told["per_class"], told["curves"], marks, is_dark(), _best_strategy(board))
    show(chart, key="features.curve")
    st.caption(f"{LEAD} {told.get('band', BAND)}")


def _counts(record: Record) -> list[int]:
    """Give about how many training pictures each class has."""
    labels = record.pictures.labels if record.pictures else np.zeros(1, int)
    share = record.result["split"]["train"] / max(len(labels), 1)
    return [max(1, round(share * count)) for count in np.bincount(labels) if count]


def _dimensions(record: Record, stage: str) -> int:
    return next(int(told["dimensions"]) for told in record.result["stages"] if told["name"] == stage)


def _best_strategy(board: Board) -> dict[str, object] | None:
    """Give the best fine-tuning strategy of the board, by validation; None where none stands beside."""
    line = next((line for line in board.ranking if line["strategy"] in board.strategies), None)
    return {"title": board.marks[line["strategy"]].label, "accuracy": line["test_accuracy"]} if line else None
