"""The same picture without recurrence: one picture in, one class out, by the networks that are on this machine."""

from functools import partial

import streamlit as st

from components import shell
from components.captions.picture import Picture
from components.inference import Answer, Inference
from components.networks.asked import answer
from components.networks.name_it import show_named
from components.text.wiring import Step
from components.text.wiring_view import wiring_view
from model_zoo import backbones
from model_zoo.backbones import Backbone
from model_zoo.backbones.weights import weights_ready
from model_zoo.rnn import captioning

SHIPPED = "vgg_mini"  # where no card says which one the captioner sees with
LEAD = (
    "A classifier has no state to hand on: it looks once, gives one answer out of a fixed list of classes, and is "
    "done. It cannot say how things stand to one another; the captioner can, and is wrong in more ways."
)


def one_to_one(picture: Picture) -> None:
    """Classify the picture, and draw the wiring of that."""
    st.markdown(LEAD)
    shipped, downloaded = networks()
    for column, backbone in zip(st.columns(2, gap="large"), (shipped, downloaded), strict=True):
        with column:
            if backbone is None:
                _none()
            else:
                _named(backbone, picture, drawn=backbone is shipped)


def networks() -> tuple[Backbone, Backbone | None]:
    """Give the network that the captioner sees with, and a downloaded one of a thousand classes, where there is one."""
    try:
        name = captioning.card()["backbone"]
    except (ValueError, KeyError):
        name = SHIPPED
    rows = (row for row in backbones.REGISTRY.values() if isinstance(row, Backbone) and row.weights is not None)
    return backbones.get(name), next(filter(weights_ready, rows), None)


def _named(backbone: Backbone, picture: Picture, *, drawn: bool) -> None:
    st.markdown(f"**{backbone.title}**, {backbone.pretrained_classes:,} classes")
    question = ("name", backbone.name, backbone.stages, picture.digest)  # as the networks page asks
    ask = partial(Inference().classify_backbone, backbone.name, picture.content)
    if found := answer(f"captions.one.{backbone.name}", question, ask, f"Asking {backbone.title}"):
        show_named(found)
        if drawn:
            _wired(found)


def _wired(found: Answer) -> None:
    first = found.guesses[0].name
    told = f"The network wired one to one: a picture comes in, one answer goes out: {first}."
    wiring_view("one to one", [Step("picture", first, 1.0)], told, key="captions.one.wiring")


def _none() -> None:
    st.markdown("**A larger network, 1,000 classes**")
    st.info("The weights of none of them are on this machine yet. Get one on the networks page.",
            icon=":material/download:")  # fmt: skip
    shell.link("networks", "Get the weights of a larger network", {"backbone": "mobilenet_v3_small"})
