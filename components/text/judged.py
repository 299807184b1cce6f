"""The texts that a job has judged, on disk; searched, sorted and cut to a page here, so that the browser gets few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import streamlit as st

from components.downloads import csv_text
from components.text.verdict import UNSURE
from model_zoo.experiments.jobs.sentiment_texts import FILE
from model_zoo.home import home

if TYPE_CHECKING:
    from pyarrow import Table

Which = Literal["All", "Positive", "Negative", "Cannot tell"]
Order = Literal["As sent", "Most positive first", "Most negative first", "Least sure first"]
WHICH: tuple[Which, ...] = get_args(Which)
ORDERS: tuple[Order, ...] = get_args(Order)


@st.cache_resource(max_entries=4, show_spinner=False)
def judged(job: str) -> Table:
    """Open what the job has written: `place` (from 1, as sent), `text`, `language`, `positive`."""
    import pyarrow
    from pyarrow import parquet

    table = parquet.read_table(home("jobs") / job / FILE)
    return table.add_column(0, "place", pyarrow.array(range(1, table.num_rows + 1), pyarrow.int64()))


def found(table: Table, search: str = "", which: Which = "All", order: Order = "As sent") -> Table:
    """Give the texts that hold `search`, upper or lower case, and are of the wanted kind, in the wanted order."""
    from pyarrow import compute

    if search := search.strip():
        table = table.filter(compute.match_substring(table["text"], search, ignore_case=True))
    positive = table["positive"]
    unsure = compute.less(compute.abs(compute.subtract(positive, 0.5)), UNSURE)
    if which == "Cannot tell":
        table = table.filter(unsure)
    elif which != "All":
        side = compute.greater(positive, 0.5) if which == "Positive" else compute.less(positive, 0.5)
        table = table.filter(compute.and_(side, compute.invert(unsure)))
    return _sorted(table, order)


def as_csv(table: Table) -> bytes:
    """Write texts as CSV, with the mark that tells spreadsheets that it is UTF-8."""
    rows = table.select(["text", "language", "positive"]).to_pylist()
    return ("\ufeff" + csv_text(rows)).encode("utf-8", errors="replace")


def _sorted(table: Table, order: Order) -> Table:
    from pyarrow import compute

    if order == "As sent":
        return table
    doubt = compute.abs(compute.subtract(table["positive"], 0.5))
    way = "descending" if order == "Most positive first" else "ascending"
    by = doubt if order == "Least sure first" else table["positive"]
    keys = table.select(["place"]).append_column("by", by)
    return table.take(compute.sort_indices(keys, sort_keys=[("by", way), ("place", "ascending")]))
