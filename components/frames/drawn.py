"""A clip of digits that is drawn anew for each number, with what is true of every frame."""

import random

import streamlit as st

from components.frames.labels_view import Shown, labels_view
from components.frames.own import begin
from components.inference import Inference
from components.networks.asked import once_awake
from model_zoo.data import videos
from model_zoo.rnn.frame_labels import FrameLabels

FIRST, LARGEST = 3, 2**31 - 1
LEAD = (
    "Handwritten digits come, move, bounce, change and go. No network here has seen this clip, nor any of its digits. "
    "What a digit is doing, no single frame tells: half outside, is it coming or going?"
)


def drawn() -> None:
    """Ask for a clip by number, and show it with its labels."""
    st.markdown(LEAD)
    seed = _seed()
    found = once_awake("frames", ("frames", seed), lambda: ask(seed), "Drawing and watching")
    if found:
        labels_view(Shown(f"digits-{seed}", *found), key="frames.drawn")
        st.button(
            "Mark this clip with labels of my own", key="frames.mark", icon=":material/bookmark_add:", on_click=_mark,
            args=(found[0], f"digits-{seed}.mp4"),
        )  # fmt: skip


@st.cache_data(max_entries=64, show_spinner=False)
def ask(seed: int) -> tuple[bytes, dict[str, FrameLabels]]:
    """Ask the inference process for the clip and its labels; raises InferenceError with a sentence."""
    return Inference().frames(seed)


def _seed() -> int:
    """Ask for a number; the link carries it."""
    told = st.query_params.get("seed", "")
    st.session_state.setdefault("frames.seed", _number(told))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = st.number_input("Clip", 0, LARGEST, key="frames.seed", width=180, help="The same number, the same clip.")
        st.button("Another clip", key="frames.another", icon=":material/shuffle:", on_click=_another)
    for name in ("clip", "by", "marks", "source"):  # they would lead back to an own clip
        st.query_params.pop(name, None)
    st.query_params["seed"] = str(seed)
    return seed


def _mark(film: bytes, name: str) -> None:
    begin(videos.keep(film, name))
    st.session_state["frames.source"] = "own"


def _number(told: str) -> int:
    """Read the number of a link; one that is none is the first clip's."""
    fits = told.isascii() and told.isdecimal() and len(told) <= len(str(LARGEST))
    return min(int(told), LARGEST) if fits else FIRST


def _another() -> None:
    st.session_state["frames.seed"] = random.randrange(10_000)
