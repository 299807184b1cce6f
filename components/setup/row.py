"""The four steps of a comparison: what each holds, how it stands, and which one is open."""

import streamlit as st

from components.setup import backbone_step, budget_step, data_step, strategy_step
from components.setup.choices import Choices
from components.setup.preparing import Preparation, needs_download
from components.setup.steps import Standing, Step, steps
from model_zoo.backbones.weights import weights_ready

OPENED = "compare.opened"


def opened_step(chosen: Choices) -> str:
    """Give the name of the open step, "" if all are folded: at first the strategies, or the data if none are chosen."""
    opened: str = st.session_state.setdefault(OPENED, "strategies" if chosen.data else "data")
    return opened


def open_step(name: str) -> None:
    """Open a step of the compare page, now or when it is next shown; "": fold them all."""
    st.session_state[OPENED] = name


def row(chosen: Choices, prepared: Preparation, opened: str) -> None:
    """Show the row of steps."""
    steps(
        (
            Step(
                "data",
                "Data",
                "Pictures, sorted into the classes to tell apart.",
                data_step.words(chosen, prepared),
                data_standing(chosen, prepared),
            ),
            Step(
                "backbone",
                "Backbone",
                "The pre-trained network that is fine-tuned.",
                backbone_step.words(chosen),
                _ready(weights_ready(chosen.network)),
            ),
            Step(
                "strategies",
                "Strategies",
                "How far each stage of the network may move, and when.",
                strategy_step.words(chosen),
                _ready(bool(chosen.strategies)),
            ),
            Step(
                "budget",
                "Budget",
                "How long each strategy trains, and how often it is tried.",
                budget_step.words(chosen),
                "made",
            ),
        ),
        opened,
        key="compare.steps",
        on_open=open_step,
    )


def _ready(made: bool) -> Standing:
    return "made" if made else "wrong"


def data_standing(chosen: Choices, prepared: Preparation) -> Standing:
    """Say how the step of the pictures stands."""
    if not chosen.data:
        return "open"
    if prepared.portrait:
        return "made"
    stopped = prepared.pictures.is_over if prepared.pictures else needs_download(chosen.data)
    return "wrong" if stopped else "waiting"
