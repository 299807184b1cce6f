"""All strategies as small heat maps to tick; the knobs of each, its summary and its paper unfold from the card.

Several settings of one strategy stand side by side. This is the Python side: what is told to the widget
(`components.setup.strategy_wall`), and what is understood of what it tells.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components.configurations import NO_BREAK, drawing, explained, label, marks, written
from components.heatmap import thumbnail
from components.setup.presets import PAINTED
from components.setup.strategy_wall import wall
from components.strategy_gallery import coldest_first
from model_zoo import strategies
from model_zoo.knobs import Knob, knobs, parse
from model_zoo.strategies import Strategy


@dataclass(frozen=True)
class Picked:
    """What is ticked, in the order of ticking, and which other settings are kept at hand, unticked."""

    ticked: tuple[str, ...]
    at_hand: tuple[str, ...] = ()


def strategy_cards(
    picked: Picked, stages: Sequence[str], epochs: int, trouble: str, *, key: str, on_pick: Callable[[Any], None]
) -> None:
    """Show the cards, drawn for these stages and epochs; calls `on_pick` with what the browser says (see `understood`).

    `trouble` is said above the cards: why the last change could not be made.
    """

    def told() -> None:
        on_pick(st.session_state[key].picked)

    said = st.session_state.get(key) or {}
    revision = (said.get("picked") or {}).get("revision", 0)
    data = {"revision": revision, "trouble": trouble, "label": "Strategies", "cards": _cards(picked, stages, epochs)}
    wall(key=key, data=data, default={"picked": None}, on_picked_change=told)


def understood(said: Any, stages: Sequence[str]) -> Picked:
    """Read what the browser says, `{"ticked": [[name, {knob: value}], …], "at_hand": …}`; raises ValueError.

    Equal settings become one.
    """
    said = said if isinstance(said, Mapping) else {}
    ticked = _read(said.get("ticked"), stages)
    return Picked(ticked, tuple(text for text in _read(said.get("at_hand"), stages) if text not in ticked))


def _read(rows: Any, stages: Sequence[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name, values in rows if isinstance(rows, list) else ():
        text = f"{name}:{','.join(f'{knob}={value}' for knob, value in values.items())}"
        strategies.get(text).lr_scales(tuple(stages), 0, 1)
        found[written(text)] = None
    return tuple(found)


def _cards(picked: Picked, stages: Sequence[str], epochs: int) -> list[dict[str, Any]]:
    drawn = marks(picked.ticked, dark=False) if picked.ticked else {}
    cards = []
    for name in coldest_first(stages):
        of_name = [text for text in (*picked.ticked, *picked.at_hand) if parse(text)[0] == name]
        settings = sorted(of_name, key=_size) or ([written(name)] if name != PAINTED else [])
        for number, text in enumerate(settings):
            mark = drawing(drawn[text]) if text in drawn else ""
            card = _card(name, text, stages, epochs)
            place = picked.ticked.index(text) if text in picked.ticked else None
            cards.append(card | {"slot": f"{name}/{number}", "on": place is not None, "place": place, "mark": mark})
    return cards


def _size(text: str) -> list[Any]:
    """Order settings of one strategy by their numbers; painted ones stay as they came."""
    strategy = strategies.get(text)
    return [getattr(strategy, knob.name) for knob in knobs(type(strategy)) if knob.type in (int, float)]


def _card(name: str, text: str, stages: Sequence[str], epochs: int) -> dict[str, Any]:
    strategy = strategies.get(text)
    return {
        "name": name,
        "title": strategy.title,
        "told": label(text).removeprefix(strategy.title).lstrip(f" ·{NO_BREAK}") or _text_knobs(strategy),
        "hint": " ".join(explained([text])),
        "heat": thumbnail(strategy, stages, epochs),
        "summary": strategy.summary,
        "reference": strategy.reference,
        "plain": text == written(name),
        "knobs": [_knob(knob, getattr(strategy, knob.name), stages) for knob in knobs(type(strategy))],
    }


def _text_knobs(strategy: Strategy) -> str:
    shown = [k for k in knobs(type(strategy)) if k.type is str and not _is_painted(k)]
    return ", ".join(f"{knob.name} {getattr(strategy, knob.name)}" for knob in shown)


def _knob(knob: Knob, value: Any, stages: Sequence[str]) -> dict[str, Any]:
    """Describe a knob to the browser; one that names a stage is chosen from a list."""
    places = ["first", "middle", "last", *stages[:-1]] if knob.name == "stage" else []
    return {
        "name": knob.name,
        "help": knob.help,
        "kind": "painted" if _is_painted(knob) else knob.type.__name__,
        "value": value,
        "min": knob.min,
        "max": knob.max,
        "unit": knob.unit,
        "options": places,
    }


def _is_painted(knob: Knob) -> bool:
    return knob.name == "map"
