"""What the tagging page shows of one text besides its words: other readings, the wiring, and the CRF's transitions."""

from functools import partial
from html import escape
from typing import Any

import streamlit as st

from components.charts.chart import Chart, canvas, show
from components.inference import Inference
from components.networks.asked import answer
from components.numbers import percent
from components.text.signed import signed_scale
from components.text.wiring import Step
from components.text.wiring_view import strengths, wiring_view
from components.theme import is_dark
from model_zoo.rnn import tagging
from model_zoo.rnn.prediction import Prediction, Reading

CELL = 26  # px of a row of the matrix
LEAST_SHARE = 1e-6  # a smaller one is not written out
MOST_CHANGED = 6  # words of another reading that are named
BOXES = (
    "One box a step, and a tag out of every one. Two layers of states: one has read up to the word, the other back "
    "from the end, so that each tag knows what comes before and after."
)
CRF = (
    "A conditional random field chooses the tags together: to what the network says of each word it adds how willingly "
    "one tag follows another. Empty cells are never allowed: no entity goes on that has not begun."
)


def readings(prediction: Prediction) -> None:
    """List the likeliest ways to tag the whole text, and where each differs from the first."""
    first, *others = prediction.readings
    lines = [f"<li><b>{_share(first)}</b> as shown above</li>"]
    lines += [f"<li><b>{_share(each)}</b> {_changed(prediction, first, each)}</li>" for each in others]
    st.html(f"<ol style='font-variant-numeric:tabular-nums;padding-left:1.4rem'>{''.join(lines)}</ol>")
    st.caption(
        "Each line tags the whole text; its share is the probability of just these tags. The longer the text, the "
        "smaller every share."
    )


def wiring(prediction: Prediction) -> None:
    """Draw the wiring of this mode, filled with this text."""
    known = len(prediction.states[0].hidden) if prediction.states else 0  # of a long text, only of its beginning
    words = list(zip(prediction.tokens, prediction.labels, strengths(prediction), strict=True))[:known]
    steps = [Step(token.text, label, state, back) for token, label, (state, back) in words]
    told = f"{len(steps)} steps, a tag at each: " + " ".join(f"{s.below} {s.above}" for s in steps[:40])
    wiring_view(tagging.WIRING, steps, told, key="tagging.wiring")
    st.caption(BOXES)


def transitions(task: str) -> None:
    """Draw how willingly one tag follows another."""
    found = answer("tagging.crf", ("transitions", task), partial(Inference().transitions, task), "Asking the CRF")
    if found:
        show(matrix(*found, is_dark()), key="tagging.matrix")
        st.caption(CRF)


def matrix(tags: list[str], scores: list[list[float | None]], dark: bool) -> Chart:
    """Draw the scores of a CRF, from the tag of a row to that of a column."""
    known = [abs(score) for row in scores for score in row if score is not None]
    most = max(known, default=1.0) or 1.0
    best = max(
        ((score, tags[i], tags[j]) for i, row in enumerate(scores) for j, score in enumerate(row) if score is not None),
        default=(0.0, "", ""),
    )
    title = f"{best[2]} follows {best[1]} most willingly"
    figure = canvas(title, "What each row's tag adds for the tag after it", CELL * len(tags) + 40, dark)
    figure.add_heatmap(
        z=scores, x=tags, y=tags, colorscale=signed_scale(dark), zmin=-most, zmax=most, xgap=1, ygap=1,
        hovertemplate="%{x} after %{y}: <b>%{z:.2f}</b><extra></extra>",
        colorbar={"thickness": 10, "outlinewidth": 0, "len": 1},
    )  # fmt: skip
    figure.update_yaxes(type="category", autorange="reversed", title_text="from", showgrid=False, tickfont_size=11)
    figure.update_xaxes(type="category", title_text="to", showgrid=False, tickangle=-45, tickfont_size=11)
    figure.update_layout(margin_l=80)
    rows: list[dict[str, Any]] = [
        {"from": a, **dict(zip(tags, row, strict=True))} for a, row in zip(tags, scores, strict=True)
    ]
    return Chart(figure, f"A matrix of {len(tags)} tags. {title}.", rows, "transitions of the CRF")


def _share(reading: Reading) -> str:
    if reading.probability < LEAST_SHARE:
        return f"less than {percent(LEAST_SHARE, 4)}"
    return percent(reading.probability, 1 if reading.probability >= 0.001 else 4)


def _changed(prediction: Prediction, first: Reading, other: Reading) -> str:
    pairs = zip(prediction.tokens, first.labels, other.labels, strict=False)
    changed = [f"<b>{escape(token.text)}</b> {b} instead of {a}" for token, a, b in pairs if a != b]
    more = f" and {len(changed) - MOST_CHANGED} more" if len(changed) > MOST_CHANGED else ""
    return ", ".join(changed[:MOST_CHANGED]) + more
