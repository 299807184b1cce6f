"""All classifiers as cards to tick, each drawn by the border that it would lay between two classes; knobs unfold.

The wall is that of the strategies (`components.setup.strategy_wall`); this is what is told to it, and what is
understood of what it tells.
"""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from components.features.borders import border
from components.features.names import drawn_marks, label, written
from components.setup.strategy_cards import Picked
from components.setup.strategy_wall import wall
from model_zoo.features import classifiers
from model_zoo.knobs import Knob, knobs, parse


def classifier_cards(picked: Picked, trouble: str, *, key: str, on_pick: Callable[[Any], None]) -> None:
    """Show the cards; calls `on_pick` with what the browser says (see `understood`). `trouble` is said above them."""

    def told() -> None:
        on_pick(st.session_state[key].picked)

    said = st.session_state.get(key) or {}
    revision = (said.get("picked") or {}).get("revision", 0)
    data = {"revision": revision, "trouble": trouble, "label": "Classifiers", "cards": _cards(picked)}
    wall(key=key, data=data, default={"picked": None}, on_picked_change=told)


def understood(said: Any) -> Picked:
    """Read what the browser says, `{"ticked": [[name, {knob: value}], …], "at_hand": …}`; raises ValueError."""
    said = said if isinstance(said, Mapping) else {}
    ticked = _read(said.get("ticked"))
    return Picked(ticked, tuple(text for text in _read(said.get("at_hand")) if text not in ticked))


def _read(rows: Any) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name, values in rows if isinstance(rows, list) else ():
        found[written(f"{name}:{','.join(f'{knob}={value}' for knob, value in values.items())}")] = None
    return tuple(found)


def _cards(picked: Picked) -> list[dict[str, Any]]:
    drawn = drawn_marks(picked.ticked)
    cards = []
    for name in classifiers.REGISTRY:
        of_name = [text for text in (*picked.ticked, *picked.at_hand) if parse(text)[0] == name]
        for number, text in enumerate(sorted(of_name, key=_size) or [name]):
            place = picked.ticked.index(text) if text in picked.ticked else None
            card = _card(name, text)
            slot = f"{name}/{number}"
            cards.append(card | {"slot": slot, "on": place is not None, "place": place, "mark": drawn.get(text, "")})
    return cards


def _size(text: str) -> list[Any]:
    _, options = classifiers.get(text)
    return [getattr(options, knob.name) for knob in knobs(type(options))]


def _card(name: str, text: str) -> dict[str, Any]:
    row, options = classifiers.get(text)
    told = label(text).removeprefix(row.title).lstrip(" ·\N{NO-BREAK SPACE}")
    return {
        "name": name,
        "title": row.title,
        "told": told,
        "hint": " ".join(f"{knob.name}: {knob.help}" for knob in knobs(type(options))),
        "heat": border(name),
        "summary": row.summary,
        "reference": row.reference,
        "plain": text == name,
        "knobs": [_knob(knob, getattr(options, knob.name)) for knob in knobs(type(options))],
    }


def _knob(knob: Knob, value: Any) -> dict[str, Any]:
    bounds = {"min": knob.min, "max": knob.max, "unit": knob.unit}
    return {"name": knob.name, "help": knob.help, "kind": knob.type.__name__, "value": value, "options": []} | bounds
