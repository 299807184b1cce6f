"""Step 4: which classifiers stand on the embeddings, whether each is tuned, and over how many seeds."""

from typing import Any

import streamlit as st

from components.features import choices
from components.features.choices import Wanted
from components.features.classifier_cards import classifier_cards, understood
from components.setup import choices as shared
from components.setup.choices import MOST, Choices
from components.setup.strategy_cards import Picked
from model_zoo.features.classifiers import FOLDS
from model_zoo.features.spec import MOST_CLASSIFIERS

AT_HAND, TROUBLE = "features.at_hand", "features.trouble"
TUNE, SEEDS = "features.tune", "features.seeds"
LEGEND = """The drawings show the kind of border that each lays between two classes: rings on one side, squares on the
other. Its settings, what it does and its paper unfold below it."""
TUNE_HELP = f"""Tries a small ladder of settings for each classifier by {FOLDS}-fold cross-validation on training
pictures alone; validation and test pictures are not touched. Slower, and often no better than the defaults."""
SEEDS_HELP = """Each classifier is fitted once for each seed. Where the source gives no split, every seed draws another
one. They are the seeds of the compare page, so that both can be set side by side."""


def classifier_step(chosen: Choices, wanted: Wanted) -> None:
    """Show the cards, and below them tuning and seeds."""
    picked = Picked(wanted.classifiers, tuple(st.session_state.get(AT_HAND, ())))
    classifier_cards(picked, st.session_state.get(TROUBLE, ""), key="features.classifiers", on_pick=_pick)
    st.caption(LEGEND)
    tune, seeds = st.columns([2, 1], vertical_alignment="bottom")
    with tune:
        st.session_state.setdefault(TUNE, wanted.tune)
        st.toggle("Tune each on training pictures", key=TUNE, help=TUNE_HELP, on_change=_tune)
    with seeds:
        st.session_state.setdefault(SEEDS, chosen.seeds)
        st.number_input("Seeds", 1, MOST["seeds"], key=SEEDS, help=SEEDS_HELP, on_change=_seeds)


def words(chosen: Choices, wanted: Wanted) -> str:
    """Say in a few words what is chosen."""
    count, seeds = len(wanted.classifiers), chosen.seeds
    if not count:
        return "Tick at least one"
    return f"{count}{', tuned' if wanted.tune else ''} × {seeds} {'seed' if seeds == 1 else 'seeds'}"


def _pick(said: Any) -> None:
    try:
        picked = understood(said)
        if len(picked.ticked) > MOST_CLASSIFIERS:
            raise ValueError(f"At most {MOST_CLASSIFIERS} classifiers can be fitted; untick one first.")
    except ValueError as error:
        st.session_state[TROUBLE] = str(error)
        return
    st.session_state[TROUBLE] = ""
    st.session_state[AT_HAND] = list(picked.at_hand)
    choices.choose(classifiers=picked.ticked)


def _tune() -> None:
    choices.choose(tune=st.session_state[TUNE])


def _seeds() -> None:
    shared.choose(seeds=st.session_state[SEEDS])
