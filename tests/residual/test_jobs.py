"""Towers as a job, from the command line, and in the inference process."""

import json
from pathlib import Path

import pytest

from model_zoo.__main__ import main
from model_zoo.events import Finished
from model_zoo.experiments.job import Context
from model_zoo.experiments.jobs import residual
from model_zoo.residual import shipped
from model_zoo.residual.towers import ResidualSpec, spelled
from model_zoo.service_deadline import Deadline
from model_zoo.service_models import Shelf
from model_zoo.service_residual import cut

SPEC = ResidualSpec(depths=(8,), epochs=2, seeds=1, rates=(0.1,), batch=64)
SOON = Deadline.after(3_600)  # made when the file is read, and tests may come much later


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home with one finished job of towers on digits."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_HOME", str(folder))
        job = folder / "jobs" / "towers"
        job.mkdir(parents=True)
        *_, last = residual.run(SPEC.to_json(), Context("towers", job))
        assert isinstance(last, Finished)
        assert last.result == json.loads((job / "result.json").read_text())
    return folder


@pytest.fixture(autouse=True)
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_HOME", str(home))


def result(home: Path) -> dict:
    return json.loads((home / "jobs" / "towers" / "result.json").read_text())


def test_a_job_says_in_a_line_what_it_trains() -> None:
    assert residual.describe(ResidualSpec().to_json()) == (
        "Digits · 8, 20, 56 layers · plain, residual × 3 seeds × 12 epochs"
    )


def test_the_process_cuts_as_the_job_did(home: Path) -> None:
    told, shelf = result(home), Shelf(2**30)
    for text in SPEC.towers:
        found = told["cuts"][text]
        for block, left in enumerate(found["without"]):
            asked = cut(shelf, "towers", found["run"], str(block), SOON)
            assert asked["whole"] == pytest.approx(found["whole"], abs=0.003)
            assert asked["without"] == pytest.approx(left, abs=0.003)
            assert asked["pictures"] == 359
    assert len(shelf) == 2, "each network is loaded once"
    everything = cut(shelf, "towers", found["run"], "0,1,2", SOON)
    assert everything["without"] < everything["whole"]
    assert cut(shelf, "towers", found["run"], "", SOON)["without"] == pytest.approx(everything["whole"]), "and put back"


@pytest.mark.parametrize(
    ("job", "run", "blocks", "said"),
    [
        ("towers", f"{spelled(8, 'none')}@0.1#0", "3", "blocks 1 to 3; there is no block 4"),
        ("towers", f"{spelled(8, 'none')}@0.1#0", "one", "Blocks are whole numbers"),
        ("towers", "nobody", "0", "no trained network “nobody”"),
        ("../towers", "nobody", "0", "is no comparison of towers"),
        ("missing", "nobody", "0", "not trained yet, or were deleted"),
    ],
)
def test_what_cannot_be_cut_is_refused_in_a_sentence(job: str, run: str, blocks: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        cut(Shelf(2**30), job, run, blocks, SOON)


def test_weights_that_are_gone_are_told_of(home: Path) -> None:
    row = result(home)["runs"][0]
    file = home / "jobs" / "towers" / row["file"]
    aside = file.rename(file.with_suffix(".aside"))
    try:
        with pytest.raises(ValueError, match="missing or damaged. Train these towers again"):
            cut(Shelf(2**30), "towers", row["run"], "0", SOON)
    finally:
        aside.rename(file)


def test_shipped_towers_are_cut_without_any_job() -> None:
    for shortcut in ("none", "identity"):
        found = shipped.figures()["cuts"][spelled(20, shortcut)]
        asked = cut(Shelf(2**30), "", found["run"], "4", SOON)
        assert asked["whole"] == pytest.approx(found["whole"], abs=0.006), "in half precision"
        assert asked["without"] == pytest.approx(found["without"][4], abs=0.03)


def test_of_shipped_figures_without_weights_that_is_said() -> None:
    run = shipped.figures()["cuts"][spelled(8, "none")]["run"]
    with pytest.raises(ValueError, match="not shipped, only its figures. Train towers"):
        cut(Shelf(2**30), "", run, "0", SOON)


def test_the_command_prints_the_sentence_and_a_table_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["residual", "--depth", "8", "--shortcut", "none", "--epochs", "2", "--seeds", "1"]
    assert main([*asked, "--json"]) == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert found["spec"]["depths"] == [8]
    assert "4 runs on cpu" in told.err
    assert "Plain, 8 layers, rate 0.01, seed 0: training error" in told.err
    assert main(asked) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == found["sentence"]
    assert lines[-1].startswith("Plain, 8 layers")


def test_a_depth_that_there_is_not_ends_the_command_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["residual", "--depth", "10"]) == 2
    assert "depth must be 6 n + 2, such as 8 or 14, got 10" in capsys.readouterr().err
