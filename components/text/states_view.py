"""What goes on inside while a text is read: hidden units and gates over its tokens, with a scrubber."""

from html import escape

import streamlit as st

from components.charts.chart import show
from components.sentences import literal
from components.text.states_chart import at_token, over_tokens
from components.theme import is_dark
from model_zoo.rnn.prediction import Prediction, States

TOLD = {
    "hidden": "**Hidden state**: what the layer hands on to the next step, −1 to 1. Green is above zero, purple below; "
    "neither means good or bad.",
    "input": "**Input gate**: how much of what is new each unit lets into its memory, 0 to 1.",
    "forget": "**Forget gate**: how much of its memory each unit keeps, 0 to 1; at 0 it begins afresh.",
    "output": "**Output gate**: how much of its memory each unit shows, 0 to 1.",
    "reset": "**Reset gate**: how much of the past each unit looks at for its new value, 0 to 1.",
    "update": "**Update gate**: how much of its old value each unit keeps, 0 to 1.",
}
SO_FAR = 160  # characters of the text so far that are shown


@st.fragment
def states_view(prediction: Prediction, *, key: str, step: str = "token") -> None:
    """Ask for a layer, for hidden state or gate, and for a token; show all tokens, and that one closely.

    `step` is what a token is called.
    """
    if not prediction.states:
        st.info(f"There are no {step}s to look at.", icon=":material/info:")
        return
    states = _layer(prediction, key)
    what = st.segmented_control(
        "What", ["hidden", *states.gates], default="hidden", required=True, key=f"{key}.what", format_func=_called
    )
    st.markdown(TOLD.get(what, f"**{literal(_called(what))}**, 0 to 1."))
    at = _token(states, key, step)
    _said(prediction, states.start + at)
    left, right = st.columns([3, 1], gap="medium")
    with left:
        show(over_tokens(prediction, states, what, at, is_dark(), step), key=f"{key}.map")
    with right:
        show(at_token(states, what, at, is_dark(), step), key=f"{key}.bars")
    if states.start:
        st.caption(f"The last {len(states.hidden)} of {len(prediction.tokens):,} {step}s are shown.")


def _layer(prediction: Prediction, key: str) -> States:
    """Ask which layer and direction, where there is more than one."""
    names = [states.name for states in prediction.states]
    if len(names) == 1:
        return prediction.states[0]
    name = st.segmented_control("Layer", names, default=names[-1], required=True, key=f"{key}.layer")
    return prediction.states[names.index(name)]


def _token(states: States, key: str, step: str) -> int:
    """Ask for a token; gives its row in `states`."""
    count, slider = len(states.hidden), f"{key}.token"
    if count == 1:
        return 0
    first, last = states.start + 1, states.start + count
    held = st.session_state.get(slider, last)
    st.session_state[slider] = min(max(held, first), last)
    return st.slider(step.capitalize(), first, last, key=slider, help="Drag it, or use the arrow keys.") - first


def _said(prediction: Prediction, place: int) -> None:
    """Say which token that is, what was read until then, and the verdict so far, where there is one."""
    token = prediction.tokens[place]
    before = prediction.text[: token.start]
    before = before if len(before) <= SO_FAR else f"…{before[-SO_FAR:]}"
    now = f" · {100 * prediction.running[place]:.0f} % positive so far" if prediction.running else ""
    st.html(f"<div role='status'>{escape(before)}<b><u>{escape(token.text)}</u></b>{now}</div>")


def _called(what: str) -> str:
    return "hidden state" if what == "hidden" else f"{what} gate"
