"""What the inference process says of a picture; each question is asked once, whoever has it."""

from functools import partial

import streamlit as st

from components.captions.how import Asked
from components.captions.picture import Picture
from components.inference import Inference
from components.networks.asked import asked_now, once_awake
from model_zoo.rnn.prediction import Prediction

LOOKING = "Looking at the picture"


def captioned(picture: Picture, asked: Asked) -> Prediction | None:
    """Give what is said of the picture; None while it is asked for the first time, or where that went wrong."""
    ask = partial(_ask, picture.content, picture.digest, asked)
    return once_awake("captions", ("caption", picture.digest, asked), ask, LOOKING)


def captioned_now(picture: Picture, asked: Asked) -> Prediction | None:
    """Ask and wait; where that goes wrong, say why, and offer to ask again where that may help."""
    ask = partial(_ask, picture.content, picture.digest, asked)
    return asked_now(ask, LOOKING, key=f"captions.{asked.kind}")


@st.cache_data(max_entries=256, show_spinner=False)
def _ask(_content: bytes, digest: str, asked: Asked) -> Prediction:
    return Inference().caption(_content, asked.kind, asked.how, asked.beginning)
