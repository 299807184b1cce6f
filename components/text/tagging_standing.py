"""How good a tagger is: its card's figures by data set, a rival that only looks words up, and what it confuses."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.numbers import percent
from components.sentences import literal, say
from model_zoo.rnn import tagging

NONE = "This network has no figures yet: it has not been measured on sentences that it never saw."


def tagging_standing(task: str) -> None:
    """Show what the model card of a task says; where there is none, say so."""
    try:
        card = tagging.card(task)
    except ValueError as error:
        say(str(error))
        return
    figures: Mapping[str, Mapping[str, Any]] = card.get("figures") or {}
    if not figures:
        st.info(NONE, icon=":material/info:")
        return
    what = "F1 of whole entities, bounds and label right" if task == "ner" else "share of words with the right tag"
    for name, told in figures.items():
        rival = told.get("rival", {})
        what_else = rival.get("what", "a rival")
        beside = f", against {_sure(rival)} by {what_else}" if "mean" in rival else ""
        st.markdown(f"**{literal(name)}**: {literal(_sure(told) + beside)}.")
    st.caption(f"{what[0].upper()}{what[1:]}, with 95 % intervals over sentences. {card.get('weaknesses', '')}")
    name, told = next(iter(figures.items()))
    parts = told.get("by label") or told.get("by tag")
    if parts:
        with st.expander(f"Tag by tag, {name}", icon=":material/table_rows:"):
            st.dataframe([{"tag": tag, **row} for tag, row in parts.items()], key="tagging.parts")


def _sure(told: Mapping[str, Any]) -> str:
    between = f" ({percent(told['interval'][0])} to {percent(told['interval'][1])})" if told.get("interval") else ""
    return f"{percent(told['mean'])}{between}"
