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
        format_func=KINDS.__getitem__, key=f"residual.kinds.{told.key}", persist_state="page",
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
    if not kinds:
        st.caption("Choose what goes past the blocks.")
    elif errors:
        show(errors_by_depth(errors, told.kinds, told.differences, what, is_dark()), key="residual.errors")
    else:
        over = told.job is not None and told.job.is_over
        st.caption("No run has ended." if over else "Errors stand here as soon as the first run has ended.")


def _curves(told: Told, kinds: Sequence[str]) -> None:
    depths = st.pills(
        "Curves of", told.depths, selection_mode="multi", default=_ends(told.depths),
        format_func="{} layers".format, key=f"residual.curves.of.{told.key}", persist_state="page",
    )  # fmt: skip
    wanted = {text for text in told.towers if _is_of(text, depths, kinds)}
    if not (depths and kinds):
        st.caption("Choose depths, and what goes past the blocks.")
    elif curves := [event for event in told.curves if event.strategy in wanted]:
        show(training_curves(curves, told.marks, is_dark()), key="residual.curves")
    else:
        st.caption("The curves begin when the first epoch has ended.")


def _is_of(text: str, depths: Sequence[int], kinds: Sequence[str]) -> bool:
    depth, shortcut = towers.read(text)
    return depth in depths and shortcut in kinds


def _ends(depths: Sequence[int]) -> list[int]:
    """Choose the depths whose curves are drawn at first: the shallowest, and of many the last but one."""
    return sorted({depths[0], depths[-2] if len(depths) > 3 else depths[-1]})
