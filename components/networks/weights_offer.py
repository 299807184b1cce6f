"""What is missing without a network's weights, and the way to get them."""

import streamlit as st

from components.networks.work import Work, latest, offer
from components.sentences import literal
from model_zoo.backbones import Backbone
from model_zoo.backbones.weights import folder, weights_ready


def weights_here(backbone: Backbone) -> bool:
    """Say whether the weights are on this machine; where they are not, say what that hides and offer the download."""
    if weights_ready(backbone) or backbone.weights is None:
        return True
    spec = {"backbone": backbone.name}
    with st.container(border=True, key="networks.weights.missing"):
        st.markdown(
            f"**The weights of {backbone.title} are not on this machine yet.** With them stand here: its first-layer "
            "filters, what excites its channels, and what it calls a picture of yours."
        )
        megabytes = f"{backbone.weights.bytes / 1e6:.0f} MB"
        label, doing = f"Download the weights, {megabytes}", f"Downloading the weights of {backbone.title}:"
        job = latest("weights", spec)
        offer(Work("weights", spec, label, doing, ":material/download:"), job)
        if job is None or job.state != "failed":  # which says as much
            st.caption(
                f"No way out to the internet from here? Put {literal(backbone.weights.url)} into "
                f"{literal(str(folder()))}, or choose a network that is shipped with Thaw."
            )
    return False
