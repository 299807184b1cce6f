"""How sure the network is: of each word, of the sentence, and whether it has ever seen a picture like this one."""

from html import escape

import streamlit as st

from components.captions.looked import likely, name, share
from components.charts.chart import Chart, canvas, show
from components.numbers import MINUS
from components.sentences import literal
from components.text.states_chart import named
from components.theme import is_dark, palette
from model_zoo.rnn.captioning import UNLIKE
from model_zoo.rnn.prediction import Prediction, Word

PLOT = 220  # px of height


def warning(prediction: Prediction) -> None:
    """Warn plainly of a picture that is unlike all that the network learned from."""
    if prediction.unlike is not None and prediction.unlike > UNLIKE:
        st.warning(unlike(prediction.unlike), icon=":material/warning:")


def unlike(fraction: float) -> str:
    """Say how unlike the photographs of training a picture is, and what follows from that."""
    of = "every one of them" if fraction >= 0.9995 else f"{100 * fraction:.1f} of 100"
    return (
        f"**This picture is unlike the photographs that the network learned from**: more so than {of} that were held "
        "out. It has learned from a few thousand photographs, mostly of people and dogs. It will name what "
        "it knows, however sure it looks; do not trust these words."
    )


def sure(prediction: Prediction) -> None:
    """Say how sure it is of the whole, and draw it word by word."""
    st.markdown(summary(prediction))
    show(by_word(prediction, is_dark()), key="captions.sure")
    if prediction.unlike is not None and prediction.unlike <= UNLIKE:
        st.caption(
            f"Of 100 photographs that were held out, {100 * prediction.unlike:.0f} are less unlike those of training "
            "than this picture. That is no sign of its being unlike them, and no proof that it is like them."
        )


def summary(prediction: Prediction) -> str:
    """Say how likely the whole sentence is, and at which word it hesitated most."""
    own = [word for word in prediction.said if not word.given]
    total = sum(word.log_probability for word in own)
    least = min(own, key=lambda word: word.log_probability)
    each = f", {_written(total / len(own))} a word" if len(own) > 1 else ""
    given = " of its own" if len(own) < len(prediction.said) else ""
    return (
        f"Log-probability of all {len(own)} words{given}, the end included: **{_written(total)}**{each}. It was least "
        f"sure of “{literal(name(least.text))}”: {share(likely(least))}."
    )


def by_word(prediction: Prediction, dark: bool) -> Chart:
    """Draw the log-probability of every word as a bar that hangs from nought, which is certain."""
    words = prediction.said
    values = [word.log_probability for word in words]
    hesitant = min((word for word in words if not word.given), key=lambda word: word.log_probability)
    title = f"It hesitated most at “{name(hesitant.text)[:20]}”"
    figure = canvas(title, "Log-probability of each word; the shorter its bar, the surer of it", PLOT, dark)
    ink = palette(dark)
    figure.add_bar(
        x=list(range(1, len(words) + 1)),
        y=values,
        marker_color=[ink.rule if word.given else ink.edge for word in words],
        marker_pattern_shape=["/" if word.given else "" for word in words],
        customdata=[[_hovered(word), share(likely(word))] for word in words],
        hovertemplate="%{customdata[0]}<br><b>%{customdata[1]}</b>, log-probability %{y:.2f}<extra></extra>",
    )
    figure.update_yaxes(range=[1.08 * min(*values, -1.0), 0])
    figure.update_xaxes(range=[0.4, len(words) + 0.6])
    named(figure, [name(word.text) for word in words])
    alt = (
        "Bars of the log-probability of each word: "
        + ", ".join(f"{name(w.text)} {share(likely(w))}" for w in words)
        + "."
    )
    return Chart(figure, alt, [_row(place, word) for place, word in enumerate(words, 1)], "how sure of each word")


def _hovered(word: Word) -> str:
    return f"“{escape(name(word.text))}”{', your word' if word.given else ''}"


def _row(place: int, word: Word) -> dict[str, object]:
    return {"step": place, "word": word.text, "given": word.given, "log_probability": word.log_probability,
            "gate": word.openness}  # fmt: skip


def _written(value: float) -> str:
    return f"{value:.2f}".replace("-", MINUS)
