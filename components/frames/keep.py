"""What can be kept of a labelled clip: a table, subtitles, and the film."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from components.downloads import csv_text
from components.frames.stretches import table, vtt
from model_zoo.rnn import watchers
from model_zoo.rnn.frame_labels import FrameLabels

if TYPE_CHECKING:
    from components.frames.labels_view import Shown

WHOSE = (
    "The labels of the first network that is chosen above, smoothed as chosen; probabilities are those of the label."
)
FILM = "As it is played here."


def keep(shown: "Shown", found: FrameLabels, labels: Mapping[str, Sequence[str]], *, key: str) -> None:
    """Offer the labels of the first of the networks as CSV and WebVTT, and the film as MP4."""
    if not labels:
        return
    network, mine = next(iter(labels.items()))
    rows = table(mine, found.scores(network, mine), found.seconds)
    for place, row in enumerate(rows):
        row |= {"true": found.truth[place]} if found.truth else {}
        row |= {f"{watchers.title(name)}": each[place] for name, each in labels.items()}
    film = shown.film if isinstance(shown.film, bytes) else shown.film.read_bytes
    files = (
        ("CSV", "table", csv_text(rows), f"{shown.name}.csv", "text/csv"),
        ("WebVTT", "subtitles", vtt(mine, found.seconds, found.length), f"{shown.name}.vtt", "text/vtt"),
        ("Film", "movie", film, f"{shown.name}.mp4", "video/mp4"),
    )
    with st.container(horizontal=True):
        for title, icon, content, name, mime in files:
            st.download_button(
                title, content, name, mime, icon=f":material/{icon}:", key=f"{key}.keep.{title}", on_click="ignore",
                help=FILM if title == "Film" else f"{watchers.title(network)}. {WHOSE}",
            )  # fmt: skip
