"""What the inference process says of a picture; each question is asked once, whoever has it.

The first time on a page the process may have to wake, so the page is drawn before it is asked; afterwards it answers
within a glance, and the page waits for it.
"""

from functools import partial

import streamlit as st

from components.captions.how import Asked
from components.captions.picture import Picture
from components.inference import Inference, InferenceError
from components.networks.asked import answer
from components.sentences import say
from model_zoo.rnn.prediction import Prediction

AWAKE = "captions.awake"
HOPELESS = (400, 413)  # the question is to blame: asking again gives the same answer
WAKING = "Waking the network; the first time takes some seconds"
LOOKING = "Looking at the picture"


def captioned(picture: Picture, asked: Asked) -> Prediction | None:
    """Give what is said of the picture; None while it is asked for the first time, or where that went wrong."""
    if st.session_state.get(AWAKE):
        return captioned_now(picture, asked)
    ask = partial(_ask, picture.content, picture.digest, asked)
    found = answer("captions.said", ("caption", picture.digest, asked), ask, WAKING)
    st.session_state[AWAKE] = found is not None
    return found


def captioned_now(picture: Picture, asked: Asked) -> Prediction | None:
    """Ask and wait; where that goes wrong, say why, and offer to ask again where that may help."""
    try:
        with st.spinner(LOOKING):
            return _ask(picture.content, picture.digest, asked)
    except InferenceError as error:
        say(str(error))
        if error.status not in HOPELESS:
            st.button("Ask again", key=f"captions.retry.{asked.kind}", icon=":material/refresh:")
    return None


@st.cache_data(max_entries=256, show_spinner=False)
def _ask(_content: bytes, digest: str, asked: Asked) -> Prediction:
    return Inference().caption(_content, asked.kind, asked.how, asked.beginning)
