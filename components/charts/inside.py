"""Inside a tower, layer by layer: gradients, spreads, and how much each block adds."""

from collections.abc import Mapping, Sequence
from html import escape

from components.charts.chart import Chart, Row, canvas, log_ticks
from components.charts.ends import End, height_for, label_ends
from components.configurations import Mark

PLOT = 260  # px of height
AXES = {"gradient_norms": "layer with weights", "spreads": "after block (0: the stem)", "residuals": "block"}


def by_layer(
    field: str, title: str, subtitle: str, lines: Mapping[str, Sequence[float]], marks: Mapping[str, Mark], dark: bool
) -> Chart:
    """Draw one value a layer (`gradient_norms`) or a block on a log axis, input first, a line a tower."""
    from math import log10

    lines = {text: values for text, values in lines.items() if values}
    plot = height_for([marks[text].label for text in lines], PLOT)
    figure = canvas(title, subtitle, plot, dark)
    logs = [log10(max(value, 1e-12)) for values in lines.values() for value in values] or [-1.0, 0.0]
    low, high = min(logs) - 0.15, max(logs) + 0.15
    first, ends = 0 if field == "spreads" else 1, []
    for text, values in lines.items():
        figure.add_scatter(
            x=[first + i for i in range(len(values))],
            y=[max(value, 1e-12) for value in values],
            mode="lines+markers",
            line={"color": marks[text].colour, "dash": marks[text].dash, "width": 2},
            marker={"symbol": marks[text].marker, "size": 5},
            hovertemplate=f"<b>{escape(marks[text].label)}</b>, %{{x}}<br>%{{y:.3g}}<extra></extra>",
        )
        ends.append(End(marks[text].label, marks[text].colour, first + len(values) - 1, log10(max(values[-1], 1e-12))))
    label_ends(figure, ends, low, high, plot)
    figure.update_yaxes(log_ticks(low, high))
    last = first + max((len(values) for values in lines.values()), default=1) - 1
    figure.update_xaxes(title_text=AXES[field], tickformat="d", range=[first - 0.03 * last, 1.03 * last])
    rows: list[Row] = [
        {"tower": text, "place": first + i, field: value}
        for text, values in lines.items()
        for i, value in enumerate(values)
    ]
    told = "; ".join(f"{marks[t].label}: {v[0]:.2g} at the input, {v[-1]:.2g} at the end" for t, v in lines.items())
    return Chart(figure, f"Lines of {field.replace('_', ' ')}, input first. {told or 'Nothing yet'}.", rows, field)
