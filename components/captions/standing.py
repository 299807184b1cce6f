"""How good the networks are: their figures on pictures that they never saw, beside controls and published figures."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from components.numbers import percent
from components.sentences import literal, say
from components.setup.colours import coloured
from model_zoo.rnn import captioning

COLUMNS = {"bleu_1": "BLEU-1", "bleu_2": "BLEU-2", "bleu_3": "BLEU-3", "bleu_4": "BLEU-4", "cider": "CIDEr",
           "distinct": "Distinct captions"}  # fmt: skip
NONE = "These networks have no figures yet: they have not been measured on pictures that they never saw."
WHAT = (
    "BLEU, 0 to 100, counts which words (BLEU-1) and runs of up to four (BLEU-4) also stand in what people wrote of "
    "the same picture; CIDEr counts rare ones more. The controls show what looking is worth: what they still get, a "
    "network gets by knowing what captions are usually like. Published figures come from other splits and larger "
    "networks."
)
TRIED = (
    "All go on from the same network for as long. The photographs above only measure; others, which nobody learned "
    "from, choose."
)
EARLIER = " This was tried behind the same backbone as it was before it was trained longer."
DOUBT = 0.05  # a difference that chance makes more often is none to trust
Row = tuple[str, str, Mapping[str, Any]]  # a name, its kind, its figures


def standing() -> None:
    """Show what the model card says; where there is none, say so."""
    try:
        card = captioning.card()
    except ValueError as error:
        say(str(error))
        return
    figures = card.get("figures") or {}
    found = rows(figures)
    if not found:
        st.info(NONE, icon=":material/info:")
        return
    if sentence := looks(figures):
        st.markdown(sentence)
    st.html(STYLE + table(found))
    st.caption(f"{WHAT} {card.get('weaknesses', '')}".strip())
    if shares := figures.get("unlike"):
        st.caption(warned(shares))
    if trials := figures.get("second phase"):
        with st.expander("What else was tried while it learned"):
            st.html(table([(trial["title"], "trial", trial["measure"]) for trial in trials]))
            st.caption(f"{TRIED} {chosen(trials)}{EARLIER if behind_another(card) else ''}")


def rows(figures: Mapping[str, Any]) -> list[Row]:
    """Give the rows of the table: the networks, then the controls, then what was published."""
    found: list[Row] = [
        (captioning.KINDS[kind], "network", figures[kind]) for kind in captioning.KINDS if kind in figures
    ]
    found += [(name, "control", told) for name, told in figures.get("controls", {}).items()]
    return found + [(told["title"], "published", told) for told in figures.get("published", [])]


def looks(figures: Mapping[str, Any]) -> str:
    """Say in a sentence whether the network is ahead of the best control that does not look."""
    own = figures.get("attention", {}).get("bleu_4")
    controls = figures.get("controls", {})
    blind = {name: told["bleu_4"] for name, told in controls.items() if not told.get("looks", True)}
    if own is None or not blind:
        return ""
    name, best = max(blind.items(), key=lambda each: each[1])
    beside = f"BLEU-4 {own:.1f} against {best:.1f} of the best control that does not look ({escape(name)})"
    return f"It looks: {beside}." if own > best else f"It does **not** show that it looks: {beside}."


def warned(shares: Mapping[str, float]) -> str:
    """Say how often the page warns of pictures of several sets."""
    said = ", ".join(f"{percent(share)} of {_set(name)}" for name, share in shares.items())
    return f"The page warns of an unlike picture for {said}. One that gets no warning may be unlike all the same."


def chosen(trials: Sequence[Mapping[str, Any]]) -> str:
    """Say what the photographs that choose make of the clearest trial, against the first, for all of them together."""
    _, *others = trials
    clearest = min(others, key=lambda trial: trial["p"])
    scores = ", ".join(f"{trial['choose']['bleu_4']:.1f}" for trial in trials)
    on = f"On those, BLEU-4 is {scores}, from top to bottom:"
    if clearest["p"] * len(others) >= DOUBT:
        return f"{on} no difference from the first that you can trust, so the first way was taken."
    return f"{on} of “{escape(clearest['title'])}” the difference from the first is one to trust."


def behind_another(card: Mapping[str, Any]) -> bool:
    """Say whether the trials stood behind another encoder than the networks that are shipped."""
    return card["figures"].get("second phase behind", card["encoder"]) != card["encoder"]


def _set(name: str) -> str:
    return "the photographs that it never saw" if name == "validation" else literal(name)


def table(found: list[Row]) -> str:
    """Write the figures as a table in HTML; columns that nobody fills are left out."""
    columns = {key: title for key, title in COLUMNS.items() if any(key in told for _, _, told in found)}
    head = "".join(f"<th scope='col'>{title}</th>" for title in ("", *columns.values()))
    body = "".join(_row(*each, columns) for each in found)
    return f"<div class='thaw-captioned' tabindex='0'><table><tr>{head}</tr>{body}</table></div>"


def _row(name: str, kind: str, told: Mapping[str, Any], columns: Mapping[str, str]) -> str:
    beside = f"{told['pictures']:,} pictures" if "pictures" in told else kind if kind != "network" else ""
    head = f"<th scope='row'>{escape(name)}<small>{escape(beside)}</small></th>"
    return f"<tr class='{kind}'>{head}{''.join(f'<td>{_cell(key, told)}</td>' for key in columns)}</tr>"


def _cell(key: str, told: Mapping[str, Any]) -> str:
    if key not in told:
        return "—"
    digits = {"distinct": 0, "cider": 2}.get(key, 1)
    return f"{told[key]:,.{digits}f}"


STYLE = coloured("""<style>
.thaw-captioned { overflow-x: auto; }
.thaw-captioned table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; width: 100%; }
.thaw-captioned :is(th, td) { text-align: left; vertical-align: top; padding: 0.4rem 1rem 0.4rem 0;
  border-bottom: 1px solid RULE; min-width: 4.2rem; }
.thaw-captioned tr:first-child th { font-weight: 500; font-size: 0.8rem; color: FAINT; }
.thaw-captioned th[scope="row"] { font-weight: 500; min-width: 11rem; }
.thaw-captioned .network th[scope="row"] { font-weight: 650; }
.thaw-captioned .network td { font-weight: 600; }
.thaw-captioned small { display: block; color: FAINT; font-weight: 400; }
</style>""")
