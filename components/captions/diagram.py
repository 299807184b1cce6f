"""How the network speaks, unrolled: one picture in, many words out, and what its units and gates do meanwhile."""

from dataclasses import replace

import streamlit as st

from components.captions.looked import END
from components.text.states_view import states_view
from components.text.wiring import Step
from components.text.wiring_view import strengths, wiring_view
from model_zoo.rnn import captioning
from model_zoo.rnn.prediction import Prediction, Span

BOXES = (
    "One box a step: the picture comes in at the first, the state goes on to the right, and every step gives a word, "
    "which is also what the next step reads. The more a box stands out, the stronger its state."
)
AGAIN = {
    "attention": " With attention it looks back at the picture before every word, too; the arrow is drawn once.",
    "plain": "",
}


def diagram(prediction: Prediction, kind: str) -> None:
    """Draw the wiring filled with this caption, and the states below it."""
    read = as_text(prediction)
    steps = [
        Step("" if place else "picture", token.text, state, back)
        for place, (token, (state, back)) in enumerate(zip(read.tokens, strengths(read), strict=True))
    ]
    told = f"The network wired {captioning.WIRING}: one picture comes in, {len(steps)} words go out: {read.text}"
    wiring_view(captioning.WIRING, steps, told, key="captions.wiring")
    st.caption(BOXES + AGAIN[kind])
    states_view(read, key="captions.states")


def as_text(prediction: Prediction) -> Prediction:
    """Give the same prediction with what was said as its text and its tokens, the end included."""
    words, tokens, at = [word.text or END for word in prediction.said], [], 0
    for word in words:
        tokens.append(Span(word, at, at + len(word)))
        at += len(word) + 1
    return replace(prediction, text=" ".join(words), tokens=tuple(tokens))
