"""How labels come about: the wiring filled with frames, and the hidden states over time."""

import streamlit as st

from components.text.states_view import states_view
from components.text.wiring import Step
from components.text.wiring_view import strengths, wiring_view
from model_zoo.rnn import frames, watchers
from model_zoo.rnn.frame_labels import FrameLabels
from model_zoo.rnn.prediction import Prediction

MOST_STEPS = 24
ALONE = "A network without recurrence has no state: nothing goes from one frame to the next."
LOOKS = "The slider looks at one frame; it does not follow the film."
BOXES = (
    "One box a frame, and a label out of every one. States that read forwards know what came before; those that read "
    "back from the end know what comes after."
)


def inside(found: FrameLabels, *, key: str) -> None:
    """Show the wiring, and what the units of a network do from frame to frame."""
    st.subheader("How it reads: a frame in, a label out", anchor=False)
    if not found.states:
        st.info(ALONE, icon=":material/info:")
        return
    name = found.told_of
    labels = found.labels(name)
    prediction = Prediction(
        "", frames.spans(found), labels=labels, scores=found.scores(name, labels), states=found.states
    )
    _wiring(prediction, name, key)
    st.subheader("What happens inside from frame to frame", anchor=False)
    st.caption(LOOKS)
    states_view(prediction, key=f"{key}.states", step="frame")


def _wiring(prediction: Prediction, name: str, key: str) -> None:
    """Draw every so many frames of the beginning."""
    known = len(prediction.states[0].hidden)
    each = -(-known // MOST_STEPS)
    first = (
        f" Of {len(prediction.tokens):,} frames, the first {known:,} are told."
        if known < len(prediction.tokens)
        else ""
    )
    rows = list(zip(prediction.tokens, prediction.labels, strengths(prediction), strict=True))[:known:each]
    steps = [Step(token.text, label, state, back) for token, label, (state, back) in rows]
    told = f"{len(steps)} frames, a label at each: " + " ".join(f"{s.below} {s.above}" for s in steps)
    wiring_view(frames.WIRING, steps, told, key=f"{key}.wiring")
    every = "Every frame" if each == 1 else f"One frame in {each}"
    st.caption(f"{BOXES} {every} is drawn; the network, {watchers.title(name)}, reads all.{first}")
