"""The evidence behind the answer, a question a tab; only the open tab is computed."""

from collections.abc import Callable

import streamlit as st

from components.charts.chart import show
from components.charts.pairs import paired_differences
from components.features.answer import cost_chart
from components.features.beside import Board
from components.features.layers_view import which_layer
from components.features.leaning import what_it_leans_on
from components.features.learning_view import how_many_pictures
from components.features.mistakes import mistakes
from components.features.record import Record
from components.features.space_view import the_space
from components.result.evidence import HOW_SURE, ONE_SEED
from components.theme import is_dark

ALONE = "There is one classifier here, so there is nothing to compare it with."


@st.fragment
def evidence(record: Record, board: Board) -> None:
    """Show the tabs, and draw the one that is open."""
    for tab, draw in zip(
        st.tabs(list(TABS), key="features.evidence", on_change="rerun", bind="query-params"),
        TABS.values(),
        strict=True,
    ):
        if tab.open:
            with tab:
                draw(record, board)


def _sure(record: Record, board: Board) -> None:
    differences, costs = st.columns(2, gap="large")
    with differences:
        if board.verdict["pairs"]:
            show(paired_differences(board.verdict, board.marks, is_dark()), key="features.pairs")
            with st.expander("How to read this", icon=":material/help:", key="features.reading"):
                st.markdown(HOW_SURE)
        else:
            st.info(ONE_SEED if len(board.ranking) > 1 else ALONE)
    with costs:
        cost_chart(record, board)


TABS: dict[str, Callable[[Record, Board], None]] = {
    "How sure": _sure,
    "Which layer?": lambda record, board: which_layer(record),
    "How many pictures?": lambda record, board: how_many_pictures(record, board),
    "The space": lambda record, board: the_space(record),
    "Mistakes": lambda record, board: mistakes(record),
    "What it leans on": lambda record, board: what_it_leans_on(record),
}
