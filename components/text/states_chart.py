"""Units over tokens as a heat map, and the units at one token as bars."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from components.charts.chart import Chart, canvas
from components.text.signed import ABOVE, BELOW, signed_scale, strength_scale
from components.theme import palette
from model_zoo.rnn.prediction import Prediction, States

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ROW, LEAST_PLOT = 13, 200  # px of height of a unit; of all
MOST_NAMED = 28  # tokens whose names stand below; of more only their numbers
LETTERS = 12


def over_tokens(prediction: Prediction, states: States, what: str, at: int, dark: bool, step: str = "token") -> Chart:
    """Draw `what` ("hidden", or a gate) of every unit at every token; token `at`, from 0, is framed."""
    rows = values_of(states, what)  # [token][unit]
    names = [token.text for token in prediction.tokens[states.start : states.start + len(rows)]]
    hidden = what == "hidden"
    title = f"{'Hidden state' if hidden else f'The {what} gate'}: {len(states.units)} of {states.of} units"
    subtitle = f"Those that change most here; a column is a {step}"
    plot = max(LEAST_PLOT, ROW * len(states.units))
    figure = canvas(title, subtitle, plot, dark)
    figure.add_heatmap(
        z=[list(row) for row in zip(*rows, strict=True)],
        x=list(range(1, len(rows) + 1)),
        y=[str(unit) for unit in states.units],
        colorscale=signed_scale(dark) if hidden else strength_scale(dark),
        zmin=-1 if hidden else 0,
        zmax=1,
        xgap=1 if len(rows) <= 60 else 0,
        ygap=1,
        customdata=[[escape(name[:40]) for name in names]] * len(states.units),
        hovertemplate="unit %{y} at “%{customdata}”<br><b>%{z:.2f}</b><extra></extra>",
        colorbar={"thickness": 10, "outlinewidth": 0, "tickvals": [-1, 0, 1] if hidden else [0, 0.5, 1], "len": 1},
    )
    frame = {"line": {"color": palette(dark).ink, "width": 2}, "fillcolor": "rgba(0,0,0,0)"}
    figure.add_shape(type="rect", x0=at + 0.5, x1=at + 1.5, y0=-0.5, y1=len(states.units) - 0.5, **frame)
    figure.update_yaxes(type="category", autorange="reversed", title_text="unit", showgrid=False, nticks=8)
    named(figure, names, step=step)
    alt = f"A heat map of {title[0].lower()}{title[1:]}, over {len(rows)} {step}s; the table holds every value."
    return Chart(figure, alt, _rows(states, what, names), f"{what} over {step}s")


def at_token(states: States, what: str, at: int, dark: bool, step: str = "token") -> Chart:
    """Draw every unit at token `at` as a bar."""
    values = values_of(states, what)[at]
    low = -1 if what == "hidden" else 0
    figure = canvas(f"At this {step}", "The same units, one bar each", max(LEAST_PLOT, ROW * len(values)), dark)
    ink = palette(dark).ink
    colours = [(ABOVE if value >= 0 else BELOW)[dark] if low else ink for value in values]
    units = [str(unit) for unit in states.units]
    figure.add_bar(x=list(values), y=units, orientation="h", marker_color=colours,
                   hovertemplate="unit %{y}: <b>%{x:.2f}</b><extra></extra>")  # fmt: skip
    figure.update_xaxes(range=[1.05 * low, 1.05], tickvals=[low, 0, 1] if low else [0, 0.5, 1])
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False, nticks=8)
    told = ", ".join(f"unit {unit} {value:.2f}" for unit, value in zip(states.units, values, strict=True))
    rows = [{"unit": unit, what: value} for unit, value in zip(states.units, values, strict=True)]
    return Chart(figure, f"Bars at this {step}: {told}.", rows, f"{what} at a {step}")


def values_of(states: States, what: str) -> Sequence[Sequence[float]]:
    """Give what a choice of "hidden" or a gate names: [token][unit]."""
    return states.hidden if what == "hidden" else states.gates[what]


def named(figure: "Figure", tokens: Sequence[str], first: int = 1, step: str = "token") -> None:
    """Write tokens below a figure whose x axis counts them from `first`, where there is room for them."""
    if len(tokens) > MOST_NAMED:
        figure.update_xaxes(title_text=step, tickformat="d")
        return
    names = [escape(token if len(token) <= LETTERS else f"{token[: LETTERS - 1]}…") for token in tokens]
    figure.update_xaxes(tickvals=list(range(first, first + len(names))), ticktext=names, tickangle=-60)
    room = 24 + round(5.8 * max([len(token[:LETTERS]) for token in tokens], default=0))
    figure.update_layout(margin_b=room, height=figure.layout.height - figure.layout.margin.b + room)


def _rows(states: States, what: str, names: Sequence[str]) -> list[dict[str, object]]:
    return [
        {"step": place, "token": name} | {f"unit {unit}": value for unit, value in zip(states.units, row, strict=True)}
        for place, (name, row) in enumerate(zip(names, values_of(states, what), strict=True), states.start + 1)
    ]
