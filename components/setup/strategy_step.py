"""Step 3: which strategies race. Presets, all strategies as heat maps to tick, and a grid to paint one's own on."""

from typing import Any

import streamlit as st

from components.configurations import explained
from components.painter import painter
from components.sentences import literal
from components.setup import choices, presets
from components.setup.choices import Choices
from components.setup.strategy_cards import Picked, strategy_cards, understood
from model_zoo.specs import MOST_CONFIGURATIONS
from model_zoo.strategies.custom import spell_map

AT_HAND, TROUBLE = "compare.at_hand", "compare.strategies.trouble"
LEGEND = """Rows are stages of the network, the input on top and the new last layer below; columns are epochs. Blue is
frozen, orange moves at the whole rate; hatched where only a fraction of a stage trains."""


def strategy_step(chosen: Choices) -> None:
    """Show presets, cards and the painter."""
    stages = chosen.network.stage_names
    _presets(chosen)
    picked = Picked(chosen.strategies, tuple(st.session_state.get(AT_HAND, ())))
    trouble = st.session_state.get(TROUBLE, "")
    strategy_cards(picked, stages, chosen.epochs, trouble, key="compare.strategies", on_pick=_pick)
    st.caption("  \n".join([LEGEND, *map(literal, explained(chosen.strategies))]))
    _paint(chosen)


def words(chosen: Choices) -> str:
    """Say in a few words what is chosen."""
    count = len(chosen.strategies)
    if not count:
        return "Tick at least one"
    name = presets.named(chosen.strategies)
    return presets.preset(name).title if name else f"{count} {'strategy' if count == 1 else 'strategies'}"


def _presets(chosen: Choices) -> None:
    name = presets.named(chosen.strategies)
    with st.container(horizontal=True, key="compare.presets"):
        for row in presets.PRESETS:
            icon = ":material/check:" if row.name == name else None
            key = f"compare.preset.{row.name}"
            st.button(row.title, icon=icon, help=row.text, key=key, on_click=_preset, args=(row.name,))
    count = len(chosen.strategies)
    st.caption(presets.preset(name).text if name else f"{count} of at most {MOST_CONFIGURATIONS} ticked.")


def _preset(name: str) -> None:
    st.session_state[AT_HAND] = []
    st.session_state[TROUBLE] = ""
    choices.choose(strategies=presets.preset(name).strategies)


def _pick(said: Any) -> None:
    chosen = choices.now()
    try:
        picked = understood(said, chosen.network.stage_names)
        if len(picked.ticked) > MOST_CONFIGURATIONS:
            raise ValueError(f"At most {MOST_CONFIGURATIONS} strategies can race; untick one first.")
    except ValueError as error:
        st.session_state[TROUBLE] = str(error)
        return
    st.session_state[TROUBLE] = ""
    st.session_state[AT_HAND] = list(picked.at_hand)
    choices.choose(strategies=picked.ticked)


def _paint(chosen: Choices) -> None:
    with st.expander("Paint your own", icon=":material/brush:", key="compare.paint"):
        stages = chosen.network.stage_names
        start = {stage: [0.0] for stage in stages[:-1]} | {stages[-1]: [1.0]}
        painted = painter(stages, chosen.epochs, start, key="compare.painter", origin=chosen.backbone)
        if not any(factor for row in painted.values() for factor in row):
            st.caption("Everything is frozen: warm at least one stage.")
            return
        configuration = f"custom:map={spell_map(painted)}"
        if configuration in chosen.strategies:
            st.caption("This painting races. Paint on and add another, or untick it above.")
        elif st.button("Add it to the race", icon=":material/add:", key="compare.paint.add"):
            choices.choose(strategies=(*chosen.strategies, configuration))
            st.rerun()
