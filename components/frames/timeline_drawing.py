"""How the timeline is drawn: rows, ticks, play head, and the band that is chosen.

A lane is one SVG of a fixed inner width that the browser stretches: a path a label, however many stretches it has.
Names of labels are written over it where they fit.
"""

DRAWING = r"""
const ACROSS = 10_000, LANE = 42, LOW = 27, WHOLE = 50;  // an SVG's width; where blocks end, sureness begins, all ends
const POINTS = 600, APART = 6;  // steps of a curve; px of a stretch that stands apart from the next one
const ROOM = 10, LEAST = 52;  // px around a name; px in which a cut name is still read
const TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];

export default function ({ data, parentElement, setStateValue }) {
  const timeline = (parentElement.timeline ??= new Timeline(parentElement));
  timeline.tell = (chosen) => setStateValue("chosen", chosen);
  timeline.update(data);
  return () => timeline.rest();
}

class Timeline {
  constructor(root) {
    this.root = root; this.active = 0; this.band = null;
    for (const name of ["timeline", "rows", "axis", "over", "band", "chosen", "hint", "present", "hover", "head", "tip",
      "said", "clock", "number"]) this[`$${name}`] = root.querySelector(`.${name}`);
    for (const kind of ["pointerdown", "pointermove", "pointerup", "pointercancel", "pointerleave"])
      this.$over.addEventListener(kind, (e) => this[kind](e));
    this.$timeline.addEventListener("keydown", (e) => this.keydown(e));
    this.$rows.addEventListener("focusin", (e) => this.choose_row([...this.lanes].indexOf(e.target)));
    for (const button of root.querySelectorAll("button")) button.onclick = () => this[button.name]();
    this.watcher = new ResizeObserver(() => this.fit());
  }

  // ---- what Python says
  update(data) {
    this.data = data;
    if (this.clip !== data.clip) this.begin(data);
    if (this.signature !== data.signature) this.build(data);
    this.wake();
  }
  begin({ clip, times, length, chosen }) {  // another video
    let tick = 0;
    this.clip = clip; this.length = length; this.count = times.length;
    this.edges = [...times.map((step) => (tick += step) / 10_000), length];
    this.band = chosen; this.frame = 0; this.time = this.moment(0); this.clock = null;
  }
  build({ signature, tracks, looks, choosing }) {
    const focused = [...(this.lanes ?? [])].indexOf(this.root.activeElement);
    this.signature = signature; this.looks = looks;
    this.tracks = tracks.map(decoded);
    this.active = Math.max(0, Math.min(this.active, tracks.length - 1));
    this.$rows.replaceChildren(...this.tracks.map((track, row) => this.row(track, row)));
    this.lanes = this.$rows.querySelectorAll(".lane");
    this.$timeline.classList.toggle("choosing", choosing);
    this.root.querySelector(".choose").hidden = !choosing;
    this.choose_row(this.active);
    this.lanes[focused]?.focus({ preventScroll: true });
    this.wide = 0; this.fit(); this.show(this.time, true); this.show_band();
    clearTimeout(this.saying);  // nobody moved anything
  }
  choose_row(row) {  // whose changes the buttons go to
    this.active = Math.max(0, row);
    [...this.$rows.children].forEach((node, i) => {
      node.classList.toggle("active", i === this.active && this.tracks.length > 1);
    });
    const where = this.tracks[this.active] ? ` in “${this.tracks[this.active].title}”` : "";
    this.root.querySelector("[name=earlier]").title = `Previous change of label${where} (Page Up)`;
    this.root.querySelector("[name=later]").title = `Next change of label${where} (Page Down)`;
  }

  // ---- a row
  row(track, row) {
    const node = made("div", "row"), title = made("div", "title"), lane = made("div", "lane");
    const now = made("span", "now");
    track.now = [made("i"), made("b"), made("em"), made("em")];
    now.append(...track.now);
    title.append(made("span", "name", track.title), now);
    if (track.told) title.append(made("span", "told", track.told));
    for (const [name, value] of Object.entries({ role: "slider", tabindex: 0, "aria-valuemin": 1,
      "aria-valuemax": this.count, "aria-label": [track.title, track.told].filter(Boolean).join(", ") }))
      lane.setAttribute(name, value);
    track.lane = lane; track.names = made("div");
    lane.append(this.drawing(track, row), track.names);
    node.append(title, lane);
    return node;
  }
  drawing(track, row) {
    const svg = drawn("svg", { viewBox: `0 0 ${ACROSS} ${WHOLE}`, preserveAspectRatio: "none", "aria-hidden": true });
    const clip = drawn("clipPath", { id: `sure${row}` }), blocks = this.blocks(track);
    clip.append(drawn("path", { d: this.sureness(track.scores) }));
    const tint = drawn("g", { class: "tint" }), sure = drawn("g", { class: "sure", "clip-path": `url(#sure${row})` });
    for (const [look, d] of blocks) {
      for (const group of [tint, sure]) {
        const path = drawn("path", { d });
        path.style.setProperty("--mark", this.looks[look][1]);
        group.append(path);
      }
    }
    const below = ([first, last]) => block(this.x(first), this.x(last + 1), LANE + 3, WHOLE - 2);
    track.breaks = drawn("path", { class: "breaks" });
    svg.append(clip, drawn("rect", { class: "ground", width: ACROSS, height: LANE }), tint, sure, track.breaks,
      drawn("path", { class: "wrong", d: track.wrong.map(below).join("") }));
    return svg;
  }
  blocks({ firsts, looks }) {
    const found = new Map();
    firsts.forEach((first, run) => {
      const rect = block(this.x(first), this.x(firsts[run + 1] ?? this.count), 0, LANE);
      if (looks[run] >= 0) found.set(looks[run], (found.get(looks[run]) ?? "") + rect);
    });
    return found;
  }
  sureness(scores) {  // a skyline; where nothing is known a thin line
    if (!scores.length) return block(0, ACROSS, LANE - 3, LANE);
    const many = Math.ceil(this.count / POINTS), steps = [];
    for (let first = 0; first < this.count; first += many) {
      const share = mean(scores.subarray(first, first + many)) ?? 0;
      steps.push(`V${(LANE - Math.max(1, (share / 100) * (LANE - LOW))).toFixed(1)}H${this.x(first + many)}`);
    }
    return `M${this.x(0)} ${LANE}${steps.join("")}V${LANE}z`;
  }
  x(frame) { return +((ACROSS * this.edges[Math.min(frame, this.count)]) / this.length).toFixed(1); }

  // ---- what depends on how wide it is
  fit() {
    const wide = this.$over.clientWidth;
    if (!wide || wide === this.wide) return;
    this.wide = wide;
    for (const track of this.tracks) {
      track.names.replaceChildren(...this.names(track));
      track.breaks.setAttribute("d", this.breaks(track));
    }
    this.ticks(); this.show_band();
  }
  room({ firsts }, run) {  // px that a run of frames is wide
    return (this.wide * (this.edges[firsts[run + 1] ?? this.count] - this.edges[firsts[run]])) / this.length;
  }
  breaks(track) {  // only between what is wide enough to lose a little
    const apart = track.firsts.map((_, run) => this.room(track, run) >= APART);
    const found = track.firsts.filter((_, run) => apart[run - 1] && apart[run]);
    return found.map((first) => `M${this.x(first)} 0V${LANE}`).join("");
  }
  names(track) {
    const { firsts, looks } = track, found = [];
    firsts.forEach((first, run) => {
      const room = this.room(track, run);
      if (looks[run] < 0 || room < ROOM) return;
      const name = this.looks[looks[run]][0];
      if (room < LEAST && room < this.measured(name) + ROOM) return;
      const node = made("span", "label", name);
      node.style.left = this.share(this.edges[first]); node.style.width = `${room}px`;
      found.push(node);
    });
    return found;
  }
  measured(name) {
    this.sizes ??= new Map();
    if (!this.sizes.has(name)) {
      this.pen ??= document.createElement("canvas").getContext("2d");
      this.pen.font = `550 12.5px ${getComputedStyle(this.$timeline).fontFamily}`;
      this.sizes.set(name, this.pen.measureText(name).width);
    }
    return this.sizes.get(name);
  }
  ticks() {
    const step = TICKS.find((each) => this.length / each <= this.wide / 64) ?? 36_000, marks = [];
    for (let k = 0; k * step <= this.length + 1e-6; k++) {
      const mark = made("span", k ? "" : "start", when(k * step, step < 0.1 ? 2 : step < 1 ? 1 : 0));
      mark.style.left = this.share(k * step);
      if (k && (1 - (k * step) / this.length) * this.wide < 18) mark.className = "end";
      marks.push(mark);
    }
    this.$axis.replaceChildren(...marks);
  }
  share(seconds) { return `${(100 * seconds) / this.length}%`; }
  show_band() {
    const band = this.data.choosing ? this.band : null;
    this.$band.hidden = this.$chosen.hidden = !band;
    this.$hint.hidden = !!band;
    this.root.querySelector("[name=clear]").disabled = !band;
    if (!band) return;
    const [start, end] = [this.edges[band[0]], this.edges[band[1] + 1]];
    this.$band.style.left = this.share(start); this.$band.style.width = this.share(end - start);
    this.$chosen.textContent = this.span_words(...band);
    const middle = (this.wide * (start + end)) / 2 / this.length - this.$chosen.offsetWidth / 2;
    this.$chosen.style.left = `${Math.max(0, Math.min(this.wide - this.$chosen.offsetWidth, middle))}px`;
  }
  span_words(first, last) {
    const count = last - first + 1;
    return `${when(this.edges[first])} – ${when(this.edges[last + 1])} · ${number(count, "frame")}`;
  }
}

function decoded({ title, told, runs, scores, wrong }) {
  const firsts = [], looks = [], spans = [];
  for (let k = 0, at = 0; k < runs.length; at += runs[k], k += 2) { firsts.push(at); looks.push(runs[k + 1]); }
  for (let k = 0, at = 0; k < wrong.length; at += wrong[k], k++) if (k % 2) spans.push([at, at + wrong[k] - 1]);
  return { title, told, firsts, looks, wrong: spans, scores: Uint8Array.from(atob(scores), (c) => c.charCodeAt(0)) };
}
function made(tag, name = "", text = "") {
  const node = document.createElement(tag);
  node.className = name; node.textContent = text;
  return node;
}
function drawn(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
function block(left, right, top, bottom) { return `M${left} ${top}H${right}V${bottom}H${left}z`; }
function mean(scores) {  // in percent; 255 is not known
  const known = scores.filter((score) => score <= 100);
  return known.length ? known.reduce((sum, score) => sum + score, 0) / known.length : null;
}
function number(count, noun) { return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`; }
function when(seconds, digits = 2) {  // as components.frames.stretches.when
  const size = 10 ** digits, all = Math.round(seconds * size), whole = Math.floor(all / size);
  const minutes = Math.floor(whole / 60), hours = Math.floor(minutes / 60);
  const ahead = hours ? `${hours}:${padded(minutes % 60, 2)}` : minutes;
  return `${ahead}:${padded(whole % 60, 2)}${digits ? `.${padded(all % size, digits)}` : ""}`;
}
function padded(whole, digits) { return `${whole}`.padStart(digits, "0"); }
"""
