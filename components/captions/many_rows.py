"""The captions that a job has written; searched, sorted and cut to a page here, so that the browser gets few."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, get_args

import streamlit as st

from components.downloads import csv_text
from model_zoo.experiments.jobs.caption_pictures import FILE
from model_zoo.home import home

if TYPE_CHECKING:
    from pyarrow import Table

Order = Literal["As sent", "Surest first", "Least sure first"]
ORDERS: tuple[Order, ...] = get_args(Order)
OWN = ("place", "sure")  # columns that are only for the page
DIGITS = 4


@st.cache_resource(max_entries=4, show_spinner=False)
def rows(job: str) -> Table:
    """Open what the job has written, with `place` (from 1) and `sure`: the geometric mean of the probabilities of the
    words of the caption and of its end, a fraction.
    """
    import pyarrow
    from pyarrow import compute, parquet

    table = parquet.read_table(home("jobs") / job / FILE)
    words = compute.add(compute.list_value_length(table["tokens"]), 1)
    table = table.append_column("sure", compute.exp(compute.divide(table["log_probability"], words)))
    return table.append_column("place", pyarrow.array(range(1, table.num_rows + 1), pyarrow.int64()))


def found(table: Table, search: str = "", order: Order = "As sent") -> Table:
    """Give the rows whose caption or file name holds `search`, upper or lower case, in the wanted order."""
    from pyarrow import compute

    if search := search.strip():
        told = [compute.match_substring(table[name], search, ignore_case=True) for name in ("caption", "file")]
        table = table.filter(compute.or_(*told))
    if order == "As sent":
        return table
    way = "descending" if order == "Surest first" else "ascending"
    return table.take(compute.sort_indices(table, sort_keys=[("sure", way), ("place", "ascending")]))


def as_csv(table: Table) -> bytes:
    """Write captions as CSV, with the mark that tells spreadsheets that it is UTF-8."""
    told = [
        {
            "file": row["file"],
            "caption": row["caption"],
            "log_probability": row["log_probability"],
            "probability_a_word": round(row["sure"], DIGITS),
        }
        for row in table.to_pylist()
    ]
    return ("\ufeff" + csv_text(told)).encode("utf-8", errors="replace")


def as_json_lines(table: Table) -> bytes:
    """Write one object a picture, as the command prints it; `references` are there where people wrote some."""
    told = [{name: value for name, value in row.items() if name not in OWN} for row in table.to_pylist()]
    lines = [row if row["references"] else {k: v for k, v in row.items() if k != "references"} for row in told]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in lines).encode("utf-8", errors="replace")
