"""A features job that stopped before its end: what happened, what was kept, and what to do."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components import shell
from components.features import choices
from components.features.choices import Wanted
from components.features.heading import heading
from components.features.record import Record, record
from components.features.running import finished, so_far
from components.result.stopped import stopped_box, what_happened
from components.setup import choices as shared
from model_zoo.experiments.job import Job


def stopped(job: Job) -> None:
    """Say what happened to an interrupted, failed or cancelled job, and offer the ways on."""
    told = record(job)
    heading(told)
    stopped_box(job, _why(told), "features", _again, goes_on="What is embedded is not embedded again.")
    if told.rows:
        st.subheader("How far it came", anchor=False)
        so_far(told)


def again_button(spec: Mapping[str, Any], *, key: str, label: str = "Run again with changes") -> None:
    """Offer to open the features page filled in with `spec`."""
    told = "Opens the features page, filled in as this was."
    if st.button(label, icon=":material/replay:", key=key, help=told):
        shell.go("features", query(spec))


def query(spec: Mapping[str, Any]) -> dict[str, str]:
    """Write a job's spec as the features page reads it from its address."""
    own = {name: spec[name] for name in vars(Wanted()) if name in spec}
    own |= {name: tuple(own[name]) for name in ("stages", "classifiers")}
    chosen = shared.Choices(**{name: spec[name] for name in choices.SHARED})
    return choices.address(chosen, Wanted(**own))


def _again(job: Job) -> None:
    again_button(job.spec, key="features.again")


def _why(told: Record) -> str:
    sentence = what_happened(told.job)
    return f"{sentence} {finished(told)} by then." if told.rows else sentence
