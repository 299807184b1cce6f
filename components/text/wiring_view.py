"""The picture of a wiring on a page, filled with one input; below it all wirings small, the present one marked.

An own widget (Streamlit component, version 2): `st.html` lets no drawing through.
"""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from components.setup.colours import coloured
from components.text.wiring import TOLD, WIRINGS, Step, picture, small
from model_zoo.rnn.mode import Wiring
from model_zoo.rnn.prediction import Prediction

MOST_STEPS = 40  # of a longer text the last ones are drawn


def wiring_view(wiring: Wiring, steps: Sequence[Step], told: str, *, key: str) -> None:
    """Show the wiring filled with `steps`; `told` says in words what there is to see."""
    shown = steps[-MOST_STEPS:]
    cut = f"{len(steps) - len(shown):,} steps before these are not drawn." if len(shown) < len(steps) else ""
    small_ones = "".join(
        f"<li{' aria-current=true' if each == wiring else ''} title='{TOLD[each]}'>{small(each)}"
        f"<span>{each}</span></li>"
        for each in WIRINGS
    )
    data: dict[str, Any] = {"drawn": picture(wiring, shown, cut), "told": f"{told} {cut}".strip(), "small": small_ones}
    data["ends"] = wiring in ("many to one", "many to many")  # what matters is at the end of it
    _wiring(key=key, data=data)
    if cut:
        st.caption(f"The last {len(shown)} of {len(steps):,} steps are drawn.")


def strengths(prediction: Prediction) -> list[tuple[float, float | None]]:
    """Give how strong the last layer's state is after each token, 0 to 1 within this text, forwards and backwards.

    The strength is the root mean square over the units that are told; of tokens without states it is 0.
    """
    if not prediction.states:
        return [(0.0, None)] * len(prediction.tokens)
    layer = prediction.states[-1].name.partition(",")[0]
    ways = [_scaled(s.hidden, s.start, len(prediction.tokens)) for s in prediction.states if s.name.startswith(layer)]
    return [(forth, ways[1][place] if len(ways) > 1 else None) for place, forth in enumerate(ways[0])]


def _scaled(hidden: Sequence[Sequence[float]], start: int, count: int) -> list[float]:
    sizes = [(sum(value * value for value in row) / max(1, len(row))) ** 0.5 for row in hidden]
    most = max(sizes, default=0.0) or 1.0
    found = [0.0] * start + [size / most for size in sizes]
    return (found + [0.0] * count)[:count]


_HTML = """<div class="whole"><div class="scroll" tabindex="0" role="img"></div><ol class="small"
  aria-label="All wirings, the present one marked"></ol></div>"""

_CSS = coloured("""
.whole { font-family: var(--st-font); color: var(--st-text-color); }
.scroll { overflow-x: auto; padding-bottom: 0.5rem; border-radius: var(--st-base-radius); }
.scroll:focus-visible { outline: 2px solid var(--st-text-color); outline-offset: 2px; }
svg { display: block; overflow: visible; }
svg text { font: 500 12.5px var(--st-font); text-anchor: middle; fill: var(--st-text-color); }
svg rect { stroke: EDGE; stroke-width: 1.2; fill: BACKGROUND; }
.in rect, rect.in { fill: SURFACE; }
.out rect, rect.out { stroke: var(--st-text-color); stroke-width: 2; }
.out text { font-weight: 650; }
rect.state { fill: color-mix(in srgb, var(--st-text-color) calc(8% + 0.72 * var(--share, 40%)), BACKGROUND); }
.arrow { fill: none; stroke: EDGE; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
.small { list-style: none; margin: 0.6rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.5rem; }
.small li { display: grid; justify-items: center; gap: 0.3rem; padding: 0.5rem 0.7rem 0.35rem; font-size: 0.8rem;
  color: FAINT; border: 1px solid transparent; border-radius: var(--st-base-radius); }
.small li[aria-current] { border-color: EDGE; color: var(--st-text-color); font-weight: 650; }
.small svg rect, .small svg .arrow { stroke-width: 1; }
@media (max-width: 640px) { .small { flex-wrap: nowrap; gap: 0; overflow-x: auto; } .small svg { zoom: 0.8; }
  .small li { padding: 0.35rem 0.25rem; font-size: 0.68rem; white-space: nowrap; } }
""")

_JS = r"""
export default function ({ data, parentElement }) {
  const scroll = parentElement.querySelector(".scroll"), small = parentElement.querySelector(".small");
  if (scroll.drawn !== data.drawn) {
    scroll.drawn = data.drawn;
    scroll.innerHTML = data.drawn;  // drawn by the program, which has escaped what visitors wrote
    scroll.scrollLeft = data.ends ? scroll.scrollWidth : 0;
  }
  scroll.setAttribute("aria-label", data.told);
  if (small.drawn !== data.small) { small.drawn = data.small; small.innerHTML = data.small; }
}
"""

_wiring = st.components.v2.component("thaw.wiring", html=_HTML, css=_CSS, js=_JS)
