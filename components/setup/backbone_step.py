"""Step 2: which network, and how many pixels it sees."""

import streamlit as st

from components.numbers import count
from components.setup import choices, preparing
from components.setup.cards import Card, cards
from components.setup.choices import Choices
from components.setup.waiting import stopped, waiting
from model_zoo import backbones
from model_zoo.backbones import Backbone
from model_zoo.backbones.weights import weights_ready

SIZES = (32, 48, 64, 96, 128, 160, 192, 224, 256, 320)
SIZE = "compare.size"
SHIPPED = "Shipped with Thaw. Terms: research and education, non-commercial (its pictures are ImageNet's)."
FETCHED = "From torchvision, trained on ImageNet. Terms: research and education, non-commercial."


def backbone_step(chosen: Choices) -> None:
    """Show the networks, the size of the pictures, and the download of weights that are not here."""
    row = [_card(backbones.get(name)) for name in backbones.pretrained()]
    cards(row, chosen.backbone, key="compare.backbone", label="Networks", on_choose=_pick)
    backbone = chosen.network
    if not weights_ready(backbone):
        _weights(backbone)
    key = f"{SIZE}.{backbone.name}"  # another network, another widget: nothing that was under way reaches it
    st.session_state.setdefault(key, chosen.size)
    st.selectbox(
        "Picture size",
        sizes(backbone, chosen.size),
        format_func=lambda size: f"{size} px" + (" (recommended)" if size == backbone.size else ""),
        key=key,
        on_change=_resize,
        args=(key,),
        width=220,
        help="Pictures are cut to a square of this side. Twice the side is four times the work.",
    )
    st.caption(f"{backbone.reference}. {FETCHED if backbone.weights else SHIPPED}")


def words(chosen: Choices) -> str:
    """Say in a few words what is chosen."""
    return f"{chosen.network.title} · {chosen.size} px"


def sizes(backbone: Backbone, *more: int) -> list[int]:
    """Give the sizes that are offered for a network: what it takes, its recommended one, and `more`."""
    offered = {size for size in SIZES if backbone.smallest <= size <= backbone.largest}
    return sorted(offered | {backbone.size, *more})


def _card(backbone: Backbone) -> Card:
    parameters = sum(stage.parameters for stage in backbone.stages)
    ready = weights_ready(backbone)
    note = "Ready" if ready else f"Download, {backbone.weights.bytes / 1e6:.0f} MB" if backbone.weights else ""
    text = f"{count(parameters)} parameters in {len(backbone.stages)} stages, made for {backbone.size} px."
    return Card(backbone.name, backbone.title, text, note, drawing=_drawing(backbone))


def _drawing(backbone: Backbone) -> str:
    """Draw the stages as blocks, input first; the area of each is its share of the parameters, by the fourth root."""
    heights = [max(0.12, (stage.parameters or 5_000) ** 0.25 / 100) for stage in backbone.stages]
    blocks = "".join(
        f'<span style="flex:1;height:{100 * min(1.0, height):.0f}%;background:currentColor;border-radius:2px"></span>'
        for height in heights
    )
    return f'<div style="display:flex;align-items:end;gap:4px;width:62%;height:62%;opacity:0.75">{blocks}</div>'


def _pick(name: str) -> None:
    if name != choices.now().backbone:
        choices.choose(backbone=name, size=backbones.get(name).size)


def _resize(key: str) -> None:
    choices.choose(size=st.session_state[key])


def _weights(backbone: Backbone) -> None:
    spec = {"backbone": backbone.name}
    job = preparing.held("weights")
    job = job if job and job.spec == spec else None
    doing = f"Downloading the weights of {backbone.title}:"
    stopped("weights", job, doing)
    if job and not job.is_over:
        waiting(job, doing, key="compare.weights")
    elif job is None and st.button(_offer(backbone), icon=":material/download:", key="compare.weights.fetch"):
        preparing.begin("weights", "weights", spec)
        st.rerun()


def _offer(backbone: Backbone) -> str:
    return f"Download the weights, {backbone.weights.bytes / 1e6:.0f} MB" if backbone.weights else ""
