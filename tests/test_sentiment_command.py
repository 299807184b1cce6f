"""`python -m model_zoo sentiment`: a line in, an answer out."""

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from model_zoo.__main__ import main

LINES = "I loved every minute of it.\n\n정말 좋은 영화\n🙂\n“quoted” <b>dull</b>\n"


def answers(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_of_a_file_has_an_object_the_empty_ones_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lines.txt"
    file.write_text(LINES, "utf-8")
    assert main(["sentiment", "--json", str(file)]) == 0
    told = answers(capsys.readouterr().out)
    assert [answer["text"] for answer in told] == LINES.split("\n")[:-1]
    assert [answer["language"] for answer in told] == ["en", "en", "ko", "en", "en"]
    assert all(list(answer) == ["text", "language", "positive"] and 0 <= answer["positive"] <= 1 for answer in told)


def test_standard_input_is_read_where_no_file_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO("good\r\nbad".encode("utf-16"))))
    assert main(["sentiment", "--json", "--lang", "ko"]) == 0
    told = answers(capsys.readouterr().out)
    assert [(answer["text"], answer["language"]) for answer in told] == [("good", "ko"), ("bad", "ko")]


def test_text_for_people_has_the_share_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lines.txt"
    file.write_text("I loved every minute of it.\n")
    assert main(["sentiment", str(file)]) == 0
    share, language, *words = capsys.readouterr().out.split()
    assert share.endswith("%")
    assert language == "en"
    assert words[0] == "I"


def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sentiment", str(tmp_path / "gone.txt")]) == 2
    assert "gone.txt cannot be read: No such file or directory." in capsys.readouterr().err
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    assert main(["sentiment", str(picture)]) == 2
    assert "picture.png is no text in UTF-8" in capsys.readouterr().err
