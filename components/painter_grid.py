"""The painter in the browser: its look, and what pointer, finger and keyboard do.

An own widget (Streamlit component, version 2). `components.painter` tells it stages, epochs, colours and a painting
with its revision; it tells back the painting after each stroke, one revision higher.
"""

import streamlit as st

_HTML = """
<div class="painter">
  <fieldset class="palette"><legend>Paint with</legend></fieldset>
  <div class="scroll"><div class="grid" role="grid" aria-label="Stages by epochs"></div></div>
  <div class="foot">
    <button type="button" class="undo">Undo</button>
    <span class="help">Drag over cells; click a stage or an epoch to fill it. Keys: arrows move (with Shift they paint),
    Space paints, 1–5 choose and paint, R fills the row, C the column, Ctrl+Z undoes.</span>
  </div>
  <div class="hidden said" aria-live="polite"></div>
</div>
"""

_CSS = """
.painter { font-family: var(--st-font); color: var(--st-text-color); font-size: 0.875rem; }
.palette { border: 0; margin: 0 0 0.6rem; padding: 0; display: flex; flex-wrap: wrap; gap: 0.35rem; }
.palette legend { float: left; padding: 0.25rem 0.5rem 0.25rem 0; font-weight: 600; }
.palette label { display: inline-flex; align-items: center; gap: 0.4rem; padding: 0.25rem 0.6rem 0.25rem 0.35rem;
  border: 1px solid var(--st-border-color); border-radius: 999px; cursor: pointer; }
.palette label:has(input:checked) { border-color: currentColor; box-shadow: inset 0 0 0 1px; font-weight: 600; }
.palette label:has(input:focus-visible) { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.palette input, .hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.swatch { width: 1.3rem; height: 1.3rem; border-radius: 999px; display: grid; place-items: center; font-size: 0.7rem;
  font-weight: 600; border: 1px solid var(--st-border-color); box-sizing: border-box; }
.scroll { overflow-x: auto; padding: 3px; margin: -3px; }
.grid { display: grid; gap: 2px; user-select: none; -webkit-user-select: none; width: 100%; }
.row { display: contents; }
.head { display: flex; align-items: center; justify-content: center; cursor: pointer; font-size: 0.75rem; opacity: 0.85;
  border-radius: 4px; min-height: 1.5rem; font-variant-numeric: tabular-nums; }
.head.stage { justify-content: flex-end; padding: 0 0.5rem; position: sticky; left: 0; z-index: 1; opacity: 1;
  background: var(--st-background-color); white-space: nowrap; max-width: 9rem; overflow: hidden; }
.head:hover { background: var(--st-secondary-background-color); opacity: 1; }
.cell { height: 2.1rem; border-radius: 4px; box-shadow: inset 0 0 0 1px var(--st-border-color); cursor: crosshair;
  touch-action: none; display: grid; place-items: center; font-size: 0.7rem; font-variant-numeric: tabular-nums;
  transition: background-color 80ms; }
.row.last .cell { margin-top: 5px; } .row.last .head { margin-top: 5px; }
.cell:hover { filter: brightness(1.06); }
.cell:focus-visible, .head:focus-visible { outline: 3px solid var(--st-text-color); outline-offset: -1px; z-index: 2; }
.narrow .cell { font-size: 0; }
.foot { display: flex; gap: 0.8rem; align-items: flex-start; margin-top: 0.6rem; }
.undo { font: inherit; color: inherit; background: transparent; border: 1px solid var(--st-border-color);
  border-radius: var(--st-button-radius); padding: 0.25rem 0.8rem; cursor: pointer; }
.undo:disabled { opacity: 0.45; cursor: default; }
.undo:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.help { font-size: 0.8rem; opacity: 0.8; line-height: 1.4; }
@media (prefers-reduced-motion: reduce) { .cell { transition: none; } }
"""

_JS = r"""
export default function ({ data, parentElement, setStateValue }) {
  const painter = (parentElement.painter ??= new Painter(parentElement));
  painter.tell = (value) => setStateValue("painted", value);
  painter.update(data);
  return () => painter.flush();
}

class Painter {
  constructor(root) {
    this.root = root;
    this.grid = root.querySelector(".grid");
    this.undoButton = root.querySelector(".undo");
    this.undo = []; this.focus = [0, 0]; this.brush = 1; this.timer = 0;
    this.grid.addEventListener("pointerdown", (e) => this.press(e));
    this.grid.addEventListener("pointermove", (e) => this.drag(e));
    for (const end of ["pointerup", "pointercancel"]) this.grid.addEventListener(end, () => this.lift());
    this.grid.addEventListener("click", (e) => this.clickHead(e));
    this.grid.addEventListener("keydown", (e) => this.key(e));
    this.grid.addEventListener("focusout", () => this.flush());
    this.grid.addEventListener("focusin", (e) => { const at = this.place(e.target); if (at) this.rove(at, false); });
    this.undoButton.addEventListener("click", () => this.takeBack());
  }

  // ---- what Python says
  update(data) {
    const before = this.data;
    const same = before && before.origin === data.origin && "" + before.stages === "" + data.stages;
    this.data = data;
    if (!same || data.revision > this.revision) this.map = structuredClone(data.map);
    if (!same) { this.undo = []; this.revision = data.revision; this.brush = data.palette.length - 1; }
    this.revision = Math.max(this.revision, data.revision);
    this.colours = { ...this.colours, ...data.colours };
    for (const row of Object.values(this.map)) while (row.length < data.epochs) row.push(row.at(-1));
    if (!same || before.epochs !== data.epochs) this.build();
    this.paintAll();
  }

  build() {
    const { stages, epochs, palette } = this.data;
    const fieldset = this.root.querySelector(".palette");
    for (const label of fieldset.querySelectorAll("label")) label.remove();
    palette.forEach((entry, i) => fieldset.append(this.paletteEntry(entry, i)));
    this.grid.replaceChildren();
    this.grid.style.gridTemplateColumns = `auto repeat(${epochs}, minmax(14px, 1fr))`;
    this.root.querySelector(".painter").classList.toggle("narrow", epochs > 14);
    this.cells = [];
    for (let r = -1; r < stages.length; r++) this.grid.append(this.buildRow(r));
    this.focus = [Math.min(this.focus[0], stages.length - 1), Math.min(this.focus[1], epochs - 1)];
    this.at(this.focus).tabIndex = 0;
  }

  paletteEntry({ factor, words }, i) {
    const label = document.createElement("label"), input = document.createElement("input");
    const swatch = document.createElement("span");
    Object.assign(input, { type: "radio", name: "brush", value: i, checked: i === this.brush });
    input.addEventListener("change", () => { this.brush = i; });
    swatch.className = "swatch"; swatch.textContent = i + 1;
    [swatch.style.background, swatch.style.color] = this.colours[factor];
    label.append(input, swatch, `${factor} · ${words}`);
    return label;
  }

  buildRow(r) {
    const { stages, epochs } = this.data, row = document.createElement("div"), cells = [];
    row.className = r === stages.length - 1 ? "row last" : "row";
    row.setAttribute("role", "row");
    for (let c = -1; c < epochs; c++) {
      const cell = document.createElement("div");
      const head = r < 0 || c < 0;
      cell.className = !head ? "cell" : c < 0 ? "head stage" : "head";
      cell.setAttribute("role", r < 0 ? "columnheader" : c < 0 ? "rowheader" : "gridcell");
      cell.tabIndex = -1; cell.dataset.r = r; cell.dataset.c = c;
      if (head) cell.textContent = r < 0 && c < 0 ? "epoch" : r < 0 ? this.numbered(c) : stages[r];
      if (r >= 0 && c < 0) cell.title = `${stages[r]}: fill the row`;
      if (r < 0 && c >= 0) cell.title = `epoch ${c + 1}: fill the column`;
      row.append(cell); cells.push(cell);
    }
    this.cells.push(cells);
    return row;
  }

  numbered(c) { const every = Math.max(1, Math.round(this.data.epochs / 12)); return c % every ? "" : c + 1; }

  // ---- cells
  at([r, c]) { return this.cells[r + 1][c + 1]; }
  place(node) { const cell = node?.closest?.("[data-r]"); return cell ? [+cell.dataset.r, +cell.dataset.c] : null; }
  factor(r, c) { return this.map[this.data.stages[r]][c]; }

  paintAll() {
    this.data.stages.forEach((_, r) => { for (let c = 0; c < this.data.epochs; c++) this.show(r, c); });
    this.undoButton.disabled = !this.undo.length;
  }

  show(r, c) {
    const cell = this.at([r, c]), factor = this.factor(r, c);
    [cell.style.backgroundColor, cell.style.color] = this.colours[factor];
    cell.textContent = +factor.toPrecision(2);
    const pace = factor ? factor + " of the rate" : "frozen";
    cell.setAttribute("aria-label", `${this.data.stages[r]}, epoch ${c + 1}: ${pace}`);
  }

  paint(r, c) {
    const factor = this.data.palette[this.brush].factor;
    if (r < 0 && c < 0) return;
    const rows = r < 0 ? this.data.stages.keys() : [r];
    for (const row of rows) {
      const columns = c < 0 ? Array(this.data.epochs).keys() : [c];
      for (const column of columns) { this.map[this.data.stages[row]][column] = factor; this.show(row, column); }
    }
  }

  // ---- one stroke: kept for undo, told to Python when it ends
  begin() { this.before = structuredClone(this.map); }
  end(wait = 0) {
    if (JSON.stringify(this.before) !== JSON.stringify(this.map)) { this.undo.push(this.before); this.report(wait); }
    this.undoButton.disabled = !this.undo.length;
  }
  takeBack() {
    if (!this.undo.length) return;
    this.map = this.undo.pop();
    for (const row of Object.values(this.map)) while (row.length < this.data.epochs) row.push(row.at(-1));
    this.paintAll(); this.say("Undone."); this.report(0);
  }
  report(wait) {
    this.revision++; this.pending = true;
    clearTimeout(this.timer);
    if (wait) this.timer = setTimeout(() => this.flush(), wait); else this.flush();
  }
  flush() {
    clearTimeout(this.timer);
    if (!this.pending) return;
    this.pending = false;
    const { origin, stages } = this.data;
    this.tell({ origin, stages, revision: this.revision, map: structuredClone(this.map) });
  }
  say(words) { this.root.querySelector(".said").textContent = words; }

  // ---- pointer
  press(e) {
    const at = this.place(e.target);
    if (!at || at[0] < 0 || at[1] < 0 || e.button) return;
    e.preventDefault();
    this.grid.setPointerCapture(e.pointerId);
    this.begin(); this.last = at; this.paint(...at); this.rove(at);
  }
  drag(e) {
    if (!this.last) return;
    const at = this.place(this.root.elementFromPoint(e.clientX, e.clientY));
    if (!at || at[0] < 0 || at[1] < 0) return;
    const steps = Math.max(1, Math.abs(at[0] - this.last[0]), Math.abs(at[1] - this.last[1]));
    const between = (k, i) => Math.round(this.last[k] + ((at[k] - this.last[k]) * i) / steps);
    for (let i = 1; i <= steps; i++) this.paint(between(0, i), between(1, i));
    this.last = at;
  }
  lift() { if (this.last) { this.last = null; this.end(); } }
  clickHead(e) {
    const at = this.place(e.target);
    if (!at || (at[0] >= 0 && at[1] >= 0)) return;
    this.stroke(at, 0); this.rove(at);
  }
  stroke(at, wait) { this.begin(); this.paint(...at); this.end(wait); }

  // ---- keyboard: one cell of the grid is in the tab order, arrows move it
  rove(at, focus = true) {
    this.at(this.focus).tabIndex = -1;
    this.focus = at; this.at(at).tabIndex = 0;
    if (focus) this.at(at).focus();
  }
  key(e) {
    const { stages, epochs, palette } = this.data, [r, c] = this.focus;
    const to = { ArrowUp: [r - 1, c], ArrowDown: [r + 1, c], ArrowLeft: [r, c - 1], ArrowRight: [r, c + 1],
      Home: [r, -1], End: [r, epochs - 1] }[e.key];
    const command = e.ctrlKey || e.metaKey, letter = e.key.toLowerCase();
    if (to) {
      const at = [Math.min(stages.length - 1, Math.max(-1, to[0])), Math.min(epochs - 1, Math.max(-1, to[1]))];
      this.rove(at);
      if (e.shiftKey && at[0] >= 0 && at[1] >= 0) this.keyStroke(at);
    } else if (command && letter === "z") this.takeBack();
    else if (command || e.altKey) return;
    else if (e.key === " " || e.key === "Enter") this.keyStroke([r, c]);
    else if (/^[1-9]$/.test(e.key) && +e.key <= palette.length) { this.choose(+e.key - 1); this.keyStroke([r, c]); }
    else if (letter === "r" && r >= 0) this.keyStroke([r, -1]);
    else if (letter === "c" && c >= 0) this.keyStroke([-1, c]);
    else return;
    e.preventDefault(); e.stopPropagation();
  }
  keyStroke(at) {
    this.stroke(at, 250);
    const { stages, palette } = this.data, [r, c] = at;
    const where = [r < 0 ? "all stages" : stages[r], c < 0 ? "all epochs" : `epoch ${c + 1}`].join(", ");
    this.say(`${where}: ${palette[this.brush].factor}`);
  }
  choose(i) { this.brush = i; this.root.querySelectorAll(".palette input")[i].checked = true; }
}
"""

grid = st.components.v2.component("thaw.painter", html=_HTML, css=_CSS, js=_JS)
