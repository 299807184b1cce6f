"""The model card of a network, as people read it: what it was trained on, on which terms, how well, and its limits."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from components.numbers import count, duration, percent
from components.setup.colours import coloured
from model_zoo.backbones import Backbone
from model_zoo.backbones.shipped import WEIGHTS

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


def figure_in_words(name: str, value: Any) -> str:
    """Write one figure of a card: `tiny_imagenet_val_top1_64px` 0.456 as “tiny imagenet val top1 64 px: 45.6 %”.

    A figure may be a number, a mapping with `mean` and `interval`, or a mapping of more figures.
    """
    spoken = name.replace("_", " ").replace("px", " px").replace("  ", " ")
    if isinstance(value, Mapping) and "mean" in value:
        low_high = value.get("interval") or value.get("ci")
        between = f" ({_number(low_high[0])} to {_number(low_high[1])})" if low_high else ""
        return f"{spoken}: {_number(value['mean'])}{between}"
    if isinstance(value, Mapping):
        return f"{spoken}: " + ", ".join(figure_in_words(inner, one) for inner, one in value.items())
    if isinstance(value, list):
        return f"{spoken}: {' to '.join(map(_number, value))}"
    return f"{spoken}: {_number(value)}"


def _shipped(backbone: Backbone) -> list[Line]:
    file = WEIGHTS / f"{backbone.name}.json"
    if not file.exists():
        return [("Card", f"There is none yet: {file.name} is missing beside the weights.")]
    card = json.loads(file.read_text("utf-8"))
    lines: list[Line] = [(title, str(card[key])) for key, title in LINES if card.get(key)]
    if figures := [figure_in_words(name, value) for name, value in card.get("figures", {}).items()]:
        lines.append(("Figures", figures))
    if classes := card.get("classes"):
        lines.append(("Knows", f"{len(classes):,} classes: {', '.join(classes[:6])} and others."))
    return lines + _training(card)


def _training(card: Mapping[str, Any]) -> list[Line]:
    """Say how it was trained: its command, or one for each cycle, with the hours that it took."""
    cycles = [cycle for cycle in card.get("cycles", [card]) if cycle.get("command")]
    if not cycles:
        return []
    hours = sum(float(cycle.get("hours", 0)) for cycle in cycles)
    lines: list[Line] = [("Trained by", [cycle["command"] for cycle in cycles])]
    return [*lines, ("Took", duration(3600 * hours))] if hours else lines


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


def _number(value: Any) -> str:
    if isinstance(value, float):
        return percent(value) if 0 <= value <= 1 else f"{value:.4g}"
    return count(value) if isinstance(value, int) and not isinstance(value, bool) else str(value)


_STYLE = coloured("""<style>
.thaw-card { display: grid; grid-template-columns: minmax(0, 13rem) minmax(0, 1fr); font-size: 0.95rem; }
.thaw-card > * { padding: 0.5rem 1rem 0.5rem 0; border-top: 1px solid RULE; line-height: 1.45;
  overflow-wrap: anywhere; }
.thaw-card b { font-weight: 600; }
@media (max-width: 640px) { .thaw-card { grid-template-columns: 1fr; } .thaw-card > div { border: 0; padding-top: 0; } }
</style>""")
