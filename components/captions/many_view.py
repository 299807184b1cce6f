"""What a job said of many pictures: a sentence, the scores, the pictures with their captions, to search and keep."""

from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any
from zlib import crc32

import streamlit as st

from components.captions.many_picture import STYLE, figure
from components.captions.many_rows import ORDERS, as_csv, as_json_lines, found, rows
from components.captions.many_scores import scores_view
from components.pages import turned_to
from components.result.heading import counted
from components.sentences import literal
from model_zoo.data import kept, thumbnails

PAGE = 24  # pictures shown at once


def many_view(job: str, spec: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """Show the answer of a finished job."""
    st.markdown(summary(result))
    _left_out(result)
    if "scores" in result:
        scores_view(spec, result)
    _pictures(job, spec["data"], result["name"])


def summary(result: Mapping[str, Any]) -> str:
    """Say how many pictures have a caption, and how many of those differ."""
    count, distinct = result["pictures"], result["distinct"]
    if count == 1:
        return "**1 picture has a caption.**"
    different = "all of them different" if distinct == count else f"{distinct:,} of them different"
    return f"**{count:,} pictures have a caption**, {different}."


def _left_out(result: Mapping[str, Any]) -> None:
    """Name what was left out, and why."""
    if not (count := result["left_out_count"]):
        return
    was = "was" if count == 1 else "were"
    with st.expander(f"{counted(count, 'file')} {was} left out", icon=":material/block:"):
        lines = [f"- “{literal(name)}” {literal(reason)}" for name, reason in result["left_out"]]
        more = count - len(lines)
        st.markdown("\n".join([*lines, *([f"- and {more:,} more"] if more else [])]))


@st.fragment
def _pictures(job: str, reference: str, name: str) -> None:
    """Show the pictures with their captions, those that are searched for, a page at a time."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input("Search", type="search", live=True, key="captions.many.search", width=260)
        order = st.selectbox(
            "Order", ORDERS, key="captions.many.order", width=210,
            help="A caption is as sure as its words are likely: by the geometric mean of their probabilities.",
        )  # fmt: skip
    table = found(rows(job), search, order)
    if not table.num_rows:
        st.info("No caption and no file name is like that. Search for less.", icon=":material/search_off:")
        return
    part = turned_to(table.num_rows, PAGE, key=f"captions.many.page.{crc32(repr((job, search, order)).encode()):x}")
    shown = table.slice(part.start, part.stop - part.start).to_pylist()
    st.html(STYLE + _grid(shown, reference))
    with st.container(horizontal=True):
        what = f"{'this caption' if table.num_rows == 1 else f'these {table.num_rows:,} captions'}"
        _keep(f"Download {what} as CSV", partial(as_csv, table), f"{Path(name).stem}, captions.csv", "text/csv")
        _keep("As JSON lines", partial(as_json_lines, table), f"{Path(name).stem}, captions.jsonl", "application/jsonl")


def _grid(shown: Sequence[Mapping[str, Any]], reference: str) -> str:
    small = thumbnails.find(kept.content_of_upload(reference))
    pictures = small.of([row["file"] for row in shown]) if small else [None] * len(shown)
    figures = "".join(figure(row, picture) for row, picture in zip(shown, pictures, strict=True))
    gone = "" if small else "<p>The pictures were deleted; what was said of them is kept.</p>"
    return (
        f"{gone}<div class='thaw-captions' role='list' aria-label='{escape('Pictures with captions')}'>{figures}</div>"
    )


def _keep(label: str, content: partial, name: str, mime: str) -> None:
    key = f"captions.many.{name.rpartition('.')[2]}"
    st.download_button(label, content, name, mime, key=key, icon=":material/download:", on_click="ignore")
