"""How the timeline follows the video and moves it, and what it says of the present frame; methods of its class.

The video is looked up each time: Streamlit may have made another. Without one the play head goes by a clock of its own.
"""

PLAYER = r"""
const SLACK = 0.0006;  // seconds by which a frame may be told too late: times are rounded
const LOOK_AGAIN = 300, CALM = 350, SETTLED = 60;  // ms

Object.assign(Timeline.prototype, {
  // ---- where and when
  find(time) { return Math.max(0, Math.min(this.count - 1, last_up_to(this.edges, time + SLACK))); },
  moment(frame) { return this.edges[frame] + (this.edges[frame + 1] - this.edges[frame]) / 3; },
  run_of(track, frame) { return last_up_to(track.firsts, frame); },

  // ---- the video
  wake() {
    this.ears ??= new AbortController(); this.bound ??= new WeakSet();
    this.timer ??= setInterval(() => this.video(), LOOK_AGAIN);
    this.watcher.observe(this.$over);
    this.video(); this.run();
  },
  rest() {
    this.ears?.abort(); this.watcher.disconnect(); clearInterval(this.timer); cancelAnimationFrame(this.turn);
    this.ears = this.bound = this.timer = this.turn = null;
  },
  video() {
    const video = document.querySelector(`${this.data.player} video`);
    if (!video || video.error) return null;
    if (!this.bound.has(video)) this.bind(video);
    return video;
  },
  bind(video) {
    const listen = (kinds, act) => {
      for (const kind of kinds) video.addEventListener(kind, act, { signal: this.ears.signal });
    };
    const soon = () => setTimeout(() => this.arrived(video), SETTLED);  // Streamlit moves a new video to its start
    this.bound.add(video); this.clock = null;
    this.wanted = this.frame && !video.currentTime ? this.time : null;  // a new one shows what the last one did
    listen(["play", "pause", "ended", "timeupdate"], () => this.run());
    listen(["seeked"], () => this.arrived(video));
    listen(["loadedmetadata"], soon);
    soon(); this.run();
  },
  arrived(video) {
    const { wanted } = this;
    if (!this.ears || !video.readyState) return;
    this.wanted = null;
    if (wanted === null) this.run(); else video.currentTime = wanted;
  },
  playing() {
    const video = this.video();
    return video ? !video.paused && !video.ended : !!this.clock;
  },
  run() {  // once, and while it plays again with each picture of the screen
    cancelAnimationFrame(this.turn);
    const playing = this.playing(), stopped = this.was_playing && !playing;
    if (playing !== this.was_playing) {
      this.$timeline.classList.toggle("playing", playing);
      this.root.querySelector("[name=toggle]").setAttribute("aria-label", playing ? "Pause" : "Play");
    }
    this.was_playing = playing;
    this.follow(stopped);
    if (playing) this.turn = requestAnimationFrame(() => this.run());
  },
  follow(anew) {
    const video = this.video();
    if (video ? video.seeking || this.wanted !== null : !this.clock) return;
    const time = video ? video.currentTime : this.clock.time + (performance.now() - this.clock.since) / 1000;
    if (!video && time >= this.length) this.clock = null;
    this.show(time, anew);
  },
  toggle() {
    const video = this.video();
    if (video && this.playing()) video.pause();
    else if (video) video.play().catch((error) => this.say(`The video does not play: ${error.message}`));
    else this.clock = this.clock ? null : this.clock_from(this.frame < this.count - 1 ? this.time : 0);
    this.run();
  },
  clock_from(time) { return { time, since: performance.now() }; },
  pause() { this.clock = null; this.video()?.pause(); this.run(); },

  // ---- ways to move
  seek(frame) {
    const video = this.video(), time = this.moment(Math.max(0, Math.min(this.count - 1, frame)));
    if (this.clock) this.clock = this.clock_from(time);
    if (video && (video.seeking || !video.readyState)) this.wanted = time; else if (video) video.currentTime = time;
    this.show(time);
  },
  step(by) { this.pause(); this.seek(this.frame + by); },
  back() { this.step(-1); },
  on() { this.step(1); },
  earlier() { this.change(-1); },
  later() { this.change(1); },
  change(way) {
    const track = this.tracks[this.active];
    if (!track) return;
    const run = this.run_of(track, this.frame), before = this.frame > track.firsts[run] ? run : run - 1;
    const to = track.firsts[way > 0 ? run + 1 : before];
    if (to === undefined) return this.say("No more changes in this row.");
    this.pause(); this.seek(to);
  },

  // ---- the present frame, for eyes and for ears
  show(time, anew = false) {
    const frame = this.find(time);
    this.time = Math.max(0, Math.min(this.length, time));
    this.$head.style.left = this.share(this.time);
    if (frame === this.frame && !anew) return;
    this.frame = frame;
    this.$present.style.left = this.share(this.edges[frame]);
    this.$present.style.width = this.share(this.edges[frame + 1] - this.edges[frame]);
    this.$clock.textContent = when(this.edges[frame]);
    this.$number.textContent = this.frame_words();
    this.tracks.forEach((track) => this.read(track));
    if (!this.was_playing) this.tell_frame();
  },
  read(track) {
    const look = this.looks[track.looks[this.run_of(track, this.frame)]], [mark, name, sure, differs] = track.now;
    mark.hidden = !look;
    if (look) mark.style.setProperty("--mark", look[1]);
    name.textContent = name.title = look ? look[0] : "no label";
    name.className = look ? "" : "none";
    sure.textContent = look && track.scores[this.frame] <= 100 ? `${track.scores[this.frame]} %` : "";
    const wrong = track.wrong.some(([first, last]) => first <= this.frame && this.frame <= last);
    differs.textContent = wrong ? "differs" : "";
  },
  frame_words() { return `Frame ${(this.frame + 1).toLocaleString("en")} of ${this.count.toLocaleString("en")}`; },
  track_words({ now }) { return now.slice(1).map((node) => node.textContent).filter(Boolean).join(", "); },
  tell_frame() {
    const head = `${this.frame_words()}, ${when(this.edges[this.frame])}`;
    for (const track of this.tracks) {
      track.lane.setAttribute("aria-valuenow", this.frame + 1);
      track.lane.setAttribute("aria-valuetext", `${head}, ${this.track_words(track)}`);
    }
    if ([...this.lanes].includes(this.root.activeElement)) return;  // the row tells it itself
    this.say([head, ...this.tracks.map((track) => `${track.title}: ${this.track_words(track)}`)].join("; "), CALM);
  },
  say(words, after = 0) {
    clearTimeout(this.saying);
    this.saying = setTimeout(() => { this.$said.textContent = words; }, after);
  },
});

function last_up_to(rising, value) {  // the place of the last that is not above the value; -1 where all are
  let low = -1, high = rising.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (rising[middle] <= value) low = middle; else high = middle;
  }
  return low;
}
"""
