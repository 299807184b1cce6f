"""The model card of a network, as people read it: what it was trained on, on which terms, how well, and its limits."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from components.numbers import duration, percent
from components.setup.colours import coloured
from model_zoo.backbones import Backbone
from model_zoo.home import WEIGHTS

Line = tuple[str, str | list[str]]  # title, and a text or several
LINES = (  # key of the card, what it is called here
    ("data", "Trained on"),
    ("teacher", "Taught by"),
    ("terms", "Terms"),
    ("overlap", "Has it seen my pictures?"),
    ("weaknesses", "What it is bad at"),
    ("date", "Made"),
)
FETCHED = (  # of torchvision's IMAGENET1K_V1
    ("Trained on", "ImageNet-1k: 1.28 million photographs of 1,000 classes."),
    ("Terms", "The pictures are for research and education, non-commercial; torchvision's code is BSD-3-Clause."),
    ("What it is bad at", "Drawings, scans, writing, microscopy: whatever is not a photograph of one thing."),
)


def model_card(backbone: Backbone) -> None:
    """Show the card of a shipped network from its file, or what is known of one that comes from torchvision."""
    if backbone.weights is not None:
        lines: list[Line] = [*FETCHED, ("File", f"{backbone.weights.url}, {backbone.weights.bytes / 1e6:.0f} MB")]
    else:
        lines = _shipped(backbone)
    lines += [("Preprocessing", _preprocessing(backbone)), ("Paper", backbone.reference)]
    rows = "".join(f"<b>{title}</b><div>{_written(text)}</div>" for title, text in lines)
    st.html(f"{_STYLE}<div class='thaw-card'>{rows}</div>")
    if table := _card(backbone).get("transfer", {}).get("table"):
        with st.expander("What its weights are worth on other pictures", icon=":material/query_stats:"):
            st.markdown(table)


def figure_in_words(name: str, value: Mapping[str, Any]) -> str:
    """Write one figure of a card, such as “Top-1 at 64 px: 45.6 % (44.6 % to 46.6 %)”."""
    low, high = value["interval"]
    return f"{name}: {percent(value['mean'])} ({percent(low)} to {percent(high)})"


def _shipped(backbone: Backbone) -> list[Line]:
    card = _card(backbone)
    if not card:
        return [("Card", f"There is none yet: {backbone.name}.json is missing beside the weights.")]
    lines: list[Line] = [(title, str(card[key])) for key, title in LINES if card.get(key)]
    if figures := [figure_in_words(name, value) for name, value in card.get("figures", {}).items()]:
        lines.append(("Figures", figures))
        lines += [("Measured by", card["measured"])] if "measured" in card else []
    if classes := card.get("classes"):
        lines.append(("Knows", f"{len(classes):,} classes: {', '.join(classes[:6])} and others."))
    lines += [("Trained by", [card["command"], *filter(None, [card.get("note")])])] if "command" in card else []
    return [*lines, ("Took", duration(3600 * card["hours"]))] if "hours" in card else lines


def _card(backbone: Backbone) -> dict[str, Any]:
    file = WEIGHTS / f"{backbone.name}.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def _written(text: str | list[str]) -> str:
    if isinstance(text, str):
        return escape(text)
    return "<br>".join(map(escape, text))


def _preprocessing(backbone: Backbone) -> str:
    mean, deviation = (", ".join(f"{value:.3f}" for value in values) for values in (backbone.mean, backbone.deviation))
    return (
        f"Pictures of {backbone.smallest} to {backbone.largest} px, best {backbone.size}; values in 0 to 1, minus "
        f"({mean}), divided by ({deviation})."
    )


_STYLE = coloured("""<style>
.thaw-card { display: grid; grid-template-columns: minmax(0, 13rem) minmax(0, 1fr); font-size: 0.95rem; }
.thaw-card > * { padding: 0.5rem 1rem 0.5rem 0; border-top: 1px solid RULE; line-height: 1.45;
  overflow-wrap: anywhere; }
.thaw-card b { font-weight: 600; }
@media (max-width: 640px) { .thaw-card { grid-template-columns: 1fr; } .thaw-card > div { border: 0; padding-top: 0; } }
</style>""")
