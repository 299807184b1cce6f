"""What the first layer looks for: its filters, as pictures."""

import streamlit as st

from components.gallery import data_uri_of_png
from components.inference import Inference
from components.networks.asked import answer
from model_zoo.backbones import Backbone

WHAT = (
    "Each square is one filter, laid over every place of a picture; grey stands for a weight of nought. Edges, "
    "gratings and spots of colour are what nearly every network learns first, and why its first stage can be kept."
)
_STYLE = """<style>
.thaw-first img { width: 100%; max-width: 46rem; image-rendering: pixelated; border-radius: 0.25rem; }
</style>"""


def first_layer(backbone: Backbone) -> None:
    """Show the first-layer filters of a network whose weights are here."""
    question = ("filters", backbone.name, backbone.stages)
    ask = lambda: Inference().backbone_filters(backbone.name)  # noqa: E731
    found = answer("networks.filters", question, ask, "Reading the first layer")
    if found is None:
        return
    side = f"{found.kernel} × {found.kernel}"
    st.markdown(f"**{found.count} filters of {side} pixels, in red, green and blue**")
    source = data_uri_of_png(found.picture)
    alt = f"{found.count} first-layer filters of {backbone.title}, in rows"
    st.html(f"{_STYLE}<div class='thaw-first'><img src='{source}' alt='{alt}'></div>")
    st.caption(WHAT)
