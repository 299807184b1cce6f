"""Pieces of the networks page: light on a place, a network drawn, a model card in words."""

import numpy as np
import pytest

from components.inference import Architecture, StageShape
from components.networks.architecture_view import headline, shape_in_words
from components.networks.excited import Shown
from components.networks.excitement import _headline
from components.networks.model_card import figure_in_words
from components.networks.spotlight import DIM, spotlight
from components.networks.strip import _block
from model_zoo import backbones

SHIPPED = next(iter(backbones.REGISTRY))


def test_a_spotlight_leaves_the_place_in_full_light_and_dims_the_rest() -> None:
    picture = np.full((32, 32, 3), 200, np.uint8)
    map = np.zeros((4, 4), np.uint8)
    map[0, 3] = 180

    shown = spotlight(picture, map)

    assert shown.shape == (3, 32, 32)
    assert shown[0, 1, 30] == 200, "the place, top right"
    assert shown[0, 30, 1] == round(200 * DIM)
    assert (shown == 255).any(), "with a rim around it"


def test_without_activation_all_is_dim_and_without_places_all_is_light() -> None:
    picture = np.full((8, 8, 3), 100, np.uint8)
    assert (spotlight(picture, np.zeros((4, 4), np.uint8)) == round(100 * DIM)).all()
    assert (spotlight(picture, np.full((1, 1), 9, np.uint8)) == 100).all()


def test_a_block_is_as_high_as_its_maps_and_as_deep_as_its_channels() -> None:
    def front_and_box(shape: tuple[int, ...]) -> tuple[float, float]:
        drawn = _block("stage", shape, 64)
        front = float(drawn.partition("<rect class='front'")[2].partition("width='")[2].partition("'")[0])
        return front, float(drawn.partition("width='")[2].partition("'")[0])

    large, small = front_and_box((16, 32, 32)), front_and_box((16, 8, 8))
    assert large[0] == pytest.approx(2 * small[0], abs=0.1), "its area, not its side, follows that of the maps"
    deep = front_and_box((256, 8, 8))
    assert deep[1] - deep[0] == pytest.approx(2 * (small[1] - small[0]), abs=0.2)


def test_a_name_that_is_markup_is_drawn_as_text() -> None:
    assert "<script>" not in _block("<script>", (3, 4, 4), 8)


@pytest.mark.parametrize(
    ("shape", "words"),
    [((64, 56, 56), "64 maps of 56 × 56"), ((197, 768), "197 tokens of 768"), ((4096,), "4,096 values"), ((), "…")],
)
def test_shapes_are_said_in_words(shape: tuple[int, ...], words: str) -> None:
    assert shape_in_words(shape) == words


def test_the_headline_says_where_parameters_and_work_are() -> None:
    row = backbones.get(SHIPPED)
    work = [100 if index == 1 else 1 for index in range(len(row.stages))]
    named = zip(row.stage_names, work, strict=True)
    stages = tuple(StageShape(name, (), (4, 8, 8), 4, 10, multiply_adds) for name, multiply_adds in named)
    said = headline(row, 64, Architecture(stages, ()))
    assert f"A picture of 64 px takes {100 + len(stages) - 1} multiply-adds" in said
    assert said.endswith(f"of them in {row.stage_names[1]}.")
    assert "multiply-adds" not in headline(row, 64, None), "before it is measured, what is known is said"


def test_the_headline_of_a_channel_names_a_class_only_where_most_pictures_are_of_it() -> None:
    def shown(*labels: str) -> list[Shown]:
        return [Shown("data:", "a.png", label, 1.0) for label in labels]

    assert _headline(shown("wood", "wood", "fur"), "channel 3", "stage2") == (
        "Channel 3 of stage2 answers to wood: 2 of its 3 pictures"
    )
    divided = _headline(shown("wood", "fur"), "channel 3", "stage2")
    assert divided == "Channel 3 of stage2 answers to pictures of 2 classes"
    assert _headline([], "channel 3", "stage2") == "None of these pictures excites channel 3 of stage2"
    assert _headline(shown("*a*", "*a*"), "goldfish", "head").startswith(r"Goldfish of head answers to \*a\*")


def test_a_figure_of_a_card_is_said_with_its_interval() -> None:
    words = figure_in_words("Top-1 at 64 px", {"mean": 0.87, "interval": [0.85, 0.89]})
    assert words == "Top-1 at 64 px: 87.0 % (85.0 % to 89.0 %)"
