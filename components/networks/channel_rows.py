"""Channels at a glance, a row each: the pictures that excite it, where they do, and the row that is chosen.

An own widget (Streamlit component, version 2): names reach the page as text, never as markup. Arrow keys go from row to
row, Enter or Space chooses.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from components.networks.excited import Shown
from components.radio_group import RADIO_GROUP
from components.setup.colours import coloured


def channel_rows(
    rows: Mapping[int, Sequence[Shown]],
    titles: Mapping[int, str],
    chosen: int,
    *,
    key: str,
    on_choose: Callable[[int], None],
) -> None:
    """Show a row a channel, titled; calls `on_choose` with the channel of the row that was clicked."""

    def picked() -> None:
        on_choose(int(st.session_state[key].picked))

    told = [_told(channel, titles[channel], shown) for channel, shown in rows.items()]
    _rows(key=key, data={"chosen": chosen, "rows": told}, on_picked_change=picked)


def _told(channel: int, title: str, shown: Sequence[Shown]) -> dict[str, Any]:
    pictures = [{"source": one.source, "name": f"{one.label}, {one.name}"} for one in shown]
    return {"channel": channel, "title": title, "pictures": pictures}


_HTML = """<div class="rows" role="radiogroup" aria-label="Channels"></div>"""

_CSS = coloured("""
.rows { display: grid; gap: 2px; font-family: var(--st-font); color: var(--st-text-color); padding: 3px; }
.row { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: 0.75rem; align-items: center; cursor: pointer;
  padding: 0.3rem 0.5rem; border-radius: var(--st-base-radius); outline-offset: -1px; }
.row:hover { background: SURFACE; }
.row:focus-visible { outline: 3px solid var(--st-text-color); }
.row[aria-checked="true"] { box-shadow: inset 0 0 0 2px var(--st-text-color); }
.title { font-size: 0.85rem; font-weight: 600; line-height: 1.25; overflow-wrap: anywhere; }
.pictures { display: grid; grid-template-columns: repeat(9, minmax(0, 1fr)); gap: 0.35rem; max-width: 46rem; }
.pictures img { width: 100%; aspect-ratio: 1; object-fit: cover; border-radius: 3px; display: block; }
.silent { grid-column: 1 / -1; font-size: 0.85rem; color: FAINT; }
@media (max-width: 640px) {
  .row { grid-template-columns: 1fr; gap: 0.25rem; } .pictures { gap: 2px; } }
""")

_JS = r"""
export default function ({ data, parentElement, setTriggerValue }) {
  const group = parentElement.querySelector(".rows");
  const choose = (node) => { mark(group, node.dataset.id); setTriggerValue("picked", +node.dataset.id); };
  const look = JSON.stringify(data.rows);
  if (group.look !== look) {  // else what has the focus keeps it
    group.replaceChildren(...data.rows.map((told) => row(told)));
    group.look = look;
  }
  group.choose = choose;
  mark(group, data.chosen);
  group.onkeydown = (e) => move(group, e, choose);
}

function row({ channel, title, pictures }) {
  const [node, name, list] = ["div", "div", "div"].map((tag) => document.createElement(tag));
  node.className = "row"; node.dataset.id = channel; node.setAttribute("role", "radio");
  node.setAttribute("aria-label", title);
  name.className = "title"; name.textContent = title;
  list.className = "pictures"; list.append(...pictures.map(picture));
  if (!pictures.length) {
    const silent = document.createElement("span");
    silent.className = "silent"; silent.textContent = "None of these pictures excites it.";
    list.append(silent);
  }
  node.append(name, list);
  node.onclick = () => node.parentElement.choose(node);
  return node;
}

function picture({ source, name }) {
  const img = document.createElement("img");
  img.src = source; img.alt = name; img.title = name; img.decoding = "async";
  return img;
}
"""

_rows = st.components.v2.component("thaw.channel_rows", html=_HTML, css=_CSS, js=_JS + RADIO_GROUP)
