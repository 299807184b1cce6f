"""How good a text network is: the figures of its card, a bag of words beside each, and both kinds of mistakes."""

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from components.numbers import percent
from components.setup.colours import coloured

MISTAKES = ("negative taken for positive", "positive taken for negative")
NONE = "This network has no figures yet: it has not been measured on texts that it never saw."
BAG = (
    "A bag of words counts words and word pairs, and knows nothing of their order. It is a strong rival: where it is "
    "level or ahead, reading in order has bought nothing there."
)
Row = tuple[str, Mapping[str, Any]]  # a data set by name, and what the card says of it


def standing(cards: Mapping[str, Mapping[str, Any]]) -> None:
    """Show the figures of all cards, by language; where there are none, say so."""
    rows = {language: list((card.get("figures") or {}).items()) for language, card in cards.items()}
    for language in (language for language, found in rows.items() if not found):
        st.info(f"{language}: {NONE}" if len(rows) > 1 else NONE, icon=":material/info:")
    found = [(language, row) for language, each in rows.items() for row in each]
    if not found:
        return
    st.markdown(" ".join(filter(None, (compared(row) for _, row in found))))
    st.html(_STYLE + _table(found))
    st.caption(BAG)


def compared(row: Row) -> str:
    """Say in a sentence whether the recurrent network beats its rival on a data set; empty without a rival."""
    name, told = row
    rival = told.get("rival")
    if not rival or "accuracy" not in told:
        return ""
    own, other = told["accuracy"], rival["accuracy"]
    ahead = own["mean"] - other["mean"]
    pair = f"{percent(own['mean'])} against {percent(other['mean'])} of the bag of words"
    if ahead <= 0:
        return f"On {name} it does **not** win: {pair}."
    if _overlap(own, other):
        return f"On {name} it is ahead, {pair}, but the intervals overlap: that may be chance."
    return f"On {name} it wins: {pair}."


def _overlap(own: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if not own.get("interval") or not other.get("interval"):
        return False
    return own["interval"][0] <= other["interval"][1]


def _table(found: list[tuple[str, Row]]) -> str:
    heads = ("Texts of", "Texts", "This network", "Bag of words", "Takes bad for good", "Takes good for bad")
    head = "".join(f"<th scope='col'>{each}</th>" for each in heads)
    rows = "".join(_row(language, *row) for language, row in found)
    return f"<div class='thaw-standing' tabindex='0'><table><tr>{head}</tr>{rows}</table></div>"


def _row(language: str, name: str, told: Mapping[str, Any]) -> str:
    rival = told.get("rival") or {}
    texts = f"{told['texts']:,}" if "texts" in told else "—"
    cells = [texts, _accuracy(told.get("accuracy")), _accuracy(rival.get("accuracy"))]
    cells += [f"{told[kind]:,}" if kind in told else "—" for kind in MISTAKES]
    head = f"<th scope='row'>{escape(name)}<small>{escape(language)}</small></th>"
    titled = f" title='{escape(rival['title'])}'" if rival.get("title") else ""
    return f"<tr{titled}>{head}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _accuracy(told: Mapping[str, Any] | None) -> str:
    if not told:
        return "—"
    interval = told.get("interval")
    between = f"<small>{percent(interval[0])} to {percent(interval[1])}</small>" if interval else ""
    share = f"<i style='--share:{100 * told['mean']:.1f}%'></i>"
    return f"<b>{percent(told['mean'])}</b>{between}{share}"


_STYLE = coloured("""<style>
.thaw-standing { overflow-x: auto; }
.thaw-standing table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; width: 100%; }
.thaw-standing :is(th, td) { text-align: left; vertical-align: top; padding: 0.45rem 1.2rem 0.45rem 0;
  border-bottom: 1px solid RULE; min-width: 5.5rem; }
.thaw-standing tr:first-child th { font-weight: 500; font-size: 0.8rem; color: FAINT; }
.thaw-standing small { display: block; color: FAINT; font-weight: 400; white-space: nowrap; }
.thaw-standing i { display: block; height: 5px; border-radius: 3px; background: RULE;
  margin-top: 4px; max-width: 9rem; }
.thaw-standing i::after { content: ""; display: block; height: 100%; width: var(--share); border-radius: 3px;
  background: EDGE; }
</style>""")
