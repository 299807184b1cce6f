"""What the sentiment page says of one text: the verdict in words, and the wiring filled with it."""

from typing import Any

import streamlit as st

from components.numbers import percent
from components.text.verdict import said, share, verdict
from components.text.wiring import Step
from components.text.wiring_view import strengths, wiring_view
from model_zoo.rnn import sentiment
from model_zoo.rnn.prediction import Prediction

BOXES = (
    "One box a step: a token comes in below, the state goes on to the right, and only the last one is asked for the "
    "verdict. The more a box stands out, the stronger its state. The row of small pictures shows all wirings there are."
)


def answer(prediction: Prediction, language: str) -> None:
    """Say the verdict; `language` is what the visitor chose, "" where it was found."""
    if not prediction.tokens:
        st.info("There is no word in this text. Type a review above, or take one of the examples.")
        return
    name = sentiment.LANGUAGES[prediction.language]
    how = f"Read as {name}, as you chose." if language else f"Read as {name}, found by its letters."
    verdict(prediction, _card(prediction.language), how)


def wiring(prediction: Prediction) -> None:
    """Draw the wiring of this mode, filled with this text."""
    positive = prediction.positive if prediction.positive is not None else 0.5
    steps = [
        Step(token.text or " ", "", state, back)
        for token, (state, back) in zip(prediction.tokens, strengths(prediction), strict=True)
    ]
    out = f"{'good' if positive >= 0.5 else 'bad'} {share(max(positive, 1 - positive)).replace(' %', '%')}"
    steps[-1] = Step(steps[-1].below, out, steps[-1].state, steps[-1].back)
    told = (
        f"The network wired {sentiment.WIRING}: {len(steps):,} tokens come in, one after another; after the last the "
        f"verdict goes out. {said(positive)} Before the first it expected {percent(prediction.before or 0.5, 0)}."
    )
    wiring_view(sentiment.WIRING, steps, told, key="sentiment.wiring")
    st.caption(BOXES)


def cards() -> dict[str, dict[str, Any]]:
    """Give the model cards by the names of their languages; an empty one for a language whose weights are missing."""
    return {name: _card(code) for code, name in sentiment.LANGUAGES.items()}


def _card(language: str) -> dict[str, Any]:
    try:
        return sentiment.card(language)
    except ValueError:
        return {}
