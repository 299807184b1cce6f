"""What the shipped figures claim: depth hurts plain towers and not residual ones, and cutting a block shows why."""

from collections import Counter
from statistics import median

import pytest

from model_zoo.residual import findings, shipped, towers
from model_zoo.residual.towers import DEPTHS, ResidualSpec, chosen, spelled

FIGURES = shipped.figures()
SPECS = [ResidualSpec.from_json(spec) for spec in FIGURES["specs"]]


def test_figures_come_from_the_command_that_they_name_and_cover_every_depth() -> None:
    assert FIGURES["command"] == "python -m model_zoo.recipes.residual"
    assert SPECS[0].depths == DEPTHS
    assert SPECS[0].seeds >= 3
    assert len(FIGURES["runs"]) == sum(spec.runs for spec in SPECS)


def test_differences_and_sentence_are_those_of_the_runs() -> None:
    rates = chosen(FIGURES["runs"], 0)
    assert rates == FIGURES["rates"]
    counted = towers.counted(FIGURES["runs"], rates)
    found = findings.differences(counted, FIGURES["train"])
    asked = [text for spec in SPECS for text in spec.towers]
    assert findings.sentence(found, findings.lost(asked, counted)) == FIGURES["sentence"]
    assert [each.decided for each in found] == [each["decided"] for each in FIGURES["differences"]]


def test_every_run_that_counts_has_its_own_epochs() -> None:
    told = Counter(event["run"] for event in FIGURES["epochs"])
    counted = towers.counted(FIGURES["runs"], FIGURES["rates"])
    assert told == {row["run"]: SPECS[0].epochs for row in counted}
    assert {event["epoch"] for event in FIGURES["epochs"]} == set(range(SPECS[0].epochs))
    assert {probe["epoch"] for probe in FIGURES["inside"]} == {0, 1, 3, 6, 12}


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
