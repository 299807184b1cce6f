"""The answer of a comparison: one sentence, then who stands where, then how it was measured."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from components.configurations import NO_BREAK, Mark
from components.heatmap import scheme
from components.result.heading import counted
from components.result.record import Record
from components.result.running import race
from components.theme import DARK, LIGHT
from model_zoo.data.limits import LIMITS
from model_zoo.events import Note


def answer(record: Record) -> None:
    """Say what to use and how sure that is, show the leaderboard and the curves, and say how it was measured."""
    show_verdict(record.result["verdict"], record.marks)
    race(record)
    _measured(record)


def show_verdict(verdict: Mapping[str, Any], marks: Mapping[str, Mark]) -> None:
    """Write the verdict large, in front of it a bar: in the colour of the recommended one if anything is decided."""
    first, full_stop, rest = verdict["sentence"].partition(". ")
    first, rest = (first + ".", rest) if full_stop else (first, "")
    decided = any(pair["decided"] for pair in verdict["pairs"])
    colour = marks[verdict["recommended"]].css if decided else scheme(LIGHT.edge, DARK.edge)
    st.html(
        f"{_STYLE}<div class='thaw-answer' role='status' style='border-color:{colour}'>"
        f"<p class='first'>{_unbroken(first)}</p><p>{_unbroken(rest)}</p></div>"
    )


def _unbroken(sentence: str) -> str:
    """Escape a sentence and keep each number with its percent sign."""
    return escape(sentence).replace(" %", f"{NO_BREAK}%")


def _measured(record: Record) -> None:
    result, spec = record.result, record.spec
    asked = record.job.spec["epochs"]
    facts = (
        result["split"]["sentence"],
        *([_in_time(record, asked)] if spec.within_seconds else []),
        f"{counted(result['views'], 'view')} of each picture, {result['precision']} on {result['device']}, "
        f"peak rate {spec.rate:g}, batches of {spec.batch}.",
    )
    how_measured(facts, record.notes, "about the pictures")


def _in_time(record: Record, asked: int) -> str:
    run, seconds = record.spec.epochs, record.spec.within_seconds
    return f"{counted(run, 'epoch')} of up to {asked}: as many as were estimated to be trained within {seconds} s."


def how_measured(facts: Sequence[str], notes: Sequence[Note], of_what: str) -> None:
    """Fold away how it was measured, and the notes `of_what` that came on the way."""
    title = "How this was measured"
    more = f", and {counted(len(notes), 'note')} {of_what}" if notes else ""
    with st.expander(title + more, icon=":material/straighten:"):
        st.html("".join(f"<p>{escape(fact)}</p>" for fact in facts))
        if notes:
            told = (f"<b>{escape(note.about)}</b> {escape(note.sentence)}" for note in notes[: LIMITS.notes])
            st.html(f"<ul>{''.join(f'<li>{line}</li>' for line in told)}</ul>")


_STYLE = """<style>
.thaw-answer { border-left: 0.4rem solid; padding: 0.2rem 0 0.2rem 1rem; margin: 0.5rem 0 1rem; }
.thaw-answer p { margin: 0; line-height: 1.45; max-width: 62rem; text-wrap: pretty; }
.thaw-answer .first { font-size: clamp(1.2rem, 1rem + 1vw, 1.55rem); font-weight: 600; line-height: 1.35; }
.thaw-answer .first + p { margin-top: 0.4rem; }
</style>"""
