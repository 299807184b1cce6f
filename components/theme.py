"""Colours: the palette of each theme, the temperature scale, the colours of configurations, the Plotly template.

STYLE sets right what Streamlit leaves open or writes too faintly.

Temperature answers "how far may this move, how far did it move", from ice through pale to ember, and means nothing
else anywhere; so what is pressed, ticked and linked wears ink. `.streamlit/config.toml` repeats the palette.
Configuration colours follow Okabe and Ito 2008, Color Universal Design; each keeps at least 3:1 against its background
and its distance from the others under every form of colour blindness. They are for marks: text next to them is ink.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import streamlit as st

if TYPE_CHECKING:
    from plotly.graph_objects import Figure
    from plotly.graph_objs.layout import Template


@dataclass(frozen=True)
class Palette:
    """Colours of one theme. Text: `ink`, `faint`; lines: `rule` (decoration), `edge` (must be seen, 3:1).

    The pale middle of the light scale is no brighter than the page: cells need a rule or a neighbour around them.
    """

    background: str
    surface: str
    ink: str
    faint: str
    rule: str
    edge: str
    accent: str  # of buttons, ticks, sliders; white text stands on it
    temperatures: tuple[str, ...]  # evenly spaced, frozen first


LIGHT = Palette(
    background="#F7FAFC",
    surface="#E9EFF5",
    ink="#1A202C",
    faint="#4A5568",
    rule="#CBD5E0",
    edge="#718096",
    accent="#2D3748",
    temperatures=("#2B6CB0", "#90CDF4", "#F7FAFC", "#F6AD55", "#C05621"),
)
DARK = Palette(
    background="#1A202C",
    surface="#2D3748",
    ink="#E2E8F0",
    faint="#A0AEC0",
    rule="#4A5568",
    edge="#8494AB",
    accent="#667592",
    temperatures=("#3F83CC", "#90CDF4", "#E2E8F0", "#F6AD55", "#D2622A"),
)

# Streamlit fades captions and what cannot be pressed, and writes what is chosen in the accent colour; all of that falls
# below 4.5:1.
STYLE = f"""<style>
.stMainBlockContainer {{ max-width: 75rem; margin-inline: auto; }}
@media (max-width: 640px) {{ .stMainBlockContainer {{ padding-inline: 1rem; }} .stApp h1 {{ font-size: 1.75rem; }} }}
[data-testid="stCaptionContainer"] {{ opacity: 1; }}
[data-testid="stCaptionContainer"] :is(p, li), [data-testid="stApp"] button:disabled p {{
  color: light-dark({LIGHT.faint}, {DARK.faint}); }}
:is(button[data-selected="true"], [data-testid="stTab"][aria-selected="true"], [data-testid="stSliderThumbValue"]) p {{
  color: light-dark({LIGHT.ink}, {DARK.ink}); }}
[data-testid="stSliderThumbValue"] {{ background: light-dark({LIGHT.background}, {DARK.background}); }}
</style>"""

Dash = Literal["solid", "dash", "dot"]
Marker = Literal["circle", "square", "diamond", "triangle-up", "cross", "star", "triangle-down"]


@dataclass(frozen=True)
class Style:
    """How one configuration looks in every chart of a comparison; `dash` and `marker` are Plotly's names."""

    colour_light: str
    colour_dark: str
    dash: Dash
    marker: Marker

    def colour(self, dark: bool) -> str:
        return self.colour_dark if dark else self.colour_light


_HUES: tuple[tuple[str, str, Marker], ...] = (  # light theme, dark theme; the most different ones first
    ("#0066BD", "#447A9E", "circle"),  # blue
    ("#8F2A08", "#C05A0C", "square"),  # vermillion
    ("#0B5E52", "#6DB57F", "diamond"),  # bluish green
    ("#D0689A", "#E27BDC", "triangle-up"),  # reddish purple
    ("#916512", "#EBC030", "cross"),  # orange
    ("#2F8EF2", "#96DAFE", "star"),  # sky blue
    ("#929400", "#F2F3B7", "triangle-down"),  # yellow
)
_DASHES: tuple[Dash, ...] = ("solid", "dash", "dot")


def is_dark() -> bool:
    """Say whether the visitor's theme is the dark one."""
    return st.context.theme.type == "dark"


def palette(dark: bool) -> Palette:
    """Give the colours of the dark or the light theme."""
    return DARK if dark else LIGHT


def warmth(scale: float) -> float:
    """Place a learning-rate factor on the scale: 0 is frozen, a hundredth 0.5, a tenth 0.75, 1 and more is ember."""
    return 0.0 if scale <= 0 else min(1.0, max(0.1, 1 + math.log10(scale) / 4))


def temperature(value: float, dark: bool = False) -> str:
    """Give the colour of `value` in [0, 1] on the scale from ice through pale to ember, as #RRGGBB."""
    if not 0 <= value <= 1:
        raise ValueError(f"A temperature must be 0 to 1, got {value:g}; warmth() places a learning-rate factor.")
    stops = palette(dark).temperatures
    place = value * (len(stops) - 1)
    below = min(int(place), len(stops) - 2)
    return _mix(stops[below], stops[below + 1], place - below)


def temperature_scale(dark: bool) -> list[list[float | str]]:
    """Give the scale as a Plotly colour scale."""
    stops = palette(dark).temperatures
    return [[index / (len(stops) - 1), stop] for index, stop in enumerate(stops)]


def configuration_colours(count: int) -> list[Style]:
    """Give the styles of `count` configurations: seven hues, then the same dashed, then dotted.

    Raises ValueError beyond the twenty-one that can be told apart.
    """
    most = len(_HUES) * len(_DASHES)
    if not 0 <= count <= most:
        raise ValueError(f"There are styles for at most {most} configurations, got {count}.")
    return [Style(light, dark, dash, marker) for dash in _DASHES for light, dark, marker in _HUES][:count]


def contrast(first: str, second: str) -> float:
    """Compute the contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def ink_on(colour: str) -> str:
    """Choose black or white, whichever reads better on `colour`; it has at least 4.5:1."""
    return max(("#000000", "#FFFFFF"), key=lambda ink: contrast(ink, colour))


def plotly_template(dark: bool) -> "Template":
    """Give the template of all charts: no chart junk, the theme's ink, the temperature scale, configuration colours."""
    from plotly import graph_objects as go

    p = palette(dark)
    axis = {"gridcolor": p.rule, "linecolor": p.edge, "zeroline": False, "ticks": "", "automargin": True}
    font = {"color": p.ink, "size": 14, "family": '"Source Sans", sans-serif'}
    return go.layout.Template(
        layout={
            "font": font,
            "title": {"font": {"size": 16, "weight": 600}, "x": 0, "xref": "container", "xanchor": "left"},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "margin": {"l": 8, "r": 8, "t": 48, "b": 8},
            "colorway": [style.colour(dark) for style in configuration_colours(len(_HUES))],
            "colorscale": {"sequential": temperature_scale(dark)},
            "xaxis": axis | {"showgrid": False, "showline": True},
            "yaxis": axis,
            "showlegend": False,  # lines are labelled at their ends
            "hoverlabel": {"bgcolor": p.surface, "bordercolor": p.edge, "font": font},
            "separators": ". ",
        }
    )


def dress(figure: "Figure", dark: bool) -> "Figure":
    """Put the template on a figure; show it with `st.plotly_chart(figure, theme=None)`."""
    return figure.update_layout(template=plotly_template(dark))


def _mix(first: str, second: str, share: float) -> str:
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[start : start + 2], 16) for start in (1, 3, 5))


def _luminance(colour: str) -> float:
    values = (channel / 255 for channel in _channels(colour))
    linear = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
