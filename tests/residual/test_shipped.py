"""What the shipped figures claim: depth hurts plain towers and not residual ones, and cutting a block shows why."""

from statistics import median

import pytest

from model_zoo.residual import findings, shipped
from model_zoo.residual.towers import DEPTHS, ResidualSpec, chosen, spelled

FIGURES = shipped.figures()


def test_figures_come_from_the_command_that_they_name_and_cover_every_depth() -> None:
    specs = [ResidualSpec.from_json(spec) for spec in FIGURES["specs"]]
    assert FIGURES["command"] == "python -m model_zoo.recipes.residual"
    assert specs[0].depths == DEPTHS
    assert specs[0].seeds >= 3
    assert len(FIGURES["runs"]) == sum(spec.runs for spec in specs)


def test_differences_and_sentence_are_those_of_the_runs() -> None:
    rates = chosen(FIGURES["runs"], 0)
    assert rates == FIGURES["rates"]
    counted = [row for row in FIGURES["runs"] if rates[row["strategy"]] == row["rate"]]
    found = findings.differences(counted, FIGURES["train"])
    assert findings.sentence(found) == FIGURES["sentence"]
    assert [each.decided for each in found] == [each["decided"] for each in FIGURES["differences"]]


def test_from_some_depth_on_plain_towers_fit_worse_and_residual_ones_do_not() -> None:
    found = findings.from_json(FIGURES["differences"])
    worse = {each.depth for each in found if each.shortcut == "none" and each.decided and each.low > 0}
    residual = {each.depth for each in found if each.shortcut == "identity" and each.decided and each.low > 0}
    assert worse - residual


@pytest.mark.parametrize("depth", [20, 32])
def test_one_block_hardly_matters_to_a_residual_tower_and_ruins_a_plain_one(depth: int) -> None:
    plain, residual = (FIGURES["cuts"][spelled(depth, kind)] for kind in ("none", "identity"))
    assert plain["whole"] - median(plain["without"]) > 0.5
    assert residual["whole"] - median(residual["without"]) < 0.03
