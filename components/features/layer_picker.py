"""A network drawn stage by stage, to pick the layers from which embeddings are read.

An own widget (Streamlit component, version 2). Each stage is a check box that looks like a block of the network.
"""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from components.numbers import count
from components.setup.colours import coloured
from model_zoo.backbones import Backbone


def layer_picker(backbone: Backbone, picked: Sequence[str], *, key: str, on_pick: Callable[[list[str]], None]) -> None:
    """Show the stages before the head with `picked` ticked; calls `on_pick` with the names after each change."""

    def told() -> None:
        said: Any = st.session_state[key].picked
        names = [stage.name for stage in backbone.stages[:-1]]
        on_pick([name for name in names if isinstance(said, list) and name in said])

    rows = [
        {
            "name": stage.name,
            "told": f"{count(stage.parameters)} parameters" if stage.parameters else "no parameters",
            "share": min(1.0, max(0.18, (stage.parameters or 5_000) ** 0.25 / 60)),
            "on": stage.name in picked,
        }
        for stage in backbone.stages[:-1]
    ]
    _picker(key=key, data={"label": f"Layers of {backbone.title}", "stages": rows}, on_picked_change=told)


_HTML = """<div class="row"><span class="end">picture</span><div class="stages" role="group"></div>
<span class="end">classifiers</span></div>"""

_CSS = coloured("""
.row { display: flex; gap: 0.7rem; align-items: center; font-family: var(--st-font); color: var(--st-text-color);
  font-size: 0.85rem; padding: 3px; }
.end { color: FAINT; } .end::after { content: " →"; } .end:last-child::after { content: ""; }
.end:last-child::before { content: "→ "; }
.stages { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); gap: 0.5rem; flex: 1; }
label { display: flex; flex-direction: column; gap: 0.3rem; align-items: center; cursor: pointer;
  padding: 0.5rem 0.4rem; border: 1px solid RULE; border-radius: var(--st-base-radius); min-width: 0; }
label:hover { border-color: EDGE; }
label:has(:checked) { border-color: var(--st-text-color); box-shadow: inset 0 0 0 1px var(--st-text-color); }
label:has(:focus-visible) { outline: 3px solid var(--st-text-color); outline-offset: 2px; }
.block { height: 3.4rem; width: 100%; display: grid; place-items: end center; }
.block i { width: min(3rem, 70%); height: calc(100% * var(--share)); border-radius: 3px; border: 1.5px solid EDGE;
  box-sizing: border-box; }
:checked ~ .block i { background: var(--st-primary-color); border-color: var(--st-primary-color); }
.line { display: flex; gap: 0.35rem; align-items: center; font-weight: 500; min-width: 0; max-width: 100%; }
.line span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.box { width: 1rem; height: 1rem; border: 1.5px solid EDGE; border-radius: 4px; display: grid; place-items: center;
  flex: none; font-size: 0.75rem; color: transparent; line-height: 1; box-sizing: border-box; }
:checked ~ .line .box { background: var(--st-primary-color); border-color: var(--st-primary-color); color: #fff; }
input { position: absolute; opacity: 0; pointer-events: none; }
small { color: FAINT; font-size: 0.75rem; text-align: center; line-height: 1.2; }
@media (max-width: 640px) {
  .end { display: none; }
  .stages { grid-auto-flow: row; grid-template-columns: repeat(auto-fill, minmax(5.4rem, 1fr)); }
}
""")

_JS = r"""
export default function ({ data, parentElement, setTriggerValue }) {
  const group = parentElement.querySelector(".stages");
  group.setAttribute("aria-label", data.label);
  const names = data.stages.map(({ name }) => name);
  if ("" + group.names !== "" + names) { group.replaceChildren(...data.stages.map(stage)); group.names = names; }
  data.stages.forEach(({ on }, i) => { group.children[i].firstChild.checked = on; });
  group.onchange = (e) => {
    const boxes = [...group.querySelectorAll("input")];
    if (!boxes.some((box) => box.checked)) { e.target.checked = true; return; }  // one at least is read from
    setTriggerValue("picked", names.filter((_, i) => boxes[i].checked));
  };
}

function stage({ name, told, share }) {
  const label = document.createElement("label");
  label.innerHTML = `<input type="checkbox"><span class="block"><i></i></span><span class="line">
    <b class="box" aria-hidden="true">✓</b><span></span></span><small></small>`;
  label.firstChild.setAttribute("aria-label", `${name}, ${told}`);
  label.querySelector("i").style.setProperty("--share", share);
  label.querySelector(".line span").textContent = name; label.title = name;
  label.querySelector("small").textContent = told;
  return label;
}
"""

_picker = st.components.v2.component("thaw.layers", html=_HTML, css=_CSS, js=_JS)
