"""How many pictures? Accuracy against training pictures of each class, with bands over draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10
from typing import TYPE_CHECKING, Any, NamedTuple

from components.charts.chart import Chart, add_band, canvas
from components.charts.ends import End, height_for, label_ends
from components.configurations import Mark
from components.numbers import percent
from components.theme import palette

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

PLOT = 340  # px of height
APART = 1.4  # a tick that is nearer to the last would stand in its way
ENOUGH = 0.02  # of the best: with as many pictures a curve is called nearly there
# {"classifier", "accuracy", "low", "high", "draws"}, lists with a value for each count; "accuracies" has those of draws
Curve = Mapping[str, Any]


class Point(NamedTuple):
    """The mean accuracy with so many training pictures of each class, its 95 % interval, and over how many draws."""

    pictures: int
    mean: float
    low: float
    high: float
    draws: int


@dataclass(frozen=True)
class _Line:
    """A curve with its look; where a classifier could not be fitted there is no point."""

    mark: Mark
    points: tuple[Point, ...]
    draws: int
    name: str


def accuracy_by_pictures(
    per_class: Sequence[int],
    curves: Sequence[Curve],
    marks: Mapping[str, Mark],
    dark: bool,
    fine_tuned: Mapping[str, Any] | None = None,
    strategy: str = "",
) -> Chart:
    """Draw the curves on a log axis; `fine_tuned` is {"title", "accuracy"}, reached with all training pictures.

    `strategy` names the curve that is of fine-tuning, where there is one.
    """
    lines = [line for curve in curves if (line := _line(per_class, curve, marks)).points]
    values = [value for line in lines for point in line.points for value in (point.low, point.high)]
    values += [fine_tuned["accuracy"]] if fine_tuned else []
    low, high = max(0.0, 100 * min(values) - 4), min(101.0, 100 * max(values) + 4)
    plot = height_for([line.mark.label for line in lines], PLOT)
    tuned = next((line for line in lines if line.name == strategy), None)
    figure = canvas(_title(lines, tuned), _subtitle(lines, tuned), plot, dark)
    for line in lines:
        _add(figure, line)
    ends = [
        End(line.mark.label, line.mark.colour, log10(line.points[-1].pictures), 100 * line.points[-1].mean)
        for line in lines
    ]
    label_ends(figure, ends, low, high, plot)
    if fine_tuned:
        _add_line(figure, fine_tuned, dark)
    first, last = log10(per_class[0]), log10(per_class[-1])
    span = max(last - first, 0.3)
    ticks = [count for count in per_class if count == per_class[-1] or count * APART <= per_class[-1]]
    figure.update_xaxes(
        type="log",
        tickvals=ticks,
        ticktext=[str(count) for count in ticks],
        range=[first - 0.04 * span, last + 0.02 * span],
        title_text="training pictures of each class",
    )
    figure.update_yaxes(range=[low, high], ticksuffix=" %")
    return Chart(figure, _alt(lines), _rows(lines), "accuracy by pictures")


def _line(per_class: Sequence[int], curve: Curve, marks: Mapping[str, Mark]) -> _Line:
    draws = [len(each) for each in curve.get("accuracies", ())] or [curve["draws"]] * len(per_class)
    values = zip(per_class, curve["accuracy"], curve["low"], curve["high"], draws, strict=True)
    points = tuple(Point(*told) for told in values if told[1] is not None)
    return _Line(marks[curve["classifier"]], points, curve["draws"], curve["classifier"])


def _add(figure: "Figure", line: _Line) -> None:
    mark, points = line.mark, line.points
    pictures = [point.pictures for point in points]
    add_band(figure, pictures, [point.low for point in points], [point.high for point in points], mark.colour)
    figure.add_scatter(
        x=pictures,
        y=[100 * point.mean for point in points],
        mode="lines+markers",
        line={"color": mark.colour, "dash": mark.dash, "width": 2.4},
        marker={"symbol": mark.marker, "size": 7},
        name=escape(mark.label),
        customdata=[[f"{percent(p.low)} to {percent(p.high)}", p.draws] for p in points],
        hovertemplate="<b>%{fullData.name}</b><br>%{x} of each class: %{y:.1f} %<br>95 %: %{customdata[0]}"
        "<br>n = %{customdata[1]}<extra></extra>",
    )


def _add_line(figure: "Figure", fine_tuned: Mapping[str, Any], dark: bool) -> None:
    figure.add_hline(
        y=100 * fine_tuned["accuracy"],
        line={"color": palette(dark).edge, "dash": "dash", "width": 1.6},
        annotation_text=f"{escape(fine_tuned['title'])}, on all pictures: {percent(fine_tuned['accuracy'])}",
        annotation_position="top left",
        annotation_font_size=12,
        annotation_bgcolor=palette(dark).background,
    )


def _subtitle(lines: Sequence[_Line], tuned: _Line | None) -> str:
    draws = max(line.draws for line in lines if line is not tuned)
    told = f"{draws} draws, {tuned.draws} where the network is trained" if tuned else f"{draws} draws"
    return f"Test accuracy against training pictures of each class, log scale; 95 % bands, {told}"


def _title(lines: Sequence[_Line], tuned: _Line | None) -> str:
    if tuned and len(lines) > 1:
        return _from_where(tuned, [line for line in lines if line is not tuned])
    best = max(lines, key=lambda line: line.points[-1].mean)
    last = best.points[-1]
    enough = next(point for point in best.points if point.mean >= last.mean - ENOUGH)
    if enough is last:
        return f"More pictures would still help: {best.mark.label} climbs to {last.pictures} of each class"
    return f"{best.mark.label} is nearly as good with {enough.pictures} of each class as with {last.pictures}"


def _from_where(tuned: _Line, others: Sequence[_Line]) -> str:
    """Say from how many pictures on training the network is at least as good as every classifier."""
    best = {point.pictures: point.mean for point in tuned.points}
    for line in others:
        for point in line.points:
            best[point.pictures] = max(best[point.pictures], point.mean)
    ahead = [point.mean >= best[point.pictures] for point in tuned.points]
    if not ahead[-1]:
        leader, last = max(others, key=lambda line: line.points[-1].mean).mark.label, tuned.points[-1]
        level = best[last.pictures] <= last.high
        told = "ahead of, but within the band of," if level else "ahead of"
        return f"With all {last.pictures} pictures of each class, {leader} is {told} a trained network"
    if all(ahead):
        return "No classifier is ahead of a trained network, however few the pictures"
    from_ = tuned.points[len(ahead) - ahead[::-1].index(False)].pictures
    return f"From {from_} pictures of each class on, no classifier is ahead of a trained network"


def _alt(lines: Sequence[_Line]) -> str:
    told = "; ".join(
        f"{line.mark.label} {percent(line.points[0].mean)} with {line.points[0].pictures} of each class, "
        f"{percent(line.points[-1].mean)} with {line.points[-1].pictures}"
        for line in lines
    )
    return f"Lines of test accuracy against training pictures of each class. {told}."


def _rows(lines: Sequence[_Line]) -> list[dict[str, Any]]:
    return [
        {"classifier": line.name, "per_class": p.pictures, "accuracy": p.mean, "low": p.low, "high": p.high,
         "draws": p.draws}
        for line in lines
        for p in line.points
    ]  # fmt: skip
