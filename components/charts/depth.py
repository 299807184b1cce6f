"""Depth: what a tower costs, how its error changes with depth, and how it learns."""

from collections.abc import Mapping, Sequence
from html import escape
from statistics import mean
from typing import TYPE_CHECKING, NamedTuple

from components.charts.chart import Chart, Row, add_band, canvas, epoch_ticks
from components.charts.ends import End, height_for, label_ends
from components.charts.race import SEEDS_FOR_BANDS
from components.configurations import Mark
from components.numbers import count, interval_over_seeds, percent
from model_zoo.events import EpochEnd
from model_zoo.residual.findings import Difference, listed

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

PLOT = 320  # px of height


class Sized(NamedTuple):
    """A network by depth: layers with weights, parameters, and its name."""

    depth: int
    parameters: int
    name: str


def parameters_by_depth(families: Sequence[tuple[Mark, Sequence[Sized]]], depth: int, dark: bool) -> Chart:
    """Draw parameters against depth on a log axis, a line a family; a ring marks `depth` on the first."""
    from math import log10

    subtitle = "Parameters with a softmax for 1,000 classes, the towers for 10; log scale"
    plot = height_for([mark.label for mark, _ in families], PLOT)
    figure = canvas("110 layers here are smaller than 11 of VGG", subtitle, plot, dark)
    logs = [log10(network.parameters) for _, line in families for network in line]
    low, high = min(logs) - 0.2, max(logs) + 0.2
    for mark, line in families:
        figure.add_scatter(
            x=[network.depth for network in line],
            y=[network.parameters for network in line],
            mode="lines+markers",
            line={"color": mark.colour, "dash": mark.dash, "width": 2.2},
            marker={"symbol": mark.marker, "size": 8},
            customdata=[[escape(network.name), count(network.parameters)] for network in line],
            hovertemplate="<b>%{customdata[0]}</b>, %{x} layers<br>%{customdata[1]} parameters<extra></extra>",
        )
    here = [network for network in families[0][1] if network.depth == depth]
    ring = {"symbol": "circle-open", "size": 18, "color": families[0][0].colour, "line_width": 2.5}
    figure.add_scatter(
        x=[network.depth for network in here],
        y=[network.parameters for network in here],
        mode="markers",
        marker=ring,
        hoverinfo="skip",
    )
    ends = [End(mark.label, mark.colour, line[-1].depth, log10(line[-1].parameters)) for mark, line in families]
    label_ends(figure, ends, low, high, plot)
    figure.update_yaxes(type="log", range=[low, high], dtick=1, tickformat="~s")
    figure.update_xaxes(title_text="layers with weights", range=[0, 116])
    rows: list[Row] = [
        {"family": mark.label, "network": n.name, "depth": n.depth, "parameters": n.parameters}
        for mark, line in families
        for n in line
    ]
    told = "; ".join(f"{mark.label}: {line[-1].depth} layers, {count(line[-1].parameters)}" for mark, line in families)
    return Chart(figure, f"Lines of parameters by depth. The deepest of each: {told}.", rows, "parameters by depth")


def errors_by_depth(
    errors: Mapping[tuple[str, int], Sequence[float]],
    kinds: Mapping[str, Mark],
    found: Sequence[Difference],
    what: str,
    dark: bool,
) -> Chart:
    """Draw an error against depth, a line a kind of shortcut; `errors` are fractions, a value a seed, by (kind, depth).

    `found` says where training errors differ; the title tells it. `what` is training or test.
    """
    lines = {
        kind: sorted((depth, list(values)) for (of, depth), values in errors.items() if of == kind) for kind in kinds
    }
    lines = {kind: line for kind, line in lines.items() if line}
    tops = [max(values) for line in lines.values() for _, values in line]
    high = max(2.0, 108 * max(tops, default=0.02))
    plot = height_for([kinds[kind].label for kind in lines], PLOT)
    seeds = max((len(values) for line in lines.values() for _, values in line), default=0)
    bands = f"; bands: 95 % over {seeds} seeds" if seeds >= SEEDS_FOR_BANDS else ""
    figure = canvas(
        _error_title(found, what), f"{what.capitalize()} error against depth{bands}; dots: runs", plot, dark
    )
    for kind, line in lines.items():
        _add_errors(figure, line, kinds[kind])
    ends = [
        End(kinds[kind].label, kinds[kind].colour, line[-1][0], 100 * mean(line[-1][1])) for kind, line in lines.items()
    ]
    low = -0.03 * high
    label_ends(figure, ends, low, high, plot)
    depths = sorted({depth for line in lines.values() for depth, _ in line})
    figure.update_yaxes(range=[low, high], ticksuffix=" %")
    last = max(depths, default=1)
    figure.update_xaxes(title_text="layers with weights", tickvals=depths, range=[0, 1.03 * last])
    told = "; ".join(
        f"{kinds[kind].label}: " + ", ".join(f"{depth} layers {percent(mean(values))}" for depth, values in line)
        for kind, line in lines.items()
    )
    rows: list[Row] = [
        {"shortcut": kind, "depth": depth, f"{what}_error": value}
        for kind, line in lines.items()
        for depth, values in line
        for value in values
    ]
    return Chart(figure, f"Lines of {what} error by depth. {told or 'Nothing yet'}.", rows, f"{what} error by depth")


def training_curves(events: Sequence[EpochEnd], marks: Mapping[str, Mark], dark: bool) -> Chart:
    """Draw training error over epochs, mean over seeds, a line a tower."""
    by: dict[str, dict[int, list[float]]] = {}
    for event in events:
        if event.strategy in marks:
            by.setdefault(event.strategy, {}).setdefault(event.epoch + 1, []).append(1 - event.train_accuracy)
    values = [mean(errors) for line in by.values() for errors in line.values()]
    high = max(5.0, 106 * max(values, default=0.05))
    plot = height_for([marks[text].label for text in by], PLOT)
    figure = canvas("How they learn", "Training error over epochs, as it was met; mean over seeds", plot, dark)
    ends = []
    for text, line in by.items():
        points = [(epoch, 100 * mean(errors)) for epoch, errors in sorted(line.items())]
        figure.add_scatter(
            x=[epoch for epoch, _ in points],
            y=[error for _, error in points],
            mode="lines+markers",
            line={"color": marks[text].colour, "dash": marks[text].dash, "width": 2.2},
            marker={"symbol": marks[text].marker, "size": 6},
            hovertemplate=f"<b>{escape(marks[text].label)}</b>, epoch %{{x}}<br>%{{y:.1f}} % wrong<extra></extra>",
        )
        ends.append(End(marks[text].label, marks[text].colour, *points[-1]))
    low = -0.03 * high
    label_ends(figure, ends, low, high, plot)
    last = max((epoch for line in by.values() for epoch in line), default=1)
    figure.update_yaxes(range=[low, high], ticksuffix=" %")
    figure.update_xaxes(range=[1 - 0.04 * last, last + 0.02 * last], title_text="epoch", **epoch_ticks(last, most=6))
    rows: list[Row] = [
        {"tower": text, "epoch": epoch, "training_error": mean(errors), "seeds": len(errors)}
        for text, line in by.items()
        for epoch, errors in sorted(line.items())
    ]
    told = "; ".join(f"{end.label} {end.y:.1f} %" for end in ends) or "none yet"
    return Chart(figure, f"Lines of training error over epochs. Last values: {told}.", rows, "training error")


def _error_title(found: Sequence[Difference], what: str) -> str:
    if what != "training":
        return "And pictures that nobody trained on?"
    plain = [each.depth for each in found if each.shortcut == "none" and each.worse]
    if not plain:
        return "Where depth hurts, the line rises"
    residual = {each.depth: each.worse for each in found if each.shortcut == "identity"}
    beside = all(depth in residual and not residual[depth] for depth in plain)
    also = "; residual ones not measurably" if beside else ""
    return f"With {listed(plain)} layers plain networks fit worse{also}"


def _add_errors(figure: "Figure", line: Sequence[tuple[int, list[float]]], mark: Mark) -> None:
    banded = [
        (depth, *interval)
        for depth, values in line
        if len(values) >= SEEDS_FOR_BANDS and (interval := interval_over_seeds(values))
    ]
    if len(banded) > 1:
        add_band(figure, *zip(*banded, strict=True), mark.colour)
    figure.add_scatter(
        x=[depth for depth, values in line for _ in values],
        y=[100 * value for _, values in line for value in values],
        mode="markers",
        marker={"color": mark.colour, "size": 5, "opacity": 0.55},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[depth for depth, _ in line],
        y=[100 * mean(values) for _, values in line],
        mode="lines+markers",
        line={"color": mark.colour, "width": 2.4},
        marker={"symbol": mark.marker, "size": 9},
        customdata=[[len(values), ", ".join(percent(value) for value in values)] for _, values in line],
        hovertemplate=f"<b>{escape(mark.label)}</b>, %{{x}} layers<br>mean %{{y:.1f}} % of %{{customdata[0]}} runs:"
        "<br>%{customdata[1]}<extra></extra>",
    )
