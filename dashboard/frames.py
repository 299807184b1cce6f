"""A label for every frame of a clip: digits that move, or the visitor's own video, marked and learned from."""

import streamlit as st

from components import shell
from components.frames.drawn import drawn
from components.frames.own import own
from components.frames.standing import standing
from components.frames.trained import answered, running, stopped
from components.jobs import in_its_state, opened

TITLE, ICON, SECTION, ORDER = "Frames", ":material/movie:", "Sequences", 14
LEAD = """A convolutional network looks at every frame, a recurrent one reads what it saw in order, and says at each
step what is happening."""
UNKNOWN = "There is no such training at this address: it was deleted, or the link is incomplete."
SOURCES = {"drawn": "Drawn digits", "own": "Your own clip"}


def render() -> None:
    shell.question("What happens in every frame of this clip?", LEAD)
    if id := st.query_params.get("id", ""):
        if job := opened("watchers", id):
            in_its_state(job, "frames.live", running=running, stopped=stopped, finished=answered)
            return
        st.info(UNKNOWN, icon=":material/info:")
    carried = "own" if "clip" in st.query_params or st.query_params.get("source") == "own" else "drawn"
    source = st.segmented_control(
        "Clip", SOURCES, default=carried, required=True, format_func=SOURCES.__getitem__, key="frames.source",
    )  # fmt: skip
    if source == "own":
        own()
    else:
        drawn()
        st.subheader("How good they are", anchor=False)
        standing()
