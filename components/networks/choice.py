"""Which network, at how many pixels; the address carries both."""

import streamlit as st

from components.networks.address import carried
from components.numbers import count
from components.setup.backbone_step import sizes
from model_zoo import backbones
from model_zoo.backbones import Backbone
from model_zoo.backbones.weights import weights_ready


def choice() -> tuple[Backbone, int]:
    """Ask for a network and a picture size, in pixels; both have defaults, so that the page shows one at once."""
    network, pixels = st.columns([3, 1], vertical_alignment="bottom")
    names = list(backbones.pretrained())
    key = carried("backbone", names[0], names.__contains__)
    backbone = backbones.get(network.selectbox("Network", names, format_func=_told, key=key))
    offered = sizes(backbone)
    size = pixels.selectbox(
        "Picture size",
        offered,
        format_func=lambda size: f"{size} px" + (" (recommended)" if size == backbone.size else ""),
        key=carried("size", backbone.size, offered.__contains__, of=backbone.name, read=int),
        help="Shapes and multiply-adds depend on it; pictures are shown to the network at this size.",
    )
    return backbone, size


def _told(name: str) -> str:
    backbone = backbones.get(name)
    parameters = sum(backbone.parameters(backbone.pretrained_classes))
    ready = "" if weights_ready(backbone) else ", weights to download"
    return f"{backbone.title} · {count(parameters)} parameters{ready}"
