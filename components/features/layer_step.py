"""Step 3: which layers the embeddings are read from, and how the map of a layer becomes a list of numbers."""

import streamlit as st

from components.features import choices
from components.features.choices import POOLINGS, Wanted
from components.features.layer_picker import layer_picker
from components.setup.choices import Choices

POOLING = "features.pooling"
TITLES = {"average": "Average", "max": "Maximum", "gem": "Generalised mean", "flatten": "All of it"}
TOLD = {
    "average": "The mean of each channel over the whole picture: what is there, not where. Most networks end so.",
    "max": "The strongest answer of each channel anywhere: finds small things, hears noise.",
    "gem": "Between average and maximum: the mean of cubes, as in retrieval of pictures (Radenović et al. 2018).",
    "flatten": "Every value at its place, without pooling: where matters. Many numbers, so only for small maps.",
}


def layer_step(chosen: Choices, wanted: Wanted) -> None:
    """Show the network to pick layers from, and the ways of pooling."""
    stages = chosen.network.stages[:-1]
    picked = wanted.stages or (stages[-1].name,)
    layer_picker(chosen.network, picked, key="features.layers", on_pick=_pick)
    st.caption(
        "Each picked layer is tried with every classifier. Early layers see edges and colours, late ones what the "
        "network was trained on. All are computed in one pass, so another layer costs only its classifiers."
    )
    if st.session_state.get(POOLING) != wanted.pooling:
        st.session_state[POOLING] = wanted.pooling
    st.segmented_control(
        "Pooling", POOLINGS, format_func=TITLES.__getitem__, required=True, key=POOLING, on_change=_pool,
        help="A layer gives a map for each of its channels. Pooling makes one number of each map.",
    )  # fmt: skip
    st.caption(TOLD[wanted.pooling])


def words(chosen: Choices, wanted: Wanted) -> str:
    """Say in a few words what is chosen."""
    stages = wanted.stages or (chosen.network.stage_names[-2],)
    layers = stages[0] if len(stages) == 1 else f"{len(stages)} layers"
    return f"{layers} · {TITLES[wanted.pooling].lower()}"


def _pick(picked: list[str]) -> None:
    chosen, _ = choices.now()
    names = chosen.network.stage_names[:-1]
    kept = tuple(name for name in names if name in picked)
    choices.choose(stages=() if kept == names[-1:] else kept)


def _pool() -> None:
    choices.choose(pooling=st.session_state[POOLING])
