"""The row of steps: each one line that says what is chosen; one at most is open, and its panel stands below the row.

An own widget (Streamlit component, version 2): names of uploads reach the page as text, never as markup.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import streamlit as st

from components.setup.colours import coloured

Standing = Literal["open", "made", "waiting", "wrong"]  # still to be made; made; being worked at; in the way of a start


@dataclass(frozen=True)
class Step:
    """One step: its name, what it is about, what is chosen in a few words, and how it stands."""

    name: str
    title: str
    help: str
    words: str
    standing: Standing


def steps(row: Sequence[Step], opened: str, *, key: str, on_open: Callable[[str], None]) -> None:
    """Show the steps, `opened` with its panel below ("": none); calls `on_open` with the name of the one to open."""

    def asked() -> None:
        on_open(str(st.session_state[key].asked))

    _steps(key=key, data={"steps": [asdict(step) for step in row], "opened": opened}, on_asked_change=asked)


_HTML = """<ol class="steps" aria-label="Steps"></ol>"""

_CSS = """
.steps { list-style: none; margin: 0; padding: 2px; display: grid; gap: 0.5rem; font-family: var(--st-font);
  grid-template-columns: repeat(4, minmax(0, 1fr)); }
button { all: unset; box-sizing: border-box; display: grid; gap: 0 0.6rem; align-items: center;
  grid-template-columns: auto minmax(0, 1fr) auto; width: 100%; height: 100%; padding: 0.55rem 0.8rem;
  cursor: pointer; color: var(--st-text-color);
  border: 1px solid EDGE; border-radius: var(--st-base-radius); background: var(--st-background-color); }
button:hover { background: var(--st-secondary-background-color); }
button:focus-visible { outline: 3px solid var(--st-text-color); outline-offset: 2px; }
button[aria-expanded="true"] { background: var(--st-secondary-background-color); border-color: var(--st-text-color);
  box-shadow: inset 0 0 0 1px var(--st-text-color); }
.number { grid-row: 1 / span 2; width: 1.6rem; height: 1.6rem; border-radius: 50%; display: grid; place-items: center;
  font-size: 0.85rem; font-weight: 600; border: 1.5px solid currentColor; box-sizing: border-box; }
.made .number { background: var(--st-primary-color); border-color: var(--st-primary-color); color: #fff; }
.wrong .number { border-style: dashed; }
.title { font-size: 0.8rem; line-height: 1.2; color: FAINT; }
.words { grid-column: 2; font-weight: 600; font-size: 0.95rem; line-height: 1.3; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
.fold { grid-column: 3; grid-row: 1 / span 2; font-size: 1rem; line-height: 1; transition: rotate 120ms; }
[aria-expanded="true"] .fold { rotate: 180deg; }
.waiting .number { border-color: RULE; border-top-color: currentColor; animation: turn 1.2s linear infinite; }
.waiting .number span { animation: turn 1.2s linear infinite reverse; }
@keyframes turn { to { rotate: 360deg; } }
@media (max-width: 760px) {
  .steps { grid-template-columns: minmax(0, 1fr); gap: 0.35rem; }
  button { grid-template-columns: auto 5.2rem minmax(0, 1fr) auto; padding: 0.5rem 0.7rem; }
  .number, .fold { grid-row: 1; } .words { grid-column: 3; } .fold { grid-column: 4; }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
"""

_JS = r"""
export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".steps");
  while (list.children.length < data.steps.length) list.append(step());
  data.steps.forEach((told, i) => tell(list.children[i], told, i, data.opened, setTriggerValue));
}

function step() {
  const li = document.createElement("li"), button = document.createElement("button");
  button.type = "button";
  for (const name of ["number", "title", "words", "fold"]) {
    const span = document.createElement("span");
    span.className = name;
    button.append(span);
  }
  button.children[0].append(document.createElement("span"));
  li.append(button);
  return li;
}

function tell(li, { name, title, help, words, standing }, i, opened, ask) {
  const button = li.firstChild, [number, heading, line, fold] = button.children;
  const open = name === opened;
  button.className = standing;
  number.firstChild.textContent = standing === "made" ? "✓" : standing === "wrong" ? "!" : i + 1;
  heading.textContent = title; line.textContent = words; fold.textContent = "▾";
  line.title = words; button.title = help;
  number.setAttribute("aria-hidden", "true"); fold.setAttribute("aria-hidden", "true");
  button.setAttribute("aria-expanded", open);
  button.setAttribute("aria-label", `Step ${i + 1}, ${title}: ${words}`);
  button.onclick = () => {  // shown at once, so that a quick second click folds it again
    const opens = button.getAttribute("aria-expanded") !== "true";
    for (const other of button.closest("ol").querySelectorAll("button")) other.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-expanded", opens);
    ask("asked", opens ? name : "");
  };
}
"""

_steps = st.components.v2.component("thaw.steps", html=_HTML, css=coloured(_CSS), js=_JS)
