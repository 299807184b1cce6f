"""What an address says, what the browser may say, and which thumbnails a card shows; without a page."""

import re

import numpy as np
import pytest

from components.configurations import written
from components.sentences import literal
from components.setup import presets, thumbnails
from components.setup.choices import Choices, address, read
from components.setup.strategy_cards import understood
from model_zoo import backbones, strategies

STAGES = backbones.get("resnet_mini").stage_names


def test_an_address_reads_back_as_what_was_chosen() -> None:
    chosen = Choices("digits", "resnet18", 96, ("lora:rank=2", "custom:map=stem=0/1;head=1"), 12, 5, 0.01, 7)
    assert read(address(chosen)) == (chosen, [])


def test_nothing_ticked_reads_back_as_nothing_ticked() -> None:
    assert read(address(Choices(strategies=())))[0].strategies == ()
    assert read({})[0].strategies == presets.PRESETS[0].strategies


def test_every_preset_stands_in_the_address_by_its_name_and_can_run() -> None:
    for row in presets.PRESETS:
        chosen = Choices("digits", strategies=row.strategies)
        assert "strategies" not in address(chosen)
        assert read(address(chosen))[0].spec().strategies == row.strategies


def test_everything_is_every_strategy_but_the_painted_one() -> None:
    names = [text.partition(":")[0] for text in presets.preset("everything").strategies]
    assert sorted(names) == sorted(set(strategies.REGISTRY) - {"custom"})


def test_only_an_address_without_a_budget_gets_the_materials_of_a_first_race() -> None:
    assert read({"data": "materials", "preset": "classics"})[0].data == "materials:per_class=40"
    assert read({"data": "materials", "epochs": "6"})[0].data == "materials"


def test_a_comma_parts_strategies_and_knobs_alike() -> None:
    found, complaints = read({"strategies": "full:rate=0.3,linear_probe,freeze_first:k=1"})
    assert found.strategies == ("full:rate=0.3", "linear_probe", "freeze_first:k=1")
    assert complaints == []
    assert "has no knob “k”" in read({"strategies": "full:rate=0.3,k=1"})[1][0]


def test_no_address_opens_a_folder_of_this_machine() -> None:
    found, complaints = read({"data": "/etc"})
    assert found.data == ""
    assert "no picture set “/etc”" in complaints[0]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"backbone": "resnet19"}, "Did you mean “resnet18”?"),
        ({"preset": "clasics"}, "Did you mean “classics”?"),
        ({"size": "1000"}, "size must be 48 to 224, got 1000."),
        ({"rate": "nan"}, "rate must be 1e-06 to 1, got nan."),
        ({"seeds": "-1"}, "seeds must be 1 to 20, got -1."),
        ({"strategies": "freeze_first:k=9"}, "k of freeze_first must be at most 5 for this network, got 9."),
        ({"data": "upload:0"}, "There is no upload “0” here; upload the pictures again."),
    ],
)
def test_what_cannot_be_used_is_named_with_a_way_out_and_the_rest_stands(query: dict[str, str], sentence: str) -> None:
    found, complaints = read({"data": "digits"} | query)
    assert any(sentence in complaint for complaint in complaints)
    assert found.backbone == "resnet_mini"
    assert found.data == ("" if "data" in query else "digits")


def test_settings_are_spelled_one_way_and_counted_once() -> None:
    assert written("freeze_first") == "freeze_first:k=2"
    assert written("full:rate=1.0") == "full"
    said = {"ticked": [["full", {"rate": 1}], ["full", {"rate": 1.0}], ["lora", {"rank": 4}]], "at_hand": []}
    assert understood(said, STAGES).ticked == ("full", "lora:rank=4")


def test_what_is_ticked_is_not_also_at_hand() -> None:
    row = [["full", {"rate": 0.1}]]
    assert understood({"ticked": row, "at_hand": row}, STAGES).at_hand == ()


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (["freeze_first", {"k": 6}], "at most 5 for this network, got 6"),
        (["full", {"rate": 0}], "rate of full must be 0.0001 to 10, got 0"),
        (["<script>", {}], "no strategy “<script>”"),
    ],
)
def test_a_setting_that_cannot_run_is_refused(row: list, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        understood({"ticked": [row]}, STAGES)


def test_what_visitors_write_is_shown_as_it_is() -> None:
    assert literal("<b>*a*</b> [x](y)") == r"\<b\>\*a\*\</b\> \[x\]\(y\)"


@pytest.mark.parametrize("name", ["materials", "digits"])
def test_a_bundled_set_has_ten_different_thumbnails_of_its_own(name: str) -> None:
    found = thumbnails.bundled(name)
    assert len(set(found)) == thumbnails.COUNT


def test_thumbnails_of_a_decoded_set_go_through_its_classes_in_turn(thaw_home: object) -> None:
    from model_zoo.data.kept import Arrays, keep

    pictures = np.arange(6, dtype=np.uint8)[:, None, None, None] * np.full((6, 3, 8, 8), 40, np.uint8)
    kept = keep(Arrays(pictures, np.repeat([0, 1], 3), ("a", "b"), ("",) * 6, np.full(6, -1), "here"), "a" * 32)
    found = thumbnails.of_portrait(kept.path.name, [[0, 1, 2], [3, 4, 5]])
    assert found == tuple(thumbnails.pictures(kept.path.name, (index,))[0] for index in (0, 3, 1, 4, 2, 5))
    assert thumbnails.pictures("b" * 32, (0,)) == ()
