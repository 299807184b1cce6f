"""The verdict on a text as a sentence, and what its percentage means."""

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from components.heatmap import scheme
from components.numbers import percent
from components.setup.colours import coloured
from components.text.signed import ABOVE, BELOW
from model_zoo.rnn.prediction import Prediction

UNSURE = 0.1  # from the middle; nearer than that it cannot tell
SURE = 0.995  # more is not called 100 %


def verdict(prediction: Prediction, card: Mapping[str, Any], how: str) -> None:
    """Say the verdict, and below it what the percentage means; `how` says in which language the text was read."""
    positive = prediction.positive if prediction.positive is not None else 0.5
    st.html(
        f"{_STYLE}<div class='thaw-verdict' style='--share:{100 * positive:.1f}%'>"
        f"<p role='status'>{escape(said(positive))}</p><i aria-hidden='true'></i>"
        f"<span>negative</span><span>cannot tell</span><span>positive</span></div>"
    )
    st.caption(" ".join(filter(None, [meaning(positive, card), how, prediction.note])))


def said(positive: float) -> str:
    """Say the verdict in a sentence."""
    if abs(positive - 0.5) < UNSURE:
        return f"It cannot tell: {percent(positive, 0)} for positive."
    return f"{'Positive' if positive > 0.5 else 'Negative'}, {share(max(positive, 1 - positive))}."


def share(probability: float) -> str:
    """Write a probability as a percentage that does not claim more than it knows."""
    return "over 99 %" if probability > SURE else "under 1 %" if probability < 1 - SURE else percent(probability, 0)


def meaning(positive: float, card: Mapping[str, Any]) -> str:
    """Say what the percentage means, and how far off it was where it was measured."""
    off = {name: told["calibration_error"] for name, told in _figures(card).items() if "calibration_error" in told}
    if not off:
        return "How far its percentages can be trusted has not been measured yet."
    sure = max(positive, 1 - positive)
    word = "positive" if positive >= 0.5 else "negative"
    measured = ", ".join(f"{percent(error)[:-2]} points on {name}" for name, error in off.items())
    return (
        f"The percentage is calibrated: of texts that it calls {percent(sure, 0)} {word}, about "
        f"{100 * sure:.0f} in 100 are. On average it is off by {measured}."
    )


def _figures(card: Mapping[str, Any]) -> Mapping[str, Any]:
    return card.get("figures") or {}


_STYLE = (
    coloured("""<style>
.thaw-verdict { display: grid; grid-template-columns: 1fr auto 1fr; font-size: 0.78rem; }
.thaw-verdict p { grid-column: 1 / -1; margin: 0 0 0.5rem; font-size: 1.5rem; font-weight: 650; line-height: 1.3; }
.thaw-verdict i { grid-column: 1 / -1; height: 12px; border-radius: 6px; position: relative; margin-bottom: 4px;
  background: linear-gradient(90deg, BELOW, BACKGROUND 40% 60%, ABOVE); box-shadow: inset 0 0 0 1px EDGE; }
.thaw-verdict i::after { content: ""; position: absolute; left: calc(var(--share) - 2.5px); top: -5px; width: 5px;
  height: 22px; border-radius: 3px; background: currentColor; }
.thaw-verdict span:last-child { text-align: right; }
</style>""")
    .replace("BELOW", scheme(*BELOW))
    .replace("ABOVE", scheme(*ABOVE))
)
