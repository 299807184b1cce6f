"""The confusion matrix as a widget: pick a cell, by click or by keyboard, and learn which pictures are behind it.

An own widget (Streamlit component, version 2). It counts pictures, so it is grey: temperature means something else.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import streamlit as st


class Cell(NamedTuple):
    """A cell of the matrix: indices of the true and the predicted class."""

    true: int
    predicted: int


def confusion_counts(
    true: Sequence[int] | np.ndarray, predicted: Sequence[int] | np.ndarray, classes: int
) -> np.ndarray:
    """Count pictures by true class (row) and predicted class (column): (classes, classes)."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (np.asarray(true, dtype=np.int64), np.asarray(predicted, dtype=np.int64)), 1)
    return counts


def confusion_matrix(classes: Sequence[str], counts: np.ndarray | Sequence[Sequence[int]], *, key: str) -> Cell | None:
    """Show the matrix, rows true, columns predicted, and give the picked cell; picking it again lets go of it.

    Raises ValueError where `counts` is not (classes, classes).
    """
    table = np.asarray(counts)
    if table.shape != (len(classes), len(classes)):
        raise ValueError(
            f"counts must be {len(classes)} × {len(classes)}, a row and a column for each class, got {table.shape}."
        )
    kept = _accepted((st.session_state.get(key) or {}).get("cell"), len(classes))
    result = _matrix(
        key=key,
        data={"classes": list(classes), "counts": table.tolist(), "cell": kept},
        default={"cell": None},
        on_cell_change=_nothing,
    )
    return _accepted(result.cell, len(classes))


def _nothing() -> None:
    """Declare the state to Streamlit; the cell is read from the result."""


def _accepted(told: Any, classes: int) -> Cell | None:
    """Take what the browser says only if it is a cell of this matrix."""
    if not isinstance(told, Mapping):
        return None
    indices = [i for i in (told.get("true"), told.get("predicted")) if isinstance(i, int) and 0 <= i < classes]
    return Cell(*indices) if len(indices) == 2 else None


_HTML = """
<div class="matrix">
  <div class="scroll"><table role="grid" aria-label="Confusion matrix, rows true, columns predicted"></table></div>
  <p class="said" aria-live="polite"></p>
</div>
"""

_CSS = """
.matrix { font-family: var(--st-font); color: var(--st-text-color); font-size: 0.8rem; }
.scroll { overflow: auto; max-height: min(70vh, 36rem); border-radius: var(--st-base-radius); }
table { border-collapse: separate; border-spacing: 2px; font-variant-numeric: tabular-nums; }
th { font-weight: 400; background: var(--st-background-color); z-index: 1; }
thead th { position: sticky; top: 0; vertical-align: bottom; }
tbody th, .corner { position: sticky; left: 0; text-align: right; padding-right: 0.5rem; }
.corner { z-index: 3; font-size: 0.7rem; }
.corner .name { white-space: pre; }
.name { display: block; max-width: 7.5rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
thead .name { margin: 0 auto; max-height: 7rem; max-width: none; padding: 2px 0; }
.tall thead th:not(.corner) .name { writing-mode: vertical-rl; transform: rotate(180deg); }
.cell { min-width: 2.8rem; height: 2.8rem; padding: 0 0.2rem; text-align: center; cursor: pointer; border-radius: 4px;
  background: color-mix(in srgb, var(--st-text-color) calc(var(--share) * 34%), var(--st-background-color));
  box-shadow: inset 0 0 0 1.5px color-mix(in srgb, var(--st-text-color) var(--edge, 12%), transparent);
  line-height: 1.15; }
.cell.right { font-weight: 700; --edge: 55%; }
.cell small { display: block; font-size: 0.68rem; font-weight: 400; }
.many .cell { min-width: 1.7rem; height: 1.7rem; font-size: 0.72rem; } .many .cell small { display: none; }
.cell.none { color: transparent; }
.cell:hover { --edge: 80%; }
.cell[aria-selected="true"] { box-shadow: inset 0 0 0 3px var(--st-text-color); }
.cell:focus-visible { outline: 3px solid var(--st-text-color); outline-offset: 1px; }
.said { min-height: 1.3em; margin: 0.5rem 0 0; font-size: 0.85rem; overflow-wrap: anywhere; }
"""

_JS = r"""
export default function ({ data, parentElement, setStateValue }) {
  const matrix = (parentElement.matrix ??= new Matrix(parentElement));
  matrix.tell = (cell) => setStateValue("cell", cell);
  matrix.update(data);
}

class Matrix {
  constructor(root) {
    this.root = root; this.table = root.querySelector("table"); this.focus = [0, 0]; this.picked = null;
    this.table.addEventListener("click", (e) => this.click(e));
    this.table.addEventListener("keydown", (e) => this.key(e));
    for (const kind of ["focusin", "pointerover"])
      this.table.addEventListener(kind, (e) => { const at = this.place(e.target); if (at) this.say(at); });
    this.table.addEventListener("pointerleave", () => this.say(this.picked));
  }

  update(data) {
    const drawn = JSON.stringify([data.classes, data.counts]);
    if (drawn !== this.drawn) {
      this.data = data; this.drawn = drawn; this.picked = data.cell;
      this.build();
    }
    this.mark(); this.say(this.picked);
  }

  build() {
    const { classes, counts } = this.data, matrix = this.root.querySelector(".matrix");
    matrix.classList.toggle("many", classes.length > 12);
    matrix.classList.toggle("tall", classes.length > 4);
    this.totals = counts.map((row) => row.reduce((sum, n) => sum + n, 0));
    this.focus = this.inside(this.focus);
    const [head, body, top] = ["thead", "tbody", "tr"].map((tag) => document.createElement(tag));
    top.append(this.header("predicted →\ntrue ↓", "corner"), ...classes.map((name) => this.header(name, "", "col")));
    head.append(top);
    body.append(...classes.map((name, r) => this.row(name, r)));
    this.table.replaceChildren(head, body);
    this.cell(this.focus).tabIndex = 0;
  }

  header(name, kind, scope) {
    const th = document.createElement("th"), span = document.createElement("span");
    th.className = kind; if (scope) { th.scope = scope; th.title = name; }
    span.className = "name"; span.textContent = name;
    th.append(span);
    return th;
  }

  row(name, r) {
    const tr = document.createElement("tr");
    tr.append(this.header(name, "", "row"));
    this.data.counts[r].forEach((count, c) => {
      const td = document.createElement("td"), share = this.totals[r] ? count / this.totals[r] : 0;
      td.className = "cell" + (r === c ? " right" : "") + (count ? "" : " none");
      td.setAttribute("role", "gridcell"); td.setAttribute("aria-label", this.words([r, c]));
      td.tabIndex = -1; td.dataset.r = r; td.dataset.c = c;
      td.style.setProperty("--share", Math.sqrt(share).toFixed(3));
      td.textContent = count;
      const percent = document.createElement("small");
      percent.textContent = count ? this.percent(share) : "";
      td.append(percent); tr.append(td);
    });
    return tr;
  }

  words([r, c]) {
    const { classes, counts } = this.data, count = counts[r][c], total = this.totals[r];
    const share = total ? `, ${this.percent(count / total)} of the ${total} that are ${classes[r]}` : "";
    const what = r === c ? `${classes[r]}, recognised` : `${classes[r]}, taken for ${classes[c]}`;
    return `${what}: ${count} ${count === 1 ? "picture" : "pictures"}${share}`;
  }

  percent(share) { return share > 0 && share < 0.01 ? "< 1 %" : `${Math.round(share * 100)} %`; }
  cell([r, c]) { return this.table.tBodies[0].rows[r].cells[c + 1]; }
  place(node) { const td = node.closest?.("td"); return td ? [+td.dataset.r, +td.dataset.c] : null; }
  inside(at) { const last = this.data.classes.length - 1; return at.map((i) => Math.min(last, Math.max(0, i))); }
  say(at) { this.root.querySelector(".said").textContent = at ? this.words(at) : "Pick a cell to see its pictures."; }

  mark() {
    for (const td of this.table.querySelectorAll("[aria-selected]")) td.removeAttribute("aria-selected");
    if (this.picked) this.cell(this.picked).setAttribute("aria-selected", "true");
  }

  click(e) {
    const at = this.place(e.target);
    if (at) { this.rove(at); this.pick(at); }
  }

  pick(at) {
    this.picked = this.picked && "" + this.picked === "" + at ? null : at;
    this.mark();
    this.tell(this.picked && { true: this.picked[0], predicted: this.picked[1] });
  }

  rove(at) {
    this.cell(this.focus).tabIndex = -1;
    this.focus = at; this.cell(at).tabIndex = 0; this.cell(at).focus();
  }

  key(e) {
    const [r, c] = this.focus, last = this.data.classes.length - 1;
    const to = { ArrowUp: [r - 1, c], ArrowDown: [r + 1, c], ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1],
      Home: [r, 0], End: [r, last], PageUp: [r - 10, c], PageDown: [r + 10, c] }[e.key];
    if (to) this.rove(this.inside(to));
    else if (e.key === "Enter" || e.key === " ") this.pick(this.focus);
    else if (e.key === "Escape" && this.picked) this.pick(this.picked);
    else return;
    e.preventDefault(); e.stopPropagation();
  }
}
"""

_matrix = st.components.v2.component("thaw.matrix", html=_HTML, css=_CSS, js=_JS)
