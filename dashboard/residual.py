"""Deep residual learning, by experiment: grow towers, train them, look inside, and cut their blocks."""

import streamlit as st

from components import shell
from components.jobs import in_its_state, opened
from components.residual.again import asked_again
from components.residual.answer import answer, running, stopped
from components.residual.drawing import grow
from components.residual.setup import setup
from components.residual.told import KIND, from_the_house, told

TITLE, ICON, SECTION, ORDER = "Residual", ":material/stacked_line_chart:", "", 3
LEAD = """Depth matters, but stacking layers soon makes a network hard to **train**: it fits even its own training
pictures worse. Residual connections let what comes in go past every block. See what that changes."""
UNKNOWN = "There are no such towers at this address: they were deleted, or the link is incomplete."


def render() -> None:
    id = st.query_params.get("id", "")
    job = opened(KIND, id) if id else None
    if job is None:
        shell.question("How deep can a network be?", LEAD if not id else UNKNOWN)
        _invite()
        return
    shell.question("How deep can a network be?")
    in_its_state(job, "residual.live", running=running, stopped=stopped, finished=lambda job: answer(told(job)))


def _invite() -> None:
    """Show the towers, what the shipped ones say, and the way to train one's own."""
    grow()
    training = st.expander(
        "Train towers yourself",
        icon=":material/school:",
        key="residual.train",
        on_change="rerun",
        expanded=asked_again(),
    )
    if training.open:
        with training:
            setup()
    st.subheader("What does depth do?", anchor=False)
    st.caption("Trained on scanned digits of 8 × 8 pixels before you came.")
    answer(from_the_house())
