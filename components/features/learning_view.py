"""How many pictures? Accuracy against training pictures of each class; a job that the visitor begins.

Where fine-tuning stands beside the classifiers, its best strategy is trained on the same few pictures, if wanted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from components import jobs
from components.charts.chart import show
from components.charts.learning import accuracy_by_pictures
from components.features.beside import Board
from components.features.record import Record
from components.features.work import Work, begun, latest
from components.numbers import about
from components.theme import is_dark
from model_zoo.experiments.job import Job
from model_zoo.features.curve import BAND, estimate, strategy_estimate

DRAWS, STRATEGY_DRAWS = 10, 3
KIND, ICON, DOING = "features_curve", ":material/show_chart:", "Learning from few pictures:"
LEAD = """Every classifier is fitted again on one picture of each class, on two, five, ten and so on, each time on
several draws; the test pictures stay the same. Where a curve is flat, more pictures would not help; where it still
climbs, collect more."""
TUNED = """{} is trained anew on {} of the same draws for each number of pictures, as the comparison trained it: with as
many epochs, so fewer pictures are fewer steps, too. All validation pictures choose its best epoch. With all training
pictures, the runs of the comparison stand."""


@dataclass(frozen=True)
class _Best:
    """The best fine-tuning strategy of the board, by validation: how it is called, and what its curve asks and costs.

    `accuracy` is that on test pictures, with all training pictures.
    """

    title: str
    accuracy: float
    asked: dict[str, Any]
    seconds: float


def how_many_pictures(record: Record, board: Board) -> None:
    """Offer to draw the learning curves of all classifiers on a layer, and show them once they are known."""
    spec = record.spec
    stage = spec.stages[-1]
    if len(spec.stages) > 1:
        stage = st.selectbox(
            "Layer", spec.stages, index=len(spec.stages) - 1, key="features.curve.stage", persist_state="page"
        )
    counts, redrawn = _counts(record), record.result["split"]["redrawn"]
    seconds = estimate(spec.classifiers, counts, _dimensions(record, stage), DRAWS, redrawn)
    asked = {"job": record.job.id, "classifiers": list(spec.classifiers), "stage": stage, "draws": DRAWS}
    work = Work(KIND, asked, "Draw the learning curves", DOING, ICON, primary=True, seconds=seconds)
    best = _best_strategy(board, counts)
    known = _finished(asked, best)
    if known:
        _draw(known, record, board, best)
        if best and not _tuned(known, best):
            _add(work, best)
    elif job := begun(_with(work, best) if best and _ticked(work, best) else work):
        _draw(job, record, board, best)
    else:
        st.caption(LEAD)


def _draw(job: Job, record: Record, board: Board, best: _Best | None) -> None:
    told, stage = job.result or {}, job.spec["stage"]
    marks = {text: record.marks[f"{text}@{stage}"] for text in record.spec.classifiers}
    curves, tuned = list(told["curves"]), _tuned(job, best)
    if tuned:
        curves.append({**tuned, "classifier": tuned["strategy"]})
        marks[tuned["strategy"]] = board.marks[tuned["strategy"]]
    reached = {"title": best.title, "accuracy": best.accuracy} if best and not tuned else None
    strategy = tuned["strategy"] if tuned else ""
    show(accuracy_by_pictures(told["per_class"], curves, marks, is_dark(), reached, strategy), key="features.curve")
    more = TUNED.format(best.title, tuned["draws"]) if best and tuned else ""
    st.caption(f"{LEAD} {more} {told.get('band', BAND)}")


def _ticked(work: Work, best: _Best) -> bool:
    """Ask whether the strategy is to be trained, too; it is if that has begun."""
    begun_before = latest(KIND, _with(work, best).spec)
    if begun_before and not begun_before.is_over:
        return True
    return st.checkbox(
        f"… and {best.title}: {STRATEGY_DRAWS} draws, {about(best.seconds)} more",
        key="features.curve.tuned", persist_state="page", help=_explained(best),
    )  # fmt: skip


def _add(work: Work, best: _Best) -> None:
    """Offer to train the strategy where the curves of the classifiers are known."""
    st.caption(f"**How does fine-tuning do with few pictures?** {_explained(best)}")
    whole = _with(work, best)
    label = f"Add the curve of {best.title}"
    begun(Work(KIND, whole.spec, label, DOING, ICON, seconds=whole.seconds))


def _explained(best: _Best) -> str:
    return TUNED.format(best.title, STRATEGY_DRAWS)


def _with(work: Work, best: _Best) -> Work:
    """Give the work that trains the strategy, too."""
    seconds = (work.seconds or 0.0) + best.seconds
    return Work(work.kind, work.spec | best.asked, work.label, work.doing, work.icon, work.primary, seconds)


def _finished(asked: Mapping[str, Any], best: _Best | None) -> Job | None:
    """Give the newest finished job that drew these curves, one that trained the strategy first."""
    done = [job for job in jobs.store().jobs(jobs.VIEWER, KIND) if job.state == "finished" and job.result]
    mine = [job for job in done if all(job.spec.get(name) == value for name, value in asked.items())]
    return next((job for job in mine if _tuned(job, best)), mine[0] if mine else None)


def _tuned(job: Job, best: _Best | None) -> Mapping[str, Any] | None:
    """Give the curve of the best strategy, if the job drew it."""
    drew = best is not None and all(job.spec.get(name) == value for name, value in best.asked.items())
    return (job.result or {}).get("fine_tuning") if drew else None


def _counts(record: Record) -> list[int]:
    """Give about how many training pictures each class has."""
    labels = record.pictures.labels if record.pictures else np.zeros(1, int)
    share = record.result["split"]["train"] / max(len(labels), 1)
    return [max(1, round(share * count)) for count in np.bincount(labels) if count]


def _dimensions(record: Record, stage: str) -> int:
    return next(int(told["dimensions"]) for told in record.result["stages"] if told["name"] == stage)


def _best_strategy(board: Board, counts: list[int]) -> _Best | None:
    """Give the best fine-tuning strategy of the board; None where none stands beside."""
    line = next((line for line in board.ranking if line["strategy"] in board.strategies), None)
    if line is None or board.comparison is None or board.comparison.result is None:
        return None
    name, result = line["strategy"], board.comparison.result
    runs = [row for row in result["runs"] if row["strategy"] == name]
    asked = {"comparison": board.comparison.id, "strategy": name, "strategy_draws": STRATEGY_DRAWS}
    seconds = strategy_estimate(runs, result["split"], counts, STRATEGY_DRAWS)
    return _Best(board.marks[name].label, line["test_accuracy"], asked, seconds)
