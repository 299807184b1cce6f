"""Pictures to look at twice: labels that the embeddings speak against, and pictures that stand there twice."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from components.features.record import Record
from components.gallery import Caption, gallery
from components.numbers import percent
from components.pages import turned_to
from components.result.heading import counted
from components.result.predictions import shown

PAGE = 16  # pictures shown at once
SUSPECTS = """Classifiers that never saw these pictures are confident of another class
([confident learning](https://arxiv.org/abs/1911.00068)). Some are mislabelled; others are only unusual. The surest
suspicions come first."""
TWICE = """Their embeddings are close and their pixels agree, mirrored or not. A picture that stands in two parts of the
split makes the test easier than it looks."""


def doubts(record: Record, result: Mapping[str, Any]) -> None:
    """List suspected label errors and near-duplicates, each as pictures."""
    suspects, pairs = result.get("suspects", ()), result.get("duplicates", ())
    st.subheader("Labels to look at twice", anchor=False)
    _suspects(record, suspects, result.get("suspects_found", len(suspects)))
    st.subheader("Pictures that stand twice", anchor=False)
    _duplicates(record, pairs, result.get("duplicates_found", len(pairs)))


def _suspects(record: Record, suspects: Sequence[Mapping[str, Any]], found: int) -> None:
    pictures = record.pictures
    if pictures is None or not suspects:
        st.caption("The embeddings speak against no label.")
        return
    st.caption(f"{_of(len(suspects), found, 'suspicion')}. {SUSPECTS}")
    part = suspects[turned_to(len(suspects), PAGE, key="features.suspects.page")]
    captions = [
        Caption(
            pictures.names[told["picture"]],
            _class(record, told["given"]),
            (f"{_class(record, told['suggested'])} {percent(told['confidence'], 0)}",),
        )
        for told in part
    ]
    indices = [told["picture"] for told in part]
    gallery(shown(pictures, indices), captions, key="features.suspects", label="Labels to look at twice")


def _duplicates(record: Record, pairs: Sequence[Sequence[Any]], found: int) -> None:
    pictures = record.pictures
    if pictures is None or not pairs:
        st.caption("No two pictures are all but the same.")
        return
    st.caption(f"{_of(len(pairs), found, 'pair')}, the most alike first. {TWICE}")
    part = pairs[turned_to(len(pairs), PAGE // 2, key="features.twice.page")]
    indices = [int(i) for first, second, _ in part for i in (first, second)]
    captions = [
        Caption(pictures.names[int(i)], f"{_class(record, pictures.labels[int(i)])}, {percent(like, 1)} alike")
        for first, second, like in part
        for i in (first, second)
    ]
    gallery(shown(pictures, indices), captions, key="features.twice", label="Pictures that stand twice, in pairs")


def _of(listed: int, found: int, what: str) -> str:
    return counted(found, what) if found == listed else f"The first {listed:,} of {counted(found, what)}"


def _class(record: Record, index: int) -> str:
    return str(record.result["classes"][index])
