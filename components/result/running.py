"""A comparison that waits or runs: how far it is, who leads, and a way to end it."""

from html import escape

import streamlit as st

from components.charts.chart import show
from components.charts.race import validation_curves
from components.configurations import explained
from components.jobs import VIEWER, store, trouble, waits_for
from components.leaderboard import leaderboard
from components.numbers import about
from components.result.heading import counted, heading
from components.result.record import Record, record
from components.sentences import literal
from components.theme import is_dark
from model_zoo.experiments.job import Job

NO_CURVES = "The curves begin when the first epoch has ended."


def running(job: Job) -> None:
    """Draw the comparison as it stands; call it again whenever that may have changed."""
    told = record(job)
    heading(told)
    under_way(job, "comparison", bool(told.plan), finished(told), what_is_kept(finished(told) if told.rows else ""))
    race(told)


def race(told: Record) -> None:
    """Draw who leads, and the curves so far."""
    board, curves = st.columns(2, gap="large")
    with board:
        leaderboard(told.standings, told.marks, key="comparison.board")
        _legend(told)
    with curves:
        if told.epochs:
            chart = validation_curves(told.epochs, told.standings[0], told.basis, told.marks, is_dark())
            show(chart, key="comparison.curves")
        else:
            with st.container(border=True, height=320, horizontal_alignment="center", vertical_alignment="center"):
                st.caption(NO_CURVES, width="content")


def finished(told: Record) -> str:
    """Say how many of the runs have ended; those are not lost whatever happens."""
    runs = len(told.spec.strategies) * told.spec.seeds
    return f"{len(told.rows)} of {counted(runs, 'run')} finished"


def _legend(told: Record) -> None:
    """Say what the numbers of the leaderboard are, and what the knobs in its names mean."""
    what = "Validation and test" if told.result else "Validation"
    lines = [f"{what}: {told.basis.words}."] if told.basis.seeds else []
    st.caption("  \n".join(map(literal, lines + explained(told.spec.strategies))))


def under_way(job: Job, page: str, begun: bool, finished: str, kept: str) -> None:
    """Show how far a job is, beside it the way to end it; see `progress` and `cancel`."""
    words, way_out = st.columns([5, 1], vertical_alignment="center")
    with words:
        progress(job, begun, finished)
    with way_out:
        cancel(job, page, kept)


def progress(job: Job, begun: bool, finished: str) -> None:
    """Show how far a job is and how long it takes; `begun`: it is past its preparations; `finished`: what has ended."""
    now = job.progress
    done = now.done if job.state == "running" and now and now.done else 0.0
    st.progress(min(1.0, done))
    st.html(f'<div role="status">{_standing(job, begun, finished)}</div>')
    if said := trouble(job):
        st.warning(said, icon=":material/build:")


def cancel(job: Job, page: str, kept: str) -> None:
    """Offer to end a job, on the page whose keys begin with `page`; `kept` says what would remain of it."""
    if job.cancelling:
        return
    with st.popover("Cancel", icon=":material/stop_circle:", width="stretch", key=f"{page}.cancel"):
        st.markdown(f"**End this now?** {kept}")
        st.button("End it", type="primary", key=f"{page}.end", on_click=_end, args=(job.id,))


def what_is_kept(finished: str) -> str:
    """Say what would remain of a job that keeps whatever has `finished`, if anything has."""
    return f"{f'{finished}. That is kept.' if finished else 'No run has finished yet.'} You can resume later."


def _standing(job: Job, begun: bool, finished: str) -> str:
    now = job.progress
    if job.state == "waiting":
        return f"<b>Waiting</b> {escape(waits_for(job))} It starts by itself; this page may be closed meanwhile."
    if job.cancelling:
        return "<b>Stopping</b> after this batch."
    if now is None:
        return "<b>Starting</b>"
    if not begun:
        return f"<b>Preparing</b> · {escape(now.doing)}"
    left = f"<b>{_left(now.seconds_left)}</b>" if now.seconds_left is not None else "<b>Running</b>"
    return " · ".join([left, escape(now.doing), escape(finished)])


def _left(seconds: float) -> str:
    words = about(seconds)
    return f"{words[0].upper()}{words[1:]} left"


def _end(id: str) -> None:
    store().request_cancel(id, VIEWER)
