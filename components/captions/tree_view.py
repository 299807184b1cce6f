"""The tree that a beam grew, on a page: it scrolls inside itself, and pointing at a word says how likely it is.

An own widget (Streamlit component, version 2). Arrow keys walk: left to the word before, right to the likeliest word
after, up and down among the words of a step.
"""

from collections.abc import Sequence

import streamlit as st

from components.captions.tree import told, tree
from components.setup.colours import coloured
from model_zoo.rnn.prediction import Node


def tree_view(nodes: Sequence[Node], best: str, given: int, *, key: str) -> None:
    """Show the tree; `best` is the sentence that was said, whose first `given` words are the visitor's."""
    _tree(key=key, data={"drawn": tree(nodes, best, given), "told": told(nodes, best)})


_HTML = """<div class="whole"><div class="scroll" tabindex="0" role="application"></div>
<p class="legend"><b class="best">said</b> <b class="kept">went on</b> <b class="dropped">dropped</b></p>
<p class="hovered" aria-live="polite"></p></div>"""

_CSS = coloured("""
.whole { font-family: var(--st-font); color: var(--st-text-color); }
.scroll { overflow: auto; max-height: 34rem; padding-bottom: 0.4rem; border-radius: var(--st-base-radius); }
.scroll:focus-visible { outline: 2px solid var(--st-text-color); outline-offset: 2px; }
svg { display: block; overflow: visible; }
path { fill: none; stroke: RULE; stroke-width: 1; }
path.kept { stroke: EDGE; stroke-width: 1.6; } path.best { stroke: var(--st-text-color); stroke-width: 3; }
rect { fill: BACKGROUND; stroke: none; }
text { font: 400 13px var(--st-font); text-anchor: middle; fill: FAINT; cursor: default; }
.root { fill: var(--st-text-color); }
g.kept rect { stroke: EDGE; stroke-width: 1.4; } g.kept text { fill: var(--st-text-color); font-weight: 500; }
g.best rect { stroke: var(--st-text-color); stroke-width: 2.4; fill: SURFACE; } g.best text { font-weight: 700; }
g.end text { font-style: italic; }
g.given text { font-style: italic; text-decoration: underline dotted; }
g:hover rect, g.at rect { stroke: var(--st-text-color); stroke-width: 3; }
.legend { display: flex; gap: 1.2rem; margin: 0.5rem 0 0; font-size: 0.82rem; }
.legend b { font-weight: 500; display: flex; align-items: center; gap: 0.45rem; }
.legend b::before { content: ""; width: 1.6rem; border-top: 1px solid RULE; }
.legend .kept::before { border-top: 2px solid EDGE; } .legend .best::before { border-top: 3px solid; }
.legend .dropped { color: FAINT; }
.hovered { min-height: 2.6em; margin: 0.35rem 0 0; font-size: 0.85rem; color: FAINT; overflow-wrap: anywhere; }
""")

_JS = r"""
const HINT = "Point at a word, or walk with the arrow keys: how likely it was.";

export default function ({ data, parentElement }) {
  const scroll = parentElement.querySelector(".scroll"), line = parentElement.querySelector(".hovered");
  scroll.setAttribute("aria-label", `${data.told} ${HINT}`);
  if (scroll.drawn === data.drawn) return;
  scroll.drawn = data.drawn;
  scroll.innerHTML = data.drawn;  // drawn by the program, which has escaped all words
  scroll.scrollLeft = 0; line.textContent = HINT;
  scroll.scrollTop = (scroll.scrollHeight - scroll.clientHeight) / 2;
  const nodes = [...scroll.querySelectorAll("g")];
  let at = null;
  const say = (node) => { line.textContent = node ? node.querySelector("title").textContent : HINT; };
  const walk = (node) => {
    if (!node) return;
    at?.classList.remove("at"); at = node; at.classList.add("at");
    at.scrollIntoView({ block: "nearest", inline: "nearest" }); say(at);
  };
  scroll.onpointerover = (e) => say(e.target.closest("g") ?? at);
  scroll.onpointerleave = () => say(at);
  scroll.onclick = (e) => walk(e.target.closest("g"));
  scroll.onfocus = () => { if (!at) walk(nodes.find((node) => node.classList.contains("best")) ?? nodes[0]); };
  scroll.onblur = () => { at?.classList.remove("at"); at = null; say(null); };
  scroll.onkeydown = (e) => {
    const step = { ArrowRight: after, ArrowLeft: before, ArrowUp: above, ArrowDown: below }[e.key];
    if (!step || !at) return;
    walk(step(nodes, at)); e.preventDefault();
  };
}

const middle = (node) => +node.querySelector("rect").getAttribute("y");
const column = (nodes, node) => {
  const left = node.querySelector("rect").getAttribute("x");
  const here = nodes.filter((each) => each.querySelector("rect").getAttribute("x") === left);
  return here.sort((a, b) => middle(a) - middle(b));
};
const before = (nodes, node) => nodes[+node.dataset.parent];
const after = (nodes, node) => {
  const next = nodes.filter((each) => each.dataset.parent === node.dataset.place);
  return next.find((each) => each.classList.contains("best")) ?? next.find((each) => each.classList.contains("kept"));
};
const above = (nodes, node) => { const here = column(nodes, node); return here[here.indexOf(node) - 1]; };
const below = (nodes, node) => { const here = column(nodes, node); return here[here.indexOf(node) + 1]; };
"""

_tree = st.components.v2.component("thaw.tree", html=_HTML, css=_CSS, js=_JS)
