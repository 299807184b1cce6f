"""How near captions come to what people wrote of the same pictures, beside figures that were published."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import streamlit as st

from components.captions.standing import STYLE, Row, table
from components.networks.work import latest
from components.result.heading import counted
from model_zoo.experiments.jobs.caption_pictures import FILE
from model_zoo.rnn.caption_scores import PUBLISHED
from model_zoo.rnn.captioning import KINDS

KIND = "caption_pictures"
WHAT = (
    "BLEU, 0 to 100, counts which words (BLEU-1) and runs of up to four (BLEU-4) also stand in what people wrote of "
    "the same picture; capitals and punctuation do not count. CIDEr, 0 to 10, counts words that few pictures have for "
    "more. The published figures are of Flickr8k: next to other pictures they only say what is usual."
)
ALONE = "CIDEr weighs words by how few of the pictures have them, so it says nothing of a single one."


def scores_view(spec: Mapping[str, Any], result: Mapping[str, Any]) -> None:
    """Show the scores of a job, of the other network where that has read the same, and the published ones."""
    if result["scores"] is None:
        st.info(
            "None of the references has a word in Latin letters, so there is nothing to compare.",
            icon=":material/info:",
        )
        return
    st.html(STYLE + table(scored(spec, result)))
    without = f"{counted(result['without'], 'picture')} without references left aside. " if result["without"] else ""
    unknown = f"{counted(result['unknown'], 'picture')} of the table not among these. " if result["unknown"] else ""
    alone = f" {ALONE}" if result["scores"]["pictures"] == 1 else ""
    st.caption(f"{without}{unknown}{WHAT}{alone}")


def scored(spec: Mapping[str, Any], result: Mapping[str, Any]) -> list[Row]:
    """Give the rows of the table: this network first, then the other, then what was published."""
    found: list[Row] = [(f"These pictures, {KINDS[spec['network']].lower()}", "network", result["scores"])]
    for kind in KINDS:
        other = latest(KIND, dict(spec) | {"network": kind}, FILE) if kind != spec["network"] else None
        if other and other.state == "finished" and other.result and other.result.get("scores"):
            found.append((f"These pictures, {KINDS[kind].lower()}", "network", other.result["scores"]))
    return found + [(row.title, "published", asdict(row)) for row in PUBLISHED]
