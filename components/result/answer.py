"""The answer of a comparison: one sentence, then who stands where, then how it was measured."""

from html import escape

import streamlit as st

from components.configurations import NO_BREAK
from components.heatmap import scheme
from components.result.heading import counted
from components.result.record import Record
from components.result.running import race
from components.theme import DARK, LIGHT
from model_zoo.data.limits import LIMITS


def answer(record: Record) -> None:
    """Say what to use and how sure that is, show the leaderboard and the curves, and say how it was measured."""
    _sentence(record)
    race(record)
    _measured(record)


def _sentence(record: Record) -> None:
    """Write the verdict large, in front of it a bar: in the colour of the recommended one if anything is decided."""
    verdict = record.result["verdict"]
    first, full_stop, rest = verdict["sentence"].partition(". ")
    first, rest = (first + ".", rest) if full_stop else (first, "")
    decided = any(pair["decided"] for pair in verdict["pairs"])
    colour = record.marks[verdict["recommended"]].css if decided else scheme(LIGHT.edge, DARK.edge)
    st.html(
        f"{_STYLE}<div class='thaw-answer' role='status' style='border-color:{colour}'>"
        f"<p class='first'>{_unbroken(first)}</p><p>{_unbroken(rest)}</p></div>"
    )


def _unbroken(sentence: str) -> str:
    """Escape a sentence and keep each number with its percent sign."""
    return escape(sentence).replace(" %", f"{NO_BREAK}%")


def _measured(record: Record) -> None:
    result, spec = record.result, record.spec
    facts = (
        result["split"]["sentence"],
        f"{counted(result['views'], 'view')} of each picture, {result['precision']} on {result['device']}, "
        f"peak rate {spec.rate:g}, batches of {spec.batch}.",
    )
    with st.expander(_left_out(record) or "How this was measured", icon=":material/straighten:"):
        st.html("".join(f"<p>{escape(fact)}</p>" for fact in facts))
        if record.notes:
            notes = (f"<b>{escape(note.about)}</b> {escape(note.sentence)}" for note in record.notes[: LIMITS.notes])
            st.html(f"<ul>{''.join(f'<li>{note}</li>' for note in notes)}</ul>")


def _left_out(record: Record) -> str:
    told = counted(len(record.notes), "note")
    return f"How this was measured, and {told} about the pictures" if record.notes else ""


_STYLE = """<style>
.thaw-answer { border-left: 0.4rem solid; padding: 0.2rem 0 0.2rem 1rem; margin: 0.5rem 0 1rem; }
.thaw-answer p { margin: 0; line-height: 1.45; max-width: 62rem; text-wrap: pretty; }
.thaw-answer .first { font-size: clamp(1.2rem, 1rem + 1vw, 1.55rem); font-weight: 600; line-height: 1.35; }
.thaw-answer .first + p { margin-top: 0.4rem; }
</style>"""
