"""The papers' sentences, as tables of factors."""

import json
from pathlib import Path

import pytest

from model_zoo import strategies
from model_zoo.strategies.custom import spell_map

STAGES = ("stem", "stage1", "stage2", "stage3", "head")


def table(text: str, epochs: int = 4) -> list[tuple[float, ...]]:
    return [strategies.get(text).lr_scales(STAGES, epoch, epochs) for epoch in range(epochs)]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("linear_probe", (0, 0, 0, 0, 1), (0, 0, 0, 0, 1)),
        ("full:rate=0.1", (0.1,) * 5, (0.1,) * 5),
        ("freeze_first:k=2", (0, 0, 1, 1, 1), (0, 0, 1, 1, 1)),
        ("last_stages:k=2", (0, 0, 1, 1, 1), (0, 0, 1, 1, 1)),
        ("gradual_unfreezing", (0, 0, 0, 0, 1), (0, 1, 1, 1, 1)),
        ("lp_ft", (0, 0, 0, 0, 1), (0.1,) * 5),
        ("surgical:stage=stage2", (0, 0, 1, 0, 1), (0, 0, 1, 0, 1)),
        ("surgical", (0, 1, 0, 0, 1), (0, 1, 0, 0, 1)),
        ("surgical:stage=last", (0, 0, 0, 1, 1), (0, 0, 0, 1, 1)),
        ("discriminative:decay=2", (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1), (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1)),
        ("custom:map=stage1=0/0.5;head=1/0.2", (0, 0, 0, 0, 1), (0, 0.5, 0, 0, 0.2)),
        ("custom:map=stage3=1", (0, 0, 0, 1, 1), (0, 0, 0, 1, 1)),
    ],
)
def test_a_strategy_moves_each_stage_as_its_paper_says(text: str, first: tuple, last: tuple) -> None:
    rows = table(text)
    assert rows[0] == pytest.approx(first)
    assert rows[-1] == pytest.approx(last)


def test_a_map_from_a_file_is_the_map_itself(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"stage1": [0, 0.5, 0.5], "head": [1]}))
    assert strategies.get(f"custom:map={file}") == strategies.get("custom:map=stage1=0/0.5;head=1")


def test_spelling_a_map_drops_only_what_repeats_at_the_end() -> None:
    assert spell_map({"stem": [0, 0, 1, 1], "head": [1, 1, 1]}) == "stem=0/0/1;head=1"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("linear_prob", "Did you mean “linear_probe”"),
        ("full:rate=0", "rate of full must be 0.0001 to 10, got 0"),
        ("full:rate=nan", "rate of full must be"),
        ("full:speed=1", "full has no knob “speed”; it has rate"),
        ("full:rate", "not of the form knob=value"),
        ("freeze_first:k=1.5", "k of freeze_first must be int, got “1.5”"),
        ("freeze_first:k=5", "k of freeze_first must be at most 4"),
        ("last_stages:k=5", "k of last_stages must be at most 4"),
        ("surgical:stage=stage9", "must be first, middle, last or one of stem, stage1, stage2, stage3"),
        ("custom:map=stage9=1", "names a stage “stage9”; this network has stem"),
        ("custom:map=head=0", "freezes every stage in every epoch"),
        ("custom:map=head=-1", "must be 0 to 10"),
        ("custom:map=head=a", "must be numbers"),
        ("custom:map=nowhere.json", "nowhere.json cannot be read"),
    ],
)
def test_an_impossible_configuration_names_the_culprit_and_the_way_out(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        table(text)


@pytest.mark.parametrize("content", ["[1, 2]", "{", '{"head": 3}', '{"head": ["x"]}', '{"head": []}', "\x00"])
def test_a_broken_map_file_is_a_sentence(content: str, tmp_path: Path) -> None:
    (tmp_path / "map.json").write_text(content)
    with pytest.raises(ValueError, match=r"map|factors"):
        strategies.get(f"custom:map={tmp_path}/map.json")
