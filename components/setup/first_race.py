"""A first race with one button: three classics on drawn surfaces, nothing to choose."""

import streamlit as st

from components import jobs, shell
from components.setup.choices import read

FIRST_RACE = {"preset": "classics", "data": "materials:per_class=30", "epochs": "4"}  # over within a minute


def start_first_race(key: str) -> None:
    """Show the button; it starts the race and opens its page. One that is already under way is opened instead."""
    if st.button("Start a first race", type="primary", icon=":material/play_arrow:", key=key):
        shell.go("comparison", {"id": _under_way() or jobs.submit("compare", _spec())})


def _spec() -> dict[str, object]:
    return read(FIRST_RACE)[0].spec().to_json()


def _under_way() -> str:
    """Give the id of a first race that waits or runs, "" if none does."""
    found = jobs.find("compare", _spec())
    return found.id if found and not found.is_over else ""
