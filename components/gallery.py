"""A grid of thumbnails, each with a line of words: what a picture is and what it was taken for.

An own widget (Streamlit component, version 2): names reach the page as text, never as markup.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import streamlit as st
from PIL import Image

from components.configurations import Mark, drawing

MOST_SHOWN = 60


@dataclass(frozen=True)
class Caption:
    """What stands below a picture: its file's name, its true class, and what was predicted, one line each.

    `drawn` has, for each line, the marks (drawn by `configurations.drawing`) of those who predicted so; or is empty.
    """

    name: str
    true: str = ""
    predicted: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()


def gallery(
    pictures: np.ndarray,
    captions: Sequence[Caption],
    *,
    key: str,
    label: str = "Pictures",
    legend: Sequence[Mark] = (),
) -> None:
    """Show pictures (n, 3, S, S) of uint8 with their captions; beyond MOST_SHOWN a line says how many are not shown.

    Arrow keys go from picture to picture; `label` names the list to screen readers; `legend` explains the marks that
    captions have.
    Raises ValueError where there is not one caption a picture.
    """
    if len(pictures) != len(captions):
        raise ValueError(f"There must be one caption a picture, got {len(captions)} for {len(pictures)} pictures.")
    shown = [
        asdict(caption) | {"source": data_uri(picture)}
        for picture, caption in zip(pictures[:MOST_SHOWN], captions[:MOST_SHOWN], strict=True)
    ]
    data = {"label": label, "pictures": shown, "left_out": max(0, len(pictures) - MOST_SHOWN)}
    _gallery(key=key, data=data | {"legend": [[drawing(mark), mark.label] for mark in legend]})


def data_uri(picture: np.ndarray) -> str:
    """Encode a picture (3, S, S) of uint8 as a WebP data URI. Raises ValueError for another shape or type."""
    if picture.ndim != 3 or picture.shape[0] != 3 or picture.dtype != np.uint8:
        raise ValueError(f"A picture must be (3, S, S) of uint8, got {picture.shape} of {picture.dtype}.")
    stream = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0)))
    image.save(stream, "WEBP", quality=88, method=2)
    return _uri("webp", stream.getvalue())


def data_uri_of_png(png: bytes) -> str:
    """Give a PNG that the program drew as a data URI."""
    return _uri("png", png)


def _uri(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64," + base64.b64encode(content).decode("ascii")


_HTML = """<div class="legend"></div><ul class="gallery"></ul><p class="more"></p>"""

_CSS = """
.gallery { list-style: none; margin: 0; padding: 4px; display: grid; gap: 0.75rem;
  grid-template-columns: repeat(auto-fill, minmax(min(6.75rem, 28vw), 1fr));
  font-family: var(--st-font); color: var(--st-text-color); font-size: 0.8rem; }
li { border-radius: var(--st-base-radius); min-width: 0; }
li:focus-visible { outline: 3px solid var(--st-text-color); outline-offset: 3px; }
img { display: block; width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: var(--st-base-radius);
  background: var(--st-secondary-background-color); }
p { margin: 0.3rem 0 0; line-height: 1.25; overflow-wrap: anywhere; }
.true { font-weight: 600; }
.predicted:not(.marked)::before { content: "→ "; opacity: 0.8; }
.marked { display: flex; flex-wrap: wrap; align-items: center; gap: 0 0.25rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.4rem; margin: 0 4px 0.8rem; font-family: var(--st-font);
  color: var(--st-text-color); font-size: 0.85rem; } .legend:empty { display: none; }
.legend span { display: flex; align-items: center; gap: 0.4rem; }
.name { font-size: 0.72rem; opacity: 0.8; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
li:focus .name, li:hover .name { white-space: normal; }
.more { font-family: var(--st-font); color: var(--st-text-color); font-size: 0.85rem; } .more:empty { display: none; }
"""

_JS = r"""
export default function ({ data, parentElement }) {
  const list = parentElement.querySelector(".gallery");
  list.setAttribute("aria-label", data.label);
  const legend = data.legend.map(([mark, label]) => marked("span", mark, label));
  parentElement.querySelector(".legend").replaceChildren(...legend);
  list.replaceChildren(...data.pictures.map(item));
  if (list.firstChild) list.firstChild.tabIndex = 0;
  list.onkeydown = (e) => move(list, e);
  parentElement.querySelector(".more").textContent = data.left_out ? `… and ${data.left_out} more.` : "";
}

function item({ name, true: truth, predicted, drawn, source }) {
  const li = document.createElement("li"), img = document.createElement("img");
  img.src = source; img.alt = name; img.loading = "lazy"; img.decoding = "async";
  const guesses = predicted.map((words, i) => line("predicted", words, drawn[i]));
  li.tabIndex = -1; li.title = name; li.append(img, line("true", truth), ...guesses, line("name", name));
  return li;
}

function line(kind, words, mark = "") {
  const p = mark ? marked("p", mark, words) : document.createElement("p");
  p.className = kind + (mark ? " marked" : ""); p.hidden = !words;
  if (!mark) p.textContent = words;
  return p;
}

function marked(tag, mark, words) {
  const element = document.createElement(tag);
  element.innerHTML = mark;  // drawn by the program; holds no visitor's text
  element.append(words);
  return element;
}

function move(list, e) {
  const items = [...list.children], here = items.indexOf(e.target);
  const columns = items.filter((li) => li.offsetTop === items[0].offsetTop).length;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[e.key];
  const to = e.key === "Home" ? 0 : e.key === "End" ? items.length - 1 : here + step;
  if (here < 0 || !items[to]) return;
  items[here].tabIndex = -1; items[to].tabIndex = 0; items[to].focus();
  e.preventDefault();
}
"""

_gallery = st.components.v2.component("thaw.gallery", html=_HTML, css=_CSS, js=_JS)
