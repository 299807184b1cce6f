"""Stage by stage: how far each moved, at which learning rate, with which gradients. Input first, head last."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import ceil
from statistics import mean
from typing import TYPE_CHECKING

from components.charts.chart import Chart, Row, broken, canvas, epoch_ticks, log_ticks
from components.charts.ends import End, height_for, label_ends
from components.configurations import Mark
from components.theme import palette, temperature, temperature_scale, warmth
from model_zoo.events import EpochEnd

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

BAR, CELL, PLOT = 21, 30, 300  # px of height: a bar, a row of the heat map, a plot of lines
SMALLEST_DRIFT = 1e-4  # left end of the axis of drift; what moved less is drawn as frozen
PANEL_GAP, COLUMN_GAP = 56, 0.05  # between panels: px, and a share of the width
HOW_FAR = (
    "1 % means: the weights of a stage ended a hundredth of their own length away from where they began. "
    "Frozen stages did not move."
)


def drift(events: Iterable[EpochEnd], stages: Sequence[str], marks: Mapping[str, Mark], dark: bool) -> Chart:
    """Draw how far each stage moved by the last epoch, ‖θ − θ₀‖ / ‖θ₀‖, mean over seeds, a panel a configuration."""
    from plotly.subplots import make_subplots

    moved = {name: by[max(by)] for name, by in _by_epoch(events, "drift").items() if name in marks}
    names = [name for name in marks if name in moved]
    columns = min(2, max(1, len(names)))
    rows = max(1, ceil(len(names) / columns))
    panel = BAR * len(stages)
    height = rows * panel + (rows - 1) * PANEL_GAP
    titles = [broken(marks[name].label, 26) for name in names]
    gap = {"horizontal_spacing": COLUMN_GAP, "vertical_spacing": PANEL_GAP / height}
    panels = make_subplots(rows, columns, shared_yaxes=True, subplot_titles=titles, **gap)
    figure = canvas(*_drift_title(moved, stages, marks), height, dark, panels)
    figure.update_layout(margin_t=figure.layout.margin.t + 44, height=figure.layout.height + 44, bargap=0.25)
    for place, name in enumerate(names):
        _add_bars(figure, moved[name], stages, dark, place, columns)
    _drift_axes(figure, moved)
    if len(names) < rows * columns and names:
        _explain(figure, top=panel / height)
    rows_ = [{"strategy": n, "stage": s, "drift": v} for n in names for s, v in zip(stages, moved[n], strict=True)]
    words = [f"{marks[n].label}: {_listed(stages, moved[n])}" for n in names]
    return Chart(figure, f"Bars of drift by stage. {'; '.join(words) or 'Nothing yet'}.", rows_, "drift")


def learning_rates(
    events: Iterable[EpochEnd], configuration: str, stages: Sequence[str], base: float, mark: Mark, dark: bool
) -> Chart:
    """Draw the learning rate of each stage in each epoch as warmth, relative to `base`, the comparison's peak rate."""
    rates = _by_epoch(events, "rates").get(configuration, {})
    figure = canvas(f"{mark.label}: where it was warm", "Learning rate by stage and epoch", CELL * len(stages), dark)
    table = [[rates[epoch][i] for epoch in sorted(rates)] for i in range(len(stages))]  # (stage, epoch)
    ticks = (0.0, 0.01, 0.1, 1.0)
    figure.add_heatmap(
        z=[[warmth(rate / base) for rate in row] for row in table],
        x=[epoch + 1 for epoch in sorted(rates)],
        y=list(stages),
        customdata=table,
        zmin=0,
        zmax=1,
        colorscale=temperature_scale(dark),
        xgap=2,
        ygap=2,
        hovertemplate="<b>%{y}</b>, epoch %{x}<br>learning rate %{customdata:.2g}<extra></extra>",
        colorbar={
            "orientation": "h",
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
            "thickness": 10,
            "tickvals": [warmth(tick) for tick in ticks],
            "ticktext": ["frozen", *(f"{base * tick:.2g}" for tick in ticks[1:])],
            "outlinewidth": 0,
        },
    )
    figure.update_layout(margin={"l": _margin(stages), "b": 96}, height=figure.layout.height + 50)
    figure.update_yaxes(autorange="reversed", showgrid=False).update_xaxes(
        title_text="epoch", **epoch_ticks(len(rates), most=8)
    )
    return Chart(figure, _rates_alt(mark, stages, table), _rows(configuration, stages, rates, "rate"), "learning rates")


def gradient_norms(
    events: Iterable[EpochEnd], configuration: str, stages: Sequence[str], mark: Mark, dark: bool
) -> Chart:
    """Draw the gradient norm of each stage over epochs, mean over seeds, on a log axis; frozen stages have none."""
    from math import log10

    norms = _by_epoch(events, "gradient_norms").get(configuration, {})
    warm = [(i, name) for i, name in enumerate(stages) if any(row[i] > 0 for row in norms.values())]
    plot = height_for([name for _, name in warm], PLOT)
    figure = canvas(f"{mark.label}: where the error pulls", "Gradient norm by stage over epochs, log scale", plot, dark)
    ends = []
    for i, name in warm:
        line = [(epoch + 1, norms[epoch][i]) for epoch in sorted(norms) if norms[epoch][i] > 0]
        shade = _shade(i / max(1, len(stages) - 1), dark)
        _add_line(figure, line, name, shade, i)
        ends.append(End(name, shade, line[-1][0], log10(line[-1][1])))
    values = [log10(row[i]) for row in norms.values() for i, _ in warm if row[i] > 0] or [-1.0, 0.0]
    low, high = min(values) - 0.1, max(values) + 0.1
    label_ends(figure, ends, low, high, plot)
    figure.update_yaxes(log_ticks(low, high))
    last = max(norms, default=0) + 1
    figure.update_xaxes(range=[1 - 0.04 * last, last + 0.02 * last], title_text="epoch", **epoch_ticks(last, most=6))
    frozen = [name for i, name in enumerate(stages) if (i, name) not in warm]
    alt = f"Lines of gradient norm over epochs for {mark.label}; without gradient: {', '.join(frozen) or 'no stage'}."
    return Chart(figure, alt, _rows(configuration, stages, norms, "gradient_norm"), "gradient norms")


def _by_epoch(events: Iterable[EpochEnd], field: str) -> dict[str, dict[int, list[float]]]:
    """Average a list of one value a stage over seeds: configuration → epoch (0-based) → values."""
    found: dict[str, dict[int, list[list[float]]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        found[event.strategy][event.epoch].append(getattr(event, field))
    return {
        name: {epoch: [mean(values) for values in zip(*rows, strict=True)] for epoch, rows in by.items()}
        for name, by in found.items()
    }


def _add_bars(
    figure: "Figure", values: Sequence[float], stages: Sequence[str], dark: bool, place: int, columns: int
) -> None:
    figure.add_bar(
        orientation="h",
        y=list(stages),
        x=[max(value, SMALLEST_DRIFT * 1.35) for value in values],
        marker_color=[temperature(warmth(value), dark) for value in values],
        marker_line={"color": palette(dark).edge, "width": 0.8},
        text=[_moved(value) for value in values],
        textposition="outside",
        textfont_size=12,
        cliponaxis=False,
        customdata=[_moved(value) for value in values],
        hovertemplate="<b>%{y}</b>: %{customdata}<extra></extra>",
        row=place // columns + 1,
        col=place % columns + 1,
    )


def _explain(figure: "Figure", top: float) -> None:
    """Say how to read the bars, in the place of the last panel of an odd number; `top` is a share of the plot."""
    figure.add_annotation(
        text=broken(HOW_FAR, 25),
        x=(1 + COLUMN_GAP) / 2,
        y=top,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="top",
        align="left",
        font_size=12,
        showarrow=False,
    )


def _drift_axes(figure: "Figure", moved: Mapping[str, Sequence[float]]) -> None:
    from math import log10

    most = max((value for values in moved.values() for value in values), default=1.0)
    figure.update_annotations(font_size=12)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_layout(margin_l=78)
    ticks = {0.001: "0.1 %", 0.1: "10 %"}  # as many as fit level into half a phone
    figure.update_xaxes(
        type="log",
        range=[log10(SMALLEST_DRIFT), log10(max(most, 0.01)) + 1.3],  # room for the numbers at the ends of the bars
        tickvals=list(ticks),
        ticktext=list(ticks.values()),
        tickangle=0,
        tickfont_size=11,
    )


def _moved(value: float) -> str:
    if value <= SMALLEST_DRIFT:
        return "frozen" if value == 0 else "< 0.01 %"
    return f"{100 * value:.2g} %" if value < 0.995 else f"{100 * value:.0f} %"


def _drift_title(
    moved: Mapping[str, Sequence[float]], stages: Sequence[str], marks: Mapping[str, Mark]
) -> tuple[str, str]:
    how = "Change of each stage against its start, ‖θ − θ₀‖ / ‖θ₀‖, log scale; the head starts random"
    inner = {(name, stage): v for name, vs in moved.items() for stage, v in zip(stages[:-1], vs[:-1], strict=True)}
    if not inner or not max(inner.values()):
        return "No pre-trained stage has moved", how
    name, stage = max(inner, key=inner.__getitem__)
    return f"{marks[name].label} moved {stage} furthest, by {_moved(inner[name, stage])}", how


def _add_line(figure: "Figure", line: Sequence[tuple[int, float]], name: str, shade: str, index: int) -> None:
    figure.add_scatter(
        x=[epoch for epoch, _ in line],
        y=[value for _, value in line],
        mode="lines+markers",
        line={"color": shade, "width": 2.2, "dash": ("solid", "dash", "dot")[index % 3]},
        marker_size=5,
        hovertemplate=f"<b>{escape(name)}</b>, epoch %{{x}}<br>gradient norm %{{y:.3g}}<extra></extra>",
    )


def _shade(share: float, dark: bool) -> str:
    """Give a neutral grey, from faint for the input to ink for the head; each keeps 3 : 1 against the page."""
    ends = [palette(dark).edge, palette(dark).ink]
    first, last = ([int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in ends)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in zip(first, last, strict=True))


def _listed(stages: Sequence[str], values: Sequence[float]) -> str:
    return ", ".join(f"{stage} {_moved(value)}" for stage, value in zip(stages, values, strict=True))


def _rates_alt(mark: Mark, stages: Sequence[str], table: Sequence[Sequence[float]]) -> str:
    peaks = [f"{stage} at most {max(row, default=0.0):.2g}" for stage, row in zip(stages, table, strict=True)]
    return f"Heat map of the learning rate of {mark.label} by stage and epoch: {', '.join(peaks)}."


def _rows(name: str, stages: Sequence[str], values: Mapping[int, Sequence[float]], what: str) -> list[Row]:
    return [
        {"strategy": name, "epoch": epoch + 1, "stage": stage, what: value}
        for epoch in sorted(values)
        for stage, value in zip(stages, values[epoch], strict=True)
    ]


def _margin(stages: Sequence[str]) -> int:
    return round(16 + 7.2 * max(map(len, stages), default=0))
