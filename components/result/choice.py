"""Which run to look at: a configuration and, where there are several, a seed."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from components.result.record import Record


def choose_configuration(record: Record, *, key: str) -> str:
    """Ask for a configuration, the recommended one first; whoever asks under the same key gets the same answer."""
    names = list(record.best_runs())
    return st.selectbox(
        "Strategy",
        names,
        format_func=lambda name: record.marks[name].label,
        key=f"{key}.strategy",
        persist_state="page",
    )


def choose_run(record: Record, *, key: str) -> int:
    """Ask for a run; gives its index in the result's runs. The best seed of a strategy is marked and comes first."""
    strategy, seed = st.columns([2, 1], vertical_alignment="bottom")
    with strategy:
        name = choose_configuration(record, key=key)
    rows: Sequence[Mapping[str, Any]] = record.result["runs"]
    best = record.best_runs()[name]
    mine = sorted((i for i, row in enumerate(rows) if row["strategy"] == name), key=lambda i: (i != best, i))
    with seed:
        if len(mine) == 1:
            return mine[0]
        told = {rows[i]["seed"]: f"{rows[i]['seed']}{', its best' if i == best else ''}" for i in mine}
        chosen = st.selectbox(
            "Seed", list(told), format_func=told.__getitem__, key=f"{key}.seed.{name}", persist_state="page"
        )
    return next(i for i in mine if rows[i]["seed"] == chosen)
