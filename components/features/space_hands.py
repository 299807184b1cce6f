"""What pointer, finger and keyboard do on the map of embeddings, and what is saved of it; methods of its class."""

HANDS = r"""
const HOW = matchMedia("(pointer: coarse)").matches ? "Draw around points with a finger to see their pictures."
  : "Draw around points to see their pictures; or walk with the arrow keys, and Enter takes a point and those near it.";
const LOOK = "The ring is the new picture. Drag to move, + and − to see less or more.";
const KEY = "Diamonds are mistaken, dots are right, specks were not tested.";

Object.assign(Space.prototype, {
  // ---- the pointer
  where(e) { const box = this.over.getBoundingClientRect(); return [e.clientX - box.left, e.clientY - box.top]; },
  under([x, y], reach = REACH) {
    const [a, b] = this.back(x, y);
    return this.grid.nearest(a, b, reach / this.view.scale);
  },
  pointerdown(e) {
    if (e.button) return;
    this.over.setPointerCapture(e.pointerId); this.over.focus({ preventScroll: true });
    this.from = this.where(e); this.held = { ...this.view };
    this.path = this.mode === "lasso" ? [this.from] : null;
    e.preventDefault();
  },
  pointermove(e) {
    const [x, y] = this.where(e);
    if (this.from && this.mode === "move") {
      this.view = { ...this.held, x: this.held.x + x - this.from[0], y: this.held.y + y - this.from[1] };
      this.later(() => this.draw());
    } else if (this.from) {
      this.path.push([x, y]);
      this.later(() => this.drawOver());
    } else this.later(() => { this.at = this.under([x, y]); this.tip(this.at); this.drawOver(); });
  },
  pointerup(e) {
    if (!this.from) return;
    const [x, y] = this.where(e), still = Math.hypot(x - this.from[0], y - this.from[1]) < 4;
    const path = this.path;
    this.from = this.path = null;
    if (still && (!path || path.length < 6)) {
      const i = this.under([x, y]);
      this.take(i < 0 ? [] : [i], e.shiftKey);
    } else if (path) {
      const held = path.map(([a, b]) => this.back(a, b));
      const all = [...this.labels.keys()];
      this.take(all.filter((i) => inside(this.xy[2 * i], this.xy[2 * i + 1], held)), e.shiftKey);
    } else this.draw();
  },
  pointercancel() { this.from = this.path = null; this.drawOver(); },
  pointerleave() { if (!this.from) { this.at = -1; this.tip(-1); this.drawOver(); } },
  dblclick(e) { this.zoom(2, this.where(e)); e.preventDefault(); },
  wheel(e) {  // the page scrolls as ever, unless the map was touched before
    if (!e.ctrlKey && !e.metaKey && this.root.activeElement !== this.over) return;
    this.zoom(Math.exp(-e.deltaY / 400), this.where(e));
    e.preventDefault();
  },
  later(act) {  // at most once a frame
    this.act = act;
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.act(); });
  },

  // ---- the keyboard
  keydown(e) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[e.key];
    if (way) this.go(this.at < 0 ? this.first() : this.grid.towards(this.at, ...way));
    else if ((e.key === "Enter" || e.key === " ") && this.at >= 0)
      this.take(this.grid.around(this.at, Math.min(AROUND, this.n)), e.shiftKey);
    else if (e.key === "Escape") this.take([]);
    else if (e.key === "+") this.zoom(1.5, this.at < 0 ? undefined : this.place(this.at));
    else if (e.key === "-") this.zoom(1 / 1.5);
    else if (e.key === "0") { this.view = null; this.draw(); }
    else return;
    e.preventDefault(); e.stopPropagation();
  },
  first() { return this.under([this.size[0] / 2, this.size[1] / 2], 2 * this.size[0]); },
  go(i) {
    this.at = i;
    const [x, y] = this.place(i), [wide, high] = this.size;
    if (x < 0 || y < 0 || x > wide || y > high) {
      this.view = { ...this.view, x: this.view.x + wide / 2 - x, y: this.view.y + high / 2 - y };
      this.draw();
    }
    this.tip(i); this.drawOver(); this.say(this.words(i));
  },

  // ---- what is taken, and what is said
  take(points, more = false) {
    if (this.data.only_look) return;
    this.picked = new Set(more ? [...this.picked, ...points] : points);
    this.tell([...this.picked]);
    this.draw(); this.say();
  },
  words(i) {
    const { classes } = this.data, is = classes[this.labels[i]], said = this.said?.[i] ?? 65535;
    return said < 65534 && said !== this.labels[i] ? `${is}, taken for ${classes[said]}` : is;
  },
  say(text) {
    const [count, all] = [this.picked.size, this.n].map((number) => number.toLocaleString("en"));
    const taken = `${count} of ${all} pictures taken. Shift adds more, Escape lets go.`;
    const told = text ?? (this.picked.size ? taken : this.data.only_look ? LOOK : HOW);
    this.root.querySelector(".said").textContent = this.look === "mistakes" ? `${told} ${KEY}` : told;
  },
  tip(i) {
    const tip = this.root.querySelector(".tip");
    tip.hidden = i < 0;
    if (i < 0) return;
    const [x, y] = this.place(i), [wide, high] = this.size, picture = tip.querySelector("canvas");
    tip.querySelector("p").textContent = this.words(i);
    picture.hidden = !this.atlas?.complete;
    if (!picture.hidden) {
      const { side: s, columns } = this.data.thumbs, context = picture.getContext("2d");
      context.drawImage(this.atlas, (i % columns) * s, Math.floor(i / columns) * s, s, s, 0, 0, 192, 192);
    }
    const [w, h] = [tip.offsetWidth, tip.offsetHeight];
    tip.style.left = `${x + 14 + w > wide ? x - 14 - w : x + 14}px`;
    tip.style.top = `${Math.max(2, Math.min(high - h - 2, y - h / 2))}px`;
  },

  // ---- to keep
  png() {
    const canvas = document.createElement("canvas"), context = canvas.getContext("2d");
    canvas.width = this.points.width; canvas.height = this.points.height;
    context.fillStyle = this.ground; context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(this.points, 0, 0);
    canvas.toBlob((blob) => download(blob, `${this.data.name}.png`));
  },
  csv() {
    const clean = (text) => `"${(/^[=+\-@\t\r]/.test(text) ? "'" : "") + text.replaceAll('"', '""')}"`;
    const lines = [...this.labels.keys()].map((i) => {
      const said = this.said?.[i] ?? 65535;
      const told = said < 65534 ? clean(this.data.classes[said]) : "";
      const [index, is] = [this.data.indices?.[i] ?? i, clean(this.data.classes[this.labels[i]])];
      return [index, this.xy[2 * i], this.xy[2 * i + 1], is, told];
    });
    const text = ["picture,x,y,class,predicted", ...lines].join("\r\n");
    download(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }), `${this.data.name}.csv`);
  },
});

function button(text, title, act) {
  const node = document.createElement("button");
  node.type = "button"; node.textContent = text; node.onclick = act;
  if (title) { node.title = title; node.setAttribute("aria-label", title); }
  return node;
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob); link.download = name; link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function resolve(root, colour) {  // a canvas does not know light-dark()
  const probe = (root.probe ??= root.querySelector(".ground").appendChild(document.createElement("i")));
  probe.style.color = colour;
  return getComputedStyle(probe).color;
}

function middle(xy, labels, label) {
  const mine = [...labels.keys()].filter((i) => labels[i] === label);
  if (!mine.length) return null;
  return [0, 1].map((k) => mine.map((i) => xy[2 * i + k]).sort((a, b) => a - b)[mine.length >> 1]);
}

function short(text, most) { return text.length > most ? text.slice(0, most - 1) + "…" : text; }
"""
