"""Errors against depth, and how the towers learned."""

from collections.abc import Sequence

import streamlit as st

from components.charts.chart import show
from components.charts.depth import errors_by_depth, training_curves
from components.residual.told import Told
from components.theme import is_dark
from model_zoo.residual import towers
from model_zoo.residual.towers import ABOUT, KINDS

FIELDS = {"training": "train_error", "test": "test_error"}
DEEP = 56  # the deepest whose curve is drawn at first


@st.fragment
def errors_and_curves(told: Told) -> None:
    """Show both charts, of the kinds of shortcut that the visitor wants to see."""
    kinds = _kinds(told)
    left, right = st.columns(2, gap="large")
    with left:
        _errors(told, kinds)
    with right:
        _curves(told, kinds)


def _kinds(told: Told) -> Sequence[str]:
    """Ask which kinds are shown, where there are more than two; the first two at the beginning."""
    if len(told.shortcuts) < 3:
        return told.shortcuts
    chosen: Sequence[str] = st.pills(
        "What goes past the blocks", told.shortcuts, selection_mode="multi", default=told.shortcuts[:2],
        format_func=KINDS.__getitem__, key="residual.kinds", persist_state="page",
    )  # fmt: skip
    st.caption("  \n".join(f"**{KINDS[kind]}.** {ABOUT[kind]}" for kind in chosen))
    return chosen


def _errors(told: Told, kinds: Sequence[str]) -> None:
    what = st.segmented_control(
        "Error on", tuple(FIELDS), default="training", required=True, format_func="{} pictures".format,
        key="residual.what", persist_state="page",
    )  # fmt: skip
    errors: dict[tuple[str, int], list[float]] = {}
    for row in told.counted:
        depth, shortcut = towers.read(row["strategy"])
        if shortcut in kinds:
            errors.setdefault((shortcut, depth), []).append(row[FIELDS[what]])
    if errors:
        show(errors_by_depth(errors, told.kinds, told.differences, what, is_dark()), key="residual.errors")
    else:
        st.caption("Errors stand here as soon as the first run has ended.")


def _curves(told: Told, kinds: Sequence[str]) -> None:
    depths = st.pills(
        "Curves of", told.depths, selection_mode="multi", default=_ends(told.depths),
        format_func="{} layers".format, key="residual.curves.of", persist_state="page",
    )  # fmt: skip
    wanted = {text for text in told.towers if _is_of(text, depths, kinds)}
    if curves := [event for event in told.curves if event.strategy in wanted]:
        show(training_curves(curves, told.marks, is_dark()), key="residual.curves")
    else:
        st.caption("The curves begin when the first epoch has ended.")


def _is_of(text: str, depths: Sequence[int], kinds: Sequence[str]) -> bool:
    depth, shortcut = towers.read(text)
    return depth in depths and shortcut in kinds


def _ends(depths: Sequence[int]) -> list[int]:
    """Choose the depths whose curves are drawn at first: the shallowest, and a deep one."""
    deep = [depth for depth in depths if depth <= DEEP] or list(depths)
    return sorted({depths[0], deep[-1]})
