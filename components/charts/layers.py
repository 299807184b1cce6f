"""Which layer? Accuracy of a linear probe after each stage, for one data set or for two side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from components.charts.chart import Chart, add_band, canvas
from components.charts.ends import End, height_for, label_ends
from components.configurations import Mark
from components.numbers import percent

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

PLOT = 300  # px of height
NEAR = 0.02  # accuracies that lie closer are called as good


@dataclass(frozen=True)
class Probed:
    """What a linear probe gives after each stage of a network: `layers` of a result, drawn with `mark`."""

    mark: Mark
    layers: Sequence[Mapping[str, Any]]


def probes_by_layer(sets: Sequence[Probed], dark: bool) -> Chart:
    """Draw test accuracy after every stage with its 95 % interval, a line a set; the title tells the best stage."""
    stages = list(dict.fromkeys(layer["stage"] for probed in sets for layer in probed.layers))
    lows, highs = zip(*(layer["test_accuracy_ci"] for probed in sets for layer in probed.layers), strict=True)
    low, high = max(0.0, 100 * min(lows) - 4), min(101.0, 100 * max(highs) + 4)
    plot = height_for([probed.mark.label for probed in sets], PLOT)
    subtitle = "Test accuracy of a linear probe after each stage, input first; bands: 95 % intervals"
    figure = canvas(_title(sets), subtitle, plot, dark)
    for probed in sets:
        _add(figure, probed)
    ends = [
        End(p.mark.label, p.mark.colour, stages.index(p.layers[-1]["stage"]), 100 * p.layers[-1]["test_accuracy"])
        for p in sets
    ]
    label_ends(figure, ends, low, high, plot)
    ticks = [f"{stage}<br>{_dimensions(sets, stage)}" for stage in map(escape, stages)]
    figure.update_xaxes(tickvals=list(range(len(stages))), ticktext=ticks, range=[-0.15, len(stages) - 0.9])
    figure.update_yaxes(range=[low, high], ticksuffix=" %")
    return Chart(figure, _alt(sets), _rows(sets), "accuracy by layer")


def _add(figure: "Figure", probed: Probed) -> None:
    mark, places = probed.mark, list(range(len(probed.layers)))
    lows, highs = zip(*(layer["test_accuracy_ci"] for layer in probed.layers), strict=True)
    add_band(figure, places, lows, highs, mark.colour)
    figure.add_scatter(
        x=places,
        y=[100 * layer["test_accuracy"] for layer in probed.layers],
        mode="lines+markers",
        line={"color": mark.colour, "dash": mark.dash, "width": 2.4},
        marker={"symbol": mark.marker, "size": 10},
        name=escape(mark.label),
        customdata=[
            [escape(layer["stage"]), f"{percent(low)} to {percent(high)}", f"{layer['dimensions']:,}"]
            for layer, low, high in zip(probed.layers, lows, highs, strict=True)
        ],
        hovertemplate="<b>%{customdata[0]}</b>, %{customdata[2]} values<br>%{fullData.name}: %{y:.1f} %"
        "<br>95 %: %{customdata[1]}<extra></extra>",
    )


def _title(sets: Sequence[Probed]) -> str:
    said = []
    for probed in sets:
        best = max(layer["test_accuracy"] for layer in probed.layers)
        # the first that is as good: general features end here
        enough = next(layer for layer in probed.layers if layer["test_accuracy"] >= best - NEAR)
        where = f"after {enough['stage']}"
        if enough is probed.layers[-1]:
            where = f"only after {enough['stage']}, the last"
        said.append(f"{probed.mark.label} {where}" if len(sets) > 1 else where)
    if len(sets) == 1:
        return f"A linear probe is at its best {said[0]}"
    return f"At its best: {'; '.join(said)}"


def _dimensions(sets: Sequence[Probed], stage: str) -> str:
    found = next(layer for probed in sets for layer in probed.layers if layer["stage"] == stage)
    return f"{found['dimensions']:,}"


def _alt(sets: Sequence[Probed]) -> str:
    told = [
        f"{p.mark.label}: " + ", ".join(f"{layer['stage']} {percent(layer['test_accuracy'])}" for layer in p.layers)
        for p in sets
    ]
    return f"Lines of test accuracy of a linear probe after each stage. {'; '.join(told)}."


def _rows(sets: Sequence[Probed]) -> list[dict[str, Any]]:
    return [
        {
            "data": probed.mark.label,
            "stage": layer["stage"],
            "dimensions": layer["dimensions"],
            "validation_accuracy": layer["validation_accuracy"],
            "test_accuracy": layer["test_accuracy"],
            "low": layer["test_accuracy_ci"][0],
            "high": layer["test_accuracy_ci"][1],
        }
        for probed in sets
        for layer in probed.layers
    ]
