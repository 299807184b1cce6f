"""The map of embeddings in the browser: how it looks, and how it is drawn.

Two canvases, the points below, what moves above, so that ten thousand points stay smooth.
"""

from components.setup.colours import coloured

HTML = """
<div class="space">
  <div class="bar">
    <div class="modes" role="radiogroup" aria-label="What dragging does"></div>
    <div class="looks" role="radiogroup" aria-label="What points show"></div>
    <div class="tools"></div>
  </div>
  <div class="ground">
    <canvas class="points" aria-hidden="true"></canvas>
    <canvas class="over" tabindex="0" role="application"></canvas>
    <div class="tip" hidden><canvas width="192" height="192"></canvas><p></p></div>
  </div>
  <p class="said" role="status"></p>
  <div class="legend" role="group" aria-label="Classes"></div>
</div>
"""

CSS = coloured("""
.space { font-family: var(--st-font); color: var(--st-text-color); font-size: 0.85rem; }
.bar { display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; margin-bottom: 0.5rem; align-items: center; }
.modes, .looks, .tools { display: flex; border: 1px solid EDGE; overflow: hidden;
  border-radius: var(--st-base-radius); }
.tools { margin-left: auto; }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0.3rem 0.7rem; cursor: pointer;
  min-height: 2rem; }
button + button { border-left: 1px solid RULE; }
button:hover { background: SURFACE; }
button[aria-checked="true"] { background: var(--st-primary-color); color: #fff; }
button:focus-visible, canvas:focus-visible { outline: 3px solid var(--st-text-color); outline-offset: -3px; }
.ground { position: relative; border: 1px solid RULE; border-radius: var(--st-base-radius); overflow: hidden; }
.ground > canvas { display: block; width: 100%; }
.over { position: absolute; inset: 0; touch-action: none; cursor: crosshair; }
.over.move { cursor: grab; }
.tip { position: absolute; pointer-events: none; background: BACKGROUND; border: 1px solid EDGE; z-index: 2;
  border-radius: 6px; padding: 4px; width: 104px; box-shadow: 0 4px 16px rgb(0 0 0 / 0.25); }
.tip canvas { width: 96px; height: 96px; display: block; border-radius: 3px; }
.tip p { margin: 3px 0 0; font-size: 0.76rem; line-height: 1.25; overflow-wrap: anywhere; }
.said { margin: 0.4rem 0; min-height: 1.3em; color: FAINT; }
.legend { display: flex; flex-wrap: wrap; gap: 0.1rem 0.3rem; max-height: 8.5rem; overflow: auto; }
.legend button { border: 0; padding: 0.1rem 0.5rem; display: flex; gap: 0.4rem; align-items: center; min-height: 1.7rem;
  border-radius: var(--st-button-radius); max-width: 16rem; }
.legend span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.legend canvas { width: 14px; height: 14px; flex: none; }
[hidden] { display: none !important; }
@media (max-width: 640px) { .tools { margin-left: 0; } button { padding-inline: 0.5rem; } }
""")

DRAWING = r"""
const MODES = [["lasso", "Lasso"], ["move", "Move"]];
const LOOKS = [["class", "Class"], ["mistakes", "Mistakes"], ["pictures", "Pictures"]];
const AROUND = 12, REACH = 14, ROOM = 26;  // points that Enter takes; px around the pointer; px of margin

export default function ({ data, parentElement, setStateValue }) {
  const space = (parentElement.space ??= new Space(parentElement));
  space.tell = (points) => setStateValue("picked", { key: data.key, points });
  space.update(data);
  return () => space.watcher.disconnect();
}

class Space {
  constructor(root) {
    this.root = root; this.mode = "lasso"; this.look = "class"; this.at = -1; this.path = null;
    [this.points, this.over] = root.querySelectorAll(".ground > canvas");
    for (const kind of ["pointerdown", "pointermove", "pointerup", "pointercancel", "pointerleave", "wheel", "keydown",
      "dblclick"]) this.over.addEventListener(kind, (e) => this[kind](e), { passive: false });
    this.over.addEventListener("blur", () => { this.tip(-1); this.drawOver(); });
    this.watcher = new ResizeObserver(() => this.fit());
  }

  update(data) {
    this.watcher.observe(this.root.querySelector(".ground"));
    if (this.key !== data.key) {  // another map, or told anew
      this.key = data.key; this.data = data; this.at = -1; this.view = null;
      this.xy = decode(data.points, Uint16Array); this.labels = decode(data.labels, Uint16Array);
      if (data.only_look) this.mode = "move";
      this.n = this.labels.length; this.picked = new Set(data.picked);
      this.grid = new Grid(this.xy, 65536 / Math.max(8, Math.sqrt(this.n)));
      this.atlas = null;
      if (data.atlas) { this.atlas = new Image(); this.atlas.onload = () => this.draw(); this.atlas.src = data.atlas; }
    }
    this.here = data.here; this.said = data.said && decode(data.said, Uint16Array);
    if (!this.said && this.look === "mistakes") this.look = "class";
    this.over.setAttribute("aria-label", data.label);
    this.bars(); this.fit(); this.say();
  }

  bars() {
    const looks = LOOKS.filter(([id]) => (id !== "mistakes" || this.said) && (id !== "pictures" || this.data.atlas));
    this.group(".modes", MODES, "mode"); this.group(".looks", looks, "look");
    this.root.querySelector(".modes").hidden = this.data.only_look;
    const tools = [["+", "Zoom in", () => this.zoom(1.5)], ["−", "Zoom out", () => this.zoom(1 / 1.5)],
      ["All", "Show all", () => { this.view = null; this.draw(); }], ["PNG", "Save the map as PNG", () => this.png()],
      ["CSV", "Save the map as CSV", () => this.csv()]];
    const bar = this.root.querySelector(".tools");
    if (!bar.children.length) bar.append(...tools.map(([text, title, act]) => button(text, title, act)));
    const legend = this.root.querySelector(".legend");
    if (legend.key !== this.key) {
      legend.key = this.key;
      legend.replaceChildren(...this.data.classes.map((name, label) => this.entry(name, label)));
    }
    this.over.classList.toggle("move", this.mode === "move");
  }

  group(where, options, field) {
    const group = this.root.querySelector(where);
    const choose = (node) => { this[field] = node.dataset.id; this.bars(); this.draw(); this.say(); };
    if ("" + group.ids !== "" + options) {
      group.ids = options;
      group.replaceChildren(...options.map(([id, text]) => {
        const node = button(text, "", () => choose(node));
        node.dataset.id = id; node.setAttribute("role", "radio");
        return node;
      }));
      group.onkeydown = (e) => move(group, e, choose);
    }
    mark(group, this[field]);
  }

  entry(name, label) {
    const mark = document.createElement("canvas"), words = document.createElement("span");
    mark.width = mark.height = 28; words.textContent = name;
    const node = button("", `Take all of ${name}`, (e) => {
      this.take([...this.labels.keys()].filter((i) => this.labels[i] === label), e.shiftKey);
    });
    node.mark = mark; node.append(mark, words);
    return node;
  }

  // ---- where things are: the map is a square of 65536, the view says which part of it is seen
  fit() {
    const wide = this.root.querySelector(".ground").clientWidth, high = Math.round(Math.min(wide, 560));
    if (!wide || !this.xy) return;
    this.size = [wide, high]; this.ratio = devicePixelRatio || 1;
    for (const canvas of [this.points, this.over]) {
      if (canvas.width !== Math.round(wide * this.ratio) || canvas.height !== Math.round(high * this.ratio)) {
        canvas.width = wide * this.ratio; canvas.height = high * this.ratio;
        canvas.style.height = `${high}px`;
      }
    }
    this.draw();
  }
  whole() {
    const [wide, high] = this.size, [right, top] = this.data.extent;
    const scale = Math.min((wide - 2 * ROOM) / right, (high - 2 * ROOM) / top);
    return { scale, x: (wide - scale * right) / 2, y: (high + scale * top) / 2 };
  }
  place(i) { return this.spot(this.xy[2 * i], this.xy[2 * i + 1]); }
  spot(x, y) { return [this.view.x + this.view.scale * x, this.view.y - this.view.scale * y]; }
  back(x, y) { return [(x - this.view.x) / this.view.scale, (this.view.y - y) / this.view.scale]; }
  zoom(by, [x, y] = [this.size[0] / 2, this.size[1] / 2]) {
    const least = this.whole().scale, now = this.view.scale;
    by = Math.min(60 * least, Math.max(least, now * by)) / now;
    const [a, b] = [x - by * (x - this.view.x), y - by * (y - this.view.y)];
    this.view = now * by <= least ? null : { scale: now * by, x: a, y: b };
    this.draw();
  }

  // ---- drawing
  draw() {
    this.view ??= this.whole();
    const context = this.begin(this.points), [wide, high] = this.size;
    this.inks = this.data.looks.map(({ colour }) => resolve(this.root, colour));
    this.ink = getComputedStyle(this.root.querySelector(".space")).color;
    this.ground = resolve(this.root, this.data.ground); this.faint = resolve(this.root, this.data.faint);
    if (this.look === "pictures" && this.atlas?.complete) this.drawPictures(context, wide, high);
    else this.drawPoints(context, wide, high);
    this.drawLegend(); this.drawOver();
  }
  drawPoints(context, wide, high) {
    const zoomed = Math.sqrt(this.view.scale / this.whole().scale);
    const r = Math.min(9, Math.max(2, 18 / Math.sqrt(Math.sqrt(this.n))) * zoomed), wrong = this.look === "mistakes";
    const layers = new Map();  // one path for each colour and shape: ten thousand points are a few strokes of the pen
    for (let i = 0; i < this.n; i++) {
      const [x, y] = this.place(i);
      if (x < -r || y < -r || x > wide + r || y > high + r) continue;
      const dim = this.picked.size && !this.picked.has(i) ? 0 : 1;
      const kind = wrong ? (this.said[i] >= 65534 ? "u" : this.said[i] === this.labels[i] ? "r" : "w") : this.labels[i];
      const key = `${dim}${kind}`;
      if (!layers.has(key)) layers.set(key, { dim, kind, path: [] });
      layers.get(key).path.push(x, y);
    }
    const last = ({ dim, kind }) => dim * 2 + (kind === "w");
    for (const { dim, kind, path } of [...layers.values()].sort((a, b) => last(a) - last(b))) {
      const [colour, shape, grow] = this.style(kind);
      context.beginPath();
      for (let k = 0; k < path.length; k += 2) trace(context, shape, path[k], path[k + 1], r * grow);
      context.globalAlpha = dim ? (this.n > 3000 ? 0.75 : 0.95) : 0.14;
      context.fillStyle = colour; context.fill();
      if (this.n <= 3000) { context.lineWidth = 0.8; context.strokeStyle = this.ground; context.stroke(); }
    }
    context.globalAlpha = 1;
    if (!wrong) this.drawNames(context);
  }
  style(kind) {
    if (kind === "w") return [this.ink, 2, 1.25];
    if (kind === "r") return [this.faint, 0, 0.8];
    if (kind === "u") return [this.faint, 0, 0.4];
    const look = this.data.looks[kind % this.data.looks.length];
    return [this.inks[kind % this.inks.length], look.shape, 1];
  }
  drawNames(context) {
    const classes = this.data.classes, taken = [];
    if (classes.length > 30) return;
    context.font = `600 12.5px ${getComputedStyle(this.root.querySelector(".space")).fontFamily}`;
    context.textAlign = "center"; context.textBaseline = "middle"; context.lineJoin = "round";
    this.middles ??= {};
    const middles = (this.middles[this.key] ??= classes.map((_, label) => middle(this.xy, this.labels, label)));
    middles.forEach((at, label) => {
      if (!at) return;
      const text = short(classes[label], 22), half = context.measureText(text).width / 2 + 3;
      const [x, y0] = this.spot(...at);
      const free = (y) => taken.every(([a, b, w]) => Math.abs(a - x) > half + w || Math.abs(b - y) > 15);
      const y = [0, 16, -16, 32, -32].map((d) => y0 + d).find(free) ?? y0;
      taken.push([x, y, half]);
      context.lineWidth = 4; context.strokeStyle = this.ground; context.strokeText(text, x, y);
      context.fillStyle = this.ink; context.fillText(text, x, y);
    });
  }
  drawPictures(context, wide, high) {
    const side = this.n < 150 ? 40 : 30, taken = new Set(), { side: s, columns } = this.data.thumbs;
    const order = this.picked.size ? [...this.picked, ...this.labels.keys()] : this.labels.keys();
    for (const i of order) {
      const [x, y] = this.place(i), cell = `${Math.floor(x / side)} ${Math.floor(y / side)}`;
      if (taken.has(cell) || x < 0 || y < 0 || x > wide || y > high) continue;
      taken.add(cell);
      const [u, v] = [Math.floor(x / side) * side, Math.floor(y / side) * side];
      context.globalAlpha = this.picked.size && !this.picked.has(i) ? 0.25 : 1;
      const [a, b] = [(i % columns) * s, Math.floor(i / columns) * s];
      context.drawImage(this.atlas, a, b, s, s, u + 1, v + 1, side - 2, side - 2);
    }
    context.globalAlpha = 1;
  }
  drawLegend() {
    [...this.root.querySelectorAll(".legend button")].forEach(({ mark }, label) => {
      const context = mark.getContext("2d"), [colour, shape] = this.style(label);
      mark.hidden = this.look === "mistakes";
      context.clearRect(0, 0, 28, 28); context.beginPath(); trace(context, shape, 14, 14, 8);
      context.fillStyle = colour; context.fill();
    });
  }
  drawOver() {
    const context = this.begin(this.over);
    if (this.path?.length > 1) {
      context.beginPath(); this.path.forEach(([x, y], k) => context[k ? "lineTo" : "moveTo"](x, y));
      context.closePath(); context.fillStyle = this.ink; context.globalAlpha = 0.1; context.fill();
      context.globalAlpha = 1;
      context.strokeStyle = this.ink; context.setLineDash([5, 4]); context.lineWidth = 1.5; context.stroke();
      context.setLineDash([]);
    }
    if (this.here) this.ring(context, this.spot(...this.here), 13, "new");
    if (this.at >= 0) this.ring(context, this.place(this.at), 9);
  }
  ring(context, [x, y], r, text = "") {
    for (const [width, colour] of [[5, this.ground], [2.5, this.ink]]) {
      context.beginPath(); context.arc(x, y, r, 0, 7); context.lineWidth = width; context.strokeStyle = colour;
      context.stroke();
    }
    if (!text) return;
    context.font = "600 13px sans-serif"; context.lineWidth = 4; context.strokeStyle = this.ground;
    context.strokeText(text, x + r + 5, y + 4); context.fillStyle = this.ink; context.fillText(text, x + r + 5, y + 4);
  }
  begin(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0); context.clearRect(0, 0, ...this.size);
    return context;
  }
}
"""
