"""The answer of a features job: a sentence, who stands where, fine-tuning beside it, and how it was measured."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components import shell
from components.charts.chart import show
from components.charts.costs import accuracy_against
from components.features import beside
from components.features.beside import Board
from components.features.record import Record
from components.job_names import named
from components.leaderboard import Column, leaderboard
from components.numbers import measured, percent
from components.result.answer import how_measured, show_verdict
from components.result.heading import counted
from components.standings import Standing
from components.theme import is_dark
from model_zoo.experiments.job import Job
from model_zoo.features.spec import PAIRED_BY

FLATTERED = (
    "What is fine-tuned picks its best epoch on the validation pictures, which flatters it there; not on the test."
)
NONE = "No fine-tuning has run on these pictures with this network, size and seeds."
F1 = "Macro-F1: the mean over classes of the harmonic mean of precision and recall. Every class counts the same."
LOSS = (
    "Log-loss on test pictures, in nats: what a confident mistake costs. Margins are made probabilities on validation."
)
ECE = "Expected calibration error: how far confidence and accuracy are apart on average (Guo et al. 2017)."
FIT = "Seconds to learn from the embeddings on this machine; fine-tuning: seconds to train it alone."
PREDICT = "Milliseconds a picture, once it is embedded."


def answer(record: Record) -> Board:
    """Say what to use and how sure that is, show the leaderboard, and say how it was measured; gives the board."""
    found = beside.comparisons(record)
    place = st.container()
    pulled = _pulled(found)
    board = beside.board(record, pulled)
    with place:
        show_verdict(board.verdict, board.marks)
        columns = _columns({line["strategy"]: line for line in board.ranking})
        standings = board.standings(record.spec.run_seeds)
        leaderboard(standings, board.marks, key="features.board", columns=columns, what="classifier")
        st.caption(_basis(record, board))
    if pulled and not board.strategies:
        st.caption("Its predictions or pictures are gone, or its test pictures are others, so it cannot be paired.")
    if not found:
        _invite(record)
    _measured(record)
    return board


def _basis(record: Record, board: Board) -> str:
    """Say what the numbers of the board are."""
    seeds = f"mean of {counted(record.spec.seeds, 'seed')}" if record.spec.seeds > 1 else "one seed"
    told = f"Validation ranks, test estimates; {seeds}. Equal accuracies: the one that learns sooner comes first."
    return f"{told} {FLATTERED}" if board.strategies else told


def _pulled(found: list[Job]) -> Job | None:
    """Ask which comparison stands beside the classifiers; the newest unless the visitor wants another, or none."""
    if not found:
        return None
    names = {job.id: named(job) for job in found}
    with st.container(horizontal=True, vertical_alignment="center", key="features.pulled"):
        on = st.toggle(
            "Beside fine-tuning", value=True, key="features.beside", persist_state="page", width="content",
            help="Runs of the compare page on the same pictures, split and seeds.",
        )  # fmt: skip
        if not on:
            return None
        if len(found) == 1:
            st.caption(names[found[0].id], width="content")
            return found[0]
        chosen = st.selectbox(
            "Which comparison", list(names), format_func=names.__getitem__, key="features.beside.which",
            label_visibility="collapsed", persist_state="page",
        )  # fmt: skip
    return next(job for job in found if job.id == chosen)


def _invite(record: Record) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="features.invite"):
        st.caption(NONE, width="content")
        query = {name: str(getattr(record.spec, name)) for name in PAIRED_BY} | {"preset": "classics", "epochs": "6"}
        shell.link("compare", "Race fine-tuning on them", query, icon=":material/leaderboard:")


def _columns(lines: Mapping[str, Mapping[str, Any]]) -> tuple[Column, ...]:
    def of(key: str, words: Any) -> Any:
        def value(line: Standing) -> str:
            number = lines[line.configuration].get(key)
            return "" if number is None else words(number)

        return value

    return (
        Column("macro-F1", of("macro_f1", percent), F1),
        Column("log-loss", of("log_loss", "{:.2f}".format), LOSS),
        Column("ECE", of("ece", percent), ECE),
        Column("fit", of("fit_seconds", measured), FIT),
        Column("a picture", of("predict_milliseconds", _milliseconds), PREDICT),
    )


def _milliseconds(value: float) -> str:
    return f"{value:.1f} ms" if value >= 0.95 else f"{value:.1g} ms" if value >= 0.001 else "< 1 µs"


def cost_chart(record: Record, board: Board) -> None:
    """Draw test accuracy against the time that it took."""
    runs = [{"strategy": line["strategy"], "seconds_alone": line["fit_seconds"]} for line in board.ranking]
    show(accuracy_against("seconds_alone", runs, board.ranking, board.marks, is_dark()), key="features.costs")


def _measured(record: Record) -> None:
    result = record.result
    embedded = result["embedded"]
    how = (
        f"{counted(embedded, 'picture')} embedded in {measured(result['embed_seconds'])}"
        if embedded
        else "All embeddings were kept from before, so none was computed"
    )
    layers = ", ".join(f"{stage['name']} {stage['dimensions']:,}" for stage in result["stages"])
    facts = (
        result["split"]["sentence"],
        f"{how}, {result['precision']} on {result['device']}. Values of an embedding: {layers}. "
        "Classifiers learn from the training pictures alone, as fine-tuning does.",
    )
    how_measured(facts, record.notes, "on the way")
