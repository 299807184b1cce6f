"""A comparison that stopped before its end: what happened, what was kept, and what to do."""

from collections.abc import Callable
from contextlib import suppress
from html import escape

import streamlit as st

from components.jobs import VIEWER, can_go_on, store
from components.result.again import again_button
from components.result.heading import heading
from components.result.record import Record, record
from components.result.running import finished, race
from model_zoo.experiments.job import Job

HAPPENED = {
    "interrupted": ("The worker died", ":material/power_off:"),
    "failed": ("It could not go on", ":material/error:"),
    "cancelled": ("It was cancelled", ":material/stop_circle:"),
}
ENDED = {
    "interrupted": "The process that worked on this was ended from outside, or the machine was switched off.",
    "cancelled": "It was ended before it was through.",
}
GOES_ON = "Goes on from the last checkpoint of each run; finished runs are not run again."


def stopped(job: Job) -> None:
    """Say what happened to an interrupted, failed or cancelled comparison, and offer the ways on."""
    told = record(job)
    heading(told)
    stopped_box(job, _why(told), "comparison", _again)
    if told.epochs:
        st.subheader("How far it came", anchor=False)
        race(told)


def stopped_box(job: Job, why: str, page: str, others: Callable[[Job], None], goes_on: str = GOES_ON) -> None:
    """Say what happened to a job and `why`; offer to go on where that helps, and whatever `others` draws beside it.

    Keys begin with `page`; `goes_on` says where it would go on from.
    """
    title, icon = HAPPENED[job.state]
    with st.container(border=True, key=f"{page}.stopped"):
        st.markdown(f"#### {icon} {title}")
        st.html(f"<p>{escape(why)}</p>")
        with st.container(horizontal=True, vertical_alignment="center"):
            if can_go_on(job):
                st.button(
                    resume_label(job), icon=":material/resume:", type="primary", key=f"{page}.resume", help=goes_on,
                    on_click=resume, args=(job.id,),
                )  # fmt: skip
            others(job)


def what_happened(job: Job) -> str:
    """Say in a sentence why a job stopped."""
    return job.sentence if job.state == "failed" else ENDED[job.state]


def _again(job: Job) -> None:
    if can_go_on(job):
        again_button(job.spec, key="comparison.again")
    else:
        again_button(job.spec, key="comparison.again", label="Change the data or the settings", step="data")


def _why(told: Record) -> str:
    """Say why it stopped, and what there was by then."""
    sentence = what_happened(told.job)
    if told.rows:
        return f"{sentence} {finished(told)} by then and are kept."
    if told.epochs:
        return f"{sentence} No run had finished by then, but epochs had; those are kept."
    return sentence if "kept" in sentence else f"{sentence} Nothing had been trained yet."


def resume_label(job: Job) -> str:
    """Name the button that goes on with a job that stopped."""
    return "Try again" if job.state == "failed" else "Resume"


def resume(id: str) -> None:
    """Queue the comparison again; nothing happens where another tab was quicker."""
    with suppress(ValueError):
        store().resume(id, VIEWER)
