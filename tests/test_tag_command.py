"""`python -m model_zoo tag`: a line in, its tags out."""

import json
from pathlib import Path

import pytest

from model_zoo.__main__ import main

LINES = "Marie Curie was born in Warsaw.\n\nIt's odd\there\u00a0.\n"


def answers(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("task", ["ner", "pos"])
def test_every_line_has_an_object_with_a_tag_and_a_score_a_word(
    task: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lines.txt"
    file.write_text(LINES, "utf-8")
    assert main(["tag", "--task", task, "--json", str(file)]) == 0
    told = answers(capsys)
    assert len(told) == 3
    assert told[1] == {"tokens": [], "tags": [], "scores": []}
    assert told[0]["tokens"] == ["Marie", "Curie", "was", "born", "in", "Warsaw", "."]
    for one in told:
        assert list(one) == ["tokens", "tags", "scores"]
        assert len(one["tokens"]) == len(one["tags"]) == len(one["scores"])
        assert all(0 <= score <= 1 for score in one["scores"])
    if task == "ner":
        assert told[0]["tags"][:2] == ["B-PER", "I-PER"]
        assert told[0]["tags"][5] == "B-LOC"
    else:
        assert (told[0]["tags"][3], told[0]["tags"][6]) == ("VERB", "PUNCT")


def test_words_that_are_given_are_kept_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lines.txt"
    file.write_text(LINES, "utf-8")
    assert main(["tag", "--task", "pos", "--pretokenized", "--json", str(file)]) == 0
    assert [one["tokens"] for one in answers(capsys)] == [
        LINES.split("\n")[0].split(" "),
        [],
        ["It's", "odd\there\u00a0."],
    ]


def test_text_for_people_has_the_tag_behind_each_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lines.txt"
    file.write_text("Warsaw\n")
    assert main(["tag", "--task", "ner", str(file)]) == 0
    word, _, tag = capsys.readouterr().out.strip().partition("/")
    assert word == "Warsaw"
    assert tag


def test_a_task_that_is_none_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tag", "--task", "verbs"]) == 2
    assert "invalid choice" in capsys.readouterr().err
