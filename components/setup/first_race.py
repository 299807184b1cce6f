"""A first race with one button: three classics on drawn surfaces, nothing to choose."""

from dataclasses import replace

import streamlit as st

from components import jobs, shell
from components.setup.choices import read

FIRST_RACE = {"preset": "classics", "data": "materials:per_class=16", "epochs": "6"}
BATCH = 16  # with so few pictures, larger ones would leave a new softmax too few steps
WITHIN_SECONDS = 30  # of training, in fewer epochs if need be; with all before it, a verdict within a minute


def start_first_race(key: str) -> None:
    """Show the button; it starts the race and opens its page. One that is already under way is opened instead."""
    jobs.wake()
    if st.button("Start a first race", type="primary", icon=":material/play_arrow:", key=key):
        shell.go("comparison", {"id": _under_way() or jobs.submit("compare", _spec())})


def _spec() -> dict[str, object]:
    return replace(read(FIRST_RACE)[0].spec(), batch=BATCH, within_seconds=WITHIN_SECONDS).to_json()


def _under_way() -> str:
    """Give the id of a first race that waits or runs, "" if none does."""
    found = jobs.find("compare", _spec())
    return found.id if found and not found.is_over else ""
