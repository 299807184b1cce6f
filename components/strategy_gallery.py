"""A wall of all strategies, the coldest first, each as the picture of what it lets move.

An own widget (Streamlit component, version 2), because `st.html` takes no SVG.
"""

import math
from collections.abc import Sequence

import streamlit as st

from components.heatmap import factors, thumbnail
from components.theme import temperature, warmth
from model_zoo import backbones, strategies
from model_zoo.strategies import Strategy
from model_zoo.strategies.custom import spell_map

EPOCHS = 10
BACKBONE = "resnet_mini"


def strategy_gallery(*, key: str) -> None:
    """Show every strategy that starts from pre-trained weights, as its defaults have it, and last a painted one."""
    stages = backbones.get(BACKBONE).stage_names
    found = [strategies.get(name) for name in coldest_first(stages)[:-1]]
    wall = [strategy for strategy in found if strategy.pretrained] + [_painted(stages)]
    _gallery(key=key, data=[_figure(strategy, stages) for strategy in wall])


def coldest_first(stages: Sequence[str]) -> list[str]:
    """Give the names of all strategies by how much their defaults let move, the least first; what is painted last."""
    painted = "custom"
    heats = {name: _heat(strategies.get(name), tuple(stages)) for name in strategies.REGISTRY if name != painted}
    return [*sorted(heats, key=heats.__getitem__), painted]


def _heat(strategy: Strategy, stages: tuple[str, ...]) -> float:
    heat = sum(warmth(factor) for row in factors(strategy, stages, EPOCHS) for factor in row)
    return heat / 2 if strategy.partial else heat


def _painted(stages: tuple[str, ...]) -> Strategy:
    """Paint a warm wave that runs from the head to the input."""
    turns = {stage: [epoch / EPOCHS + row / len(stages) for epoch in range(EPOCHS)] for row, stage in enumerate(stages)}
    waves = {stage: [10 ** (-2 - 2 * math.cos(math.tau * turn)) for turn in row] for stage, row in turns.items()}
    return strategies.get(f"custom:map={spell_map(waves)}")


def _figure(strategy: Strategy, stages: tuple[str, ...]) -> dict[str, str]:
    return {"svg": thumbnail(strategy, stages, EPOCHS), "title": strategy.title, "summary": strategy.summary}


_HTML = """<p class="legend">frozen<span></span>free to move</p><div class="wall"></div>"""

_CSS = """
.wall, .legend { font-family: var(--st-font); color: var(--st-text-color); font-size: 0.9rem; line-height: 1.3; }
.legend { display: flex; align-items: center; gap: 0.6rem; margin: 0 0 1.1rem; }
.legend span { width: 9rem; height: 0.75rem; border-radius: 0.25rem; background: linear-gradient(90deg, SCALE); }
.wall { display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: 1.5rem 1.4rem; }
figure { margin: 0; }
figcaption { margin-top: 0.4rem; }
""".replace(
    "SCALE", ", ".join(f"light-dark({temperature(step / 8)}, {temperature(step / 8, dark=True)})" for step in range(9))
)

_JS = """
export default function ({ data, parentElement }) {
  parentElement.querySelector(".wall").replaceChildren(...data.map(({ svg, title, summary }) => {
    const figure = document.createElement("figure"), name = document.createElement("figcaption");
    figure.innerHTML = svg;
    name.textContent = title;
    name.title = summary;
    figure.append(name);
    return figure;
  }));
}
"""

_gallery = st.components.v2.component("thaw.strategy_gallery", html=_HTML, css=_CSS, js=_JS)
