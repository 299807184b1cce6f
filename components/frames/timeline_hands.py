"""What pointer, finger and keyboard do on the timeline; methods of its class."""

HANDS = r"""
const STILL = 4;  // px within which a press is a click

Object.assign(Timeline.prototype, {
  // ---- the pointer: a click goes there, a drag scrubs or chooses
  under(e) {
    const box = this.$over.getBoundingClientRect();
    const row = [...this.lanes].findIndex((lane) => e.clientY < lane.getBoundingClientRect().bottom);
    return { frame: this.find(((e.clientX - box.left) / box.width) * this.length), row, x: e.clientX - box.left };
  },
  pointerdown(e) {
    if (e.button || !e.isPrimary) return;
    const { frame, row } = this.under(e), end = e.target.dataset.end;
    this.$over.setPointerCapture(e.pointerId);
    this.lanes[row < 0 ? this.active : row]?.focus({ preventScroll: true, focusVisible: false });
    e.preventDefault();  // or the press would take the focus away again
    this.held = { x: e.clientX, frame, moved: false, before: this.band };
    if (end) this.held.frame = this.band[1 - end];  // the other end stays
    this.tip(null);
  },
  pointermove(e) {
    const { held } = this, under = this.under(e);
    if (!held) return this.tip(e.pointerType === "mouse" && !e.target.dataset.end ? under : null);
    if (!held.moved && Math.abs(e.clientX - held.x) < STILL) return;
    if (!held.moved) this.pause();
    held.moved = true;
    this.seek(under.frame);
    if (this.data.choosing) this.choose(held.frame, under.frame, false);
  },
  pointerup(e) {
    const { held } = this;
    this.held = null;
    if (held && !held.moved) this.seek(this.under(e).frame);
    else if (held && this.data.choosing) this.choose(held.frame, this.under(e).frame);
  },
  pointercancel() {
    if (this.held?.moved) { this.band = this.held.before; this.show_band(); }
    this.held = null; this.tip(null);
  },
  pointerleave() { this.tip(null); },

  // ---- the keyboard
  keydown(e) {
    const act = this.act_of(e);
    if (!act || (e.target.closest("button") && e.key === " ")) return;
    e.preventDefault(); e.stopPropagation();
    act();
  },
  act_of({ key, shiftKey, ctrlKey, metaKey, altKey }) {
    if (this.data.choosing && { "[": 1, "]": 1, Escape: 1 }[key])  // some keyboards write brackets with Alt
      return () => ({ "[": () => this.begins(), "]": () => this.ends(), Escape: () => this.clear() })[key]();
    if (ctrlKey || metaKey || altKey) return null;
    const far = shiftKey ? 10 : 1;
    return {
      ArrowLeft: () => this.step(-far), ArrowDown: () => this.step(-far),
      ArrowRight: () => this.step(far), ArrowUp: () => this.step(far),
      Home: () => this.step(-this.count), End: () => this.step(this.count),
      PageUp: () => this.earlier(), PageDown: () => this.later(), " ": () => this.toggle(),
    }[key];
  },

  // ---- the band
  begins() { this.choose(this.frame, Math.max(this.frame, this.band?.[1] ?? 0)); },
  ends() { this.choose(Math.min(this.frame, this.band?.[0] ?? this.frame), this.frame); },
  clear() {
    if (!this.band) return;
    this.band = null;
    this.show_band(); this.tell(null); this.say("No frames are chosen.");
  },
  choose(one, other, ended = true) {
    this.band = [Math.min(one, other), Math.max(one, other)];
    this.show_band();
    if (!ended) return;
    this.tell({ clip: this.clip, frames: this.band });
    this.say(`Chosen: ${this.span_words(...this.band)}`);
  },

  // ---- what hovering tells
  tip(under) {
    const track = under && this.tracks[under.row];
    this.$tip.hidden = !track; this.$hover.hidden = !under;
    if (under) this.$hover.style.left = `${under.x}px`;
    if (!track) return;
    const lines = this.tip_lines(track, under.frame);
    [...this.$tip.children].forEach((node, line) => { node.textContent = lines[line] ?? ""; });
    const lane = track.lane.getBoundingClientRect(), stage = this.$tip.parentElement.getBoundingClientRect();
    const middle = lane.left - stage.left + under.x - this.$tip.offsetWidth / 2;
    this.$tip.style.left = `${Math.max(0, Math.min(stage.width - this.$tip.offsetWidth, middle))}px`;
    this.$tip.style.top = `${lane.top - stage.top - this.$tip.offsetHeight - 6}px`;
  },
  tip_lines(track, frame) {
    const run = this.run_of(track, frame), first = track.firsts[run], last = (track.firsts[run + 1] ?? this.count) - 1;
    const sure = mean(track.scores.subarray(first, last + 1)), look = this.looks[track.looks[run]];
    const wrong = track.wrong.reduce((sum, [a, b]) => sum + Math.max(0, Math.min(b, last) - Math.max(a, first) + 1), 0);
    const differs = wrong ? `${number(wrong, "frame")} ${wrong === 1 ? "differs" : "differ"}` : "";
    const confidence = look && sure !== null ? `${Math.round(sure)} % sure${last > first ? " on average" : ""}` : "";
    return [look ? look[0] : "No label", this.span_words(first, last), confidence, differs];
  },
});
"""
