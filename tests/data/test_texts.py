"""Files of texts from outside: encodings, tables, and what cannot be used."""

from pathlib import Path

import pytest

from model_zoo.data import texts
from model_zoo.data.texts import decoded, read

KOREAN = "정말 좋은 영화\n돈이 아깝다\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_korean_lines_come_back_in_every_encoding(encoding: str) -> None:
    found = read(KOREAN.encode(encoding), "a.txt")
    assert found.texts == ("정말 좋은 영화", "돈이 아깝다")
    assert found.encoding == encoding.removesuffix("-sig")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "cp1252"])
def test_what_has_no_mark_is_found_by_trial(encoding: str) -> None:
    assert decoded("A café’s charm – good".encode(encoding)) == ("A café’s charm – good", encoding)


@pytest.mark.parametrize(
    "content", [bytes(range(256)) * 8, b"\x00\x00\x00\x07\x00" * 50, b"\x89PNG\r\n\x1a\n\x00\x00\x81"]
)
def test_what_is_no_text_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(ValueError, match="This is no text in UTF-8"):
        decoded(content)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("it’s and don’t", "cp1252"),
        ("naïve – «voilà», déjà vu", "cp1252"),
        ("아주 good 영화! 10/10 would watch", "cp949"),
    ],
)
def test_western_text_is_not_taken_for_korean_nor_the_other_way_round(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding)) == (text, encoding)


def test_only_line_feeds_end_a_line() -> None:
    assert read("one\u2028still one\x0bstill\r\ntwo\n\n".encode(), "a.txt").texts == (
        "one\u2028still one\x0bstill",
        "two",
    )
    assert read(b"one\n\n  \ntwo", "a.txt").left_out == 2


def test_a_table_gives_the_column_that_looks_like_text_or_the_one_asked() -> None:
    table = b'id;Review;stars\n1;"good; ""very"" good\nindeed";5\n2;bad;1\n'
    found = read(table, "r.CSV", label="stars")
    assert (found.column, found.texts) == ("Review", ('good; "very" good\nindeed', "bad"))
    assert found.labels == ("5", "1")
    assert read(table, "r.csv", column="id").texts == ("1", "2")
    longest = b"a\tb\n1\tthis is the text\n"
    assert read(longest, "r.tsv").column == "b"


@pytest.mark.parametrize(
    ("content", "name", "column", "sentence"),
    [
        (b"a,b\n1,2\n", "r.csv", "text", "r.csv has no column “text”. It has: a, b."),
        (b"only a head\n", "r.csv", "", "needs a first line"),
        (b"", "r.csv", "", "needs a first line"),
        (b"\n \n\n", "r.txt", "", "There is no text in r.txt"),
        (b"x\ny\n", "r.txt", "text", "r.txt is no table"),
        (b"x\n" * 11, "r.txt", "", "holds 11 texts; at most 10 go at once"),
    ],
)
def test_what_cannot_be_used_is_said_with_the_way_out(content: bytes, name: str, column: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read(content, name, column, most=10)


def test_a_quote_that_is_never_closed_loses_nothing() -> None:
    assert read(b'text\n"never closed\nnext\n', "r.csv").texts == ("never closed\nnext\n",)


def test_the_same_content_is_another_file_where_it_is_read_in_another_way(thaw_home: Path) -> None:
    table = texts.keep(b"text,label\ngood,1\n", "mine.csv")
    assert texts.keep(b"text,label\ngood,1\n", "mine.txt") != table
    assert texts.name_of(table) == "mine.csv"


def test_a_column_without_a_name_can_be_chosen_by_its_place() -> None:
    found = read(b",text\n0,good\n1,bad\n", "pandas.csv", label="column 1")
    assert (found.columns, found.texts, found.labels) == (("column 1", "text"), ("good", "bad"), ("0", "1"))


def test_a_file_is_kept_once_and_found_by_its_content(thaw_home: Path) -> None:
    first = texts.keep(b"good\n", "a/b<c>.txt")
    assert texts.keep(b"good\n", "other.txt") == first
    assert texts.find(first)[0] == b"good\n"
    assert len(list((thaw_home / "texts").iterdir())) == 1
    for wrong in ("../../etc", "0" * 32, ""):
        with pytest.raises(ValueError, match="There are no texts"):
            texts.find(wrong)
