"""Pieces of many captioned pictures: the rows, a picture with its caption, the scores beside published ones."""

import csv
import io
import json

import pyarrow
import pytest

from components.captions import many_rows
from components.captions.many import _kept
from components.captions.many_picture import figure
from components.captions.many_rows import as_csv, as_json_lines, found, rows
from components.captions.many_view import summary
from model_zoo.data import uploads
from model_zoo.data.thumbnails import Thumbnail
from model_zoo.home import home
from tests.data.makers import picture, zipped

HOSTILE = "<img src=x onerror=document.title='hacked'>"


def row(file: str, caption: str, log_probability: float, references: tuple[str, ...] = ()) -> dict:
    others = [{"caption": "a cat", "log_probability": -9.5}]
    return {"file": file, "caption": caption, "tokens": caption.split(), "log_probability": log_probability,
            "alternatives": others, "references": list(references)}  # fmt: skip


ROWS = [
    row("photos/b.jpg", "a dog runs", -4.0),
    row("photos/a.jpg", "a man", -6.0, ("Ein Mann", "=1+1")),
    row("DOG.jpg", "=a child", -1.5),
]


@pytest.fixture
def table(thaw_home) -> pyarrow.Table:
    from pyarrow import parquet

    folder = home("jobs") / "made"
    folder.mkdir()
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), folder / many_rows.FILE)
    rows.clear()
    return rows("made")


def test_a_caption_is_as_sure_as_its_words_and_its_end_are_likely(table) -> None:
    import math

    assert table["sure"].to_pylist() == pytest.approx([math.exp(-4 / 4), math.exp(-6 / 3), math.exp(-1.5 / 3)])


def test_captions_and_file_names_are_searched_whatever_their_capitals(table) -> None:
    assert found(table, "dog")["place"].to_pylist() == [1, 3]
    assert found(table, " PHOTOS/ ")["place"].to_pylist() == [1, 2]
    assert found(table, "(.*")["place"].to_pylist() == [], "what is searched for is no pattern"


def test_captions_stand_as_they_were_sent_or_by_how_sure_they_are(table) -> None:
    assert found(table)["place"].to_pylist() == [1, 2, 3]
    assert found(table, order="Surest first")["place"].to_pylist() == [3, 1, 2]
    assert found(table, order="Least sure first")["place"].to_pylist() == [2, 1, 3]


def test_csv_has_a_row_a_picture_and_no_formula(table) -> None:
    told = list(csv.DictReader(io.StringIO(as_csv(table).decode("utf-8-sig"))))
    assert [one["file"] for one in told] == [one["file"] for one in ROWS]
    assert told[2]["caption"] == "'=a child"
    assert float(told[0]["log_probability"]) == -4.0
    assert float(told[0]["probability_a_word"]) == pytest.approx(0.3679)


def test_json_lines_have_what_the_command_prints_and_what_people_wrote(table) -> None:
    told = [json.loads(line) for line in as_json_lines(table).decode().splitlines()]
    assert told[1] == ROWS[1]
    assert list(told[0]) == ["file", "caption", "tokens", "log_probability", "alternatives"]


def test_names_captions_and_references_stand_in_html_as_text() -> None:
    hostile = row(HOSTILE, HOSTILE, -1.0, (HOSTILE,)) | {"sure": 0.5}
    drawn = figure(hostile, Thumbnail(HOSTILE, b"\xff\xd8", 20, 10))
    assert drawn.count("<img") == 1
    assert drawn.count("&lt;img") == 5
    assert "onerror=document.title='" not in drawn


@pytest.mark.parametrize(
    ("width", "height", "ratio", "side"),
    [(400, 300, "1.333", "width"), (300, 400, "0.750", "height"), (3000, 9, "3.000", "width"), (9, 3000, "0.333", "h")],
)
def test_a_picture_is_drawn_as_wide_as_it_was_within_reason(width: int, height: int, ratio: str, side: str) -> None:
    drawn = figure(ROWS[0] | {"sure": 0.5}, Thumbnail("b.jpg", b"", width, height))
    assert f"aspect-ratio: {ratio}; {side}" in drawn


def test_a_caption_without_its_picture_or_without_words_still_stands() -> None:
    drawn = figure(row("a.jpg", "", -1.0) | {"sure": 0.37}, None)
    assert "<img" not in drawn
    assert "(no words)" in drawn
    assert "37 % a word" in drawn
    assert "What people wrote" not in drawn


def test_the_summary_counts_pictures_and_different_captions() -> None:
    assert summary({"pictures": 1, "distinct": 1}) == "**1 picture has a caption.**"
    assert summary({"pictures": 1200, "distinct": 431}) == "**1,200 pictures have a caption**, 431 of them different."
    assert "all of them different" in summary({"pictures": 2, "distinct": 2})


# --- what is sent


def sent(name: str, content: bytes) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def test_an_archive_is_kept_as_it_is_and_pictures_are_packed() -> None:
    packed = _kept([sent("Photos.ZIP", zipped({"x/a.png": picture(1)}))])
    loose = _kept([sent("a.png", picture(1)), sent("a.png", picture(2))])
    assert [member.name for member in uploads.pictures(packed).members] == ["x/a.png"]
    assert [member.name for member in uploads.pictures(loose).members] == ["a.png", "a (2).png"]
    assert uploads.find(loose.removeprefix("upload:")).title == "2 pictures"


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["a.zip", "b.zip"], "Send one archive, or pictures that are not packed"),
        (["a.zip", "b.png"], "Send one archive"),
        (["a.rar"], "“a.rar” is neither ZIP nor TAR. Send a ZIP or TAR of pictures."),
    ],
)
def test_what_cannot_be_taken_is_a_sentence(names: list[str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        _kept([sent(name, b"no archive") for name in names])
