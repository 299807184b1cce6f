"""What a chart is, and how it is shown: figure, words for those who cannot see it, data as CSV."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import streamlit as st

from components.downloads import save
from components.theme import plotly_template

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Row = dict[str, Any]
TITLE_CHARACTERS, SUBTITLE_CHARACTERS = 44, 56  # fit into 390 px
TITLE_LINE, SUBTITLE_LINE = 21, 18  # px
BOTTOM, SIDE = 46, 54  # px of margin below the plot and left of it

_CONFIG = {
    "displaylogo": False,
    "responsive": True,
    "scrollZoom": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
}


@dataclass(frozen=True)
class Chart:
    """A figure that needs no explanation: `alt` says what it shows, `rows` are its data, `name` its files' name."""

    figure: "Figure"
    alt: str
    rows: Sequence[Row]
    name: str


def show(chart: Chart, *, key: str) -> None:
    """Draw the chart, and offer it as PNG and its data as CSV."""
    picture = {"format": "png", "filename": chart.name, "scale": 2}
    with st.container(key=f"{key}.frame", gap=None):
        st.plotly_chart(
            chart.figure, theme=None, key=key, alt=chart.alt, config=_CONFIG | {"toImageButtonOptions": picture}
        )
        save(chart.rows, name=chart.name, frame=f"{key}.frame", key=f"{key}.save")


def add_band(figure: "Figure", x: Sequence[float], lows: Sequence[float], highs: Sequence[float], colour: str) -> None:
    """Fill what lies between two lines over `x`; accuracies are fractions, and drawn as percent."""
    figure.add_scatter(
        x=[*x, *reversed(x)],
        y=[100 * value for value in (*highs, *reversed(lows))],
        fill="toself",
        fillcolor=faded(colour, 0.1),
        line_width=0,
        mode="lines",
        hoverinfo="skip",
    )


def canvas(title: str, subtitle: str, plot_height: int, dark: bool, figure: "Figure | None" = None) -> "Figure":
    """Give a figure that is dressed and titled; the plot is exactly `plot_height` px high below the title."""
    from plotly.graph_objects import Figure

    heads, subs = (wrap(text, width) for text, width in ((title, TITLE_CHARACTERS), (subtitle, SUBTITLE_CHARACTERS)))
    lines = [escape(line) for line in heads]
    lines += [f'<span style="font-size:13px;font-weight:400">{escape(line)}</span>' for line in subs]
    top = 18 + TITLE_LINE * len(heads) + SUBTITLE_LINE * len(subs)
    figure = figure or Figure()
    figure.update_layout(
        template=plotly_template(dark),
        height=top + plot_height + BOTTOM,
        margin={"l": SIDE, "r": 12, "t": top, "b": BOTTOM},
        title={"text": "<br>".join(lines), "yref": "container", "y": 1, "yanchor": "top", "pad": {"t": 14}},
        hovermode="closest",
        hoverlabel_align="left",
        dragmode=False,
    )
    axes = {"automargin": False, "title_font_size": 13, "tickfont_size": 12.5}
    return figure.update_xaxes(axes).update_yaxes(axes)


def faded(colour: str, opacity: float) -> str:
    """Give #RRGGBB as an rgba() colour."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def broken(label: str, characters: int = 18) -> str:
    """Escape a label and break it into lines of at most `characters`."""
    return "<br>".join(escape(line) for line in wrap(label, characters, break_on_hyphens=False))


def log_ticks(low: float, high: float) -> dict[str, Any]:
    """Give the ticks of a log axis over a range of exponents: a power of ten, 1-2-5, or any digit."""
    every = 1 if high - low > 1.5 else "D2" if high - low > 0.6 else "D1"
    return {"type": "log", "range": [low, high], "dtick": every, "tickformat": "~g"}


def epoch_ticks(last: int, most: int) -> dict[str, Any]:
    """Give the ticks of an axis of epochs: whole numbers, each once, at about `most` of them."""
    every = {"dtick": 1} if last <= most else {"nticks": most}
    return {"tickformat": "d", **every}
