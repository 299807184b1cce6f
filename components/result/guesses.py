"""What every strategy or classifier says of one picture, side by side: its likeliest classes, and where it looked.

An own widget (Streamlit component, version 2): names reach the page as text, never as markup.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from components.configurations import Mark, drawing
from components.gallery import data_uri_of_png
from components.inference import RunAnswer
from components.numbers import percent


def guesses(answers: Sequence[RunAnswer], marks: Mapping[str, Mark], *, key: str, whose: str = "strategies") -> None:
    """Show the answers of one run for each of those `whose` they are, in their order; the vote of all stands above."""
    cards = [_card(answer, marks[answer.strategy]) for answer in answers]
    _guesses(key=key, data={"said": said(answers, whose), "cards": cards})


def said(answers: Sequence[RunAnswer], whose: str = "strategies") -> str:
    """Say what most take the picture for: “3 of 4 strategies say wood.”"""
    votes = Counter(answer.guesses[0].name for answer in answers).most_common()
    first, most = votes[0]
    if len(answers) == 1:
        return f"It says {first}."
    if most == len(answers):
        return f"{'Both' if most == 2 else f'All {most}'} {whose} say {first}."
    others = ", ".join(f"{count} {name}" for name, count in votes[1:])
    return f"{most} of {len(answers)} {whose} say {first}, {others}."


def _card(answer: RunAnswer, mark: Mark) -> dict[str, Any]:
    return {
        "mark": drawing(mark),
        "label": mark.label,
        "colour": mark.css,
        "overlay": data_uri_of_png(answer.overlay) if answer.overlay else "",
        "alt": f"Where {mark.label} found its evidence for {answer.guesses[0].name}",
        "guesses": [[guess.name, guess.probability, percent(guess.probability, 0)] for guess in answer.guesses],
    }


_HTML = """<p class="said" role="status"></p><ul class="cards"></ul>"""

_CSS = """
.said { font: 600 1.15rem/1.4 var(--st-font); color: var(--st-text-color); margin: 0 0 0.8rem;
  overflow-wrap: anywhere; }
.cards { list-style: none; margin: 0; padding: 0; display: grid; gap: 1.25rem;
  grid-template-columns: repeat(auto-fill, minmax(min(11rem, 45%), 1fr));
  font-family: var(--st-font); color: var(--st-text-color); font-size: 0.85rem; }
li { min-width: 0; }
.who { display: flex; align-items: center; gap: 0.4rem; font-weight: 600; min-height: 2.6em; line-height: 1.3; }
img { display: block; width: 100%; aspect-ratio: 1; border-radius: var(--st-base-radius); margin: 0.4rem 0 0.6rem;
  background: var(--st-secondary-background-color); }
.guess { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 0.5rem; margin: 0.3rem 0 0;
  font-variant-numeric: tabular-nums; }
.guess:first-of-type { font-weight: 650; }
.guess span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.guess i { grid-column: 1 / -1; height: 5px; margin-top: 2px; border-radius: 3px; background: var(--st-border-color); }
.guess i::after { content: ""; display: block; height: 100%; width: var(--share); min-width: 2px; border-radius: 3px;
  background: var(--colour); }
"""

_JS = r"""
export default function ({ data, parentElement }) {
  parentElement.querySelector(".said").textContent = data.said;
  parentElement.querySelector(".cards").replaceChildren(...data.cards.map(card));
}

function card({ mark, label, colour, overlay, alt, guesses }) {
  const li = document.createElement("li"), who = document.createElement("div"), img = document.createElement("img");
  li.style.setProperty("--colour", colour);
  who.className = "who"; who.innerHTML = mark;  // drawn by the program; holds no visitor's text
  who.append(label);
  if (overlay) { img.src = overlay; img.alt = alt; }
  li.append(who, ...(overlay ? [img] : []), ...guesses.map(guess));
  return li;
}

function guess([name, share, words]) {
  const p = document.createElement("p"), [class_, percent] = [name, words].map((text) => {
    const span = document.createElement("span");
    span.textContent = text;
    return span;
  });
  const bar = document.createElement("i");
  p.className = "guess"; p.title = name; bar.style.setProperty("--share", `${100 * share}%`);
  p.append(class_, percent, bar);
  return p;
}
"""

_guesses = st.components.v2.component("thaw.guesses", html=_HTML, css=_CSS, js=_JS)
