"""Many pictures captioned in a job: what comes of them, and of pictures that no one should have to fear."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pyarrow import parquet

from model_zoo.data import kept, texts, thumbnails, uploads
from model_zoo.events import Event, Finished, Note, Progress, Started, drained
from model_zoo.experiments.job import Context
from model_zoo.experiments.jobs import caption_pictures
from model_zoo.rnn import captioned, captioning
from tests.data.makers import limits, picture, zipped

pytestmark = pytest.mark.usefixtures("captioning_weights")
FILES = {"a.png": picture(1, (60, 30)), "sub/b.png": picture(2), "sub/deep/c.jpg": picture(3, format="JPEG")}
TABLE = b"Image,Caption\na.png,the dog runs\na.png,a red ball\nb.png,a man in water\ngone.png,a child\n"


@pytest.fixture
def context(thaw_home: Path) -> Context:
    (thaw_home / "job").mkdir()
    return Context("job", thaw_home / "job")


def upload(files: dict[str, bytes], name: str = "photos.zip") -> str:
    return uploads.keep_archive(io.BytesIO(zipped(files)), name, "pictures")


def ran(context: Context, **spec: str) -> tuple[list[Event], dict, list[dict]]:
    """Run the job; gives its events, its result and its rows."""
    *events, last = caption_pictures.run(spec, context)
    assert isinstance(last, Finished)
    rows = parquet.read_table(context.folder / last.result["file"]).to_pylist()
    assert last.result == json.loads((context.folder / "result.json").read_text())
    return events, last.result, rows


@pytest.mark.parametrize("network", list(captioning.KINDS))
def test_every_picture_has_the_caption_that_it_has_alone(
    context: Context, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captioned, "PICTURES_AT_ONCE", 2)
    monkeypatch.setattr(captioning, "PICTURES_AT_ONCE", 2)
    events, result, rows = ran(context, data=upload(FILES), network=network)
    assert [row["file"] for row in rows] == list(FILES)
    for row, content in zip(rows, FILES.values(), strict=True):
        pixels = captioning.pixels(content)
        ((best, *others),) = drained(captioning.captions(captioning.load(network), pixels[None]))
        assert row["caption"] == best.text
        assert row["log_probability"] == pytest.approx(best.log_probability, rel=1e-3)
        assert [each["caption"] for each in row["alternatives"]] == [each.text for each in others]
        assert row["references"] == []
    assert (result["pictures"], result["left_out_count"], result["network"]) == (3, 0, network)
    assert result["distinct"] == len({row["caption"] for row in rows})
    assert "scores" not in result
    shares = [event.done for event in events if isinstance(event, Progress) and event.done is not None]
    assert shares == sorted(shares)
    assert 0 < shares[-1] <= 1
    assert any(isinstance(event, Started) and event.plan["pictures"] == 3 for event in events)


def test_the_beam_can_be_asked_for(context: Context) -> None:
    _, result, rows = ran(context, data=upload(FILES), how="beam:width=1")
    assert all(row["alternatives"] == [] for row in rows)


def test_captions_are_scored_where_people_wrote_some(context: Context) -> None:
    _, result, rows = ran(context, data=upload(FILES), references=texts.keep(TABLE, "refs.csv"))
    assert [row["references"] for row in rows] == [["the dog runs", "a red ball"], ["a man in water"], []]
    assert result["scores"]["pictures"] == 2
    assert 0 < result["scores"]["bleu_1"] <= 100
    assert (result["without"], result["unknown"]) == (1, 1)


def test_references_that_come_later_are_compared_with_the_captions_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, table = upload(FILES | {"broken.png": b"no picture"}), texts.keep(TABLE, "refs.csv")
    first, second, third = (Context(name, tmp_path / name) for name in "abc")
    for each in (first, second, third):
        each.folder.mkdir()
    _, alone, rows = ran(first, data=data)
    work = captioned.captioned
    monkeypatch.setattr(captioned, "captioned", None)
    _, compared, again = ran(second, data=data, references=table)
    assert [row["caption"] for row in again] == [row["caption"] for row in rows]
    assert again[0]["references"] == ["the dog runs", "a red ball"]
    assert compared["scores"]["pictures"] == 2
    assert compared["left_out_count"] == alone["left_out_count"] == 1
    with pytest.raises(TypeError, match="not callable"):
        ran(third, data=data, network="plain")
    monkeypatch.setattr(captioned, "captioned", work)
    _, other, _ = ran(third, data=data, network="plain", references=table)
    assert other["network"] == "plain"


def test_a_table_that_knows_none_of_the_pictures_is_refused_before_the_work(context: Context) -> None:
    table = texts.keep(b"image,caption\nother.png,a dog\n", "refs.csv")
    with pytest.raises(ValueError, match="refs.csv knows none of these pictures: its first is “other.png”.*“a.png”"):
        ran(context, data=upload(FILES), references=table)
    with pytest.raises(ValueError, match="no column “image”"):
        ran(context, data=upload(FILES), references=texts.keep(b"x,caption\na,b\n", "refs.csv"))


def test_references_that_have_no_word_to_compare_score_nothing(context: Context) -> None:
    table = texts.keep("image,caption\na.png,개가 달린다\n".encode(), "refs.csv")
    _, result, _ = ran(context, data=upload(FILES), references=table)
    assert result["scores"] is None
    assert result["without"] == 3


def test_thumbnails_are_those_of_the_pictures_and_go_with_the_upload(context: Context) -> None:
    reference = upload(FILES)
    ran(context, data=reference)
    found = thumbnails.find(kept.content_of_upload(reference))
    assert found is not None
    first, missing = found.of(["a.png", "gone.png"])
    assert missing is None
    assert (first.name, first.width, first.height) == ("a.png", 60, 30)
    shown = np.asarray(Image.open(io.BytesIO(first.picture))).transpose(2, 0, 1).astype(int)
    assert np.abs(shown - captioning.pixels(FILES["a.png"]).numpy()).mean() < 4
    uploads.delete(reference)
    assert thumbnails.find(kept.content_of_upload(reference)) is None
    assert not list((context.folder).glob("*.arrow"))


def test_a_job_that_is_cancelled_leaves_no_thumbnails_and_no_decoders(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captioned, "PICTURES_AT_ONCE", 1)
    monkeypatch.setattr(captioning, "PICTURES_AT_ONCE", 1)
    reference = upload(FILES)
    running = caption_pictures.run({"data": reference}, context)
    while not (isinstance(event := next(running), Progress) and event.doing.startswith("1 of 3")):
        pass
    running.close()
    assert thumbnails.find(kept.content_of_upload(reference)) is None
    assert not [path for path in thumbnails.place("x").parent.iterdir() if path.suffix in (".part", ".arrow")]


HOSTILE = {
    "alpha.png": (picture(1, (40, 40), "RGBA"), ""),
    "palette.gif": (picture(2, (40, 40), "P", "GIF"), ""),
    "grey.png": (picture(3, (40, 40), "L"), ""),
    "tiny.png": (picture(4, (8, 8)), ""),
    "wide.png": (picture(5, (3000, 9)), ""),
    "tall.png": (picture(6, (9, 3000)), ""),
    "too tiny.png": (picture(7, (1, 1)), "1 × 1 pixels"),
    "letter.jpg": (b"Dear Thaw, " * 30, "is no picture"),
    "empty.jpg": (b"", "is no picture"),
    "cut.png": (picture(8, (60, 60))[:80], "cut off|cannot be read|no picture"),
    "notes.txt": (b"hello", "is no picture: JPEG"),
    "more.zip": (zipped(FILES), "is an archive inside the archive"),
    "../outside.png": (picture(9), "climbs out"),
    "<img src=x onerror=alert(1)>.png": (picture(10), ""),
    ".DS_Store": (b"x", None),
}


def test_hostile_files_cost_only_their_own_place_and_are_named(context: Context) -> None:
    events, result, rows = ran(context, data=upload({name: content for name, (content, _) in HOSTILE.items()}))
    assert [row["file"] for row in rows] == [name for name, (_, reason) in HOSTILE.items() if reason == ""]
    told = {name: reason for name, reason in result["left_out"]}
    wanted = {name: reason for name, (_, reason) in HOSTILE.items() if reason}
    assert told.keys() == wanted.keys()
    for name, reason in wanted.items():
        assert any(part in told[name] for part in reason.split("|")), (name, told[name])
    notes = {event.about for event in events if isinstance(event, Note)}
    assert notes == wanted.keys()


def test_of_very_many_files_that_are_left_out_some_are_named_and_all_are_counted(context: Context) -> None:
    files = FILES | {f"{place}.txt": b"x" for place in range(9)}
    with limits(notes=4):
        events, result, _ = ran(context, data=upload(files))
    assert len(result["left_out"]) == 4
    assert result["left_out_count"] == 9
    assert "5 more files were left out." in [event.sentence for event in events if isinstance(event, Note)]


def test_an_archive_of_which_nothing_can_be_used_is_a_sentence(context: Context) -> None:
    with pytest.raises(ValueError, match="No picture of “photos.zip” can be used: “a.jpg” is no picture"):
        ran(context, data=upload({"a.jpg": b"text"}))
    with pytest.raises(ValueError, match="“photos.zip” holds no pictures: JPEG"):
        ran(context, data=upload({"a.txt": b"text"}))
    with pytest.raises(ValueError, match="There is no upload “gone” here"):
        ran(context, data="upload:gone")
    with pytest.raises(ValueError, match="must be one of attention, plain, got “other”"):
        ran(context, data=upload(FILES), network="other")


def test_the_list_of_jobs_names_the_archive_and_the_network(thaw_home: Path) -> None:
    spec = {"data": upload(FILES), "network": "plain"}
    assert caption_pictures.describe(spec) == "photos.zip · without attention"
    uploads.delete(spec["data"])
    assert caption_pictures.describe(spec) == "pictures that were deleted · without attention"


def test_more_and_larger_pictures_are_estimated_to_take_longer() -> None:
    assert caption_pictures.estimate(2000, 0) > caption_pictures.estimate(1000, 0)
    assert caption_pictures.estimate(1000, 10**9) > caption_pictures.estimate(1000, 10**6)
