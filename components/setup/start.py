"""The start: the one button, what it will cost, and what is still in the way."""

from html import escape

import streamlit as st

from components import jobs, shell
from components.numbers import about
from components.setup import preparing
from components.setup.choices import Choices
from components.setup.colours import coloured
from components.setup.costs import Cost, gigabytes
from components.setup.preparing import Preparation
from components.setup.waiting import waiting
from model_zoo.backbones.weights import weights_ready
from model_zoo.experiments.job import Job, Lane

QUICK_SECONDS = 30  # shorter ones are let in between the batches of longer ones


def start(chosen: Choices, prepared: Preparation, cost: Cost) -> None:
    """Show the button at the foot of the screen, and queue the comparison when it is pressed."""
    unticked = "Tick at least one strategy." if chosen.data and not chosen.strategies else ""
    in_the_way = unticked or lacking(chosen, prepared) or cost.refusal
    if start_bar("Start the race", in_the_way, _told(cost), prepared, key="compare.start"):
        _go(chosen, cost)


def start_bar(label: str, in_the_way: str, told: str, prepared: Preparation, *, key: str) -> bool:
    """Show a page's one button at the foot of the screen, beside it what it waits for, what is in its way, or `told`.

    `told` is HTML of our own. Gives whether the button was pressed.
    """
    st.html(_STYLE)
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", key=f"{key}.bar"):
        icon = ":material/play_arrow:"
        pressed = st.button(label, type="primary", icon=icon, key=key, disabled=bool(in_the_way))
        if under_way := _under_way(prepared):
            with st.container():
                waiting(*under_way, key="compare.waiting")
        else:
            st.html(f'<div role="status" class="start-told">{escape(in_the_way) or told}</div>')
    return pressed


def _go(chosen: Choices, cost: Cost) -> None:
    seconds = cost.estimate.seconds if cost.estimate else None
    lane: Lane = "quick" if seconds is not None and seconds < QUICK_SECONDS else "device"
    job = jobs.submit("compare", chosen.spec().to_json(), lane=lane, estimate_seconds=seconds)
    shell.go("comparison", {"id": job})


def _told(cost: Cost) -> str:
    if cost.estimate is None:
        return "How long it will take is not known."
    return f"<b>{about(cost.estimate.seconds)}</b>, {gigabytes(cost.estimate.memory_bytes)}"


def lacking(chosen: Choices, prepared: Preparation) -> str:
    """Say what of pictures and network is missing or not yet ready before a start; empty if nothing is."""
    if not chosen.data:
        return "Choose pictures first."
    if preparing.needs_download(chosen.data):
        return "These pictures must be downloaded first."
    if not weights_ready(chosen.network):
        return f"The weights of {chosen.network.title} must be downloaded first."
    if prepared.portrait is None:
        return "The pictures are not ready."
    return "The network is being timed." if prepared.trial and not prepared.trial.is_over else ""


def _under_way(prepared: Preparation) -> tuple[Job, str] | None:
    """Give the job and the words of what the start waits for; None if nothing is being worked at."""
    pictures, trial = prepared.pictures, prepared.trial
    if pictures and not pictures.is_over:
        return pictures, "Preparing the pictures:"
    if trial and not trial.is_over:
        return trial, "Timing this network, a few seconds:"
    return None


_STYLE = coloured("""<style>
[data-testid="stBottom"] { border-top: 1px solid RULE; }
[data-testid="stBottomBlockContainer"] { max-width: 75rem; margin-inline: auto; padding-block: 0.75rem; }
.start-told { line-height: 1.35; }
</style>""")
