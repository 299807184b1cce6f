"""What the inference process makes of a text; each text is asked about once, whoever types it."""

from functools import partial
from typing import Literal

import streamlit as st

from components.inference import Inference
from components.networks import asked
from model_zoo.rnn.prediction import Prediction

Page = Literal["sentiment", "tagging"]
DOING: dict[Page, str] = {"sentiment": "Reading it, and again without each word", "tagging": "Tagging it"}


def reading(page: Page, text: str, choice: str) -> Prediction | None:
    """Give what was made of the text; None while it is asked for the first time, or where that went wrong.

    `choice` is what a page lets one choose: a language, a task.
    """
    return asked.once_awake(page, (page, text, choice), partial(ask, page, text, choice), DOING[page])


def asked_now(page: Page, text: str, choice: str, *, key: str) -> Prediction | None:
    """Ask and wait; where that goes wrong, say why, and offer to ask again where that may help."""
    return asked.asked_now(partial(ask, page, text, choice), DOING[page], key=key)


@st.cache_data(max_entries=512, show_spinner=False)
def ask(page: Page, text: str, choice: str) -> Prediction:
    """Ask the inference process; raises InferenceError with a sentence."""
    process = Inference()
    return (process.tags if page == "tagging" else process.sentiment)(text, choice)
