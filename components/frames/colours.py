"""A colour for every label of frames: those that mean “nothing is there” stay grey."""

from collections.abc import Sequence

from components.heatmap import scheme
from components.theme import DARK, LIGHT, configuration_colours
from model_zoo.data.moving import MOTIONS, NOTHING

NEUTRAL = (NOTHING, MOTIONS[0], "")
HUES = 7  # that can be told apart; then they come again


def label_colours(labels: Sequence[str]) -> dict[str, str]:
    """Give the CSS colour of each label, for both themes; labels are written out wherever they are seen, too."""
    styles, found = configuration_colours(HUES), {}
    for label in dict.fromkeys(labels):
        style = styles[len([each for each in found if each not in NEUTRAL]) % HUES]
        found[label] = (
            scheme(LIGHT.rule, DARK.rule) if label in NEUTRAL else scheme(style.colour_light, style.colour_dark)
        )
    return found
