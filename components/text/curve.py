"""The verdict after every token: what the network would say if the text ended there."""

from html import escape

from components.charts.chart import Chart, canvas
from components.numbers import percent, points
from components.text.signed import ABOVE, BELOW
from components.text.states_chart import named
from components.theme import palette
from model_zoo.rnn.prediction import Prediction

PLOT = 260  # px of height
SO_FAR = 70  # characters of the text so far that hovering shows
LINE = 40  # characters of a line of what hovering shows


def running_verdict(prediction: Prediction, dark: bool) -> Chart:
    """Draw the verdict before the first token and after each, with the token at which it moved most in the title."""
    before = 0.5 if prediction.before is None else prediction.before
    values = [before, *prediction.running]
    title, most = _title(prediction, values)
    subtitle = "Probability of positive, if the text ended there"
    figure = canvas(title, subtitle, PLOT, dark)
    figure.add_hline(y=50, line={"color": palette(dark).edge, "dash": "dot", "width": 1.2})
    figure.add_scatter(
        x=list(range(len(values))),
        y=[100 * value for value in values],
        mode="lines+markers" if len(values) <= 200 else "lines",
        line={"color": palette(dark).ink, "width": 2, "shape": "linear"},
        marker={"size": [11 if place == most else 6 for place in range(len(values))],
                "color": [(ABOVE if value >= 0.5 else BELOW)[dark] for value in values]},
        customdata=[_so_far(prediction, place) for place in range(len(values))],
        hovertemplate="%{customdata}<br><b>%{y:.1f} % positive</b><extra></extra>",
    )  # fmt: skip
    ticks = [0, 25, 50, 75, 100]
    figure.update_yaxes(range=[-4, 104], tickvals=ticks, ticktext=[f"{tick} %" for tick in ticks])
    figure.update_xaxes(range=[-0.5, len(values) - 0.5])
    named(figure, ["", *(token.text for token in prediction.tokens)], first=0)
    return Chart(figure, _alt(prediction, values), _rows(prediction, values), "running verdict")


def _title(prediction: Prediction, values: list[float]) -> tuple[str, int]:
    """Name the token at which the verdict moved most; gives its place on the axis, too."""
    steps = [after - before for before, after in zip(values, values[1:], strict=False)]
    most = max(range(len(steps)), key=lambda place: abs(steps[place]))
    if abs(steps[most]) < 0.02:
        return "No single token moved the verdict by much", 0
    token = prediction.tokens[most].text[:20]
    return f"“{token}” moved it most: {points(steps[most])}, to {percent(values[most + 1], 0)}", most + 1


def _so_far(prediction: Prediction, place: int) -> str:
    if place == 0:
        return "Before the first token"
    text = prediction.text[: prediction.tokens[place - 1].end]
    shown = text if len(text) <= SO_FAR else f"…{text[-SO_FAR:]}"
    return "<br>".join(escape(shown[start : start + LINE]) for start in range(0, len(shown), LINE))


def _alt(prediction: Prediction, values: list[float]) -> str:
    least, most = min(values), max(values)
    return (
        f"A line of the verdict over {len(prediction.tokens):,} tokens: from {percent(values[0], 0)} before the first "
        f"to {percent(values[-1], 0)} after the last, between {percent(least, 0)} and {percent(most, 0)}."
    )


def _rows(prediction: Prediction, values: list[float]) -> list[dict[str, object]]:
    names = ["", *(token.text for token in prediction.tokens)]
    return [
        {"step": place, "token": name, "positive": value}
        for place, (name, value) in enumerate(zip(names, values, strict=True))
    ]
