"""The networks themselves: how each is built, what its channels look for, what it calls a picture."""

import streamlit as st

from components import shell
from components.networks.architecture_view import architecture_view, headline, measured
from components.networks.choice import choice
from components.networks.excitement import excitement
from components.networks.first_layer import first_layer
from components.networks.model_card import model_card
from components.networks.name_it import name_it
from components.networks.weights_offer import weights_here

TITLE, ICON, SECTION, ORDER = "Networks", ":material/schema:", "", 3


def render() -> None:
    shell.question("What is inside a network, and what does each part of it see?")
    backbone, size = choice()
    found = measured(backbone, size)
    st.markdown(f"**{headline(backbone, size, found)}**")
    architecture_view(backbone, size, found)
    if weights_here(backbone):
        st.subheader("What its first layer looks for", anchor=False)
        first_layer(backbone)
        st.subheader("What excites a channel", anchor=False)
        excitement(backbone, size, found)
        st.subheader("What it calls a picture", anchor=False)
        name_it(backbone)
    st.subheader("Its model card", anchor=False)
    model_card(backbone)
