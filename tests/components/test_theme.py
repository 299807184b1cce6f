"""Colours that can be read, told apart, and mean one thing."""

import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest

from components.theme import (
    DARK,
    LIGHT,
    Palette,
    configuration_colours,
    contrast,
    ink_on,
    plotly_template,
    temperature,
    warmth,
)

THEMES = pytest.mark.parametrize(("palette", "dark"), [(LIGHT, False), (DARK, True)], ids=["light", "dark"])
# Machado, Oliveira and Fernandes 2009: linear RGB as people without one kind of cone see it.
VISION = {
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}


def test_contrast_is_the_ratio_of_the_web_guidelines() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@THEMES
def test_text_can_be_read_on_page_and_surface(palette: Palette, dark: bool) -> None:
    for paper in (palette.background, palette.surface):
        assert contrast(palette.ink, paper) >= 7
        assert contrast(palette.faint, paper) >= 4.5
    assert contrast("#FFFFFF", palette.accent) >= 4.5


@THEMES
def test_marks_stand_out_from_the_page(palette: Palette, dark: bool) -> None:
    assert contrast(palette.accent, palette.background) >= 3
    assert contrast(palette.edge, palette.background) >= 3
    for end in (0.0, 1.0):
        assert contrast(temperature(end, dark), palette.background) >= 3
    for style in configuration_colours(7):
        assert contrast(style.colour(dark), palette.background) >= 3


@THEMES
def test_text_can_be_read_on_every_temperature(palette: Palette, dark: bool) -> None:
    for step in range(101):
        colour = temperature(step / 100, dark)
        assert contrast(ink_on(colour), colour) >= 4.5


@THEMES
def test_the_scale_goes_from_ice_through_pale_to_ember_without_a_jump(palette: Palette, dark: bool) -> None:
    scale = np.array([_linear(temperature(step / 200, dark)) for step in range(201)])  # (value, rgb)
    assert scale[0, 2] > scale[0, 0]
    assert scale[-1, 0] > scale[-1, 2]
    assert scale.sum(axis=1).argmax() == 100
    assert np.abs(np.diff(scale, axis=0)).max() < 0.05


def test_a_temperature_outside_the_scale_is_refused_with_the_way_out() -> None:
    with pytest.raises(ValueError, match=r"must be 0 to 1, got 10; warmth\(\) places a learning-rate factor"):
        temperature(10.0)


def test_a_larger_learning_rate_is_never_colder_and_only_zero_is_ice() -> None:
    heats = [warmth(scale) for scale in (0.0, 1e-6, 1e-3, 0.01, 0.1, 0.5, 1.0, 10.0)]
    assert heats == sorted(heats)
    assert heats[0] == 0 < heats[1]
    assert heats[-2:] == [1.0, 1.0]


@pytest.mark.parametrize("vision", VISION)
@THEMES
def test_configurations_differ_for_every_eye(palette: Palette, dark: bool, vision: str) -> None:
    seen = [_lab(style.colour(dark), VISION[vision]) for style in configuration_colours(7)]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 0.09


def test_twenty_one_configurations_differ_and_the_next_is_refused() -> None:
    styles = configuration_colours(21)
    assert len({(style.colour_light, style.dash) for style in styles}) == 21
    assert configuration_colours(3) == styles[:3]
    with pytest.raises(ValueError, match="at most 21 configurations, got 22"):
        configuration_colours(22)


@THEMES
def test_the_server_wears_the_same_colours(palette: Palette, dark: bool) -> None:
    config = tomllib.loads((Path(__file__).parents[2] / ".streamlit/config.toml").read_text())
    theme = config["theme"]["dark" if dark else "light"]
    assert theme == {
        "primaryColor": palette.accent,
        "backgroundColor": palette.background,
        "secondaryBackgroundColor": palette.surface,
        "textColor": palette.ink,
        "linkColor": palette.ink,
        "borderColor": palette.rule,
    }


@THEMES
def test_charts_take_ink_and_colours_from_the_theme(palette: Palette, dark: bool) -> None:
    layout = plotly_template(dark).layout
    assert layout.font.color == palette.ink
    assert list(layout.colorway) == [style.colour(dark) for style in configuration_colours(7)]
    assert [stop for _, stop in layout.colorscale.sequential] == list(palette.temperatures)


def _linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _lab(colour: str, vision: list[list[float]]) -> np.ndarray:
    """Give Oklab coordinates (Ottosson 2020) of `colour` as that eye sees it."""
    seen = np.clip(np.array(vision) @ _linear(colour), 0, 1)
    cones = np.array([[0.41222, 0.53633, 0.05145], [0.2119, 0.6807, 0.1074], [0.0883, 0.28172, 0.62998]]) @ seen
    lab = [[0.21045, 0.79362, -0.00407], [1.978, -2.42859, 0.45059], [0.0259, 0.78277, -0.80868]]
    return np.array(lab) @ np.cbrt(cones)
