"""Choose what recurrent networks are to learn, which of them, and how long; then begin."""

from typing import Any

import streamlit as st

from components import jobs, shell
from components.numbers import about
from components.readers.record import KIND
from components.readers.texts_step import texts_step
from model_zoo.rnn import readers
from model_zoo.rnn.readers import DEFAULTS, MOST_EPOCHS, MOST_SEEDS, ReadersSpec

OFFERED = (*DEFAULTS, "lstm:bidirectional=true", "gru:bidirectional=true", "lstm:layers=2", "shipped:gradual=false")


def setup() -> None:
    """Ask for the texts and what to do with them, then begin."""
    found = texts_step()
    if found is None:
        return
    asked, tokens = found
    spec = _budget(asked)
    if st.button(
        "Train them", type="primary", icon=":material/play_arrow:", key="readers.start", disabled=spec is None
    ):
        assert spec is not None
        seconds = readers.estimate(spec, tokens)
        shell.go("readers", {"id": jobs.submit(KIND, spec.to_json(), estimate_seconds=seconds)})
    if spec:
        told = about(readers.estimate(spec, tokens))
        st.caption(f"{told[0].upper()}{told[1:]}. It goes on when you close the page.")


def _budget(asked: dict[str, Any]) -> ReadersSpec | None:
    """Ask which networks, how long and how often; None where no network is chosen."""
    chosen = st.pills(
        "Networks",
        OFFERED,
        selection_mode="multi",
        default=DEFAULTS,
        format_func=readers.title,
        key="readers.networks",
        help="All read the same tokens, learn from the same texts and get the same epochs.",
    )
    for name in dict.fromkeys(readers.get(text)[0].name for text in chosen):
        st.caption(f"**{readers.REGISTRY[name].title}.** {readers.REGISTRY[name].about}")
    left, right = st.columns(2)
    epochs = left.number_input("Epochs", 1, MOST_EPOCHS, ReadersSpec.epochs, key="readers.epochs")
    seeds = right.number_input("Seeds", 1, MOST_SEEDS, ReadersSpec.seeds, key="readers.seeds")
    if not chosen:
        return None
    return ReadersSpec(**asked, configurations=tuple(chosen), epochs=epochs, seeds=seeds)
