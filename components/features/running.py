"""A features job that waits or runs: how far it is, who leads, and a way to end it."""

import streamlit as st

from components.features.heading import heading
from components.features.record import Record, record
from components.leaderboard import COSTS, Column, leaderboard
from components.result.heading import counted
from components.result.running import under_way, what_is_kept
from model_zoo.experiments.job import Job

FITTED = Column("fit", COSTS[0].value, "Seconds that the classifier takes to learn; embedding not counted.")


def running(job: Job) -> None:
    """Draw the job as it stands; call it again whenever that may have changed."""
    told = record(job)
    heading(told)
    under_way(job, "features", bool(told.plan), finished(told), what_is_kept(finished(told) if told.rows else ""))
    so_far(told)


def so_far(told: Record) -> None:
    """Draw who leads among the rows that are fitted."""
    leaderboard(told.standings, told.marks, key="features.board", columns=(FITTED,), what="classifier")
    if told.rows:
        seeds = len(told.seeds)
        st.caption(
            f"Validation accuracy, {counted(seeds, 'seed')} of {told.spec.seeds}; test pictures come at the end."
        )
    else:
        st.caption("The board fills as soon as the pictures are embedded: the first classifiers take moments.")


def finished(told: Record) -> str:
    """Say how many of the fits are done."""
    return f"{len(told.rows)} of {counted(len(told.spec.names) * told.spec.seeds, 'fit')} done"
