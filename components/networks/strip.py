"""A network drawn: the picture, then a block a stage, as high as its maps and as deep as its channels.

An own widget (Streamlit component, version 2): `st.html` lets no drawing through.
"""

from collections.abc import Sequence
from html import escape
from math import log2

import streamlit as st

from components.inference import StageShape
from components.setup.colours import coloured

HIGHEST, LOWEST = 84, 10  # px of a block, for maps as large as the picture, and for single values
DEEP = 2.5  # px for each doubling of the channels
SLANT = 0.5  # px that a block goes up for each px that it goes back


def strip(stages: Sequence[StageShape], size: int) -> None:
    """Draw the stages for a picture of `size` px; those whose shapes are not known yet as flat blocks."""
    blocks = [_block("picture", (3, size, size), size), *(_block(stage.name, stage.shape, size) for stage in stages)]
    told = ", ".join(f"{stage.name} {' × '.join(map(str, stage.shape))}" for stage in stages)
    _strip(key="networks.strip", data={"drawn": "".join(blocks), "told": f"The network, stage by stage: {told}"})


def _block(name: str, shape: Sequence[int], size: int) -> str:
    high = max(LOWEST, HIGHEST * (_side(shape) / size) ** 0.5)
    deep = DEEP * log2(max(2, _channels(shape)))
    wide, tall = f"{high + deep:.1f}", f"{high + deep * SLANT:.1f}"
    box = f"<svg viewBox='-1 -1 {high + deep + 2:.1f} {high + deep * SLANT + 2:.1f}' width='{wide}' height='{tall}'>"
    below = f"{_channels(shape):,}" if shape else "&nbsp;"
    return (
        f"<li><span>{_place(shape)}</span><i>{box}{_faces(high, deep)}</svg></i><b>{escape(name)}</b>"
        f"<span>{below}{' colours' if name == 'picture' else ''}</span></li>"
    )


def _faces(high: float, deep: float) -> str:
    up = deep * SLANT
    top = f"0,{up:.1f} {deep:.1f},0 {high + deep:.1f},0 {high:.1f},{up:.1f}"
    side = f"{high:.1f},{up:.1f} {high + deep:.1f},0 {high + deep:.1f},{high:.1f} {high:.1f},{high + up:.1f}"
    front = f"<rect class='front' x='0' y='{up:.1f}' width='{high:.1f}' height='{high:.1f}'/>"
    return f"<polygon class='top' points='{top}'/><polygon class='side' points='{side}'/>{front}"


def _side(shape: Sequence[int]) -> float:
    """Give the side of the maps in px; tokens are taken for the square that they come from."""
    return shape[-1] if len(shape) == 3 else shape[0] ** 0.5 if len(shape) == 2 else 1


def _channels(shape: Sequence[int]) -> int:
    return 1 if not shape else shape[1] if len(shape) == 2 else shape[0]


def _place(shape: Sequence[int]) -> str:
    if len(shape) == 3:
        return f"{shape[1]} × {shape[2]}"
    return f"{shape[0]} tokens" if len(shape) == 2 else "values" if shape else "&nbsp;"


_HTML = """<ol class="strip" role="img"></ol>"""

_CSS = coloured("""
.strip { display: flex; list-style: none; margin: 0; padding: 0 2px 0.4rem; overflow-x: auto; align-items: end;
  justify-content: space-between; gap: 0.4rem; font-family: var(--st-font); color: var(--st-text-color); }
li { display: flex; flex-direction: column; align-items: center; font-size: 0.8rem; line-height: 1.35;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
i { display: grid; align-items: end; height: 112px; margin: 0.2rem 0 0.35rem; }
span { color: FAINT; } svg { display: block; overflow: visible; }
svg * { stroke: EDGE; stroke-width: 1; stroke-linejoin: round; }
.front { fill: SURFACE; } .top { fill: BACKGROUND; } .side { fill: RULE; }
@media (max-width: 640px) { li { font-size: 0.7rem; } i { height: 76px; } svg { zoom: 0.68; } .strip { gap: 0.3rem; } }
""")

_JS = r"""
export default function ({ data, parentElement }) {
  const strip = parentElement.querySelector(".strip");
  strip.innerHTML = data.drawn;  // drawn by the program; holds no visitor's text
  strip.setAttribute("aria-label", data.told);
}
"""

_strip = st.components.v2.component("thaw.network", html=_HTML, css=_CSS, js=_JS)
