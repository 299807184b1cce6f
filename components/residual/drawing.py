"""Two towers beside each other, with the slider that makes them grow, and what depth costs."""

import streamlit as st

from components.charts.chart import show
from components.charts.depth import Sized, parameters_by_depth
from components.configurations import Mark, mark
from components.residual.told import kind_mark
from components.residual.towers_drawing import Drawn, towers_drawing
from components.theme import configuration_colours, is_dark
from model_zoo import backbones
from model_zoo.backbones.without_weights import SHORTCUTS, Shortcut
from model_zoo.residual import towers
from model_zoo.residual.towers import ABOUT, DEPTHS, KINDS

FAMILIES = {"VGG": ("vgg11_bn", "vgg16_bn"), "ResNet, for ImageNet": ("resnet18", "resnet34", "resnet50")}


def grow() -> None:
    """Show the towers with the slider that makes them grow, and what depth costs."""
    drawn, cost = st.columns(2, gap="large")
    with drawn:
        depth = st.select_slider("Layers", DEPTHS, 56, key="residual.depth", bind="query-params")
        others = tuple(kind for kind in SHORTCUTS if kind != "none")
        shortcut = st.segmented_control(
            "What goes past the blocks", others, default="identity", required=True, format_func=KINDS.__getitem__,
            key="residual.shortcut",
        )  # fmt: skip
        towers_drawing((_drawn(depth, "none"), _drawn(depth, shortcut)), key="residual.towers")
        st.caption(f"**{KINDS[shortcut]}.** {ABOUT[shortcut]}")
    with cost:
        show(parameters_by_depth(_families(), depth, is_dark()), key="residual.parameters")
        st.caption(
            "The ring marks the towers beside. They are those of He et al. 2015 for small pictures, in three stages of "
            "16, 32 and 64 channels; VGG and ResNet for ImageNet are what larger pictures take. A shortcut without "
            "weights makes no tower larger."
        )


def _drawn(depth: int, shortcut: Shortcut) -> Drawn:
    size = f"{towers.parameters(depth, shortcut):,} parameters"
    return Drawn(KINDS[shortcut], size, depth, shortcut, kind_mark(shortcut, is_dark()).css)


@st.cache_data(show_spinner=False)
def _sizes() -> list[tuple[str, list[Sized]]]:
    own = [Sized(depth, towers.parameters(depth, "identity"), f"{depth} layers") for depth in DEPTHS]
    found = [("Plain and residual towers", own)]
    for family, names in FAMILIES.items():
        rows = [backbones.get(name) for name in names]
        line = [Sized(_depth(row.name), sum(row.parameters(row.pretrained_classes)), row.title) for row in rows]
        found.append((family, line))
    return found


def _depth(name: str) -> int:
    return int("".join(filter(str.isdigit, name)))


def _families() -> list[tuple[Mark, list[Sized]]]:
    styles = configuration_colours(7)
    looks = (styles[0], styles[4], styles[2])
    return [(mark(name, style, is_dark()), line) for (name, line), style in zip(_sizes(), looks, strict=True)]
