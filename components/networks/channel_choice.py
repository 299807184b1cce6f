"""Which channel of which stage; the address carries both."""

import streamlit as st

from components.inference import Architecture
from components.networks.address import carried
from model_zoo.backbones import Backbone


def channel_choice(backbone: Backbone, found: Architecture) -> tuple[str, int]:
    """Ask for a stage and one of its channels, counted from 0; both have defaults."""
    names = [stage.name for stage in found.stages]
    stages, numbers = st.columns([3, 1], vertical_alignment="bottom", gap="medium")
    stage = stages.segmented_control(
        "Stage",
        names,
        required=True,
        key=carried("stage", names[len(names) // 2], names.__contains__),
        help="Early stages answer to edges and colours, later ones to textures, parts and whole things.",
    )
    channels = next(s.channels for s in found.stages if s.name == stage)
    channel = numbers.number_input(
        f"Channel, 0 to {channels - 1:,}",
        min_value=0,
        max_value=channels - 1,
        key=carried("channel", 0, range(channels).__contains__, read=int),
        help="A channel is one of the maps that a stage gives: one thing that it looks for, everywhere in the picture.",
    )
    return str(stage), int(channel)


def choose_channel(channel: int) -> None:
    """Turn to a channel of the stage that is shown; for callbacks."""
    st.session_state["networks.channel"] = channel


def title(found: Architecture, stage: str, channel: int) -> str:
    """Name a channel: by its class in the head, where the classes are known, and by its number elsewhere."""
    if stage == found.stages[-1].name and channel < len(found.classes):
        return found.classes[channel]
    return f"channel {channel}"
