"""What a network calls a picture, in the classes of its pre-training, and where it looked."""

import hashlib
import io
from html import escape

import streamlit as st
from PIL import Image

from components.gallery import data_uri_of_png
from components.inference import Answer, Inference
from components.networks.asked import answer
from components.networks.paste import pasted
from components.numbers import percent
from components.one_picture import photographed, uploaded
from components.setup.colours import coloured
from model_zoo.backbones import Backbone
from model_zoo.data.drawn.camera import CLASSES, draw

EXAMPLE, UPLOAD, PASTE, WEBCAM = "An example", "Upload", "Paste", "Webcam"
EXAMPLE_SIZE = 224  # px
WHERE = "Bright regions raised its first answer ([Grad-CAM](https://arxiv.org/abs/1610.02391))."


@st.fragment
def name_it(backbone: Backbone) -> None:
    """Ask for a picture, and show the five likeliest of the classes that the network was pre-trained on."""
    st.caption(
        f"It knows the {backbone.pretrained_classes:,} classes of its pre-training and must choose among them, "
        "whatever the picture shows."
    )
    give, told = st.columns([2, 3], gap="large")
    with give:
        picture = _picture()
    if picture is None:
        return
    with told:
        question = ("name", backbone.name, backbone.stages, hashlib.sha256(picture).hexdigest())
        ask = lambda: Inference().classify_backbone(backbone.name, picture)  # noqa: E731
        if found := answer("networks.name", question, ask, f"Asking {backbone.title}"):
            show_named(found)


def show_named(found: Answer) -> None:
    """Show the likeliest classes of an answer, and where the network found its evidence for the first."""
    st.html(_STYLE + _told(found))
    st.caption(WHERE)


def _picture() -> bytes | None:
    """Ask how the picture comes, and give the content of its file; None while there is none."""
    how = st.segmented_control(
        "Picture", [EXAMPLE, UPLOAD, PASTE, WEBCAM], default=EXAMPLE, required=True, key="networks.how",
        label_visibility="collapsed",
    )  # fmt: skip
    if how == EXAMPLE:
        name = st.selectbox("A drawn material", CLASSES, key="networks.example")
        png = _example(CLASSES.index(name))
        st.image(png, width=EXAMPLE_SIZE)
        return png
    if how == PASTE:
        return pasted(key="networks.paste")
    if how == WEBCAM:
        return photographed("networks.webcam")
    return uploaded("A picture of yours", "networks.picture")


@st.cache_data(show_spinner=False)
def _example(label: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(draw(label, 1, 0, EXAMPLE_SIZE).transpose(1, 2, 0)).save(stream, "PNG")
    return stream.getvalue()


def _told(found: Answer) -> str:
    first = found.guesses[0]
    rows = "".join(
        f"<li><span>{escape(guess.name)}</span><span>{percent(guess.probability, 0)}</span>"
        f"<i style='--share:{100 * guess.probability:.1f}%'></i></li>"
        for guess in found.guesses
    )
    said = f"It says {escape(first.name)}, {_sure(first.probability)}."
    alt = f"Where it found its evidence for {escape(first.name)}"
    picture = f"<img src='{data_uri_of_png(found.overlay)}' alt='{alt}'>"
    return f"<div class='thaw-named'><p role='status'>{said}</p>{picture}<ol>{rows}</ol></div>"


def _sure(probability: float) -> str:
    if probability >= 0.9:
        return "and is sure of it"
    return "though not quite sure" if probability >= 0.5 else "but hardly knows"


_STYLE = coloured("""<style>
.thaw-named { display: grid; grid-template-columns: minmax(0, 224px) minmax(0, 1fr); gap: 0.75rem 1.5rem; }
.thaw-named p { grid-column: 1 / -1; margin: 0; font-size: 1.15rem; font-weight: 600; }
.thaw-named img { width: 100%; aspect-ratio: 1; border-radius: 0.35rem; }
.thaw-named ol { list-style: none; margin: 0; padding: 0; font-variant-numeric: tabular-nums; font-size: 0.95rem; }
.thaw-named li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 0.75rem; margin: 0 0 0.6rem; }
.thaw-named li:first-child { font-weight: 600; }
.thaw-named i { grid-column: 1 / -1; height: 6px; border-radius: 3px; background: RULE; margin-top: 3px; }
.thaw-named i::after { content: ""; display: block; width: var(--share); min-width: 2px; height: 100%;
  border-radius: 3px; background: EDGE; }
@media (max-width: 640px) { .thaw-named { grid-template-columns: 1fr; } .thaw-named img { max-width: 224px; } }
</style>""")
