"""Read sentences whose words are tagged: parts of speech (UD-EWT) and entities (WikiANN, WNUT17, WikiGold)."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model_zoo.rnn.tags import OUTSIDE, repaired

WNUT17 = {
    "person": "PER",
    "location": "LOC",
    "corporation": "ORG",
    "group": "ORG",
    "product": "MISC",
    "creative-work": "MISC",
}


@dataclass(frozen=True)
class Sentence:
    """Words with their tags; nobody looked for entities of the labels in `unlabelled`, so O may hide them."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    unlabelled: tuple[str, ...] = ()


def ud_ewt(folder: Path, part: str) -> list[Sentence]:
    """Read words and UPOS of `part`, train or dev; a contraction counts as its words, an omitted word as none."""
    found = []
    for rows in _blocks(folder / "text" / f"ud_ewt_{part}.conllu.gz", "\t"):
        words = [row for row in rows if row[0].isdigit()]  # others are comments, ranges as 1-2, and omissions as 3.1
        found.append(Sentence(tuple(row[1] for row in words), tuple(row[3] for row in words)))
    return found


def wikiann(folder: Path, part: str) -> list[Sentence]:
    """Read PER, LOC and ORG of `part`, train or dev."""
    blocks = _blocks(folder / "text" / f"wikiann_en_{part}.conll.gz", "\t")
    return [
        Sentence(tuple(word.removeprefix("en:") for word, _ in rows), _valid([tag for _, tag in rows]), ("MISC",))
        for rows in blocks
    ]


def wnut17(folder: Path, part: str) -> list[Sentence]:
    """Read emerging entities of `part`, train or dev, under the four labels."""
    blocks = _blocks(folder / "text" / f"wnut17_{part}.conll.gz", "\t")
    return [
        Sentence(tuple(word for word, _ in rows), _valid([tag[:2] + WNUT17.get(tag[2:], "") for _, tag in rows]))
        for rows in blocks
    ]


def wikigold(folder: Path) -> list[Sentence]:
    """Read all of it; an entity begins where the one before has another label, for it only knows I-."""
    blocks = _blocks(folder / "text" / "wikigold.conll.gz", " ")
    return [Sentence(tuple(word for word, _ in rows), _valid([tag for _, tag in rows])) for rows in blocks]


def _valid(tags: list[str]) -> tuple[str, ...]:
    return tuple(repaired([OUTSIDE if tag.startswith(OUTSIDE) else tag for tag in tags]))


def _blocks(file: Path, between: str) -> Iterator[list[list[str]]]:
    """Give the rows of each sentence; a line without columns ends one."""
    rows: list[list[str]] = []
    with gzip.open(file, "rt", encoding="utf-8", newline="\n") as lines:
        for line in (*lines, ""):
            row = line.rstrip("\r\n").split(between)
            if len(row) > 1 and row[0]:
                rows.append(row)
            elif rows:
                yield rows
                rows = []
