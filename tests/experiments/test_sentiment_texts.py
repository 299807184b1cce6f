"""Many texts in a job."""

import json
from pathlib import Path

import pytest
from pyarrow import parquet

from model_zoo.data import texts
from model_zoo.events import Finished, Note, Progress, Started
from model_zoo.experiments.job import Context
from model_zoo.experiments.jobs import sentiment_texts
from model_zoo.rnn import sentiment

LINES = ["I loved it.", "", "정말 좋은 영화", "Dull and far too long.", "I loved it."]


@pytest.fixture
def context(thaw_home: Path) -> Context:
    (thaw_home / "job").mkdir()
    return Context("job", thaw_home / "job")


def test_every_text_is_judged_in_its_language_and_stands_in_its_place(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentiment, "TEXTS_AT_ONCE", 2)
    file = texts.keep("\n".join(LINES).encode("cp949"), "mine.txt")
    *events, last = sentiment_texts.run({"file": file}, context)
    assert isinstance(last, Finished)
    table = parquet.read_table(context.folder / last.result["file"]).to_pydict()
    assert table["text"] == [line for line in LINES if line]
    assert table["language"] == ["en", "ko", "en", "en"]
    alone = [sentiment.positive(sentiment.load(table["language"][i]), [table["text"][i]])[0] for i in range(4)]
    assert table["positive"] == pytest.approx(alone, abs=1e-3)
    assert last.result == json.loads((context.folder / "result.json").read_text())
    assert last.result["languages"] == {"en": 3, "ko": 1}
    assert sum(last.result["histogram"]) == last.result["texts"] == 4
    assert last.result["positive"] == sum(share > 0.5 for share in table["positive"])
    assert (last.result["encoding"], last.result["name"]) == ("cp949", "mine.txt")
    assert [event.sentence for event in events if isinstance(event, Note)] == ["1 without a word was left out."]
    shares = [event.done for event in events if isinstance(event, Progress) and event.done is not None]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert any(isinstance(event, Started) and event.plan["texts"] == 4 for event in events)


def test_the_language_can_be_said(context: Context) -> None:
    file = texts.keep(b"text\nI loved it.\n", "t.csv")
    *_, last = sentiment_texts.run({"file": file, "column": "text", "language": "ko"}, context)
    assert last.result["languages"] == {"ko": 1}
    with pytest.raises(ValueError, match="must be one of en, ko, got “fr”"):
        list(sentiment_texts.run({"file": file, "language": "fr"}, context))
    with pytest.raises(ValueError, match="no column “body”"):
        list(sentiment_texts.run({"file": file, "column": "body"}, context))


def test_the_list_of_jobs_names_the_file(thaw_home: Path) -> None:
    assert sentiment_texts.describe({"file": texts.keep(b"x", "reviews.txt")}) == "reviews.txt"
    assert sentiment_texts.describe({"file": "gone"}) == "texts that are no longer here"
