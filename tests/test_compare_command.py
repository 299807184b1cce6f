"""`python -m model_zoo compare`: pictures in, a verdict out, as text or as one JSON object."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from model_zoo.__main__ import main
from tests import engine
from tests.engine import tiny
from tests.tiny import SIZE, stripes

__all__ = ["tiny"]
pytestmark = pytest.mark.usefixtures("tiny")
ASKED = ("--backbone", "tiny", "--epochs", "4", "--rate", "0.02")


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Write pictures out as class folders, split into `train` and `test`."""
    images = stripes(120)
    for place, (picture, label) in enumerate(zip(images.pictures, images.labels.tolist(), strict=True)):
        file = tmp_path / "pictures" / ("test" if place % 4 == 3 else "train") / f"class {label}" / f"{place}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture.permute(1, 2, 0).numpy()).resize((4 * SIZE, 4 * SIZE)).save(file)
    return str(tmp_path / "pictures")


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[dict[str, Any], str]:
    """Run the command; gives its one object, and what it says of its progress."""
    assert main(["compare", *words, "--json"]) == 0
    told = capsys.readouterr()
    return json.loads(told.out), told.err


def test_one_object_tells_runs_ranking_and_verdict(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("linear_probe", "full:rate=0.3", "from_scratch")
    words = [word for text in asked for word in ("--strategy", text)]
    told, progress = answer(capsys, data, *ASKED, *words, "--seeds", "2", "--seed", "5")
    assert list(told) == ["data", "backbone", "runs", "ranking", "verdict"]
    assert (told["data"], told["backbone"]) == (data, "tiny")
    assert [(run["strategy"], run["seed"]) for run in told["runs"]] == [
        (text, seed) for seed in (5, 6) for text in asked
    ]
    for run in told["runs"]:
        assert 0 <= run["best_epoch"] < 4
        assert 0 < run["seconds_marginal"] <= run["seconds_alone"] + 1e-6
        assert run["trained_parameters"] > 0
    by_validation = [row["validation_accuracy"] for row in told["ranking"]]
    assert by_validation == sorted(by_validation, reverse=True)
    for row in told["ranking"]:
        low, high = row["test_accuracy_ci"]
        assert 0 <= low <= row["test_accuracy"] <= high <= 1
        mine = [run["test_accuracy"] for run in told["runs"] if run["strategy"] == row["strategy"]]
        assert row["test_accuracy"] == pytest.approx(sum(mine) / 2)
    verdict, tested = told["verdict"], {row["strategy"]: row["test_accuracy"] for row in told["ranking"]}
    assert verdict["recommended"] in asked
    assert {pair["b"] for pair in verdict["pairs"]} == set(asked) - {verdict["recommended"]}
    for pair in verdict["pairs"]:
        assert pair["a"] == verdict["recommended"]
        assert pair["difference"] == pytest.approx(tested[pair["a"]] - tested[pair["b"]])
        assert pair["ci"][0] <= pair["difference"] <= pair["ci"][1]
        assert isinstance(pair["decided"], bool)
    assert "Runs × epochs: 6 × 4," in progress


def test_one_seed_names_one_and_decides_nothing(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--strategy", "linear_probe", "--strategy", "full", "--seeds", "1")
    verdict = answer(capsys, data, *ASKED, *words)[0]["verdict"]
    assert verdict["recommended"] in ("linear_probe", "full")
    assert verdict["pairs"] == []
    assert "One seed" in verdict["sentence"]


def test_people_get_a_sentence_and_a_table(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", data, *ASKED, "--strategy", "linear_probe", "--strategy", "bitfit", "--seeds", "2"]) == 0
    first, _, head, *rows = capsys.readouterr().out.splitlines()
    assert first.endswith(".")
    assert head.split()[:3] == ["strategy", "validation", "test"]
    assert len(rows) == 2
    assert all("%" in row for row in rows)


def test_little_time_means_fewer_epochs(
    data: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "SPEED", replace(engine.SPEED, train=(1.0,) * 5))
    words = ("--strategy", "full", "--seeds", "1", "--within", "9")
    assert "Runs × epochs: 1 × 2," in answer(capsys, data, *ASKED, *words)[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--strategy", "linear_prob"), "linear_probe"),
        (("--backbone", "tinny"), "tiny"),
        (("--epochs", "0"), "epochs must be 1 to 200, got 0."),
        (("--within", "0"), "within_seconds must be 1 to"),
        (("--strategy", "full", "--strategy", "full"), "stands twice"),
        (("--nonsense",), "--nonsense"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_two(
    words: tuple[str, ...], sentence: str, data: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", data, *ASKED, *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert sentence in told.err
    assert len(told.err.splitlines()) == 1


def test_a_folder_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "/nowhere/at/all", *ASKED]) == 2
    assert "/nowhere/at/all" in capsys.readouterr().err
