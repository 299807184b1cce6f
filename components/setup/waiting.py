"""A job that something waits for: what it does, how far it is, a way to end it; where it stopped, why, and again."""

from collections.abc import Callable
from functools import partial
from html import escape

import streamlit as st

from components import jobs
from components.numbers import about
from components.sentences import say
from components.setup import preparing
from model_zoo.experiments.job import Job


def waiting(job: Job, doing: str, *, key: str, cancel: bool = True) -> None:
    """Show a job live until it is over; `doing` says what is waited for, such as “Preparing the pictures:”.

    `cancel` offers a button; a job that is shown twice on a page has it once.
    """
    jobs.live(key, job.id, partial(_line, doing=doing, key=key, cancel=cancel))


def stopped(slot: str, job: Job | None, what: str, back: Callable[[], None] | None = None) -> None:
    """Where the job of a slot stopped before its end, say why; offer to try again where that may help, else `back`.

    `what` names the job; `back` opens the step where the choice can be changed.
    """
    if job is None or not job.is_over or job.state == "finished":
        return
    if job.state == "cancelled":
        say(f"{what} cancelled. Your choices are as they were.", icon=":material/stop_circle:")
    else:
        say(job.sentence)
    if jobs.can_go_on(job):
        key = f"compare.{slot}.again"
        st.button("Try again", icon=":material/refresh:", key=key, on_click=preparing.again, args=(slot,))
    elif back:
        told = "Everything else that you chose stays as it is."
        st.button("Choose others", icon=":material/arrow_back:", key=f"compare.{slot}.back", on_click=back, help=told)


def _line(job: Job, doing: str, key: str, cancel: bool) -> None:
    now = job.progress
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None):
            st.html(f'<div role="status" style="font-size:0.9rem">{_told(job, doing)}</div>')
            st.progress(min(1.0, now.done if now and now.done else 0.0))
        if job.cancelling:
            st.caption("Stopping", width="content")
        elif cancel:
            st.button("Cancel", key=f"{key}.cancel", on_click=_cancel, args=(job.id,))


def _told(job: Job, doing: str) -> str:
    if job.state == "waiting":
        return f"<b>{escape(doing)}</b> waits {escape(jobs.waits_for(job))} {escape(jobs.trouble(job))}"
    now = job.progress
    left = f", {about(now.seconds_left)} left" if now and now.seconds_left is not None else ""
    return f"<b>{escape(doing)}</b> {escape(now.doing) if now else 'starting'}{left}"


def _cancel(id: str) -> None:
    jobs.store().request_cancel(id, jobs.VIEWER)
