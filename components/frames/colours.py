"""A colour for every label of frames: those that mean “nothing is there” stay grey."""

from collections.abc import Sequence

from components.heatmap import scheme
from components.theme import DARK, LIGHT, configuration_colours
from model_zoo.data.moving import MOTIONS, NOTHING

NEUTRAL = (NOTHING, MOTIONS[0], "")
HUES = 7  # that can be told apart
INK, RULE = scheme(LIGHT.ink, DARK.ink), scheme(LIGHT.rule, DARK.rule)


def label_colours(labels: Sequence[str]) -> dict[str, str]:
    """Give the CSS colour of each label, for both themes: seven hues, then the same with ink in them."""
    styles, found = configuration_colours(HUES), {}
    for label in dict.fromkeys(labels):
        place = len([each for each in found if each not in NEUTRAL])
        style = styles[place % HUES]
        hue = scheme(style.colour_light, style.colour_dark)
        found[label] = RULE if label in NEUTRAL else hue if place < HUES else f"color-mix(in srgb, {hue} 45%, {INK})"
    return found
