"""What a channel looks for, drawn by the network itself: the result of a `maximise` job, or the way to it."""

import streamlit as st

from components.networks.work import Work, latest, offer
from components.sentences import literal
from model_zoo.backbones import Backbone
from model_zoo.experiments.job import Job
from model_zoo.experiments.jobs.maximise import FILE
from model_zoo.home import home

SMALLEST, LARGEST = 64, 128  # px of the picture that is drawn
HOW = (
    "A picture made of nothing but what excites it: noise, changed step by step so that the channel answers more "
    "([feature visualization](https://distill.pub/2017/feature-visualization))."
)


def maximised(backbone: Backbone, stage: str, channel: int, name: str) -> None:
    """Show the picture that was drawn for a channel; offer to draw it, and once more from other noise."""
    st.markdown(f"**What {literal(name)} looks for, drawn by the network**")
    seed = f"networks.maximise.seed.{backbone.name}.{stage}.{channel}"
    spec = _spec(backbone, stage, channel, st.session_state.get(seed, 0))
    job = latest("maximise", spec, FILE)
    if job and job.state == "finished":
        _drawn(job, name)
        again = "Draw it again, from other noise"
        st.button(again, key="networks.maximise.other", icon=":material/casino:", on_click=_other, args=(seed,))
        return
    st.caption(HOW)
    offer(Work("maximise", spec, "Draw what it looks for", f"Drawing for {name}:", ":material/draw:"), job)


def _spec(backbone: Backbone, stage: str, channel: int, seed: int) -> dict[str, object]:
    size = max(backbone.smallest, min(LARGEST, backbone.largest, max(SMALLEST, round(1.5 * backbone.size / 32) * 32)))
    return {"backbone": backbone.name, "stage": stage, "channel": channel, "size": size, "seed": seed}


def _drawn(job: Job, name: str) -> None:
    assert job.result is not None
    before, after = job.result["before"], job.result["after"]
    picture = (home("jobs") / job.id / FILE).read_bytes()
    st.image(picture, width=288)
    if after <= 0:
        st.caption("The channel stays silent whatever is drawn: it may be one that training left dead.")
    else:
        st.caption(f"In noise {literal(name)} answers with {before:.2f}, in this picture with {after:.2f}. {HOW}")


def _other(seed: str) -> None:
    st.session_state[seed] = st.session_state.get(seed, 0) + 1
