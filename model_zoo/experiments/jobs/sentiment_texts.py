"""Judge every text of a file that a visitor sent."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from model_zoo.data import texts
from model_zoo.events import Event, Finished, Note, Progress, Started, mapped
from model_zoo.rnn import sentiment

if TYPE_CHECKING:
    from model_zoo.data.texts import Texts
    from model_zoo.experiments.job import Context

TITLE = "Sentiment of many texts"
LANE: Literal["device"] = "device"  # a job that is estimated to be short goes to the quick lane
FILE = "judged.parquet"
BINS = 20
SECONDS_TO_BEGIN = 3.0
CHARACTERS_A_SECOND = 120_000  # of short reviews, two slow cores: python -m tests.bench.texts


@dataclass(frozen=True)
class TextsSpec:
    """The texts of a kept file: its hash, the column of a table ("": found), and the language ("": each text's own)."""

    file: str
    column: str = ""
    language: str = ""

    def __post_init__(self) -> None:
        if self.language and self.language not in sentiment.LANGUAGES:
            raise ValueError(f"The language must be one of {', '.join(sentiment.LANGUAGES)}, got “{self.language}”.")


def estimate(characters: int) -> float:
    """Give the seconds that judging texts of so many characters in all takes."""
    return SECONDS_TO_BEGIN + characters / CHARACTERS_A_SECOND


def describe(spec: dict[str, Any]) -> str:
    """Name the file."""
    try:
        return texts.name_of(spec["file"])
    except ValueError:
        return "texts that are no longer here"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Judge the texts of the TextsSpec that `spec` holds; the result is also kept as result.json.

    judged.parquet has `text`, `language`, `positive` (0 to 1), in the order of the file. The result has `name`,
    `texts`, `positive` (texts above a half), `mean`, `histogram` (20 bins from 0 to 1) and `languages` (texts of each).
    """
    asked, began = TextsSpec(**spec), time.perf_counter()
    yield Progress("reading the file")
    content, name = texts.find(asked.file)
    found = texts.read(content, name, asked.column)
    seconds = estimate(sum(map(len, found.texts)))
    yield Started({"texts": len(found.texts), "column": found.column, "encoding": found.encoding, "seconds": seconds})
    if found.left_out:
        yield Note(f"{found.left_out:,} without a word {'was' if found.left_out == 1 else 'were'} left out.")
    languages = [asked.language or sentiment.language_of(text) for text in found.texts]
    positive = yield from _judged(found, languages, seconds)
    result = _summed(name, found, languages, positive) | {"seconds": time.perf_counter() - began}
    _write(context, found, languages, positive)
    (context.folder / "result.json").write_text(json.dumps(result, ensure_ascii=False), "utf-8")
    yield Finished(result)


def _judged(found: Texts, languages: list[str], expected: float) -> Generator[Event, None, list[float]]:
    """Judge all texts, and say how far that is."""
    began, count = time.perf_counter(), len(languages)
    yield Progress("loading the network", 0.0, expected)

    def told(done: int) -> Progress:
        left = (time.perf_counter() - began) * (count - done) / done
        return Progress(f"{done:,} of {count:,} texts judged", done / count, left)

    return (yield from mapped(sentiment.judged_each(found.texts, languages), told))


def _summed(name: str, found: Texts, languages: list[str], positive: list[float]) -> dict[str, Any]:
    histogram = [0] * BINS
    for share in positive:
        histogram[min(int(share * BINS), BINS - 1)] += 1
    return {
        "name": name,
        "column": found.column,
        "encoding": found.encoding,
        "left_out": found.left_out,
        "texts": len(positive),
        "positive": sum(share > 0.5 for share in positive),
        "mean": sum(positive) / len(positive),
        "histogram": histogram,
        "languages": {language: languages.count(language) for language in dict.fromkeys(languages)},
        "file": FILE,
    }


def _write(context: Context, found: Texts, languages: list[str], positive: list[float]) -> None:
    import pyarrow
    from pyarrow import parquet

    table = pyarrow.table({"text": found.texts, "language": languages, "positive": positive})
    parquet.write_table(table, context.folder / "judged.part")
    (context.folder / "judged.part").rename(context.folder / FILE)
