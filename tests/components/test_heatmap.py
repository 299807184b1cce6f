"""Strategies as heat maps: colours, words, and what a page gets."""

import re

import pytest

from components import heatmap
from components.theme import temperature, warmth
from model_zoo import backbones, strategies
from model_zoo.strategies import Strategy

STAGES = backbones.get("resnet_mini").stage_names


def shades(html: str) -> list[str]:
    """Give the light colours of the strips, in order."""
    return re.findall(r"linear-gradient\(light-dark\((#\w+)", html)


def test_stages_are_drawn_input_first_and_as_warm_as_they_may_move() -> None:
    ice, ember = temperature(warmth(0.0)), temperature(warmth(1.0))
    assert shades(heatmap.thumbnail(strategies.get("freeze_first:k=2"), STAGES, 8)) == [ice, ice] + [ember] * 4


def test_only_a_stage_of_which_a_fraction_trains_is_hatched_and_the_head_never_is() -> None:
    assert heatmap.thumbnail(strategies.get("bitfit"), STAGES, 8).count("repeating-linear-gradient(-45deg") == 5
    assert "repeating-linear-gradient(-45deg" not in heatmap.thumbnail(strategies.get("full"), STAGES, 8)


def test_the_words_say_when_a_stage_thaws() -> None:
    said = heatmap.describe(strategies.get("lp_ft"), STAGES, 10)
    assert said == (
        "stem to stage4: frozen, at 0.1 of the rate from epoch 6; "
        "head: at the whole rate, at 0.1 of the rate from epoch 6."
    )
    assert "start at random" in heatmap.describe(strategies.get("from_scratch"), STAGES, 10)
    assert "only a fraction trains" in heatmap.describe(strategies.get("lora"), STAGES, 10)


@pytest.mark.parametrize("name", list(strategies.REGISTRY))
@pytest.mark.parametrize("epochs", [1, 200])
def test_every_strategy_can_be_drawn_for_the_shortest_and_the_longest_budget(name: str, epochs: int) -> None:
    strategy = strategies.get(name)
    assert shades(heatmap.figure(strategy, STAGES, epochs))[-1] == temperature(
        warmth(strategy.lr_scales(STAGES, epochs - 1, epochs)[-1])
    )
    assert len(heatmap.thumbnail(strategy, STAGES, epochs)) < 50_000


def test_the_name_of_a_stage_is_no_markup() -> None:
    class Full(Strategy):
        def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
            return (1.0,) * len(stages)

    stages = ("<script>", '"head')
    for html in (heatmap.thumbnail(Full(), stages, 3), heatmap.figure(Full(), stages, 3)):
        assert "<script>" not in html
        assert '""head' not in html
