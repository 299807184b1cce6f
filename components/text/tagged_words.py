"""A text whose tagged words are marked: by a colour, and by the name of the tag below; with a legend."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from components.setup.colours import coloured
from components.theme import configuration_colours
from model_zoo.rnn.prediction import Prediction, Span
from model_zoo.rnn.tags import Entity, entities

ENTITIES = {"PER": "person", "LOC": "place", "ORG": "organisation", "MISC": "another name"}
KINDS = {  # the universal parts of speech (de Marneffe et al. 2021), in groups that share a colour
    "NOUN": "noun", "PROPN": "proper noun", "PRON": "pronoun",
    "VERB": "verb", "AUX": "auxiliary",
    "ADJ": "adjective", "ADV": "adverb",
    "DET": "determiner", "NUM": "numeral",
    "ADP": "adposition", "PART": "particle", "CCONJ": "conjunction", "SCONJ": "subordinating conjunction",
    "INTJ": "interjection", "PUNCT": "punctuation", "SYM": "symbol", "X": "other",
}  # fmt: skip
GROUPS = (
    ("NOUN", "PROPN", "PRON"), ("VERB", "AUX"), ("ADJ", "ADV"), ("DET", "NUM"), ("ADP", "PART", "CCONJ", "SCONJ"),
    ("INTJ", "PUNCT", "SYM", "X"),
)  # fmt: skip
MOST_SHOWN = 2_000  # words; of a longer text the first ones


def tagged_words(prediction: Prediction, task: str) -> None:
    """Show the text with its tags, and say what the colours mean."""
    shown = prediction.tokens[:MOST_SHOWN]
    whole = of_words(prediction, task)
    text, place, parts = prediction.text, 0, []
    for entity in (each for each in whole if each.beyond <= len(shown)):
        start, end = shown[entity.first].start, shown[entity.beyond - 1].end
        parts.append(escape(text[place:start]))
        parts.append(
            f"<mark style='--mark:{colour(entity.label)}'>{escape(text[start:end])}<small>{entity.label}</small></mark>"
        )
        place = end
    last = shown[-1].end if len(shown) < len(prediction.tokens) else len(text)
    parts.append(escape(text[place:last]))
    st.html(f"{_STYLE}<div class='thaw-tagged {task}'>{''.join(parts)}</div>{_legend(whole, task)}")
    if last < len(text):
        st.caption(f"The first {MOST_SHOWN:,} words are shown; the files below hold all.")


def of_words(prediction: Prediction, task: str) -> list[Entity]:
    """Give what is marked: the entities, or every word with its part of speech."""
    if task == "ner":
        return entities(prediction.labels)
    return [Entity(label, place, place + 1) for place, label in enumerate(prediction.labels)]


def table(prediction: Prediction, task: str) -> list[dict[str, object]]:
    """List what is marked, with the characters where it stands and how sure its least sure tag is."""
    tokens: Sequence[Span] = prediction.tokens
    return [
        {
            "text": prediction.text[tokens[each.first].start : tokens[each.beyond - 1].end],
            "tag": each.label,
            "meaning": (ENTITIES if task == "ner" else KINDS).get(each.label, ""),
            "start": tokens[each.first].start,
            "end": tokens[each.beyond - 1].end,
            "confidence": min(prediction.scores[each.first : each.beyond]),
        }
        for each in of_words(prediction, task)
    ]


def colour(label: str) -> str:
    """Give the colour of a tag, in CSS, for both themes."""
    names = list(ENTITIES)
    place = names.index(label) if label in names else next((i for i, g in enumerate(GROUPS) if label in g), 6)
    style = configuration_colours(7)[place]
    return f"light-dark({style.colour_light}, {style.colour_dark})"


def _legend(whole: Sequence[Entity], task: str) -> str:
    found = {each.label for each in whole}
    meanings = ENTITIES if task == "ner" else KINDS
    items = "".join(
        f"<li style='--mark:{colour(label)}'><b>{label}</b> {meaning}</li>"
        for label, meaning in meanings.items()
        if task == "ner" or label in found
    )
    return f"<ul class='thaw-tags'>{items}</ul>"


_STYLE = coloured("""<style>
.thaw-tagged { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 2.9; font-size: 1.1rem; max-height: 30rem;
  overflow-y: auto; }
.thaw-tagged mark { position: relative; color: inherit; padding: 0.1rem 0.15rem; border-radius: 0.2rem;
  background: color-mix(in srgb, var(--mark) 16%, transparent); border-bottom: 3px solid var(--mark); }
.thaw-tagged small { position: absolute; left: 0; top: calc(100% + 4px); font-size: 0.62rem; line-height: 1;
  letter-spacing: 0.03em; color: FAINT; white-space: nowrap; }
.thaw-tagged.pos { line-height: 1.4; }
.thaw-tagged.pos mark { display: inline-flex; flex-direction: column; margin-bottom: 0.35rem; vertical-align: top; }
.thaw-tagged.pos small { position: static; order: 2; padding-top: 4px; }
ul.thaw-tags { list-style: none; display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; padding: 0 !important;
  margin: 0.8rem 0 0; font-size: 0.85rem; }
.thaw-tags li { margin: 0; padding: 0; }
.thaw-tags li::before { content: ""; display: inline-block; width: 0.9rem; height: 0.5rem; margin-right: 0.35rem;
  background: var(--mark); border-radius: 2px; }
</style>""")
