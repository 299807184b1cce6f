"""What the inference process makes of a text; each text is asked about once, whoever types it.

The first time on a page the process may have to wake, so the page is drawn before it is asked; afterwards it answers
within a glance, and the page waits for it, so that nothing jumps while one types.
"""

from functools import partial

import streamlit as st

from components.inference import Inference, InferenceError
from components.networks.asked import answer
from components.sentences import say
from model_zoo.rnn.prediction import Prediction

HOPELESS = (400, 413)  # the text is to blame: asking again gives the same answer
WAKING = "Waking the network; the first time takes some seconds"
READING = "Reading it, and again without each word"


def reading(text: str, language: str) -> Prediction | None:
    """Give what was made of the text; None while it is asked for the first time, or where that went wrong."""
    if not st.session_state.get("sentiment.awake"):
        found = answer("sentiment.reading", ("sentiment", text, language), partial(ask, text, language), WAKING)
        st.session_state["sentiment.awake"] = found is not None
        return found
    return asked_now(text, language, key="sentiment.reading")


def asked_now(text: str, language: str, *, key: str) -> Prediction | None:
    """Ask and wait; where that goes wrong, say why, and offer to ask again where that may help."""
    try:
        with st.spinner(READING):
            return ask(text, language)
    except InferenceError as error:
        say(str(error))
        if error.status not in HOPELESS:
            st.button("Ask again", key=f"{key}.retry", icon=":material/refresh:")
    return None


@st.cache_data(max_entries=256, show_spinner=False)
def ask(text: str, language: str) -> Prediction:
    """Ask the inference process; raises InferenceError with a sentence."""
    return Inference().sentiment(text, language)
