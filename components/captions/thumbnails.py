"""Example pictures as a row of thumbnails, of which one is chosen.

An own widget (Streamlit component, version 2): arrow keys go from picture to picture, Enter or Space chooses.
"""

from collections.abc import Callable, Mapping

import streamlit as st

from components.captions.examples import Example, thumbnail
from components.radio_group import RADIO_GROUP
from components.setup.colours import coloured


def thumbnails(examples: Mapping[str, Example], chosen: str, *, key: str, on_choose: Callable[[str], None]) -> None:
    """Show the examples by name; calls `on_choose` with the name of the one that was clicked.

    `chosen` is marked; "" marks none.
    """

    def picked() -> None:
        name = st.session_state[key].picked
        if name in examples:
            on_choose(name)

    told = [{"name": name, "title": each.title, "source": thumbnail(name)} for name, each in examples.items()]
    _thumbnails(key=key, data={"chosen": chosen, "pictures": told}, on_picked_change=picked)


_HTML = """<div class="row" role="radiogroup" aria-label="Example pictures"></div>"""

_CSS = coloured("""
.row { display: flex; gap: 0.6rem; overflow-x: auto; padding: 4px 4px 0.5rem; font-family: var(--st-font);
  color: var(--st-text-color); }
.one { flex: none; width: 7.5rem; cursor: pointer; border-radius: var(--st-base-radius); font-size: 0.8rem;
  line-height: 1.3; }
.one:focus-visible { outline: 3px solid var(--st-text-color); outline-offset: 1px; }
img { display: block; width: 100%; aspect-ratio: 4 / 3; object-fit: cover; border-radius: var(--st-base-radius); }
.one[aria-checked="true"] img { box-shadow: 0 0 0 2px BACKGROUND, 0 0 0 4px var(--st-text-color); }
.one[aria-checked="true"] { font-weight: 650; }
span { display: block; padding: 0.35rem 0.1rem 0.1rem; }
@media (max-width: 640px) { .one { width: 6rem; } }
""")

_JS = r"""
export default function ({ data, parentElement, setTriggerValue }) {
  const group = parentElement.querySelector(".row");
  const choose = (node) => { mark(group, node.dataset.id); setTriggerValue("picked", node.dataset.id); };
  if (!group.children.length) {
    group.replaceChildren(...data.pictures.map(one));
    const there = [...group.children].find((node) => node.dataset.id === data.chosen);
    if (there) group.scrollLeft = there.offsetLeft - group.offsetLeft - group.clientWidth / 2 + there.clientWidth / 2;
  }
  group.onclick = (e) => { const node = e.target.closest(".one"); if (node) choose(node); };
  group.onkeydown = (e) => move(group, e, choose);
  mark(group, data.chosen);
}

function one({ name, title, source }) {
  const [node, img, words] = ["div", "img", "span"].map((tag) => document.createElement(tag));
  node.className = "one"; node.dataset.id = name; node.setAttribute("role", "radio");
  img.src = source; img.alt = ""; words.textContent = title;
  node.append(img, words);
  return node;
}
"""

_thumbnails = st.components.v2.component("thaw.thumbnails", html=_HTML, css=_CSS, js=_JS + RADIO_GROUP)
