"""The words of a text, coloured by what each did to the verdict; picking one, by click or by key, says which.

An own widget (Streamlit component, version 2). The sign is told by the line below a word, too, and by its name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.numbers import points
from components.radio_group import RADIO_GROUP
from components.setup.colours import coloured
from components.text.signed import signed_scheme

MOST_WORDS = 400  # of a longer text the last ones are shown
LETTERS = 60  # of a word that is longer than any
LEAST_FULL = 0.1  # an effect of ten points has full colour, and so has the largest where it is more
FULL = 0.6  # of the scale, so that text stays easy to read
NEGLIGIBLE = 0.01  # one point: neither colour nor line


@dataclass(frozen=True)
class Word:
    """A word, and by how much the verdict grows with it, -1 to 1."""

    text: str
    effect: float


def words(shown: Sequence[Word], *, key: str, id: str) -> int | None:
    """Show the words and give the index of the one that is picked; picking it again lets go of it.

    `id` tells texts apart: in another one nothing is picked at first.
    """
    first = max(0, len(shown) - MOST_WORDS)
    most = max([LEAST_FULL, *(abs(word.effect) for word in shown)])
    kept = _accepted((st.session_state.get(key) or {}).get("picked"), id, len(shown))
    result = _words(
        key=key,
        data={"id": id, "first": first, "picked": kept, "words": [_told(word, most) for word in shown[first:]]},
        default={"picked": None},
        on_picked_change=_nothing,
    )
    return _accepted(result.picked, id, len(shown))


def effect_in_words(effect: float) -> str:
    """Say what a word did: “raises the verdict by 3.1 points”."""
    if abs(effect) < NEGLIGIBLE:
        return "hardly matters"
    return f"{'raises' if effect > 0 else 'lowers'} the verdict by {points(abs(effect))[1:]}"


def _nothing() -> None:
    """Declare the state to Streamlit; what was picked is read from the result."""


def _told(word: Word, most: float) -> dict[str, Any]:
    fill, ink = signed_scheme(FULL * word.effect / most)
    sign = "" if abs(word.effect) < NEGLIGIBLE else "up" if word.effect > 0 else "down"
    text = word.text if len(word.text) <= LETTERS else f"{word.text[:LETTERS]}…"
    return {"text": text, "fill": fill, "ink": ink, "sign": sign, "told": effect_in_words(word.effect)}


def _accepted(told: Any, id: str, count: int) -> int | None:
    """Take what the browser says only if it is of this text, and a word of it."""
    place = told.get("place") if hasattr(told, "get") and told.get("id") == id else None
    return place if isinstance(place, int) and 0 <= place < count else None


_HTML = """<div class="whole"><div class="words" role="radiogroup" aria-label="Words; pick one to change it"></div>
<p class="legend"><b class="up">raises the verdict</b> <b class="down">lowers it</b> <b class="none">hardly matters</b>
</p><p class="said" aria-live="polite"></p></div>"""

_CSS = (
    coloured("""
.whole { font-family: var(--st-font); color: var(--st-text-color); }
.words { display: flex; flex-wrap: wrap; gap: 0.25rem 0.1rem; max-height: 22rem; overflow-y: auto; padding: 4px;
  margin: -4px; align-content: flex-start; }
button { font: inherit; font-size: 1.05rem; line-height: 1.5; padding: 0.05rem 0.25rem 0.25rem;
  border: 0; cursor: pointer; border-radius: 5px; background: var(--fill, none); color: var(--ink, inherit);
  max-width: 100%;
  overflow-wrap: anywhere; text-align: start; unicode-bidi: plaintext; }
button:hover { box-shadow: 0 0 0 1.5px EDGE; }
button[aria-checked="true"] { box-shadow: 0 0 0 2.5px var(--st-text-color); }
button:focus-visible { outline: 3px solid var(--st-text-color); outline-offset: 1px; }
.up, .down { text-decoration: underline; text-underline-offset: 0.22em; text-decoration-thickness: 2px; }
.down { text-decoration-style: wavy; text-decoration-thickness: 1.5px; }
.legend { display: flex; flex-wrap: wrap; gap: 0.3rem 0.8rem; margin: 0.7rem 0 0; font-size: 0.82rem; }
.legend b { font-weight: 500; padding: 0.05rem 0.4rem 0.25rem; border-radius: 5px; }
.legend .up { background: UP; color: INKUP; } .legend .down { background: DOWN; color: INKDOWN; }
.said { min-height: 1.3em; margin: 0.35rem 0 0; font-size: 0.85rem; color: FAINT; overflow-wrap: anywhere; }
""")
    .replace("INKUP", signed_scheme(FULL)[1])
    .replace("INKDOWN", signed_scheme(-FULL)[1])
    .replace("UP", signed_scheme(FULL)[0])
    .replace("DOWN", signed_scheme(-FULL)[0])
)

_JS = r"""
export default function ({ data, parentElement, setStateValue }) {
  const shown = (parentElement.shown ??= new Words(parentElement));
  shown.tell = (picked) => setStateValue("picked", picked);
  shown.update(data);
}

class Words {
  constructor(root) {
    this.group = root.querySelector(".words"); this.line = root.querySelector(".said");
    this.group.addEventListener("click", (e) => {
      const node = e.target.closest("button");
      if (node) this.pick(node);
    });
    this.group.addEventListener("keydown", (e) => {
      if (e.key === "Escape" && this.picked !== null) this.pick(this.node(this.picked));
      else move(this.group, e, (node) => this.pick(node));
    });
    for (const kind of ["focusin", "pointerover"])
      this.group.addEventListener(kind, (e) => { const node = e.target.closest("button"); if (node) this.say(node); });
    this.group.addEventListener("pointerleave", () => this.say(this.node(this.picked)));
  }

  update(data) {
    const drawn = JSON.stringify([data.id, data.words]);
    if (drawn !== this.drawn) {
      this.drawn = drawn; this.data = data; this.picked = data.picked;
      this.group.replaceChildren(...data.words.map((word, i) => this.button(word, i + data.first)));
      this.group.scrollTop = 0;
    }
    mark(this.group, this.picked); this.say(this.node(this.picked));
  }

  button(word, place) {
    const node = document.createElement("button");
    node.type = "button"; node.textContent = word.text; node.className = word.sign; node.dataset.id = place;
    node.setAttribute("role", "radio"); node.setAttribute("aria-label", `${word.text}: ${word.told}`);
    if (word.sign) { node.style.setProperty("--fill", word.fill); node.style.setProperty("--ink", word.ink); }
    return node;
  }

  node(place) { return place === null ? null : this.group.children[place - this.data.first]; }

  pick(node) {
    const place = +node.dataset.id;
    this.picked = this.picked === place ? null : place;
    mark(this.group, this.picked); this.say(node);
    if (this.picked !== null) node.focus();
    this.tell(this.picked === null ? null : { id: this.data.id, place: this.picked });
  }

  say(node) {
    if (!node) { this.line.textContent = "Pick a word to change it or to leave it out."; return; }
    const { text, told } = this.data.words[+node.dataset.id - this.data.first];
    this.line.textContent = `“${text}” ${told}.`;
  }
}
"""

_words = st.components.v2.component("thaw.words", html=_HTML, css=_CSS, js=_JS + RADIO_GROUP)
