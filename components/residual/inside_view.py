"""Why: what goes on inside the towers, layer by layer, before training and through it."""

import streamlit as st

from components.charts.chart import show
from components.charts.inside import by_layer
from components.residual.told import Told
from components.theme import is_dark
from model_zoo.residual import towers

WORDS = {
    "gradient_norms": "How strongly the error pulls at the weights of each layer. Where that differs by powers of ten "
    "between input and output, no one rate suits all layers. The last point is the softmax.",
    "spreads": "How far what a block gives spreads. Batch norm holds a plain block near the same value; what residual "
    "blocks add piles up.",
    "residuals": "‖F(x)‖ / ‖x‖: what a block adds, against its input, value for value. This is why *residual* means "
    "*extra* here: where it is small, a block only amends what is already there.",
}
TITLES = {
    "gradient_norms": ("Where the error pulls", "Gradient norm of each layer, log scale"),
    "spreads": ("How activations spread", "Standard deviation of what each block gives, log scale"),
    "residuals": (
        "How much each block adds",
        "‖F(x)‖ / ‖x‖ of each block, log scale; not of plain ones",
    ),
}


@st.fragment
def inside(told: Told) -> None:
    """Show gradients, spreads and residuals of one depth, after as many epochs as the slider says."""
    seen = {text: looked for text in told.towers if (looked := told.looked(text))}
    if not seen:
        st.caption("Nothing has been looked into yet.")
        return
    depths = sorted({towers.read(text)[0] for text in seen})
    left, right = st.columns(2, gap="large")
    depth = left.segmented_control(
        "Layers",
        depths,
        default=depths[-1],
        required=True,
        key=f"residual.inside.depth.{told.key}",
        persist_state="page",
    )
    of_depth = {text: looked for text, looked in seen.items() if towers.read(text)[0] == depth}
    epochs = sorted({epoch for looked in of_depth.values() for epoch in looked})
    epoch = epochs[-1]
    if told.result and len(epochs) > 1:  # while it runs, the newest
        epoch = right.select_slider("Epochs of training behind it", epochs, epochs[0], key="residual.inside.epoch")
    else:
        right.caption(f"As each is after {epoch} epochs of training, or as many as it has.")
    shown = {text: looked[max(e for e in looked if e <= epoch)] for text, looked in of_depth.items()}
    columns = st.columns(2, gap="large")
    for number, (field, (title, subtitle)) in enumerate(TITLES.items()):
        with columns[number % 2]:
            lines = {text: getattr(probe, field) for text, probe in shown.items()}
            show(by_layer(field, title, subtitle, lines, told.marks, is_dark()), key=f"residual.inside.{field}")
            st.caption(WORDS[field])
    columns[1].caption(
        "All three are taken from 64 training pictures of the first run of each tower, as training sees them."
    )
