"""Files of texts that visitors send: plain lines, or a table with a column of text. Kept by a hash of what is in them.

THAW_HOME/texts/HASH/content     the file as it came
THAW_HOME/texts/HASH/about.json  the name it came under
"""

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from model_zoo.data.limits import LIMITS, in_bytes
from model_zoo.data.spelling import readable
from model_zoo.home import home

HASH_CHARACTERS = 32
TABLES = {".csv": ",;\t", ".tsv": "\t"}
TEXT_COLUMNS = ("text", "review", "document", "sentence", "comment", "body", "content")
LOOKED_AT = 200  # rows, to find the column of text
BOMS = (("utf-8-sig", b"\xef\xbb\xbf"), ("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff"))
LONGEST_FIELD = 16 * 2**20  # characters
SAMPLE = 2**16  # bytes that show whether a text is Korean


@dataclass(frozen=True)
class Texts:
    """What a file holds: its texts, the column they stand in and all columns (none of plain lines), its encoding.

    `labels` are those of the asked column, one a text. `left_out` counts texts without a word.
    """

    texts: tuple[str, ...]
    encoding: str
    column: str = ""
    columns: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    left_out: int = 0


def decoded(content: bytes, name: str = "") -> tuple[str, str]:
    """Decode bytes by their mark or by trial, and give the encoding: UTF-8, UTF-16, CP949 or Windows-1252.

    `name` is that of the file, for the sentence. Raises ValueError with a sentence for what is no text.
    """
    marked = next((name for name, mark in BOMS if content.startswith(mark)), None)
    for encoding in [marked] if marked else [*_without_mark(content), "utf-8", "cp949", "cp1252"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.count("\0") > len(text) / 100:
            break
        if encoding == "cp949" and not _is_korean(content):
            continue
        return text, "utf-8" if encoding == "utf-8-sig" else encoding
    told = "is no text in UTF-8, UTF-16, CP949 or Windows-1252. Save it as UTF-8 and try again."
    raise ValueError(f"{readable(name) or 'This'} {told}")


def read(content: bytes, name: str, column: str = "", label: str = "", most: int = LIMITS.texts) -> Texts:
    """Read the texts of a file: a table where its name ends in .csv or .tsv, else one text a line.

    `column` names the column of text; without it the one that looks most like text is taken. `label` names a column of
    labels. Raises ValueError with a sentence for what cannot be used.
    """
    text, encoding = decoded(content, name)
    suffix = Path(name).suffix.lower()
    if (column or label) and suffix not in TABLES:
        raise ValueError(f"{readable(name)} is no table; save it as .csv or .tsv to choose a column.")
    found = _table(text, name, TABLES[suffix], column, label) if suffix in TABLES else Texts(lines(text), encoding)
    kept = [place for place, each in enumerate(found.texts) if each.strip()]
    if not kept:
        raise ValueError(f"There is no text in {readable(name)}.")
    if len(kept) > most:
        raise ValueError(
            f"{readable(name)} holds {len(kept):,} texts; at most {most:,} go at once. Split the file, "
            "or use the command line, which has no limit."
        )
    labels = tuple(found.labels[place] for place in kept) if found.labels else ()
    left_out = len(found.texts) - len(kept)
    return Texts(tuple(found.texts[p] for p in kept), encoding, found.column, found.columns, labels, left_out)


def keep(content: bytes, name: str) -> str:
    """Keep a file, and give the hash under which it is found again: of its content, and of how it is to be read."""
    if len(content) > LIMITS.texts_bytes:
        raise ValueError(f"{readable(name)} has {in_bytes(len(content))}; at most {in_bytes(LIMITS.texts_bytes)} go.")
    suffix = Path(name).suffix.lower()  # by which a file is read
    digest = sha256(suffix.encode() + b"\0" + content).hexdigest()[:HASH_CHARACTERS]
    folder = home("texts") / digest
    if not folder.exists():
        aside = home("texts") / f".part-{token_hex(8)}"
        aside.mkdir()
        (aside / "content").write_bytes(content)
        (aside / "about.json").write_text(json.dumps({"name": readable(name)}))
        try:
            os.rename(aside, folder)
        except OSError:  # somebody else has kept the same
            shutil.rmtree(aside)
            if not folder.exists():
                raise
    return digest


def find(digest: str) -> tuple[bytes, str]:
    """Give content and name of a kept file; raises ValueError where there is none."""
    return (_folder(digest) / "content").read_bytes(), name_of(digest)


def name_of(digest: str) -> str:
    """Give the name of a kept file; raises ValueError where there is none."""
    return json.loads((_folder(digest) / "about.json").read_text())["name"]


def _folder(digest: str) -> Path:
    folder = home("texts") / digest
    if len(digest) != HASH_CHARACTERS or not digest.isalnum() or not (folder / "about.json").exists():
        raise ValueError(f"There are no texts “{readable(digest)[:40]}” here; send the file again.")
    return folder


def _without_mark(content: bytes) -> Iterator[str]:
    """Suppose UTF-16 where every other byte of what is mostly Latin is zero."""
    head = content[:4096]
    if len(head) > 1 and head[1::2].count(0) > 0.4 * len(head[1::2]):
        yield "utf-16-le"
    if len(head) > 1 and head[::2].count(0) > 0.4 * len(head[::2]):
        yield "utf-16-be"


def _is_korean(content: bytes) -> bool:
    """Say whether bytes that CP949 can read were written in it: the pairs of Korean have two high bytes (KS X 1001).

    In Western text a high byte is mostly beside a letter, which CP949 takes for a rare syllable.
    """
    pairs = re.findall(rb"[\x80-\xff][\x00-\xff]", content[:SAMPLE])
    return 2 * sum(0xB0 <= pair[0] <= 0xC8 and pair[1] >= 0xA1 for pair in pairs) > len(pairs)


def lines(text: str) -> tuple[str, ...]:
    """Cut text at line feeds; what stands after the last one is a line if it is anything."""
    parts = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return tuple(parts[:-1] if parts[-1] == "" else parts)


def rows(text: str, name: str, delimiters: str = TABLES[".csv"]) -> list[list[str]]:
    """Cut a table into rows of cells, the names of its columns first; raises ValueError with a sentence."""
    head = text.split("\n", 1)[0]
    delimiter = max(delimiters, key=head.count)
    csv.field_size_limit(LONGEST_FIELD)
    try:
        found = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    except csv.Error as error:
        raise ValueError(f"{readable(name)} cannot be read as a table: {error}. Are its quotes closed?") from error
    if len(found) < 2:
        raise ValueError(f"{readable(name)} needs a first line with the names of its columns, and texts below it.")
    return found


def _table(text: str, name: str, delimiters: str, column: str, label: str) -> Texts:
    head, *below = rows(text, name, delimiters)
    heads = tuple(cell.strip() or f"column {place}" for place, cell in enumerate(head, 1))  # pandas leaves one blank
    place = _place(heads, column, name) if column else _looks_like_text(heads, below[:LOOKED_AT])
    texts = tuple(row[place] if place < len(row) else "" for row in below)
    labels: tuple[str, ...] = ()
    if label:
        beside = _place(heads, label, name)
        labels = tuple(row[beside].strip() if beside < len(row) else "" for row in below)
    return Texts(texts, "", heads[place], heads, labels)


def _place(heads: tuple[str, ...], column: str, name: str) -> int:
    if column not in heads:
        raise ValueError(f"{readable(name)} has no column “{column}”. It has: {readable(', '.join(heads))}.")
    return heads.index(column)


def _looks_like_text(heads: tuple[str, ...], rows: list[list[str]]) -> int:
    """Take a column by its name, else the one with the longest cells."""
    for known in TEXT_COLUMNS:
        for place, head in enumerate(heads):
            if head.lower() == known:
                return place
    return max(range(len(heads)), key=lambda place: sum(len(row[place]) for row in rows if place < len(row)))
