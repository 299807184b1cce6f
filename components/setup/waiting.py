"""A job that something waits for: what it does, how far it is, a way to end it; where it stopped, why, and again."""

from functools import partial
from html import escape

import streamlit as st

from components import jobs
from components.numbers import duration
from components.setup import preparing
from model_zoo.experiments.job import Job


def waiting(job: Job, doing: str, *, key: str) -> None:
    """Show a job live until it is over; `doing` says what is waited for, such as “Preparing the pictures:”."""
    jobs.live(key, job.id, partial(_line, doing=doing, key=key))


def stopped(slot: str, job: Job | None, what: str) -> None:
    """Where the job of a slot stopped before its end, say why, and offer to try again; `what` names it."""
    if job is None or not job.is_over or job.state == "finished":
        return
    if job.state == "cancelled":
        say(f"{what} cancelled. Your choices are as they were.", icon=":material/stop_circle:")
    else:
        say(job.sentence)
    key = f"compare.{slot}.again"
    st.button("Try again", icon=":material/refresh:", key=key, on_click=preparing.again, args=(slot,))


def say(sentence: str, *more: str, icon: str = ":material/error:") -> None:
    """Show a sentence, and `more` as a list below it, in a box that does not take what visitors wrote for markup."""
    show = st.error if icon == ":material/error:" else st.info
    show("\n".join([literal(sentence), *(f"- {literal(line)}" for line in more)]), icon=icon)


def literal(text: str) -> str:
    """Write `text` so that Markdown shows it as it is."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~$:^" else c for c in text)


def _line(job: Job, doing: str, key: str) -> None:
    now = job.progress
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None):
            st.html(f'<div role="status" style="font-size:0.9rem">{_told(job, doing)}</div>')
            st.progress(min(1.0, now.done if now and now.done else 0.0))
        if job.cancelling:
            st.caption("Stopping", width="content")
        else:
            st.button("Cancel", key=f"{key}.cancel", on_click=_cancel, args=(job.id,))


def _told(job: Job, doing: str) -> str:
    if job.state == "waiting":
        behind = f"behind {job.position} other {'job' if job.position == 1 else 'jobs'}" if job.position else ""
        return f"<b>{escape(doing)}</b> {behind or 'starting'} {escape(jobs.trouble(job))}"
    now = job.progress
    left = f", {duration(now.seconds_left)} left" if now and now.seconds_left is not None else ""
    return f"<b>{escape(doing)}</b> {escape(now.doing) if now else 'starting'}{left}"


def _cancel(id: str) -> None:
    jobs.store().request_cancel(id, jobs.VIEWER)
