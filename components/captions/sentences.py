"""The best sentences that were found, or drawn, with how likely each is."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from components.downloads import save
from components.numbers import MINUS
from components.setup.colours import coloured
from model_zoo.rnn.prediction import Sentence

FOUND = (
    "Log-probability: the natural logarithm of the probability of all words and the end; nearer to nought is likelier."
)
LENGTH = " Long sentences have smaller ones, so the order counts the length, too."
DRAWN = "Drawn by lot, the likeliest first. The same seed draws the same ones; “Draw again” takes another seed."


def sentences(found: Sequence[Sentence], *, drawn: bool) -> None:
    """List the sentences, the one that was said first, and offer them as CSV."""
    st.html(_STYLE + table(found))
    st.caption(DRAWN if drawn else FOUND + LENGTH if counts_length(found) else FOUND)
    rows = [{"caption": each.text, "log_probability": each.log_probability, "score": each.score} for each in found]
    save(rows, name="captions of this picture", key="captions.sentences.save")


def counts_length(found: Sequence[Sentence]) -> bool:
    """Say whether the sentences were chosen by more than how likely they are."""
    return any(abs(each.score - each.log_probability) > 1e-3 for each in found)


def table(found: Sequence[Sentence]) -> str:
    """Write the sentences as a table in HTML."""
    head = "<tr><th scope='col'></th><th scope='col'>Sentence</th><th scope='col'>Log-probability</th></tr>"
    rows = "".join(
        f"<tr><td>{rank}</td><td>{escape(each.text) or '—'}</td>"
        f"<td>{f'{each.log_probability:.2f}'.replace('-', MINUS)}</td></tr>"
        for rank, each in enumerate(found, 1)
    )
    return f"<div class='thaw-sentences'><table>{head}{rows}</table></div>"


_STYLE = coloured("""<style>
.thaw-sentences { overflow-x: auto; }
.thaw-sentences table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.thaw-sentences :is(th, td) { text-align: left; padding: 0.4rem 1rem 0.4rem 0; border-bottom: 1px solid RULE;
  vertical-align: top; overflow-wrap: anywhere; }
.thaw-sentences th { font-weight: 500; font-size: 0.8rem; color: FAINT; }
.thaw-sentences :is(th, td):first-child { width: 1.5rem; color: FAINT; }
.thaw-sentences :is(th, td):last-child { text-align: right; white-space: nowrap; padding-right: 0; }
.thaw-sentences tr:nth-child(2) td:nth-child(2) { font-weight: 650; }
</style>""")
