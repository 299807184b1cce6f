"""What the inference process makes of a text; each text is asked about once, whoever types it.

The first time on a page the process may have to wake, so the page is drawn before it is asked; afterwards it answers
within a glance, and the page waits for it, so that nothing jumps while one types.
"""

from functools import partial
from typing import Literal

import streamlit as st

from components.inference import Inference, InferenceError
from components.networks.asked import answer
from components.sentences import say
from model_zoo.rnn.prediction import Prediction

Page = Literal["sentiment", "tagging"]
HOPELESS = (400, 413)  # the text is to blame: asking again gives the same answer
WAKING = "Waking the network; the first time takes some seconds"
DOING: dict[Page, str] = {"sentiment": "Reading it, and again without each word", "tagging": "Tagging it"}


def reading(page: Page, text: str, choice: str) -> Prediction | None:
    """Give what was made of the text; None while it is asked for the first time, or where that went wrong.

    `choice` is what a page lets one choose: a language, a task.
    """
    if not st.session_state.get(f"{page}.awake"):
        found = answer(f"{page}.reading", (page, text, choice), partial(ask, page, text, choice), WAKING)
        st.session_state[f"{page}.awake"] = found is not None
        return found
    return asked_now(page, text, choice, key=f"{page}.reading")


def asked_now(page: Page, text: str, choice: str, *, key: str) -> Prediction | None:
    """Ask and wait; where that goes wrong, say why, and offer to ask again where that may help."""
    try:
        with st.spinner(DOING[page]):
            return ask(page, text, choice)
    except InferenceError as error:
        say(str(error))
        if error.status not in HOPELESS:
            st.button("Ask again", key=f"{key}.retry", icon=":material/refresh:")
    return None


@st.cache_data(max_entries=512, show_spinner=False)
def ask(page: Page, text: str, choice: str) -> Prediction:
    """Ask the inference process; raises InferenceError with a sentence."""
    process = Inference()
    return (process.tags if page == "tagging" else process.sentiment)(text, choice)
