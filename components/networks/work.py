"""Jobs of the networks page. Nothing is remembered in the session: the newest job of a kind and spec is the one shown,
so that a link, a reload and a second visitor find what was done already.
"""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from components import jobs
from components.numbers import about
from components.sentences import say
from components.setup.start import QUICK_SECONDS
from components.setup.waiting import waiting
from model_zoo.experiments.job import Job, Lane
from model_zoo.home import home


@dataclass(frozen=True)
class Work:
    """A job that the visitor may begin: `label` and `icon` of its button, and what it is `doing` while it goes on."""

    kind: str
    spec: dict[str, Any]
    label: str
    doing: str
    icon: str
    primary: bool = False
    seconds: float | None = None  # that it is estimated to take; a short one goes to the quick lane


def latest(kind: str, spec: dict[str, Any], file: str = "") -> Job | None:
    """Give the newest job of this kind and spec, whatever became of it; one that has lost its `file` counts as none."""
    found = next((job for job in jobs.store().jobs(jobs.VIEWER, kind) if job.spec == spec), None)
    if found and found.state == "finished" and file and not (home("jobs") / found.id / file).exists():
        return None
    return found


def offer(work: Work, job: Job | None) -> None:
    """Offer to begin work that is not done; show it while it goes on, and why it stopped where it did."""
    key = f"networks.{work.kind}"
    if job and not job.is_over:
        waiting(job, work.doing, key=key)
        return
    stopped = job is not None and job.state != "finished"
    if job and job.state == "cancelled":
        say(f"{work.doing.rstrip(':')} was cancelled. Nothing was changed.", icon=":material/stop_circle:")
    elif job and stopped:
        say(job.sentence or f"{work.doing.rstrip(':')} stopped before its end.")
    label, icon = ("Try again", ":material/refresh:") if stopped else (work.label, work.icon)
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(label, key=f"{key}.begin", icon=icon, type="primary" if work.primary else "secondary")
        if work.seconds is not None:
            st.caption(about(work.seconds), width="content")
    if pressed:
        lane: Lane | None = "quick" if work.seconds is not None and work.seconds < QUICK_SECONDS else None
        jobs.submit(work.kind, work.spec, lane=lane, estimate_seconds=work.seconds)
        st.rerun()
