"""What accuracy costs: test accuracy against seconds and against trained parameters."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10
from statistics import mean
from typing import Any, Literal

from components.charts.beside import Spot, add_key, label_spots
from components.charts.chart import Chart, Row, canvas
from components.configurations import Mark
from components.numbers import count, measured, percent
from components.theme import palette

PLOT = 340  # px of height
MOST_NAMED = 7  # configurations that are named beside their points; more are numbered, with a key
Cost = Literal["seconds_alone", "trained_parameters"]


@dataclass(frozen=True)
class _Axis:
    title: str
    cheapest: str  # what the cheapest is called in a headline
    words: Callable[[float], str]
    ticks: tuple[float, ...]


_AXES: dict[Cost, _Axis] = {
    "seconds_alone": _Axis(
        "time to train it alone, log scale",
        "the quickest",
        measured,
        (0.1, 0.3, 1, 3, 10, 30, 60, 180, 600, 1800, 3600, 10800, 36000),
    ),
    "trained_parameters": _Axis(
        "trained parameters, log scale",
        "which trains fewest parameters",
        lambda value: count(round(value)),
        tuple(10.0**power for power in range(2, 10)),
    ),
}


@dataclass(frozen=True)
class _Place:
    name: str
    cost: float
    accuracy: float
    low: float
    high: float


def accuracy_against(
    cost: Cost,
    runs: Iterable[Mapping[str, Any]],
    ranking: Iterable[Mapping[str, Any]],
    marks: Mapping[str, Mark],
    dark: bool,
) -> Chart:
    """Draw test accuracy with its 95 % interval against a cost, mean over seeds; `runs`, `ranking` as in a result."""
    axis, found = _AXES[cost], sorted(_places(cost, runs, ranking, marks), key=lambda place: -place.accuracy)
    left, right = _padded([log10(place.cost) for place in found])
    low, high = _accuracy_range(found)
    title, said = _title(found, axis, marks), {"seconds_alone": "seconds"}.get(cost, "trained parameters")
    figure = canvas(title, f"Test accuracy against {said}; bars: 95 % intervals", PLOT, dark)
    for place in found:
        _add_point(figure, place, marks[place.name], axis)
    names = [marks[place.name].label for place in found]
    if len(found) > MOST_NAMED:
        add_key(figure, names, PLOT)
        names = [str(number + 1) for number in range(len(found))]
    spots = [
        Spot(name, (log10(place.cost) - left) / (right - left), *_shares(place, low, high))
        for name, place in zip(names, found, strict=True)
    ]
    label_spots(
        figure, spots, [(log10(place.cost), 100 * place.accuracy) for place in found], PLOT, palette(dark).background
    )
    ticks = [tick for tick in axis.ticks if left <= log10(tick) <= right] or [10 ** ((left + right) / 2)]
    figure.update_xaxes(
        type="log", range=[left, right], title_text=axis.title, tickvals=ticks, ticktext=[axis.words(t) for t in ticks]
    )
    figure.update_yaxes(range=[low, high], ticksuffix=" %")
    return Chart(figure, _alt(found, axis, marks), _rows(found, cost), f"accuracy against {said}")


def _places(
    cost: Cost, runs: Iterable[Mapping[str, Any]], ranking: Iterable[Mapping[str, Any]], marks: Mapping[str, Mark]
) -> list[_Place]:
    costs: dict[str, list[float]] = {}
    for run in runs:
        costs.setdefault(run["strategy"], []).append(run[cost])
    return [
        _Place(entry["strategy"], max(1e-3, mean(costs[entry["strategy"]])), entry["test_accuracy"], *interval)
        for entry in ranking
        if entry["strategy"] in marks and entry["strategy"] in costs
        for interval in [entry.get("test_accuracy_ci") or [entry["test_accuracy"]] * 2]
    ]


def _padded(values: Sequence[float]) -> tuple[float, float]:
    """Give the range of a log axis (in powers of ten) with room for labels, at least a factor of four wide."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    short = max(0.0, 0.6 - (high - low)) / 2
    room = 0.09 * (high - low + 2 * short)
    return low - short - room, high + short + room


def _accuracy_range(found: Sequence[_Place]) -> tuple[float, float]:
    low, high = 100 * min((p.low for p in found), default=0.0), 100 * max((p.high for p in found), default=1.0)
    room = max(1.0, 0.08 * (high - low))
    return max(0.0, low - room), min(101.0, high + room)


def _shares(place: _Place, low: float, high: float) -> tuple[float, float, float]:
    middle, bottom, top = ((100 * v - low) / (high - low) for v in (place.accuracy, place.low, place.high))
    return middle, bottom, top


def _add_point(figure: Any, place: _Place, mark: Mark, axis: _Axis) -> None:
    figure.add_scatter(
        x=[place.cost],
        y=[100 * place.accuracy],
        error_y={
            "array": [100 * (place.high - place.accuracy)],
            "arrayminus": [100 * (place.accuracy - place.low)],
            "color": mark.colour,
            "thickness": 1.6,
            "width": 4,
        },
        mode="markers",
        marker={"symbol": mark.marker, "color": mark.colour, "size": 12},
        name=escape(mark.label),
        customdata=[[axis.words(place.cost), f"{percent(place.low)} to {percent(place.high)}"]],
        hovertemplate="<b>%{fullData.name}</b><br>%{y:.1f} %, 95 %: %{customdata[1]}<br>%{customdata[0]}"
        "<extra></extra>",
    )


def _title(found: Sequence[_Place], axis: _Axis, marks: Mapping[str, Mark]) -> str:
    if not found:
        return "No run has ended yet"
    best, cheapest = max(found, key=lambda p: p.accuracy), min(found, key=lambda p: p.cost)
    if best == cheapest:
        return f"{marks[best.name].label}, {axis.cheapest}, is also the most accurate"
    behind = 100 * (best.accuracy - cheapest.accuracy)
    return f"{marks[cheapest.name].label}, {axis.cheapest}, is {behind:.1f} points below the best"


def _alt(found: Sequence[_Place], axis: _Axis, marks: Mapping[str, Mark]) -> str:
    words = [f"{marks[p.name].label} {percent(p.accuracy)} at {axis.words(p.cost)}" for p in found]
    return f"Points of test accuracy against {axis.title}: {'; '.join(words) or 'none yet'}."


def _rows(found: Sequence[_Place], cost: Cost) -> list[Row]:
    return [
        {"strategy": p.name, cost: p.cost, "test_accuracy": p.accuracy, "low": p.low, "high": p.high} for p in found
    ]
