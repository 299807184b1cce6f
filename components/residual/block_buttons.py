"""Blocks of towers to press: the bar of each says what is left of the accuracy when it alone is cut.

An own widget (Streamlit component, version 2): a button a block, also by keyboard.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from components.setup.colours import coloured


@dataclass(frozen=True)
class Row:
    """One tower: its name, its colour, accuracy as a whole and without each block alone, which blocks are cut, and
    what is said of that.
    """

    name: str
    colour: str
    whole: float
    without: tuple[float, ...]
    cut: tuple[int, ...]
    said: str = ""


def block_buttons(rows: Sequence[Row], *, key: str, on_press: Callable[[int, int], None]) -> None:
    """Show the towers; calls `on_press` with the index of the tower and of the block, both from 0."""

    def pressed() -> None:
        told = st.session_state[key].pressed
        on_press(int(told["row"]), int(told["block"]))

    _blocks(key=key, data={"rows": [asdict(row) for row in rows]}, on_pressed_change=pressed)


_HTML = """<div class="towers"></div>"""

_CSS = """
.towers { display: grid; gap: 0.9rem; font-family: var(--st-font); color: var(--st-text-color); }
h4 { margin: 0; font-size: 0.95rem; font-weight: 600; } p { margin: 0 0 0.2rem; min-height: 1.4em; }
.blocks { display: flex; gap: 3px; align-items: end; overflow-x: auto; padding: 3px; }
button { all: unset; box-sizing: border-box; cursor: pointer; flex: 1 0 1.5rem; max-width: 4rem; height: 5.4rem;
  display: grid; grid-template-rows: 1fr auto; border: 1px solid EDGE; border-radius: 4px; overflow: hidden; }
button:hover { background: var(--st-secondary-background-color); }
button:focus-visible { outline: 3px solid var(--st-text-color); outline-offset: 1px; }
.bar { align-self: end; min-height: 2px; }
.number { font-size: 0.72rem; text-align: center; line-height: 1.4; border-top: 1px solid EDGE; }
button[aria-pressed="true"] { border: 2px dashed var(--st-text-color); }
button[aria-pressed="true"] .bar { opacity: 0.18; }
button[aria-pressed="true"] .number { text-decoration: line-through; font-weight: 700; }
"""

_JS = r"""
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".towers");
  while (root.children.length > data.rows.length) root.lastChild.remove();
  data.rows.forEach((told, row) => {
    if (!root.children[row]) root.append(tower());
    tell(root.children[row], told, row, setTriggerValue);
  });
}

function tower() {
  const section = document.createElement("section"), blocks = document.createElement("div");
  blocks.className = "blocks";
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  section.append(document.createElement("h4"), said, blocks);
  return section;
}

function tell(section, { name, colour, whole, without, cut, said }, row, ask) {
  const [title, status, blocks] = section.children;
  title.textContent = name;
  status.textContent = said;
  blocks.setAttribute("role", "group");
  blocks.setAttribute("aria-label", `Blocks of ${name}`);
  while (blocks.children.length > without.length) blocks.lastChild.remove();
  without.forEach((left, block) => {
    if (!blocks.children[block]) blocks.append(button());
    const one = blocks.children[block], [bar, number] = one.children;
    bar.style.height = `${Math.round(100 * left)}%`;
    bar.style.background = colour;
    number.textContent = block + 1;
    one.setAttribute("aria-pressed", cut.includes(block));
    const words = `${(100 * whole).toFixed(1)} % as a whole, ${(100 * left).toFixed(1)} % without block ${block + 1}`;
    one.setAttribute("aria-label", `Block ${block + 1} of ${name}: ${words}`);
    one.title = words;
    one.onclick = () => {
      one.setAttribute("aria-pressed", one.getAttribute("aria-pressed") !== "true");
      ask("pressed", { row, block });
    };
  });
}

function button() {
  const made = document.createElement("button");
  made.type = "button";
  for (const name of ["bar", "number"]) {
    const span = document.createElement("span");
    span.className = name;
    made.append(span);
  }
  return made;
}
"""

_blocks = st.components.v2.component("thaw.blocks", html=_HTML, css=coloured(_CSS), js=_JS)
