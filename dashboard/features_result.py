"""One features job, whenever it is opened: waiting, running, stopped, or finished with its answer and the evidence."""

import streamlit as st

from components import shell
from components.features.answer import answer
from components.features.evidence import evidence
from components.features.heading import heading
from components.features.keep import keep
from components.features.record import record
from components.features.running import running
from components.features.stopped import stopped
from components.features.try_it import try_it
from components.jobs import in_its_state, opened
from model_zoo.experiments.job import Job

TITLE, ICON, SECTION, ORDER = "Features, result", ":material/scatter_plot:", "", 31
HIDDEN = True  # not in the menu: it is opened from the features page or from the list of runs

UNKNOWN = "There is no such result at this address: it was deleted, or the link is incomplete."


def render() -> None:
    job = opened("features", st.query_params.get("id", ""))
    if job is None:
        _unknown()
        return
    shell.question("How far does this network get without being trained?")
    in_its_state(job, "features.live", running=running, stopped=stopped, finished=_finished)


def _finished(job: Job) -> None:
    told = record(job)
    heading(told)
    board = answer(told)
    st.subheader("The evidence", anchor=False)
    evidence(told, board)
    try_it(told)
    keep(told)


def _unknown() -> None:
    shell.question("Which result would you like to see?", UNKNOWN)
    shell.link("runs", "See all runs", icon=":material/list:")
    shell.link("features", "Start anew", icon=":material/play_arrow:")
