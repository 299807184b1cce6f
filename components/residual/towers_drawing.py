"""Towers drawn layer by layer, the input at the bottom; arcs are what goes past the blocks. They grow when depth does.

An own widget (Streamlit component, version 2), drawn as SVG.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from components.setup.colours import coloured
from model_zoo.backbones.without_weights import Shortcut


@dataclass(frozen=True)
class Drawn:
    """One tower: what it is called, what stands below it, its layers, what goes past, and the colour of that."""

    name: str
    caption: str
    depth: int
    past: Shortcut
    colour: str


def towers_drawing(towers: Sequence[Drawn], *, key: str) -> None:
    """Draw towers beside each other, all to one scale."""
    _towers(key=key, data={"towers": [asdict(tower) for tower in towers]})


_HTML = """<div class="towers"></div>"""

_CSS = """
.towers { display: flex; justify-content: space-evenly; font-family: var(--st-font); color: var(--st-text-color); }
figure { margin: 0; text-align: center; } svg { width: 168px; height: 440px; display: block; }
rect { fill: currentColor; transition: y 350ms, opacity 350ms; } path { fill: none; stroke-width: 1.4; }
text { fill: currentColor; font-size: 13px; font-weight: 600; text-anchor: middle; }
figcaption { line-height: 1.35; font-size: 0.9rem; } b { display: block; }
@media (prefers-reduced-motion: reduce) { rect { transition: none; } }
"""

_JS = r"""
const PITCH = 3.7, HEIGHT = 440, MIDDLE = 76, WIDTHS = [64, 50, 36], SHADES = [0.45, 0.65, 0.9];  // px

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".towers");
  data.towers.forEach((told, i) => {
    if (!root.children[i]) root.append(figure());
    draw(root.children[i], told);
  });
}

function figure() {
  const made = document.createElement("figure"), caption = document.createElement("figcaption");
  caption.append(document.createElement("b"), document.createElement("span"));
  made.append(node("svg", { viewBox: `0 0 168 ${HEIGHT}`, role: "img" }), caption);
  made.firstChild.append(node("g"), node("g"), node("text", { x: MIDDLE }));
  return made;
}

function draw(figure, { name, caption, depth, past, colour }) {
  const [svg, words] = figure.children, [layers, arcs, number] = svg.children;
  svg.setAttribute("aria-label", `${name} tower of ${depth} layers, ${caption}`);
  words.children[0].textContent = name;
  words.children[1].textContent = caption;
  number.textContent = depth;
  number.setAttribute("y", bottom(depth) - 8);
  while (layers.children.length > depth) layers.lastChild.remove();
  for (let i = 0; i < depth; i++) {
    const stage = stageOf(i, depth), fresh = !layers.children[i];
    if (fresh) layers.append(node("rect", { y: HEIGHT, height: PITCH - 0.9 }));
    const layer = layers.children[i];
    layer.setAttribute("width", WIDTHS[stage]);
    layer.setAttribute("x", MIDDLE - WIDTHS[stage] / 2);
    layer.setAttribute("opacity", SHADES[stage]);
    requestAnimationFrame(() => layer.setAttribute("y", bottom(i) - PITCH));
  }
  arcs.replaceChildren(...(past === "none" ? [] : blocks(depth).flatMap((block) => arc(block, past, colour))));
}

const bottom = (layers) => HEIGHT - 4 - PITCH * layers;

function stageOf(layer, depth) {  // the stem belongs to the first, the softmax to the last
  return Math.min(2, Math.max(0, Math.floor((layer - 1) / ((depth - 2) / 3))));
}

function blocks(depth) {
  const count = (depth - 2) / 2;
  return Array.from({ length: count }, (_, i) => {
    const first = 1 + 2 * i, stage = stageOf(first, depth);
    return { first, stage, changes: i > 0 && stage !== stageOf(first - 1, depth) };
  });
}

function arc({ first, stage, changes }, past, colour) {
  const x = MIDDLE + WIDTHS[stage] / 2 + 1.5, low = bottom(first - 0.3), high = bottom(first + 1.9);
  const path = node("path", { d: `M${x} ${low}C${x + 17} ${low} ${x + 17} ${high} ${x} ${high}` });
  path.style.stroke = colour;
  if (past === "scaled") path.setAttribute("stroke-dasharray", "2 1.6");
  if (past !== "projection" || !changes) return [path];
  const weights = node("circle", { cx: x + 13, cy: (low + high) / 2, r: 3 });
  weights.style.fill = colour;
  return [path, weights];
}

function node(name, attributes = {}) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
"""

_towers = st.components.v2.component("thaw.towers", html=_HTML, css=coloured(_CSS), js=_JS)
