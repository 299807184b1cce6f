"""The verdict as a forest plot: the recommended configuration against each other one."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from components.charts.chart import Chart, broken, canvas
from components.configurations import Mark
from components.numbers import points
from components.theme import palette

ROW = 58  # px of height


def paired_differences(verdict: Mapping[str, Any], marks: Mapping[str, Mark], dark: bool) -> Chart:
    """Draw the paired difference in test accuracy to each other configuration with its 95 % interval.

    `verdict` is that of a result. Decided pairs (after Holm) are filled, the others hollow.
    """
    pairs = sorted(verdict["pairs"], key=lambda pair: pair["difference"])
    winner = marks[verdict["recommended"]].label
    subtitle = "Difference in test accuracy, 95 % intervals. Filled: decided, after Holm; hollow: could be chance"
    figure = canvas(_title(pairs, winner), subtitle, max(2, len(pairs)) * ROW, dark)
    figure.add_vline(x=0, line_color=palette(dark).edge, line_width=1.4)
    for row, pair in enumerate(pairs):
        _add_pair(figure, pair, marks[pair["b"]], row, dark)
    names = [broken(f"than {marks[pair['b']].label}", 20) for pair in pairs]
    figure.update_yaxes(
        tickvals=list(range(len(pairs))), ticktext=names, range=[-0.6, max(2, len(pairs)) - 0.4], showgrid=False
    )
    figure.update_xaxes(range=_range(pairs), title_text="points better  →", showgrid=True, tickformat="+d", nticks=6)
    figure.update_layout(margin_l=150)
    words = "; ".join(f"{marks[p['b']].label}: {_said(p)}" for p in reversed(pairs))
    alt = f"Difference in test accuracy, {winner} minus each other configuration. {words or 'No pairs'}."
    return Chart(figure, alt, [_flat(pair) for pair in reversed(pairs)], "paired differences")


def _add_pair(figure: Any, pair: Mapping[str, Any], mark: Mark, row: int, dark: bool) -> None:
    low, high = pair["ci"]
    middle, background = pair["difference"], palette(dark).background
    figure.add_scatter(
        x=[100 * middle],
        y=[row],
        error_x={
            "array": [100 * (high - middle)],
            "arrayminus": [100 * (middle - low)],
            "color": mark.colour,
            "thickness": 2.2,
            "width": 5,
        },
        mode="markers",
        marker={
            "symbol": mark.marker,
            "size": 13,
            "color": mark.colour if pair["decided"] else background,
            "line": {"color": mark.colour, "width": 2},
        },
        hovertemplate=f"<b>{escape(mark.label)}</b><br>{escape(_said(pair))}<extra></extra>",
    )
    text = points(middle) if not pair["decided"] else f"<b>{points(middle)}</b>"
    figure.add_annotation(
        x=100 * middle, y=row, text=text, yshift=18, showarrow=False, font_size=12, bgcolor=background
    )


def _range(pairs: Sequence[Mapping[str, Any]]) -> list[float]:
    ends = [0.0, *(100 * end for pair in pairs for end in pair["ci"])]
    room = max(1.0, 0.1 * (max(ends) - min(ends)))
    return [min(ends) - room, max(ends) + room]


def _title(pairs: Sequence[Mapping[str, Any]], winner: str) -> str:
    decided = sum(pair["decided"] and pair["difference"] > 0 for pair in pairs)
    if not pairs:
        return "One seed decides nothing"
    if decided == len(pairs):
        return f"{winner} is better than {'all others' if decided > 1 else 'the other'}, beyond chance"
    if not any(pair["decided"] for pair in pairs):
        return "None of these differences is beyond chance"
    if not decided:
        return f"{winner} is better than none of the others beyond chance"
    return f"{winner} is better than {decided} of {len(pairs)} others beyond chance"


def _said(pair: Mapping[str, Any]) -> str:
    low, high = pair["ci"]
    how = "decided" if pair["decided"] else "no difference you can trust"
    return f"{points(pair['difference'])}, 95 %: {points(low)} to {points(high)}, {how}"


def _flat(pair: Mapping[str, Any]) -> dict[str, Any]:
    keys = {key: pair[key] for key in ("a", "b", "difference", "decided")}
    return keys | {"low": pair["ci"][0], "high": pair["ci"][1]}
