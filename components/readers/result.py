"""A comparison of recurrent networks: while it runs, where it stopped, and its answer."""

from collections.abc import Sequence

import streamlit as st

from components import shell
from components.charts.chart import show
from components.charts.pairs import paired_differences
from components.charts.race import train_against_validation, validation_curves
from components.charts.stages import drift, gradient_norms
from components.downloads import csv_text
from components.leaderboard import leaderboard
from components.readers.record import Record, record
from components.result.answer import how_measured, show_verdict
from components.result.heading import counted, show_facts
from components.result.running import under_way
from components.result.stopped import stopped_box, what_happened
from components.theme import is_dark
from model_zoo.experiments.job import Job

TOKENS = "What it reads: tokens for the tokenizers library; of tagged words, the words and characters that it knows."
BEGINS_ANEW = "Training begins anew: of networks on texts no checkpoints are kept."
HOW_MOVED = (
    "The warmer a bar, the further its layer is from where it began. A fine-tuned network began with what it had "
    "learned before, at least below its head; the others with random weights. Gradients are those at the beginning of "
    "each epoch."
)
NOTHING_KEPT = "No network is kept; you can start it again later, from the beginning."


def running(job: Job) -> None:
    """Draw the job as it stands; call it again whenever that may have changed."""
    told = record(job)
    _heading(told)
    under_way(job, "readers", bool(told.plan), ended(told), NOTHING_KEPT)
    race(told)


def stopped(job: Job) -> None:
    """Say what happened, and offer the ways on."""
    told = record(job)
    _heading(told)
    stopped_box(job, what_happened(job), "readers", _choose_again, goes_on=BEGINS_ANEW)
    if told.epochs:
        st.subheader("How far it came", anchor=False)
        race(told)


def answered(job: Job) -> None:
    """Show the answer of a finished job, its evidence, and what to keep."""
    told = record(job)
    _heading(told)
    show_verdict(told.result["verdict"], told.marks)
    race(told)
    how_measured((told.result["split"], _budget(told)), told.notes, "about the texts")
    if told.result["verdict"]["pairs"]:
        st.subheader("How sure is that?", anchor=False)
        show(paired_differences(told.result["verdict"], told.marks, is_dark()), key="readers.pairs")
    st.subheader("Does any learn by heart?", anchor=False)
    show(train_against_validation(told.epochs, told.marks, is_dark()), key="readers.gaps")
    if "layers" in told.result:
        st.subheader("What moved?", anchor=False)
        moved(told, told.result["layers"])
    _keep(told)


@st.fragment
def moved(told: Record, layers: Sequence[str], page: str = "readers") -> None:
    """Draw how far the layers moved, and the gradients of one network."""
    far, gradients = st.columns(2, gap="large")
    with far:
        show(drift(told.epochs, layers, told.marks, is_dark()), key=f"{page}.drift")
    with gradients:
        names = [line["strategy"] for line in told.result["ranking"]]
        name = st.selectbox(
            "Network", names, format_func=lambda name: told.marks[name].label, key=f"{page}.look", persist_state="page"
        )
        show(gradient_norms(told.epochs, name, layers, told.marks[name], is_dark()), key=f"{page}.norms")
    st.caption(HOW_MOVED)


def _choose_again(job: Job) -> None:
    told = "Opens the same texts; networks and budget are yours to choose."
    if st.button("Choose again", icon=":material/replay:", key="readers.again", help=told):
        shell.go("readers", {"file": job.spec["file"]})


def _heading(told: Record) -> None:
    spec = told.spec
    show_facts(
        {
            "Texts": told.name,
            "Networks": f"{len(spec.configurations)} × {counted(spec.seeds, 'seed')}",
            "Budget": counted(spec.epochs, "epoch"),
        }
    )


def race(told: Record, page: str = "readers") -> None:
    """Draw who leads, and the curves so far; `page` is what keys begin with."""
    board, curves = st.columns(2, gap="large")
    with board:
        leaderboard(told.standings, told.marks, key=f"{page}.board", what="network")
        if told.basis.seeds:
            st.caption(f"{'Validation and test' if told.result else 'Validation'}: {told.basis.words}.")
    with curves:
        if told.epochs:
            chart = validation_curves(told.epochs, told.standings[0], told.basis, told.marks, is_dark())
            show(chart, key=f"{page}.curves")
        else:
            st.caption("The curves begin when the first epoch has ended.")


def ended(told: Record) -> str:
    """Say how many runs have ended."""
    runs = len(told.spec.configurations) * told.spec.seeds
    return f"{len(told.rows)} of {counted(runs, 'run')} finished"


def _budget(told: Record) -> str:
    return (
        f"Accuracy: {told.result['right']}. "
        f"The same tokens ({told.result['language']}), texts and {counted(told.spec.epochs, 'epoch')} for all, "
        f"peak rate {told.spec.rate:g}; each run counts with its best epoch by validation."
    )


def _keep(told: Record) -> None:
    st.subheader("Keep it", anchor=False)
    model = told.folder / told.result["file"]
    with st.container(horizontal=True):
        st.download_button(
            "Runs as CSV",
            csv_text(told.result["runs"]),
            "runs.csv",
            "text/csv",
            icon=":material/table:",
            key="readers.csv",
            on_click="ignore",
        )
        if model.exists():
            st.download_button(
                "Best network", model.read_bytes, "model.safetensors", icon=":material/download:", key="readers.model",
                on_click="ignore",
                help="Weights in fp16; shape, classes and language stand in the metadata of the file.",
            )  # fmt: skip
            st.download_button(
                "Its tokens", (told.folder / "tokenizer.json").read_bytes, "tokenizer.json",
                icon=":material/download:", key="readers.tokens", help=TOKENS, on_click="ignore",
            )  # fmt: skip
    st.caption("This page has an address of its own: its link opens this comparison again.")
