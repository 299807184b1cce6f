"""A whole document tagged in a job."""

import csv
import json
from pathlib import Path

import pytest

from model_zoo.data import texts
from model_zoo.events import Finished, Progress
from model_zoo.experiments.job import Context
from model_zoo.experiments.jobs import tag_document
from model_zoo.rnn import tagging

LINES = ["Marie Curie was born in Warsaw .", "", "Nothing is named here .", "<b>Paris</b>, “Berlin” & Rome"]


@pytest.fixture
def context(thaw_home: Path) -> Context:
    (thaw_home / "job").mkdir()
    return Context("job", thaw_home / "job")


@pytest.mark.parametrize("task", ["ner", "pos"])
def test_all_three_files_hold_the_same_tags(context: Context, task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tag_document, "LINES_AT_ONCE", 3)
    file = texts.keep("\n".join(LINES).encode("utf-16"), "paper.txt")
    *events, last = tag_document.run({"file": file, "task": task}, context)
    assert isinstance(last, Finished)
    told = [json.loads(line) for line in (context.folder / tag_document.LINES).read_text("utf-8").splitlines()]
    assert [" ".join(one["tokens"]) for one in told[:3]] == LINES[:3]
    tagger = tagging.tagger(task)
    for one in told:
        (alone,) = tagger.tag([one["tokens"]])
        assert one["tags"] == alone.tags
        assert one["scores"] == pytest.approx(alone.scores, abs=1e-3)
    blocks = (context.folder / tag_document.CONLL).read_text("utf-8").strip().split("\n\n")
    in_conll = [[line.split("\t") for line in block.split("\n")] for block in blocks]
    assert in_conll == [
        [list(pair) for pair in zip(one["tokens"], one["tags"], strict=True)] for one in told if one["tokens"]
    ]
    with (context.folder / tag_document.TABLE).open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    for row in rows:
        text = row["entity" if task == "ner" else "word"]
        assert LINES[int(row["line"]) - 1][int(row["start"]) : int(row["end"])] == text
        assert 0 <= float(row["confidence"]) <= 1
    assert sum(last.result["tags"].values()) == len(rows)
    assert last.result["words"] == sum(len(one["tokens"]) for one in told)
    assert last.result == json.loads((context.folder / "result.json").read_text())
    shares = [event.done for event in events if isinstance(event, Progress) and event.done is not None]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_the_list_of_jobs_names_file_and_task(thaw_home: Path) -> None:
    told = tag_document.describe({"file": texts.keep(b"x", "paper.txt"), "task": "ner"})
    assert told == "paper.txt · named entities"
    with pytest.raises(ValueError, match="must be one of ner, pos, got “x”"):
        tag_document.DocumentSpec("y", "x")
