"""Read film reviews, English (SST-2 and IMDb) and Korean (NSMC), in the parts that they are used in."""

import csv
import gzip
import io
import lzma
import re
from dataclasses import dataclass
from pathlib import Path

HELD_OUT_IMDB = 5_000  # the last rows of the train file
TREEBANK = ((r" (n't|'\w+)\b", r"\1"), (r" ([.,;:!?)%])", r"\1"), (r"\( ", "("), (r"`` ?| ?''", '"'))


@dataclass(frozen=True)
class Reviews:
    """Texts with labels, 1 for positive."""

    texts: list[str]
    labels: list[int]


def sst2(folder: Path, part: str) -> Reviews:
    """Read the sentences of `part`, train or dev, as the treebank spells them."""
    with gzip.open(folder / "text" / f"sst2_{part}.tsv.gz", "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").rpartition("\t") for line in file]
    return Reviews([text for text, _, _ in rows], [int(label) for _, _, label in rows])


def imdb(folder: Path) -> tuple[Reviews, Reviews]:
    """Read documents to train on, and those held out."""
    with lzma.open(folder / "text" / "imdb_train.tsv.xz", "rt", encoding="utf-8", newline="") as file:
        found = _documents(file.read())
    return _cut(found, len(found.texts) - HELD_OUT_IMDB)


def nsmc(folder: Path) -> tuple[Reviews, Reviews]:
    """Read Korean reviews to train on, and the tenth with the highest ids, held out."""
    with gzip.open(folder / "text" / "nsmc_train.tsv.gz", "rt", encoding="utf-8", newline="") as file:
        found = _documents(file.read(), by_id=True)
    return _cut(found, len(found.texts) - len(found.texts) // 10)


def as_written(sentence: str) -> str:
    """Undo the treebank's spacing: “wo n't do , alas .” becomes “won't do, alas.”"""
    for pattern, instead in TREEBANK:
        sentence = re.sub(pattern, instead, sentence)
    return sentence


def _documents(text: str, by_id: bool = False) -> Reviews:
    rows = list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    if by_id:
        rows.sort(key=lambda row: int(row["id"]))
    return Reviews([row["document"] or "" for row in rows], [int(row["label"]) for row in rows])


def _cut(reviews: Reviews, place: int) -> tuple[Reviews, Reviews]:
    texts, labels = reviews.texts, reviews.labels
    return Reviews(texts[:place], labels[:place]), Reviews(texts[place:], labels[place:])
