"""Choose pictures, a network, strategies and a budget; then start the race."""

from functools import partial

import streamlit as st

from components import shell
from components.sentences import say
from components.setup import choices, costs
from components.setup.backbone_step import backbone_step
from components.setup.budget_step import budget_step
from components.setup.data_step import data_step
from components.setup.preparing import prepare
from components.setup.row import open_step, opened_step, row
from components.setup.start import start
from components.setup.strategy_step import strategy_step
from components.setup.upload_step import in_trouble
from components.setup.waiting import stopped

TITLE, ICON, SECTION, ORDER = "Compare", ":material/leaderboard:", "", 1

PANELS = {
    "data": lambda chosen, prepared, cost: data_step(chosen, prepared),
    "backbone": lambda chosen, prepared, cost: backbone_step(chosen),
    "strategies": lambda chosen, prepared, cost: strategy_step(chosen),
    "budget": lambda chosen, prepared, cost: budget_step(chosen, cost),
}


def render() -> None:
    shell.question("Which way of fine-tuning fits my pictures?")
    chosen, complaints = choices.arrive()
    if complaints:
        say("The link could not be read in full; defaults fill the gaps.", *complaints, icon=":material/link_off:")
    prepared = prepare(chosen)
    cost = costs.cost(chosen, prepared)
    opened = opened_step(chosen)
    row(chosen, prepared, opened)
    if not (opened == "data" and in_trouble()):  # what went wrong last stands there; one box is enough
        back = None if opened == "data" else partial(open_step, "data")
        stopped("pictures", prepared.pictures, "Preparing the pictures:", back)
    stopped("trial", prepared.trial, "Timing the network:")
    if opened:
        with st.container(border=True, key="compare.panel"):
            PANELS[opened](chosen, prepared, cost)
    start(chosen, prepared, cost)
