"""The race over epochs: validation accuracy by configuration, and training against validation."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import ceil
from statistics import mean
from typing import TYPE_CHECKING, NamedTuple

from components.charts.chart import Chart, Row, add_band, broken, canvas, epoch_ticks, faded
from components.charts.ends import End, height_for, label_ends
from components.configurations import Mark
from components.numbers import interval_over_seeds, percent, points
from components.standings import Basis, Standing
from components.theme import palette
from model_zoo.events import EpochEnd

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

PLOT, PANEL = 320, 120  # px of height
SEEDS_FOR_BANDS = 3  # two give an interval so wide (t = 12.7) that bands would cover the plot
WORTH_NAMING = 0.02  # a smaller gap between training and validation is not called overfitting


class Point(NamedTuple):
    """The mean accuracy of one configuration in one epoch, its 95 % interval over seeds, and how many seeds."""

    epoch: int  # 1-based
    mean: float
    interval: tuple[float, float] | None
    seeds: int


def validation_curves(
    events: Sequence[EpochEnd], lead: Standing, basis: Basis, marks: Mapping[str, Mark], dark: bool
) -> Chart:
    """Draw validation accuracy over epochs, a line a configuration, bands where at least three seeds are known.

    `lead` is the first of the standings, whose number the title tells; `basis` the seeds that count there and in the
    lines. Seeds that are still under way are thin lines of their own.
    """
    of_marks = [event for event in events if event.strategy in marks]
    curves = _curves([event for event in of_marks if event.seed in basis.seeds], "validation_accuracy")
    others = [event for event in of_marks if event.seed not in basis.seeds]
    low, high = _range([p.mean for c in curves.values() for p in c] + [event.validation_accuracy for event in others])
    plot = height_for([marks[name].label for name in curves], PLOT)
    figure = canvas(*_race_title(curves, lead, basis, marks, bool(others)), plot, dark)
    for run, ends_of_run in _by_run(others).items():
        _add_thin(figure, ends_of_run, run.rpartition("#")[2], marks[ends_of_run[0].strategy])
    for name, curve in curves.items():
        _add_curve(figure, curve, marks[name])
    ends = [End(marks[name].label, marks[name].colour, c[-1].epoch, 100 * c[-1].mean) for name, c in curves.items()]
    label_ends(figure, ends, low, high, plot)
    last = max((event.epoch + 1 for event in of_marks), default=1)
    figure.update_yaxes(range=[low, high], ticksuffix=" %")
    figure.update_xaxes(range=[1 - 0.04 * last, last + 0.02 * last], title_text="epoch", **epoch_ticks(last, most=6))
    return Chart(figure, _race_alt(curves, marks), _race_rows(curves), "validation accuracy")


def train_against_validation(events: Sequence[EpochEnd], marks: Mapping[str, Mark], dark: bool) -> Chart:
    """Draw, for each configuration, training and validation accuracy over epochs; the gap between them is shaded."""
    from plotly.subplots import make_subplots

    train, valid = _curves(events, "train_accuracy"), _curves(events, "validation_accuracy")
    gaps = {name: train[name][-1].mean - valid[name][-1].mean for name in valid if name in marks}
    names = sorted(gaps, key=lambda name: -gaps[name])
    rows = max(1, ceil(len(names) / 2))
    titles = [f"{broken(marks[name].label, 26)}<br>gap {_gap(gaps[name])}" for name in names]
    spacing = 76  # px between panels, for titles of up to three lines
    height = rows * PANEL + (rows - 1) * spacing
    panels = make_subplots(
        rows, 2, shared_yaxes=True, subplot_titles=titles, horizontal_spacing=0.06, vertical_spacing=spacing / height
    )
    figure = canvas(*_gap_title(gaps, marks), height, dark, panels)
    figure.update_layout(margin_t=figure.layout.margin.t + spacing, height=figure.layout.height + spacing)
    for place, name in enumerate(names):
        _add_panel(figure, train[name], valid[name], marks[name], dark, place)
    last = max((curve[-1].epoch for curve in train.values()), default=1)
    figure.update_annotations(font_size=12).update_xaxes(**epoch_ticks(last, most=4))
    figure.update_yaxes(ticksuffix=" %", range=_range([p.mean for c in (*train.values(), *valid.values()) for p in c]))
    alt = "; ".join(f"{marks[name].label}: {_gap(gaps[name])}" for name in names) or "none yet"
    alt = f"Training minus validation accuracy after the last epoch: {alt}."
    return Chart(figure, alt, _gap_rows(train, valid), "overfitting")


def _curves(events: Iterable[EpochEnd], field: str) -> dict[str, list[Point]]:
    values: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        values[event.strategy][event.epoch + 1].append(getattr(event, field))
    return {
        name: [Point(epoch, mean(found), interval_over_seeds(found), len(found)) for epoch, found in sorted(by.items())]
        for name, by in values.items()
    }


def _by_run(events: Iterable[EpochEnd]) -> dict[str, list[EpochEnd]]:
    runs: dict[str, list[EpochEnd]] = defaultdict(list)
    for event in events:
        runs[event.run].append(event)
    return runs


def _range(means: Sequence[float]) -> list[float]:
    """Choose the range of an accuracy axis, in percent: the data and a little room, within 0 to 100."""
    low, high = (100 * min(means), 100 * max(means)) if means else (0.0, 100.0)
    room = max(1.0, 0.08 * (high - low))
    return [max(0.0, low - room), min(101.0, high + room)]


def _add_curve(figure: "Figure", curve: list[Point], mark: Mark) -> None:
    banded = [(point.epoch, *point.interval) for point in curve if point.interval and point.seeds >= SEEDS_FOR_BANDS]
    if len(banded) > 1:
        add_band(figure, *zip(*banded, strict=True), mark.colour)
    figure.add_scatter(
        x=[point.epoch for point in curve],
        y=[100 * point.mean for point in curve],
        mode="lines+markers",
        line={"color": mark.colour, "dash": mark.dash, "width": 2.4},
        marker={"symbol": mark.marker, "size": 7, "maxdisplayed": 12},
        name=escape(mark.label),
        customdata=[[_spread(point), point.seeds] for point in curve],
        hovertemplate="<b>%{fullData.name}</b><br>epoch %{x}: %{y:.1f} %<br>%{customdata[0]}<br>"
        "n = %{customdata[1]} seeds<extra></extra>",
    )


def _add_thin(figure: "Figure", run: Sequence[EpochEnd], seed: str, mark: Mark) -> None:
    """Draw a run of a seed that does not count yet."""
    figure.add_scatter(
        x=[event.epoch + 1 for event in run],
        y=[100 * event.validation_accuracy for event in run],
        mode="lines+markers",
        line={"color": faded(mark.colour, 0.6), "dash": mark.dash, "width": 1},
        marker={"symbol": mark.marker, "size": 4},
        hovertemplate=f"<b>{escape(mark.label)}</b>, seed {escape(seed)} alone<br>epoch %{{x}}: %{{y:.1f}} %"
        "<extra></extra>",
    )


def _spread(point: Point) -> str:
    if point.interval is None:
        return "one seed, no interval"
    return f"95 % over seeds: {percent(point.interval[0])} to {percent(point.interval[1])}"


def _race_title(
    curves: Mapping[str, list[Point]], lead: Standing, basis: Basis, marks: Mapping[str, Mark], thin: bool
) -> tuple[str, str]:
    if not curves or lead.validation is None:
        return "No epoch has ended yet", "Validation accuracy over epochs"
    seeds = max(point.seeds for curve in curves.values() for point in curve)
    bands = {1: "one seed", 2: "mean of two seeds"}.get(seeds, f"95 % bands, {seeds} seeds")
    title = f"{marks[lead.configuration].label} reaches {percent(lead.validation)}"
    how = f"Validation accuracy over epochs; {bands}. In the title: {basis.words}"
    return title, f"{how}. Thin: seeds under way" if thin else how


def _race_alt(curves: Mapping[str, list[Point]], marks: Mapping[str, Mark]) -> str:
    last = [
        f"{marks[name].label} {percent(curve[-1].mean)} in epoch {curve[-1].epoch}" for name, curve in curves.items()
    ]
    return f"Lines of validation accuracy over epochs. Last values: {'; '.join(last) or 'none yet'}."


def _race_rows(curves: Mapping[str, list[Point]]) -> list[Row]:
    return [
        {
            "strategy": name,
            "epoch": point.epoch,
            "validation_accuracy": point.mean,
            "low": point.interval and point.interval[0],
            "high": point.interval and point.interval[1],
            "seeds": point.seeds,
        }
        for name, curve in curves.items()
        for point in curve
    ]


def _add_panel(figure: "Figure", train: list[Point], valid: list[Point], mark: Mark, dark: bool, place: int) -> None:
    where = {"row": place // 2 + 1, "col": place % 2 + 1}
    colours = palette(dark)
    hover = "epoch %{x}: %{y:.1f} %<extra></extra>"
    figure.add_scatter(
        x=[point.epoch for point in valid],
        y=[100 * point.mean for point in valid],
        line={"color": mark.colour, "dash": mark.dash, "width": 2.6},
        mode="lines",
        hovertemplate=f"<b>{escape(mark.label)}</b><br>validation, {hover}",
        **where,
    )
    figure.add_scatter(
        x=[point.epoch for point in train],
        y=[100 * point.mean for point in train],
        line={"color": colours.edge, "width": 1.6},
        fill="tonexty",
        fillcolor=faded(colours.edge, 0.2),
        mode="lines",
        hovertemplate=f"<b>{escape(mark.label)}</b><br>training, {hover}",
        **where,
    )


def _gap(gap: float) -> str:
    return points(gap)


def _gap_title(gaps: Mapping[str, float], marks: Mapping[str, Mark]) -> tuple[str, str]:
    how = "Thin grey: training accuracy. Thick: validation. Shaded: the gap between them"
    if not gaps:
        return "No epoch has ended yet", how
    worst = max(gaps, key=gaps.__getitem__)
    if gaps[worst] < WORTH_NAMING:
        return "Nothing overfits: training runs no more than 2 points ahead of validation", how
    return f"{marks[worst].label} overfits most: {points(gaps[worst])} on what it has seen", how


def _gap_rows(train: Mapping[str, list[Point]], valid: Mapping[str, list[Point]]) -> list[Row]:
    return [
        {"strategy": name, "epoch": v.epoch, "train_accuracy": t.mean, "validation_accuracy": v.mean, "seeds": v.seeds}
        for name in valid
        for t, v in zip(train[name], valid[name], strict=True)
    ]
