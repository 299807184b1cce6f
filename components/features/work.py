"""Jobs that a features result may begin: the newest of a kind and spec is the one shown, for whoever opens the page."""

import streamlit as st

from components.networks.work import Work, latest, offer
from model_zoo.experiments.job import Job

__all__ = ["Work", "begun", "latest"]


def begun(work: Work, file: str = "") -> Job | None:
    """Give the finished job of this work; otherwise offer to begin it, or show how far it is."""
    job = latest(work.kind, work.spec, file)
    if job and job.state == "finished":
        return job
    with st.container(key=f"features.work.{work.kind}"):
        offer(work, job)
    return None
