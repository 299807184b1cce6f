"""The timeline in the browser: what stands where, and how it looks.

A row is a title and a lane. Over all lanes lies one ground, which holds the play head and the chosen band and takes
the pointer. In a narrow place titles stand above their lanes.
"""

from components.setup.colours import coloured

_ICONS = {  # on 24 × 24
    "earlier": "M6 5v14M18 6.5v11L9.5 12z",
    "back": "M14.5 5.5 8 12l6.5 6.5",
    "on": "M9.5 5.5 16 12l-6.5 6.5",
    "later": "M18 5v14M6 6.5v11l8.5-5.5z",
}
_KEYS = {
    "earlier": "Previous change of label (Page Up)",
    "back": "One frame back (Left arrow)",
    "on": "One frame on (Right arrow)",
    "later": "Next change of label (Page Down)",
}


def _step(name: str) -> str:
    icon = f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{_ICONS[name]}"/></svg>'
    label = _KEYS[name].partition(" (")[0]
    return f'<button type="button" name="{name}" title="{_KEYS[name]}" aria-label="{label}">{icon}</button>'


HTML = f"""
<div class="timeline">
  <div class="bar">
    <div class="steps" role="group" aria-label="Player">
      {_step("earlier")}{_step("back")}
      <button type="button" name="toggle" aria-label="Play" title="Play or pause (Space)">
        <svg viewBox="0 0 24 24" aria-hidden="true"><path class="play" d="M8 5v14l11-7z"/>
          <path class="pause" d="M8 5.5v13M16 5.5v13"/></svg>
      </button>
      {_step("on")}{_step("later")}
    </div>
    <div class="choose" role="group" aria-label="Chosen frames">
      <button type="button" name="begins" title="The present frame is the first ( [ )">Begins here</button>
      <button type="button" name="ends" title="The present frame is the last ( ] )">Ends here</button>
      <button type="button" name="clear" title="Choose nothing (Escape)">Clear</button>
    </div>
    <p class="readout"><b class="clock"></b> <span class="number"></span></p>
  </div>
  <div class="stage">
    <div class="rows"></div>
    <div class="axis" aria-hidden="true"></div>
    <div class="over" aria-hidden="true">
      <p class="hint">Drag over the rows to choose frames<span>, or press [ at the first and ] at the last</span></p>
      <div class="band" hidden><i class="handle" data-end="0"></i><i class="handle" data-end="1"></i></div>
      <p class="chosen" hidden></p>
      <div class="present"></div><div class="hover" hidden></div><div class="head"></div>
    </div>
    <div class="tip" aria-hidden="true" hidden><b></b><span></span><span></span><span></span></div>
  </div>
  <p class="said" role="status"></p>
</div>
"""

CSS = coloured("""
.timeline { container-type: inline-size; font-family: var(--st-font); color: var(--st-text-color); font-size: 0.85rem; }
p { margin: 0; }
[hidden] { display: none !important; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }

.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 0.8rem; margin-bottom: 0.5rem; }
.steps, .choose { display: flex; border: 1px solid EDGE; border-radius: var(--st-base-radius); overflow: hidden; }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0.3rem 0.7rem; cursor: pointer;
  min-width: 2.4rem; min-height: 2.2rem; display: grid; place-items: center; }
button + button { border-left: 1px solid RULE; }
button:not(:disabled):hover { background: SURFACE; }
button:disabled { color: FAINT; cursor: default; }
button:focus-visible { outline: 3px solid var(--st-text-color); outline-offset: -3px;
  border-radius: var(--st-base-radius); }
button svg { width: 1.2rem; height: 1.2rem; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round;
  stroke-linejoin: round; }
[name="toggle"] { min-width: 3.2rem; }
.play, [name="earlier"] path, [name="later"] path { fill: currentColor; }
.pause, .playing .play { display: none; } .playing .pause { display: inline; stroke-width: 4; }
.readout { margin-left: auto; font-variant-numeric: tabular-nums; color: FAINT; white-space: nowrap; }
.clock { font-size: 1.25rem; font-weight: 600; color: var(--st-text-color); margin-right: 0.4rem; }

.stage { position: relative; --side: clamp(9rem, 19cqi, 14rem); --strip: 0.6rem; padding-top: var(--strip); }
.choosing .stage { --strip: 1.7rem; }
.row { display: grid; grid-template-columns: var(--side) 1fr; align-items: start; margin-bottom: 0.7rem; }
.title { padding-right: 1rem; min-width: 0; line-height: 1.35; }
.name { display: block; overflow-wrap: anywhere; }
.active .name { font-weight: 650; }
.told { display: block; color: FAINT; font-size: 0.76rem; line-height: 1.25; }
.now { display: flex; gap: 0.4rem; align-items: center; font-variant-numeric: tabular-nums; color: FAINT;
  min-height: 1.35em; }
.now b { color: var(--st-text-color); font-weight: 600; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.now i { flex: none; width: 0.7rem; height: 0.7rem; border-radius: 3px; background: var(--mark); }
.now em:empty { display: none; }
.now .none { color: FAINT; font-weight: 400; }
.now em { font-style: normal; flex: none; white-space: nowrap; }
.now em + em { color: var(--st-red-text-color); }

.lane { position: relative; height: 50px; border-radius: 4px; }
.lane:focus-visible { outline: 2px solid var(--st-text-color); outline-offset: 3px; }
.lane svg { position: absolute; inset: 0; width: 100%; height: 100%; }
.ground { fill: SURFACE; opacity: 0.55; }
.tint path { fill: color-mix(in srgb, var(--mark) 24%, BACKGROUND); }
.sure path { fill: var(--mark); }
.breaks { stroke: BACKGROUND; stroke-width: 1.5; vector-effect: non-scaling-stroke; fill: none; }
.wrong { fill: var(--st-red-text-color); stroke: var(--st-red-text-color); stroke-width: 1;
  vector-effect: non-scaling-stroke; }
.label { position: absolute; top: 0; height: 27px; line-height: 27px; box-sizing: border-box; padding: 0 5px;
  font-size: 12.5px; font-weight: 550; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }

.axis { position: relative; height: 1.5rem; margin-left: var(--side); border-top: 1px solid EDGE; color: FAINT;
  font-size: 0.76rem; font-variant-numeric: tabular-nums; }
.axis span { position: absolute; top: 0; padding-top: 0.35rem; transform: translateX(-50%); white-space: nowrap; }
.axis span::before { content: ""; position: absolute; left: 50%; top: 0; height: 5px; border-left: 1px solid EDGE; }
.axis .start { transform: none; } .axis .start::before { left: 0; }
.axis .end { transform: translateX(-100%); } .axis .end::before { left: 100%; }

.over { position: absolute; inset: 0 0 0 var(--side); z-index: 1; cursor: pointer; touch-action: pan-y;
  user-select: none; -webkit-user-select: none; }
.choosing .over { cursor: crosshair; }
.over > * { pointer-events: none; }
.head, .hover, .present { position: absolute; top: var(--strip); bottom: 1.5rem; }
.head { width: 2px; margin-left: -1px; background: var(--st-text-color); box-shadow: 0 0 0 1px BACKGROUND; }
.head::before { content: ""; position: absolute; left: -5px; top: -7px; width: 12px; height: 9px;
  background: var(--st-text-color); clip-path: polygon(0 0, 100% 0, 100% 45%, 50% 100%, 0 45%); }
.hover { width: 1px; background: FAINT; }
.present { background: color-mix(in srgb, var(--st-text-color) 10%, transparent); }
.band { position: absolute; top: var(--strip); bottom: 1.5rem; box-sizing: border-box; min-width: 2px;
  background: color-mix(in srgb, var(--st-text-color) 9%, transparent); border: 1px solid var(--st-text-color);
  border-width: 1px 2px; border-bottom: 0; z-index: 1; }
.handle { position: absolute; top: 0; bottom: 0; width: 24px; left: -12px; cursor: ew-resize; pointer-events: auto; }
.handle + .handle { left: auto; right: -12px; }
.handle::before { content: ""; position: absolute; left: 8px; bottom: -5px; width: 8px; height: 28px;
  border-radius: 4px; background: var(--st-text-color); box-shadow: 0 0 0 1.5px BACKGROUND; }
.hint, .chosen { position: absolute; top: 0; font-size: 0.76rem; line-height: 1.4rem; white-space: nowrap; }
.hint { color: FAINT; left: 0; } .timeline:not(.choosing) .hint { display: none; }
.chosen { padding: 0 0.5rem; border-radius: 4px; background: var(--st-text-color); color: BACKGROUND;
  font-variant-numeric: tabular-nums; z-index: 1; }

.tip { position: absolute; z-index: 3; pointer-events: none; background: BACKGROUND; border: 1px solid EDGE;
  border-radius: 6px; padding: 0.35rem 0.6rem; box-shadow: 0 4px 16px rgb(0 0 0 / 0.25); max-width: 17rem;
  line-height: 1.4; font-variant-numeric: tabular-nums; }
.tip > * { display: block; overflow-wrap: anywhere; } .tip > :empty { display: none; }

@container (max-width: 600px) {
  .stage { --side: 0px; }
  .row { display: block; margin-bottom: 0.5rem; }
  .title { position: relative; z-index: 2; background: BACKGROUND; padding: 0 0 0.2rem; display: flex; flex-wrap: wrap;
    gap: 0 0.8rem; justify-content: space-between; pointer-events: none; }
  .told { order: 3; flex-basis: 100%; }
  .now { max-width: 100%; }
  .readout { order: -1; flex-basis: 100%; }
  .hint span { display: none; }
  .lane:focus-visible { outline-offset: 1px; }
  .head::before { top: auto; bottom: -5px; transform: scaleY(-1); }
}
""")
