"""Cards to choose one of: a picture or a drawing, a title, a line or two.

An own widget (Streamlit component, version 2): names reach the page as text, never as markup. Arrow keys go from card
to card, Enter or Space chooses.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from components.radio_group import RADIO_GROUP
from components.setup.colours import coloured


@dataclass(frozen=True)
class Card:
    """One thing to choose. `pictures` are data URIs of square thumbnails, `drawing` is HTML of our own instead."""

    id: str
    title: str
    text: str = ""
    note: str = ""
    pictures: tuple[str, ...] = ()
    drawing: str = ""


def cards(row: Sequence[Card], chosen: str, *, key: str, label: str, on_choose: Callable[[str], None]) -> None:
    """Show the cards with `chosen` marked; calls `on_choose` with the id of the one that was clicked."""

    def picked() -> None:
        on_choose(str(st.session_state[key].picked))

    data = {"label": label, "chosen": chosen, "cards": [asdict(card) for card in row]}
    _cards(key=key, data=data, on_picked_change=picked)


_HTML = """<div class="cards" role="radiogroup"></div>"""

_CSS = coloured("""
.cards { display: grid; gap: 0.75rem; padding: 3px; font-family: var(--st-font); color: var(--st-text-color);
  grid-template-columns: repeat(auto-fill, minmax(min(9.6rem, 44%), 1fr)); }
.card { position: relative; display: flex; flex-direction: column; border: 1px solid EDGE; cursor: pointer;
  border-radius: var(--st-base-radius); overflow: hidden; background: var(--st-background-color); outline-offset: 2px; }
.card:hover { background: SURFACE; }
.card:focus-visible { outline: 3px solid var(--st-text-color); }
.card[aria-checked="true"] { border-color: var(--st-text-color); box-shadow: inset 0 0 0 1px var(--st-text-color); }
.top { display: grid; grid-template: repeat(2, minmax(0, 1fr)) / repeat(5, 1fr); background: SURFACE;
  aspect-ratio: 5 / 2; }
.top img { width: 100%; height: 100%; object-fit: cover; display: block; min-width: 0; min-height: 0; }
.top.drawn { display: grid; place-items: center; grid-template: 1fr / 1fr; color: FAINT; }
.body { padding: 0.6rem 0.75rem 0.7rem; display: flex; flex-direction: column; gap: 0.2rem; flex: 1; }
.title { font-weight: 600; line-height: 1.25; overflow-wrap: anywhere; padding-right: 1.4rem; }
.text { font-size: 0.8rem; line-height: 1.35; color: FAINT; overflow-wrap: anywhere; }
.note { font-size: 0.78rem; line-height: 1.3; margin-top: auto; padding-top: 0.25rem; font-weight: 500; }
.tick { position: absolute; top: 0.45rem; right: 0.45rem; width: 1.35rem; height: 1.35rem; border-radius: 50%;
  display: none; place-items: center; background: var(--st-primary-color); color: #fff; font-size: 0.8rem;
  box-shadow: 0 0 0 2px BACKGROUND; }
[aria-checked="true"] .tick { display: grid; }
@media (max-width: 640px) { .cards { gap: 0.5rem; } [aria-checked="false"] .text { display: none; } }
""")

_JS = r"""
export default function ({ data, parentElement, setTriggerValue }) {
  const group = parentElement.querySelector(".cards");
  group.setAttribute("aria-label", data.label);
  const ids = data.cards.map((card) => card.id);
  if ("" + group.ids !== "" + ids) {
    group.replaceChildren(...data.cards.map(card));
    group.ids = ids;
  }
  const choose = (node) => { mark(group, node.dataset.id); setTriggerValue("picked", node.dataset.id); };
  data.cards.forEach((told, i) => tell(group.children[i], told, choose));
  mark(group, data.chosen);
  group.onkeydown = (e) => move(group, e, choose);
}

function card({ id }) {
  const node = document.createElement("div");
  node.className = "card"; node.dataset.id = id; node.setAttribute("role", "radio");
  node.innerHTML = `<div class="top"></div><div class="body"><div class="title"></div><div class="text"></div>
    <div class="note"></div></div><span class="tick" aria-hidden="true">✓</span>`;
  return node;
}

function tell(node, { title, text, note, pictures, drawing }, choose) {
  const look = pictures.join() + drawing, top = node.querySelector(".top");
  if (node.look !== look) {
    node.look = look;
    top.className = drawing ? "top drawn" : "top";
    if (drawing) top.innerHTML = drawing; else top.replaceChildren(...pictures.map(picture));
  }
  for (const [name, words] of Object.entries({ title, text, note })) node.querySelector(`.${name}`).textContent = words;
  const said = [title, text, note].filter(Boolean).map((words) => words.replace(/\.$/, ""));
  node.setAttribute("aria-label", said.join(". "));
  node.onclick = () => choose(node);
}

function picture(source) {
  const img = document.createElement("img");
  img.src = source; img.alt = ""; img.decoding = "async";
  return img;
}
"""

_cards = st.components.v2.component("thaw.cards", html=_HTML, css=_CSS, js=_JS + RADIO_GROUP)
