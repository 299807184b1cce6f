"""Colours of the theme in the CSS of own widgets: EDGE, FAINT, RULE and SURFACE stand for them."""

from components.heatmap import scheme
from components.theme import DARK, LIGHT


def coloured(css: str) -> str:
    """Put the theme's colours, light and dark, where their names stand."""
    for name in ("edge", "faint", "rule", "surface", "background"):
        css = css.replace(name.upper(), scheme(getattr(LIGHT, name), getattr(DARK, name)))
    return css
