"""The caption, word by word, beside the picture: where the network looked before each word, and what else it weighed.

An own widget (Streamlit component, version 2). Words appear one after another, at once for whoever wants no motion.
Pointing at a word, or walking to it with the arrow keys, shows it; a click or Enter keeps it, Escape lets go.
"""

from typing import Any

import streamlit as st

from components.captions.looked import likely, name, share, told, where
from components.captions.shown import Shown
from components.radio_group import RADIO_GROUP
from components.setup.colours import coloured
from model_zoo.explain.viridis import COLOURS, OPACITY
from model_zoo.rnn.prediction import Prediction, Word

PAUSE = 150  # ms from word to word


def said(prediction: Prediction, shown: Shown, title: str, *, key: str, id: str) -> None:
    """Show the picture and the words; `title` names the picture. Another `id` is another sentence: it is said anew."""
    data = {
        "id": id,
        "pause": PAUSE,
        "source": shown.uri,
        "ratio": shown.drawn,
        "title": title,
        "grid": prediction.grid,
        "colours": COLOURS,
        "opacity": OPACITY,
        "words": [_told(word, prediction) for word in prediction.said],
    }
    _said(key=key, data=data)


def _told(word: Word, prediction: Prediction) -> dict[str, Any]:
    others = [
        {"text": name(each.text), "share": each.probability, "written": share(each.probability),
         "chosen": each.text == word.text}
        for each in word.alternatives
    ]  # fmt: skip
    if not any(each["chosen"] for each in others):
        others.append({"text": name(word.text), "share": likely(word), "written": share(likely(word)), "chosen": True})
    return {
        "text": word.text,
        "name": name(word.text),
        "told": told(word, prediction.grid),
        "share": likely(word),
        "written": share(likely(word)),
        "given": word.given,
        "attention": word.attention,
        "where": where(word.attention, prediction.grid),
        "open": word.openness if word.attention else None,
        "others": others,
    }


_HTML = """<div class="whole"><figure><img><canvas aria-hidden="true"></canvas></figure><div class="right">
<div class="words" role="radiogroup"></div><p class="hint"></p>
<div class="panel"><p class="head" aria-live="polite"></p><p class="look"></p><div class="gate"></div>
<p class="ask">What it weighed here</p><ol></ol></div></div></div>"""

_CSS = coloured("""
.whole { display: grid; grid-template-columns: minmax(0, 26rem) minmax(0, 1fr); gap: 1rem 2rem; align-items: start;
  font-family: var(--st-font); color: var(--st-text-color); }
figure { position: relative; margin: 0 auto; width: min(100%, calc(24rem * var(--ratio)));
  aspect-ratio: var(--ratio); border-radius: var(--st-base-radius); overflow: hidden; background: SURFACE; }
img, canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.looking img { filter: grayscale(1); }
canvas { opacity: 0; } .looking canvas { opacity: 1; }
.words { display: flex; flex-wrap: wrap; gap: 0.1rem 0.15rem; margin: -4px 0 0 -4px; padding: 4px; }
button { font: 600 1.55rem/1.35 var(--st-font); padding: 0 0.3rem 0.3rem; border: 0; background: none; color: inherit;
  cursor: pointer; border-radius: 6px; max-width: 100%; overflow-wrap: anywhere; }
button i { display: block; height: 4px; border-radius: 2px; background: RULE; }
button i::after { content: ""; display: block; height: 100%; width: var(--share); min-width: 2px; border-radius: 2px;
  background: EDGE; }
button:hover { background: SURFACE; }
button[aria-checked="true"] { box-shadow: 0 0 0 2.5px var(--st-text-color); }
button:focus-visible { outline: 3px solid var(--st-text-color); outline-offset: 1px; }
button.given { font-style: italic; font-weight: 450; text-decoration: underline dotted; text-underline-offset: 0.2em; }
button.end { font-weight: 450; color: FAINT; font-size: 1.1rem; align-self: center; }
button.later { visibility: hidden; }
button.new { animation: new 0.25s; } @keyframes new { from { opacity: 0; transform: translateY(0.3rem); } }
.hint { margin: 0.3rem 0 0.9rem; font-size: 0.85rem; color: FAINT; }
.panel { min-height: 15.5rem; border-top: 1px solid RULE; padding-top: 0.7rem; }
.panel p { margin: 0 0 0.35rem; }
.head { font-size: 1.05rem; font-weight: 600; }
.look { font-size: 0.92rem; } .look:empty, .gate:empty { display: none; }
.gate { display: grid; grid-template-columns: auto minmax(4rem, 9rem) auto; gap: 0.6rem; align-items: center;
  font-size: 0.92rem; justify-content: start; margin-bottom: 0.35rem; }
.panel .ask { margin: 0.8rem 0 0.35rem; font-size: 0.82rem; color: FAINT; }
ol { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.28rem; max-width: 27rem;
  font-variant-numeric: tabular-nums; font-size: 0.92rem; }
li { display: grid; grid-template-columns: minmax(0, 8rem) minmax(0, 1fr) 4.6rem; gap: 0.6rem; align-items: center; }
li span { overflow-wrap: anywhere; } li span:last-child { text-align: right; }
li.chosen { font-weight: 650; } li.chosen span:first-child::before { content: "▸ "; }
.bar { display: block; height: 9px; border-radius: 5px; background: RULE; }
.bar::after { content: ""; display: block; height: 100%; width: var(--share); min-width: 2px; border-radius: 5px;
  background: EDGE; }
.chosen .bar::after { background: var(--st-text-color); }
@media (max-width: 640px) { .whole { grid-template-columns: minmax(0, 1fr); } button { font-size: 1.35rem; }
  li { grid-template-columns: minmax(0, 6rem) minmax(0, 1fr) 4.4rem; } }
@media (prefers-reduced-motion: reduce) { button.new { animation: none; } }
""")

_JS = r"""
const FINE = 120;  // px of the overlay's sides, before the browser makes it as large as the picture

export default function ({ data, parentElement }) {
  const said = (parentElement.said ??= new Said(parentElement));
  if (said.id !== data.id) said.begin(data);
}

class Said {
  constructor(root) {
    for (const name of ["figure", "img", "canvas", ".words", ".hint", ".head", ".look", ".gate", "ol"])
      this[name.replace(".", "")] = root.querySelector(name);
    const button = (e) => e.target.closest("button");
    this.words.addEventListener("click", (e) => { if (button(e)) this.pick(button(e)); });
    for (const kind of ["pointerover", "focusin"])
      this.words.addEventListener(kind, (e) => { if (button(e)) { this.finish(); this.show(button(e)); } });
    this.words.addEventListener("pointerleave", () => this.show(this.picked));
    this.words.addEventListener("focusout", () => this.show(this.picked));
    this.words.addEventListener("keydown", (e) => {
      if (e.key === "Escape") { this.picked = null; this.rest(); } else move(this.words, e, (node) => this.pick(node));
    });
  }

  begin(data) {
    clearTimeout(this.timer);
    this.id = data.id; this.data = data; this.picked = null;
    this.img.src = data.source; this.img.alt = data.title;
    this.figure.style.setProperty("--ratio", data.ratio);
    const sentence = data.words.map((word) => word.text).join(" ").trim();
    this.words.setAttribute("aria-label", `The caption: ${sentence}. Walk through its words with the arrow keys.`);
    this.words.replaceChildren(...data.words.map(button));
    this.hint.textContent = data.words.some((word) => word.attention.length)
      ? "Point at a word: where the network looked before it, and what else it weighed."
      : "This network saw the picture once, before its first word. Point at a word for what else it weighed.";
    mark(this.words, 0);
    for (const node of this.words.children) node.setAttribute("aria-checked", false);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden) return this.finish(true);
    this.later = [...this.words.children].filter((_, i) => !data.words[i].given);
    for (const node of this.later) node.className += " later";
    this.show(null); this.say();
  }

  say() {  // one word more
    const node = this.later?.shift();
    if (!node) return this.finish();
    node.classList.remove("later"); node.classList.add("new");
    this.show(node);
    this.timer = setTimeout(() => this.say(), this.data.pause);
  }

  finish(first = false) {  // all words stand there, and one is shown: where it looked most through its gate
    if (!this.later && !first) return;
    clearTimeout(this.timer); this.later = null;
    for (const node of this.words.children) node.classList.remove("later");
    const own = [...this.words.children].filter((_, i) => !this.data.words[i].given && this.data.words[i].text);
    const open = (node) => this.data.words[node.dataset.id].open ?? 0;
    this.picked = own.reduce((best, node) => (best && open(best) >= open(node) ? best : node), null);
    this.rest();
  }

  pick(node) { this.finish(); this.picked = node; this.rest(); node.focus(); }

  rest() {
    mark(this.words, this.picked?.dataset.id ?? 0);
    if (!this.picked) for (const node of this.words.children) node.setAttribute("aria-checked", false);
    this.show(this.picked);
  }

  show(node) {
    const word = node && this.data.words[node.dataset.id], at = (name) => this.data[name];
    this.figure.classList.toggle("looking", !!word?.attention.length);
    if (!word) {
      this.head.textContent = "No word is picked."; this.look.textContent = "";
      this.gate.replaceChildren(); this.ol.replaceChildren();
      return;
    }
    if (word.attention.length) paint(this.canvas, word.attention, at("grid"), at("colours"), at("opacity"));
    const looked = word.where ? `; before “${word.name}” the network looked ${word.where}` : "";
    this.img.alt = `${this.data.title}${looked}`;
    const whose = word.given ? "your word; the network gave it" : "the network gave it";
    this.head.textContent = `“${word.name}”: ${whose} ${word.written}.`;
    this.look.textContent = word.where ? `Before it, the network looked ${word.where}.` : "";
    this.gate.replaceChildren(...(word.open === null ? [] : gate(word.open)));
    this.ol.replaceChildren(...word.others.map(other));
  }
}

function button(word, place) {
  const node = document.createElement("button"), bar = document.createElement("i");
  node.type = "button"; node.dataset.id = place; node.textContent = word.name;
  node.className = word.given ? "given" : word.text ? "" : "end";
  node.setAttribute("role", "radio"); node.setAttribute("aria-label", word.told);
  bar.style.setProperty("--share", `${100 * word.share}%`); node.append(bar);
  return node;
}

function gate(open) {
  const percent = `${Math.round(100 * open)} %`;
  return [part("span", "Gate open"), bar(open), part("span", `${percent}: how much of what it saw it used`)];
}

function other({ text, share, written, chosen }) {
  const row = document.createElement("li");
  row.className = chosen ? "chosen" : ""; row.append(part("span", text), bar(share), part("span", written));
  return row;
}

function part(tag, text) { const node = document.createElement(tag); node.textContent = text; return node; }
function bar(share) {
  const node = part("i", "");
  node.className = "bar"; node.style.setProperty("--share", `${100 * share}%`);
  return node;
}

function paint(canvas, attention, [rows, columns], colours, opacity) {  // smooth: a cubic B-spline through the grid
  const [down, across] = [weights(rows), weights(columns)], strength = new Float32Array(FINE * FINE);
  for (let y = 0; y < FINE; y++) for (let x = 0; x < FINE; x++)
    for (const [r, high] of down[y]) for (const [c, wide] of across[x])
      strength[y * FINE + x] += high * wide * attention[r * columns + c];
  const most = strength.reduce((a, b) => Math.max(a, b), 1e-9);
  const steps = colours.map((code) => [0, 2, 4].map((i) => parseInt(code.slice(i, i + 2), 16)));
  canvas.width = canvas.height = FINE;
  const context = canvas.getContext("2d"), image = context.createImageData(FINE, FINE);
  strength.forEach((value, i) => {
    const s = value / most, at = s * (steps.length - 1), low = Math.min(steps.length - 2, Math.floor(at));
    const colour = steps[low].map((part, k) => part + (at - low) * (steps[low + 1][k] - part));
    image.data.set([...colour, 255 * opacity * s], 4 * i);
  });
  context.putImageData(image, 0, 0);
}

function weights(count) {  // of every pixel: which cells it is mixed from, and how much of each
  return [...Array(FINE)].map((_, pixel) => {
    const at = ((pixel + 0.5) / FINE) * count - 0.5, first = Math.floor(at), t = at - first, u = 1 - t;
    const parts = [u ** 3, 3 * t ** 3 - 6 * t * t + 4, 3 * u ** 3 - 6 * u * u + 4, t ** 3].map((part) => part / 6);
    return parts.map((part, k) => [Math.min(count - 1, Math.max(0, first - 1 + k)), part]);
  });
}
"""

_said = st.components.v2.component("thaw.said", html=_HTML, css=_CSS, js=_JS + RADIO_GROUP)
