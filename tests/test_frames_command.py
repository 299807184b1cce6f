"""`python -m model_zoo frames`: a clip in, a label for every frame out."""

import json
from pathlib import Path

import pytest

from model_zoo.__main__ import main
from model_zoo.data.moving import RATE, draw
from model_zoo.data.video import write
from model_zoo.rnn import frames

COUNT = 60


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("film") / "digits.mp4"
    write(draw(70_010, COUNT).frames, RATE, file, 5)
    return file


def test_every_frame_has_an_object_in_order(film: Path, thaw_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for task in frames.TASKS:
        assert main(["frames", str(film), "--task", task, "--json"]) == 0
        told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [one["frame"] for one in told] == list(range(COUNT))
        assert [list(one) for one in told] == [["frame", "seconds", "label", "probability"]] * COUNT
        assert [one["seconds"] for one in told] == pytest.approx([place / RATE for place in range(COUNT)], abs=2e-3)
        assert {one["label"] for one in told} <= set(frames.CLASSES[task])
        assert all(0 < one["probability"] <= 1 for one in told)


def test_a_film_of_a_clip_gives_the_labels_that_are_true_of_it(
    film: Path, thaw_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["frames", str(film), "--json"]) == 0
    said = [json.loads(line)["label"] for line in capsys.readouterr().out.splitlines()]
    true = draw(70_010, COUNT).digits
    assert sum(map(str.__eq__, said, true)) > 0.8 * COUNT


def test_smoothing_makes_fewer_changes(film: Path, thaw_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def changes(*more: str) -> int:
        main(["frames", str(film), "--task", "motion", "--network", "none", *more])
        labels = [line.split("\t")[2] for line in capsys.readouterr().out.splitlines()]
        return sum(a != b for a, b in zip(labels, labels[1:], strict=False))

    assert changes("--smooth", "4") < changes()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--network", "transformer"], "must be one of gru:bidirectional=true"),
        (["--smooth", "-1"], "from 0 on"),
        (["--smooth", "nan"], "from 0 on"),
    ],
)
def test_what_cannot_be_done_is_said(
    film: Path, thaw_home: Path, capsys: pytest.CaptureFixture[str], more: list[str], sentence: str
) -> None:
    assert main(["frames", str(film), *more]) == 2
    assert sentence in capsys.readouterr().err


def test_files_that_are_no_clips_are_named(thaw_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("no film")
    assert main(["frames", str(text)]) == 2
    assert "notes.mp4" in capsys.readouterr().err
    assert main(["frames", str(tmp_path / "nowhere.mp4")]) == 2
    assert "There is no file" in capsys.readouterr().err
