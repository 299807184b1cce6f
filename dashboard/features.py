"""Choose pictures, a network, layers and classifiers; then see how far the network gets without being trained."""

from dataclasses import replace
from functools import partial

import streamlit as st

from components import shell
from components.features import choices
from components.features.classifier_step import classifier_step
from components.features.layer_step import layer_step
from components.features.row import open_step, opened_step, row
from components.features.start import start
from components.sentences import say
from components.setup.backbone_step import backbone_step
from components.setup.data_step import data_step
from components.setup.preparing import prepare
from components.setup.presets import PRESETS
from components.setup.upload_step import in_trouble
from components.setup.waiting import stopped

TITLE, ICON, SECTION, ORDER = "Features", ":material/scatter_plot:", "", 2
LEAD = """A network without its last layer makes a list of numbers of each picture, its **embedding**. Classifiers learn
from those in seconds, and the network stays as it is."""

PANELS = {
    "data": lambda chosen, wanted, prepared: data_step(chosen, prepared),
    "backbone": lambda chosen, wanted, prepared: backbone_step(chosen),
    "layers": lambda chosen, wanted, prepared: layer_step(chosen, wanted),
    "classifiers": lambda chosen, wanted, prepared: classifier_step(chosen, wanted),
}


def render() -> None:
    shell.question("How far does a network get without being trained at all?", LEAD)
    chosen, wanted, complaints = choices.arrive()
    if complaints:
        say("The link could not be read in full; defaults fill the gaps.", *complaints, icon=":material/link_off:")
    prepared = prepare(replace(chosen, strategies=chosen.strategies or PRESETS[0].strategies))
    opened = opened_step(chosen)
    row(chosen, wanted, prepared, opened)
    if not (opened == "data" and in_trouble()):  # what went wrong last stands there; one box is enough
        back = None if opened == "data" else partial(open_step, "data")
        stopped("pictures", prepared.pictures, "Preparing the pictures:", back)
    stopped("trial", prepared.trial, "Timing the network:")
    if opened:
        with st.container(border=True, key="features.panel"):
            PANELS[opened](chosen, wanted, prepared)
    start(chosen, wanted, prepared)
