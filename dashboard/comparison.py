"""One comparison, whenever it is opened: waiting, running, stopped, or finished with its answer and the evidence."""

import streamlit as st

from components import shell
from components.jobs import in_its_state, opened
from components.result.answer import answer
from components.result.evidence import evidence
from components.result.heading import heading
from components.result.keep import keep
from components.result.record import record
from components.result.running import running
from components.result.stopped import stopped
from components.result.try_it import try_it
from model_zoo.experiments.job import Job

TITLE, ICON, SECTION, ORDER = "Comparison", ":material/leaderboard:", "", 30
HIDDEN = True  # not in the menu: it is opened from a race or from the list of runs

UNKNOWN = "There is no comparison at this address: it was deleted, or the link is incomplete."


def render() -> None:
    job = opened("compare", st.query_params.get("id", ""))
    if job is None:
        _unknown()
        return
    shell.question("Which way of fine-tuning fits these pictures?")
    in_its_state(job, "comparison.live", running=running, stopped=stopped, finished=_finished)


def _finished(job: Job) -> None:
    told = record(job)
    heading(told)
    answer(told)
    st.subheader("The evidence", anchor=False)
    evidence(told)
    try_it(told)
    keep(told)


def _unknown() -> None:
    shell.question("Which comparison would you like to see?", UNKNOWN)
    shell.link("runs", "See all runs", icon=":material/list:")
    shell.link("compare", "Start a new comparison", icon=":material/play_arrow:")
