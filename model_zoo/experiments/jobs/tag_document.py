"""Tag a whole text file, line by line, and write it down as CoNLL, JSON lines and CSV."""

from __future__ import annotations

import csv
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from model_zoo.data import texts
from model_zoo.events import Event, Finished, Progress, Started
from model_zoo.rnn import tagging
from model_zoo.rnn.tags import Entity, entities

if TYPE_CHECKING:
    from io import TextIOWrapper

    from model_zoo.experiments.job import Context
    from model_zoo.rnn.prediction import Span

TITLE = "Tags of a document"
LANE: Literal["device"] = "device"  # a job that is estimated to be short goes to the quick lane
CONLL, LINES, TABLE = "tagged.conll", "tagged.jsonl", "tagged.csv"
LINES_AT_ONCE = 512
SECONDS_TO_BEGIN = 3.0
CHARACTERS_A_SECOND = 50_000  # of short sentences, one thread of a slow core: python -m tests.bench.texts
COLUMNS = {
    "ner": ("line", "entity", "label", "start", "end", "confidence"),
    "pos": ("line", "word", "tag", "start", "end", "confidence"),
}
MOST_NAMED = 200  # entities that the result counts by name


@dataclass(frozen=True)
class DocumentSpec:
    """The file by its hash, and the task: ner or pos."""

    file: str
    task: str = "ner"

    def __post_init__(self) -> None:
        tagging.known(self.task)


def estimate(characters: int) -> float:
    """Give the seconds that tagging so many characters takes."""
    return SECONDS_TO_BEGIN + characters / CHARACTERS_A_SECOND


def describe(spec: dict[str, Any]) -> str:
    """Name the file and the task."""
    try:
        name = texts.name_of(spec["file"])
    except ValueError:
        name = "a text that is no longer here"
    return f"{name} · {tagging.TASKS[spec['task']].lower()}"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Tag the document of the DocumentSpec that `spec` holds; the result is also kept as result.json.

    tagged.conll has a word and its tag a line, sentences apart by an empty one; tagged.jsonl an object a line, as the
    command prints it; tagged.csv the entities (or words) with line, characters from `start` to `end`, and confidence,
    the least probability of its tags. The result has `lines`, `words`, `tags` (counts) and `named`, the most frequent.
    """
    yield Progress("loading the network")
    asked, began = DocumentSpec(**spec), time.perf_counter()
    content, name = texts.find(asked.file)
    lines = texts.lines(texts.decoded(content, name)[0])
    yield Started({"lines": len(lines), "seconds": estimate(sum(map(len, lines)))})
    tagger, told = tagging.tagger(asked.task), _Told(asked.task)
    parts = {file: (context.folder / f"{file}.part").open("w", encoding="utf-8", newline="") for file in _FILES}
    try:
        csv.writer(parts[TABLE], lineterminator="\n").writerow(COLUMNS[asked.task])
        for start in range(0, len(lines), LINES_AT_ONCE):
            some = [tagger.words(line) for line in lines[start : start + LINES_AT_ONCE]]
            found = tagger.tag([[span.text for span in spans] for spans in some])
            for number, (spans, one) in enumerate(zip(some, found, strict=True), start):
                told.write(parts, number, lines[number], spans, one.tags, one.scores)
            share = min(1.0, (start + len(some)) / len(lines))
            left = (time.perf_counter() - began) * (1 - share) / share
            yield Progress(f"{start + len(some):,} of {len(lines):,} lines tagged", share, left)
    finally:
        for part in parts.values():
            part.close()
    for file in _FILES:
        (context.folder / f"{file}.part").rename(context.folder / file)
    result = {"name": name, "task": asked.task, **told.summed(len(lines)), "seconds": time.perf_counter() - began}
    (context.folder / "result.json").write_text(json.dumps(result, ensure_ascii=False), "utf-8")
    yield Finished(result)


_FILES = (CONLL, LINES, TABLE)


class _Told:
    """What is written and counted of a document."""

    def __init__(self, task: str) -> None:
        self._task, self.words = task, 0
        self.tags: Counter[str] = Counter()
        self.named: Counter[tuple[str, str]] = Counter()

    def write(
        self, parts: dict[str, TextIOWrapper], number: int, line: str, spans: list[Span], tags: list[str],
        scores: list[float],
    ) -> None:  # fmt: skip
        """Write one line of the document into all files."""
        words = [span.text for span in spans]
        self.words += len(words)
        if words:
            parts[CONLL].write("".join(f"{word}\t{tag}\n" for word, tag in zip(words, tags, strict=True)) + "\n")
        parts[LINES].write(tagging.as_line(words, tags, scores) + "\n")
        whole = entities(tags) if self._task == "ner" else [Entity(tag, i, i + 1) for i, tag in enumerate(tags)]
        table = csv.writer(parts[TABLE], lineterminator="\n")
        for entity in whole:
            start, end = spans[entity.first].start, spans[entity.beyond - 1].end
            self.tags[entity.label] += 1
            self.named[line[start:end], entity.label] += 1
            sure = round(min(scores[entity.first : entity.beyond]), 4)
            table.writerow([number + 1, line[start:end], entity.label, start, end, sure])

    def summed(self, lines: int) -> dict[str, Any]:
        named = [[text, label, count] for (text, label), count in self.named.most_common(MOST_NAMED)]
        return {"lines": lines, "words": self.words, "tags": dict(self.tags.most_common()), "named": named}
