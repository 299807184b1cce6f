"""`python -m model_zoo caption`: pictures in, a sentence each out; and how near they come to what people wrote."""

import json
import math
from pathlib import Path

import pytest

from model_zoo.__main__ import main
from model_zoo.rnn import captioned, captioning
from model_zoo.rnn.caption_scores import PUBLISHED, score
from tests.data.makers import limits, picture

pytestmark = pytest.mark.usefixtures("captioning_weights")


@pytest.fixture
def images(tmp_path: Path) -> list[str]:
    """Write five pictures and give their paths."""
    paths = [tmp_path / f"{place}.png" for place in range(5)]
    for place, path in enumerate(paths):
        path.write_bytes(picture(place, (40, 30)))
    return list(map(str, paths))


def answers(capsys: pytest.CaptureFixture[str]) -> tuple[list[dict], str]:
    told = capsys.readouterr()
    return [json.loads(line) for line in told.out.splitlines()], told.err


def test_every_picture_has_an_object_in_order(
    images: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captioned, "PICTURES_AT_ONCE", 2)
    assert main(["caption", "--json", *images[::-1]]) == 0
    told, errors = answers(capsys)
    assert [one["file"] for one in told] == images[::-1]
    assert errors == ""
    for one in told:
        assert list(one) == ["file", "caption", "tokens", "log_probability", "alternatives"]
        assert " ".join(one["tokens"]) == one["caption"]
        assert one["log_probability"] < 0
        assert len(one["alternatives"]) == 2
        assert all(list(other) == ["caption", "log_probability"] for other in one["alternatives"])
        assert one["caption"] not in [other["caption"] for other in one["alternatives"]]


def test_the_log_probability_is_that_of_all_words_and_of_the_end(
    images: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["caption", "--json", images[0]]) == 0
    (one,), _ = answers(capsys)
    content = Path(images[0]).read_bytes()
    close = captioning.predict(captioning.pixels(content))
    assert close.text == one["caption"]
    assert sum(word.log_probability for word in close.said) == pytest.approx(one["log_probability"], rel=1e-3)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_the_beam_has_the_width_that_is_asked_for(
    width: int, images: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["caption", "--beam", str(width), "--json", images[0]]) == 0
    (one,), _ = answers(capsys)
    assert len(one["alternatives"]) == width - 1


def test_pictures_that_cannot_be_used_are_named_and_the_others_answered(
    images: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter.jpg").write_text("Dear Thaw")
    (tmp_path / "big.png").write_bytes(picture(1) + b"\0" * 5000)
    bad = [str(tmp_path / name) for name in ("letter.jpg", "gone.png", "", "big.png")]
    with limits(picture_bytes=4000):
        assert main(["caption", "--json", bad[0], images[0], *bad[1:], images[1]]) == 2
    told, errors = answers(capsys)
    assert [one["file"] for one in told] == images[:2]
    assert f"“{bad[0]}” is no picture" in errors
    assert f"“{bad[1]}” cannot be read: No such file" in errors
    assert f"“{bad[2]}” cannot be read: Is a directory" in errors
    assert f"“{bad[3]}” has more than" in errors
    assert len(errors.splitlines()) == 4


def test_text_for_people_has_a_line_a_picture(images: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["caption", *images[:2]]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[0] for line in lines] == images[:2]


def test_captions_are_scored_against_the_references_of_a_table(
    images: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "refs.csv"
    table.write_text("image,caption\n1.png,the dog runs on grass\n0.png,a red ball\n1.png,a woman in water\n")
    assert main(["caption", "--evaluate", str(table), "--json"]) == 0
    (scores,), _ = answers(capsys)
    assert list(scores) == ["pictures", "bleu_1", "bleu_2", "bleu_3", "bleu_4", "cider"]
    assert main(["caption", "--json", images[1], images[0]]) == 0
    told, _ = answers(capsys)
    wrote = [["the dog runs on grass", "a woman in water"], ["a red ball"]]
    assert scores == score([one["caption"] for one in told], wrote)


def test_captions_that_are_what_people_wrote_score_a_hundred(
    images: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["caption", "--json", *images]) == 0
    told, _ = answers(capsys)
    table = tmp_path / "refs.csv"
    rows = [f"{Path(one['file']).name},{one['caption'].upper()}." for one in told]
    table.write_text("\n".join(["IMAGE,Caption", *rows]))
    assert main(["caption", "--evaluate", str(table), "--json"]) == 0
    (scores,), _ = answers(capsys)
    assert scores["bleu_1"] == pytest.approx(100)
    assert scores["pictures"] == 5


def test_scores_for_people_stand_above_the_published_ones(
    images: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "refs.csv"
    table.write_text("image,caption\n0.png,a red ball\n1.png,a dog\n")
    assert main(["caption", "--evaluate", str(table)]) == 0
    head, own, *published = capsys.readouterr().out.splitlines()
    assert head.split() == ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "CIDEr"]
    assert own.startswith("2 pictures")
    assert len(published) == len(PUBLISHED)
    assert all(math.isfinite(float(line.split()[-1])) for line in published)


def test_pictures_that_are_missing_are_named_and_the_rest_is_scored(
    images: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "refs.csv"
    table.write_text("image,caption\n0.png,a dog\ngone.png,a man\n")
    assert main(["caption", "--evaluate", str(table), "--json"]) == 2
    (scores,), errors = answers(capsys)
    assert scores["pictures"] == 1
    assert "“gone.png” cannot be read" in errors


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Name the pictures to caption, or with --evaluate"),
        (["a.png", "--evaluate", "b.csv"], "one of the two"),
        (["--evaluate", "gone.csv"], "gone.csv cannot be read: No such file"),
        (["a.png", "--beam", "0"], "width"),
        (["a.png", "--beam", "99"], "width"),
        (["a.png", "--network", "x"], "invalid choice"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["caption", *words]) == 2
    told = capsys.readouterr()
    assert sentence in told.err
    assert told.out == ""


def test_a_table_whose_pictures_are_elsewhere_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = tmp_path / "refs.csv"
    table.write_text("image,caption\ngone.png,a man\n")
    assert main(["caption", "--evaluate", str(table)]) == 2
    assert "paths relative to its own folder" in capsys.readouterr().err
