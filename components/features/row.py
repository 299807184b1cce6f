"""The four steps of the features page: what each holds, how it stands, and which one is open."""

import streamlit as st

from components.features import classifier_step, layer_step
from components.features.choices import Wanted
from components.setup import backbone_step, data_step
from components.setup.choices import Choices
from components.setup.preparing import Preparation
from components.setup.row import data_standing
from components.setup.steps import Standing, Step, steps
from model_zoo.backbones.weights import weights_ready

OPENED = "features.opened"


def opened_step(chosen: Choices) -> str:
    """Give the name of the open step, "" if all are folded: at first the classifiers; the data if none is chosen."""
    opened: str = st.session_state.setdefault(OPENED, "classifiers" if chosen.data else "data")
    return opened


def open_step(name: str) -> None:
    """Open a step of the features page, now or when it is next shown; "": fold them all."""
    st.session_state[OPENED] = name


def row(chosen: Choices, wanted: Wanted, prepared: Preparation, opened: str) -> None:
    """Show the row of steps."""
    network: Standing = "made" if weights_ready(chosen.network) else "wrong"
    fitted: Standing = "made" if wanted.classifiers else "wrong"
    pictures, layers = data_step.words(chosen, prepared), layer_step.words(chosen, wanted)
    many = classifier_step.words(chosen, wanted)
    steps(
        (
            Step("data", "Data", "Pictures, sorted into classes.", pictures, data_standing(chosen, prepared)),
            Step("backbone", "Network", "The network that stands still.", backbone_step.words(chosen), network),
            Step("layers", "Layers", "Where its embeddings are read, and how.", layers, "made"),
            Step("classifiers", "Classifiers", "What learns from the embeddings.", many, fitted),
        ),
        opened,
        key="features.steps",
        on_open=open_step,
    )
