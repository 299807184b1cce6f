"""The two-colour scale of what has a sign: purple below zero, pale at zero, green above it.

After PRGn of ColorBrewer (Harrower & Brewer 2003), which every form of colour blindness keeps apart. It is not the
temperature scale: nothing here says how far something moved.
"""

from components.heatmap import scheme
from components.theme import ink_on, palette

BELOW = ("#7B3294", "#C79BDB")  # in the light theme, in the dark one
ABOVE = ("#1B7837", "#7CC48A")


def signed(value: float, dark: bool) -> str:
    """Give the colour of a value from -1 to 1, as #RRGGBB; what lies beyond has the colour of the end."""
    end, pale = (ABOVE if value >= 0 else BELOW)[dark], palette(dark).background
    share = min(1.0, abs(value))
    pairs = ((int(pale[start : start + 2], 16), int(end[start : start + 2], 16)) for start in (1, 3, 5))
    return "#" + "".join(f"{round(low + (high - low) * share):02X}" for low, high in pairs)


def signed_scheme(value: float) -> tuple[str, str]:
    """Give the CSS colours of a value from -1 to 1, and of the text that stands on it, in both themes."""
    fills = [signed(value, dark) for dark in (False, True)]
    return scheme(*fills), scheme(*map(ink_on, fills))


def signed_scale(dark: bool) -> list[list[float | str]]:
    """Give the scale as a Plotly colour scale, from -1 to 1."""
    return [[0.0, BELOW[dark]], [0.5, palette(dark).background], [1.0, ABOVE[dark]]]


def strength_scale(dark: bool) -> list[list[float | str]]:
    """Give the scale of what has no sign, from 0 to 1: the page's own colour, then ink."""
    return [[0.0, palette(dark).background], [1.0, palette(dark).ink]]
