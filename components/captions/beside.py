"""What two networks say of a picture: one looks at it anew before every word, the other has seen it once."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from components.numbers import MINUS
from components.setup.colours import coloured
from model_zoo.rnn.captioning import KINDS
from model_zoo.rnn.prediction import Prediction

LOOKS = {
    "attention": "Looks at the picture anew before every word, and a gate says how much of that it uses.",
    "plain": "Has seen the picture once, before the first word; all it knows of it is in its memory.",
}


def beside(said: Mapping[str, Prediction]) -> None:
    """Show what the networks say, by kind; words that only one of them says stand out."""
    texts = {kind: prediction.text for kind, prediction in said.items()}
    st.markdown(compared(*texts.values()))
    cards = "".join(_card(kind, each, others(each.text, texts, kind)) for kind, each in said.items())
    st.html(f"{_STYLE}<div class='thaw-beside'>{cards}</div>")


def compared(one: str, other: str) -> str:
    """Say how far two sentences agree."""
    if one == other:
        return "**Both say the same of this picture.** In others they differ."
    words = set(one.split()) | set(other.split())
    shared = set(one.split()) & set(other.split())
    return f"They share **{len(shared)} of {len(words)}** words; those that only one of them says are underlined."


def others(text: str, texts: Mapping[str, str], kind: str) -> set[str]:
    """Give the words of a text that none of the other kinds says."""
    elsewhere = {word for name, each in texts.items() if name != kind for word in each.split()}
    return set(text.split()) - elsewhere


def _card(kind: str, said: Prediction, only: set[str]) -> str:
    words = (f"<u>{escape(word)}</u>" if word in only else escape(word) for word in said.text.split())
    total = f"{said.sentences[0].log_probability:.2f}".replace("-", MINUS) if said.sentences else "—"
    return (
        f"<section><h4>{KINDS[kind]}</h4><p>{' '.join(words) or '—'}</p>"
        f"<small>log-probability {total}</small><small>{LOOKS[kind]}</small></section>"
    )


_STYLE = coloured("""<style>
.thaw-beside { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
.thaw-beside section { border: 1px solid RULE; border-radius: 0.5rem; padding: 0.9rem 1.1rem; }
.thaw-beside h4 { margin: 0; padding: 0; font-size: 0.9rem; font-weight: 500; color: FAINT; }
.thaw-beside p { margin: 0.35rem 0 0.6rem; font-size: 1.25rem; font-weight: 600; line-height: 1.35;
  overflow-wrap: anywhere; }
.thaw-beside u { text-underline-offset: 0.22em; text-decoration-thickness: 2px; }
.thaw-beside small { display: block; color: FAINT; font-size: 0.85rem; margin-top: 0.2rem; }
@media (max-width: 640px) { .thaw-beside { grid-template-columns: 1fr; } }
</style>""")
