"""The evidence behind the answer, a question a tab; only the open tab is computed."""

from collections.abc import Callable

import streamlit as st

from components.charts.chart import show
from components.charts.costs import accuracy_against
from components.charts.pairs import paired_differences
from components.charts.race import train_against_validation
from components.charts.stages import drift, gradient_norms, learning_rates
from components.result.choice import choose_configuration
from components.result.filters_view import first_filters
from components.result.mistakes import mistakes
from components.result.record import Record
from components.theme import is_dark

ONE_SEED = "There is one seed, and one seed decides nothing: run it again with three or more for differences to trust."
HOW_SURE = """**How to read this.** Both networks see the same test pictures, so they are compared picture by picture,
over all seeds. Where an interval crosses zero, the difference could be chance.

Filled marks are decided, hollow ones are not, even where an interval alone would suggest more."""
HOLM = """Each interval is right 95 times in 100. Whoever looks at many of them will therefore find one that misses zero
by mere luck: among twenty pairs without any difference, one is to be expected.

**Holm’s method** asks more of the evidence the more pairs there are. The clearest difference must stand against all of
them, the next against one fewer, and so on; the first that fails ends it, and it and all less clear ones stay open. So
there is at most one chance in twenty that even one of the pairs called decided is a fluke
([Holm 1979](https://www.jstor.org/stable/4615733))."""
ALONE = "There is one strategy here, so there is nothing to compare it with."


@st.fragment
def evidence(record: Record) -> None:
    """Show the tabs, and draw the one that is open."""
    for tab, draw in zip(
        st.tabs(list(_TABS), key="comparison.evidence", on_change="rerun", bind="query-params"),
        _TABS.values(),
        strict=True,
    ):
        if tab.open:
            with tab:
                draw(record)


def _sure(record: Record) -> None:
    if not record.result["verdict"]["pairs"]:
        st.info(ONE_SEED if len(record.spec.strategies) > 1 else ALONE)
        return
    chart, words = st.columns([2, 1], gap="large")
    with chart:
        show(paired_differences(record.result["verdict"], record.marks, is_dark()), key="comparison.pairs")
    with words:
        st.markdown(HOW_SURE)
        with st.expander("What “decided, after Holm” means", icon=":material/help:", key="comparison.holm"):
            st.markdown(HOLM)


def _cost(record: Record) -> None:
    told, dark = (record.result["runs"], record.result["ranking"], record.marks), is_dark()
    seconds, parameters = st.columns(2, gap="large")
    with seconds:
        show(accuracy_against("seconds_alone", *told, dark), key="comparison.seconds")
    with parameters:
        show(accuracy_against("trained_parameters", *told, dark), key="comparison.parameters")


def _moved(record: Record) -> None:
    dark = is_dark()
    show(drift(record.epochs, record.stages, record.marks, dark), key="comparison.drift")
    name = choose_configuration(record, key="comparison.look")
    mark = record.marks[name]
    rates, norms = st.columns(2, gap="large")
    with rates:
        show(learning_rates(record.epochs, name, record.stages, record.spec.rate, mark, dark), key="comparison.rates")
    with norms:
        show(gradient_norms(record.epochs, name, record.stages, mark, dark), key="comparison.norms")


def _overfitting(record: Record) -> None:
    show(train_against_validation(record.epochs, record.marks, is_dark()), key="comparison.gaps")


_TABS: dict[str, Callable[[Record], None]] = {
    "How sure": _sure,
    "Cost": _cost,
    "What moved": _moved,
    "Overfitting": _overfitting,
    "Mistakes": mistakes,
    "First layer": first_filters,
}
