"""Cards to tick in the browser, strategies or classifiers: their look, their sheets of knobs, what ticking does.

An own widget (Streamlit component, version 2). Python holds what is chosen; the browser sends the whole choice after
each change, numbered, so that a quick second click is not undone.
"""

import streamlit as st

from components.setup.colours import coloured

_HTML = """<p class="trouble" role="alert"></p><div class="cards" role="group"></div>"""

_CSS = coloured("""
:host, .cards { font-family: var(--st-font); color: var(--st-text-color); font-size: 0.875rem; line-height: 1.3; }
.trouble { font-family: var(--st-font); margin: 0 0 0.6rem; padding: 0.5rem 0.75rem; border: 1px solid EDGE;
  border-left-width: 4px; border-radius: var(--st-base-radius); color: var(--st-text-color); font-size: 0.9rem; }
.trouble:empty { display: none; }
.cards { display: grid; gap: 0.7rem; padding: 3px;
  grid-template-columns: repeat(auto-fill, minmax(min(9.5rem, 46%), 1fr)); }
.card { display: flex; flex-direction: column; gap: 0.4rem; padding: 0.6rem 0.65rem 0.45rem; border: 1px solid RULE;
  border-radius: var(--st-base-radius); background: var(--st-background-color); min-width: 0; }
.card:hover { border-color: EDGE; }
.card.on { border-color: var(--st-text-color); box-shadow: inset 0 0 0 1px var(--st-text-color); }
.pick { display: flex; flex-direction: column; gap: 0.5rem; cursor: pointer; flex: 1; }
.line { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.45rem; align-items: start; }
.name { font-weight: 500; overflow-wrap: anywhere; } .on .name { font-weight: 600; }
input[type=checkbox] { appearance: none; margin: 0.08rem 0 0; width: 1.05rem; height: 1.05rem; border: 1.5px solid EDGE;
  border-radius: 4px; display: grid; place-items: center; cursor: pointer; background: var(--st-background-color); }
input[type=checkbox]:checked { background: var(--st-primary-color); border-color: var(--st-primary-color); }
input[type=checkbox]:checked::after { content: "✓"; color: #fff; font-size: 0.8rem; line-height: 1; }
:is(input, button, select):focus-visible { outline: 3px solid var(--st-text-color); outline-offset: 2px; }
.foot { display: flex; align-items: center; justify-content: space-between; gap: 0.4rem; min-height: 1.6rem; }
button { font: inherit; color: inherit; background: none; border: 0; cursor: pointer; padding: 0.15rem 0.45rem;
  border-radius: var(--st-button-radius); }
.chip { font-size: 0.8rem; margin-left: -0.45rem; color: FAINT; min-width: 0; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.chip::after { content: " ▾"; font-size: 0.7em; } .chip:hover { background: SURFACE; color: inherit; }
.chip.set { border: 1px solid EDGE; margin-left: 0; color: inherit; }
.mark { line-height: 0; }
.sheet { position: fixed; inset: auto; margin: 0; width: min(21rem, calc(100vw - 2rem)); box-sizing: border-box;
  padding: 0.9rem 1rem 1rem; border: 1px solid EDGE; border-radius: var(--st-base-radius); max-height: 80vh;
  background: var(--st-background-color); color: var(--st-text-color); overflow: auto;
  box-shadow: 0 8px 30px rgb(0 0 0 / 0.25); }
.sheet h3 { margin: 0 0 0.35rem; font-size: 1rem; } .sheet p { margin: 0 0 0.5rem; line-height: 1.45; }
.sheet .reference { font-size: 0.78rem; color: FAINT; }
.knob { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0.1rem 0.8rem; align-items: center;
  padding: 0.5rem 0; border-top: 1px solid RULE; }
.knob b { font-weight: 600; } .knob small { grid-column: 1; color: FAINT; line-height: 1.35; font-size: 0.78rem; }
.knob :is(input, select) { grid-row: 1 / span 2; grid-column: 2; font: inherit; color: inherit; width: 6.2rem;
  padding: 0.3rem 0.45rem; border: 1px solid EDGE; border-radius: 6px; background: var(--st-background-color);
  box-sizing: border-box; }
.knob input:invalid { border-width: 2px; border-style: dashed; }
.ways { display: flex; gap: 0.5rem; flex-wrap: wrap; padding-top: 0.4rem; }
.ways button { border: 1px solid EDGE; padding: 0.3rem 0.7rem; } .ways button:hover { background: SURFACE; }
[hidden] { display: none !important; }
""")

_JS = r"""
export default function ({ data, parentElement, setStateValue }) {
  const wall = (parentElement.wall ??= new Wall(parentElement));
  wall.tell = (value) => setStateValue("picked", value);
  wall.update(data);
}

class Wall {
  constructor(root) {
    this.root = root; this.grid = root.querySelector(".cards");
    this.revision = 0; this.nodes = new Map();
  }

  update({ revision, trouble, label, cards }) {
    this.grid.setAttribute("aria-label", label);
    if (revision < this.revision) return;  // an answer to something older than what was clicked since
    this.revision = revision;
    this.root.querySelector(".trouble").textContent = trouble;
    this.cards = cards;
    const wanted = cards.map((card) => this.node(card));
    for (const [slot, node] of this.nodes) if (!wanted.includes(node)) { node.remove(); this.nodes.delete(slot); }
    wanted.forEach((node, i) => {
      if (this.grid.children[i] !== node) this.grid.insertBefore(node, this.grid.children[i] ?? null);
    });
    cards.forEach((card, i) => this.show(wanted[i], card));
  }

  node({ slot, knobs }) {
    if (!this.nodes.has(slot)) this.nodes.set(slot, this.build(slot, knobs));
    return this.nodes.get(slot);
  }

  build(slot, knobs) {
    const node = document.createElement("div");
    node.className = "card";
    node.innerHTML = `<label class="pick"><div class="heat"></div><span class="line"><input type="checkbox">
      <span class="name"></span></span></label><div class="foot"><button type="button" class="chip"></button>
      <span class="mark"></span></div><div class="sheet" popover><h3></h3><p class="summary"></p>
      <p class="reference"></p><div class="knobs"></div><div class="ways">
      <button type="button" class="another">Add another setting</button>
      <button type="button" class="remove">Remove this one</button></div></div>`;
    const chip = node.querySelector(".chip"), sheet = node.querySelector(".sheet");
    chip.popoverTargetElement = sheet;
    sheet.addEventListener("toggle", (e) => e.newState === "open" && place(sheet, chip));
    node.querySelector("input").addEventListener("change", (e) => this.tick(slot, e.target.checked));
    node.querySelector(".another").onclick = () => { sheet.hidePopover(); this.another(slot); };
    node.querySelector(".remove").onclick = () => { sheet.hidePopover(); this.remove(slot); };
    node.querySelector(".knobs").append(...knobs.filter(isFree).map((knob) => this.knob(slot, knob)));
    return node;
  }

  knob(slot, { name, help, kind, min, max, unit, options }) {
    const [row, title, small] = ["label", "b", "small"].map((tag) => document.createElement(tag));
    const input = document.createElement(options.length ? "select" : "input");
    row.className = "knob"; title.textContent = unit ? `${name}, ${unit}` : name; small.textContent = help;
    input.dataset.knob = name;
    for (const option of options) input.append(new Option(option, option));
    if (!options.length && kind !== "str") Object.assign(input, { type: "number", step: kind === "int" ? "1" : "any" });
    if (!options.length && min !== null) input.min = min;
    if (!options.length && max !== null) input.max = max;
    input.addEventListener("change", () => {
      if (input.reportValidity() && input.value !== "") this.set(slot, name, kind, input.value);
    });
    row.append(title, small, input);
    return row;
  }

  show(node, card) {
    const text = (where, words) => { node.querySelector(where).textContent = words; };
    node.classList.toggle("on", card.on);
    const box = node.querySelector("input[type=checkbox]"), chip = node.querySelector(".chip");
    box.checked = card.on;
    box.setAttribute("aria-label", [card.title, card.told].filter(Boolean).join(", "));
    if (node.heat !== card.heat) { node.querySelector(".heat").innerHTML = node.heat = card.heat; }
    if (node.ink !== card.mark) { node.querySelector(".mark").innerHTML = node.ink = card.mark; }
    node.querySelector(".pick").title = card.summary;
    text(".name", card.title); text(".chip", card.told || "about"); text("h3", card.title);
    text(".summary", card.summary); text(".reference", card.reference);
    chip.classList.toggle("set", !!card.told); chip.title = card.hint;
    chip.setAttribute("aria-label", `${card.title}: ${card.told ? card.told + ", change" : "about"}`);
    node.querySelector(".another").hidden = !card.knobs.some(isFree);
    node.querySelector(".remove").hidden = card.plain;
    for (const { name, value } of card.knobs) {
      const input = node.querySelector(`[data-knob="${name}"]`);
      if (input && input !== this.root.activeElement) input.value = value;
    }
  }

  // ---- what the visitor does; the whole choice goes to Python
  tick(slot, on) {
    const card = this.at(slot);
    this.order = on ? [...this.ticked(), card] : this.ticked().filter((other) => other !== card);
    card.on = on;
    this.nodes.get(slot).classList.toggle("on", on);
    this.report();
  }
  set(slot, name, kind, text) {
    const card = this.at(slot), knob = card.knobs.find((k) => k.name === name);
    knob.value = kind === "int" || kind === "float" ? Number(text) : text;
    this.order = card.on ? this.ticked() : [...this.ticked(), card];
    card.on = true;
    this.report();
  }
  another(slot) {
    const card = structuredClone(this.at(slot)), knob = card.knobs.find(isFree);
    const others = this.cards.filter((other) => other.name === card.name);
    knob.value = beside(knob, others.map((other) => other.knobs.find((k) => k.name === knob.name).value));
    card.on = true;
    this.order = [...this.ticked(), card];
    this.cards.push(card);
    this.report();
  }
  remove(slot) {
    const card = this.at(slot);
    this.order = this.ticked().filter((other) => other !== card);
    this.cards = this.cards.filter((other) => other !== card);
    this.report();
  }
  report() {
    const told = (card) => [card.name, Object.fromEntries(card.knobs.map(({ name, value }) => [name, value]))];
    const rest = this.cards.filter((card) => !card.on && !card.plain);
    this.order.forEach((card, i) => { card.place = i; });
    this.revision++;
    this.tell({ revision: this.revision, ticked: this.order.map(told), at_hand: rest.map(told) });
  }
  at(slot) { return this.cards.find((card) => card.slot === slot); }
  ticked() { return this.cards.filter((card) => card.on).sort((a, b) => a.place - b.place); }
}

function isFree({ kind }) { return kind !== "painted"; }

function beside({ kind, value, min, max, options }, taken) {
  if (options.length) return options.find((option) => !taken.includes(option)) ?? value;
  if (kind === "int") {
    for (let step = 1; step < 100; step++) for (const near of [value + step, value - step])
      if ((min === null || near >= min) && (max === null || near <= max) && !taken.includes(near)) return near;
    return value;
  }
  for (let near = value, tries = 0; tries < 12; tries++) {  // 1, 0.3, 0.1, 0.03 …
    near = Number((String(near).replace(/[^1-9]/g, "")[0] === "1" ? near * 0.3 : near / 3).toPrecision(1));
    if ((min === null || near >= min) && !taken.includes(near)) return near;
  }
  return value;
}

function place(sheet, chip) {
  const at = chip.getBoundingClientRect(), width = sheet.offsetWidth, height = sheet.offsetHeight;
  const below = at.bottom + 6 + height < innerHeight || at.top < height;
  sheet.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  sheet.style.top = `${below ? Math.max(8, Math.min(at.bottom + 6, innerHeight - height - 8)) : at.top - height - 6}px`;
}
"""

wall = st.components.v2.component("thaw.strategy_cards", html=_HTML, css=_CSS, js=_JS)
