"""Everything done so far: what, how it stands, when, how long it took, who won; to open, run again, resume, delete."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from html import escape

import streamlit as st

from components import shell
from components.configurations import label
from components.features.names import row_label
from components.features.stopped import again_button as classify_again_button
from components.job_names import named
from components.jobs import VIEWER, can_go_on, live_while, store, trouble
from components.numbers import about, duration, percent
from components.pages import turned_to
from components.residual.again import again_button as towers_again_button
from components.result.again import again_button
from components.result.stopped import resume, resume_label
from components.setup.first_race import start_first_race
from model_zoo.experiments.job import Job
from model_zoo.rnn import readers, watchers

PAGE = 20  # jobs shown at once
COMPARISONS, FEATURES, TOWERS = "Comparisons", "Features", "Towers"
READERS, WATCHERS, EVERYTHING = "Networks on texts", "Networks on frames", "Everything"
KINDS = {
    COMPARISONS: "compare", FEATURES: "features", TOWERS: "residual", READERS: "readers", WATCHERS: "watchers",
    EVERYTHING: None,
}  # fmt: skip
PAGES = {  # where a kind of job is opened, and what of its spec stands in the address; else its id
    "compare": ("comparison", ()),
    "features": ("features_result", ()),
    "residual": ("residual", ()),
    "readers": ("readers", ()),
    "watchers": ("frames", ()),
    "frames": ("frames", ("clip", "by")),
    "sentiment_texts": ("sentiment", ("file", "column", "language")),
    "tag_document": ("tagging", ("file", "task")),
    "caption_pictures": ("captions", ("data", "network", "references")),
}
AGAIN = {"compare": again_button, "features": classify_again_button, "residual": towers_again_button}
_ICONS = {
    "waiting": ":material/hourglass_empty:",
    "running": ":material/directions_run:",
    "interrupted": ":material/power_off:",
    "finished": ":material/check_circle:",
    "failed": ":material/error:",
    "cancelled": ":material/stop_circle:",
}


def job_list() -> None:
    """Show the jobs that the visitor may see, newest first; the list follows those that run."""
    there = {job.kind for job in store().jobs(VIEWER)}
    first = next((name for name, kind in KINDS.items() if kind in there), COMPARISONS)
    wanted = st.segmented_control(
        "What", list(KINDS), default=first, required=True, key="runs.what",
        label_visibility="collapsed",
    )  # fmt: skip
    ask = partial(store().jobs, VIEWER, KINDS[wanted])
    live_while("runs.live", ask, partial(_show, wanted), lambda jobs: any(not j.is_over for j in jobs))


def when(moment: datetime) -> str:
    """Say how long ago a moment was; before yesterday, its date."""
    seconds = (datetime.now(UTC) - moment).total_seconds()
    if seconds < 90:
        return "just now"
    if seconds < 24 * 3600:
        return f"{duration(seconds)} ago"
    return f"{moment:%-d %B %Y}"


def _show(wanted: str, jobs: Sequence[Job]) -> None:
    if not jobs:
        empty = {FEATURES: _no_features, TOWERS: _no_towers, READERS: _no_readers, WATCHERS: _no_watchers}
        empty.get(wanted, _nothing)()
        return
    for job in jobs[turned_to(len(jobs), PAGE, key="runs.page")]:
        _row(job)


def _nothing() -> None:
    """Invite to a first race, and say what will stand here."""
    with st.container(border=True):
        st.markdown("**Nothing has run yet.** Every comparison that you start will stand here, such as:")
        st.html("<p style='opacity:0.85'>Materials · ResNet mini · 3 strategies × 3 seeds × 4 epochs<br>"
                "when it ran, how long it took, and which strategy won</p>")  # fmt: skip
        start_first_race("runs.first")


def _no_features() -> None:
    with st.container(border=True):
        st.markdown("**No network has been asked for its features yet.** What you classify will stand here, such as:")
        st.html("<p style='opacity:0.85'>Materials · ResNet mini · 5 classifiers on stage4 × 3 seeds</p>")
        shell.link("features", "Classify pictures by their features", icon=":material/scatter_plot:")


def _no_towers() -> None:
    with st.container(border=True):
        st.markdown("**No towers have been trained here yet.** Those that you train will stand here, such as:")
        st.html("<p style='opacity:0.85'>Digits · 8, 20, 56 layers · plain, residual × 3 seeds × 12 epochs</p>")
        shell.link("residual", "See what depth does", icon=":material/stacked_line_chart:")


def _no_readers() -> None:
    with st.container(border=True):
        st.markdown("**No network has read texts of yours yet.** What you train will stand here, such as:")
        st.html("<p style='opacity:0.85'>reviews.csv · 4 networks × 3 seeds × 6 epochs</p>")
        shell.link("readers", "Train recurrent networks on your texts", icon=":material/school:")


def _no_watchers() -> None:
    with st.container(border=True):
        st.markdown("**No network has learned from marks of yours yet.** What you train will stand here, such as:")
        st.html("<p style='opacity:0.85'>juggling.mp4 · 3 labels · 4 networks × 3 seeds × 20 epochs</p>")
        shell.link("frames", "Mark a clip of yours", query={"source": "own"}, icon=":material/movie:")


def _row(job: Job) -> None:
    with st.container(border=True, key=f"runs.job.{job.id}"):
        words, actions = st.columns([3, 2], vertical_alignment="center")
        with words.container(gap="xxsmall"):
            st.html(f"<b>{escape(named(job))}</b>")
            with st.container(horizontal=True, gap="small"):
                st.markdown(f"{_ICONS[job.state]} {job.state}", width="content")
                st.html(f"<div>{escape(_facts(job))}</div>")
            if said := trouble(job):
                st.warning(said, icon=":material/build:")
        with actions:
            _actions(job)


def _facts(job: Job) -> str:
    said = "" if job.state == "cancelled" else job.sentence
    facts = [when(job.created), _spent(job), _best(job), said]
    return " · ".join(filter(None, facts))


def _spent(job: Job) -> str:
    if job.state == "waiting":
        return f"behind {job.position} others" if job.position else "starts soon"
    if job.state == "running" and job.progress and job.progress.seconds_left is not None:
        return f"{about(job.progress.seconds_left)} left"
    if job.claimed and job.ended:
        return f"took {duration((job.ended - job.claimed).total_seconds())}"
    return ""


def _best(job: Job) -> str:
    if not job.result or "ranking" not in job.result:
        return ""
    best, pairs = job.result["ranking"][0], job.result["verdict"]["pairs"]
    how = "best" if any(pair["decided"] for pair in pairs) else "undecided, ahead"
    return f"{how}: {_called(job, best['strategy'])}, {percent(best['test_accuracy'])}"


def _called(job: Job, name: str) -> str:
    if job.kind == "compare":
        return label(name)
    if job.kind == "features":
        return row_label(name, job.spec["stages"])
    return (watchers if job.kind == "watchers" else readers).title(name)


def _actions(job: Job) -> None:
    with st.container(horizontal=True, horizontal_alignment="right"):
        if job.kind in PAGES:
            if st.button("Open", key=f"runs.open.{job.id}"):
                shell.go(*_place(job))
            if job.kind in AGAIN:
                AGAIN[job.kind](job.spec, key=f"runs.again.{job.id}", label="Run again")
        if can_go_on(job):
            st.button(resume_label(job), key=f"runs.resume.{job.id}", on_click=resume, args=(job.id,))
        with st.popover("Delete", key=f"runs.delete.{job.id}"):
            _confirm(job)


def _place(job: Job) -> tuple[str, dict[str, str]]:
    """Give the page that shows a job, and its address there."""
    page, told = PAGES[job.kind]
    return page, {name: job.spec[name] for name in told if job.spec.get(name)} or {"id": job.id}


def _confirm(job: Job) -> None:
    first = "It is still running and is ended first. " if job.state == "running" else ""
    st.markdown(f"**Delete this for good?** {first}Its numbers and trained networks go. Pictures and uploads stay.")
    st.button("Delete it", type="primary", key=f"runs.sure.{job.id}", on_click=_delete, args=(job.id,))


def _delete(id: str) -> None:
    with suppress(ValueError):  # another tab was quicker
        store().delete(id, VIEWER)
