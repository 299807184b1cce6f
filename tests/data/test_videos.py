"""Clips that are kept: found by their content, decoded once, never half there, and safe from what an address says."""

import json
from pathlib import Path

import numpy as np
import pytest

from model_zoo.data import videos
from model_zoo.data.video import SIZE, write
from model_zoo.events import Progress, drained
from tests.data.makers import drive, files_below, limits

FRAMES = np.arange(30, dtype=np.uint8)[:, None, None, None] * np.full((1, 3, 12, 16), 8, np.uint8)
NOTHING = "0" * videos.HASH_CHARACTERS


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    write(FRAMES, 10, tmp_path / "a.mp4")
    return (tmp_path / "a.mp4").read_bytes()


def test_a_clip_is_kept_once_and_found_by_its_content(thaw_home: Path, content: bytes) -> None:
    digest = videos.keep(content, "a/b<c>\u202e.mp4")
    assert videos.keep(content, "other.mp4") == digest
    assert videos.keep(content + b"0", "a.mp4") != digest
    file, name = videos.find(digest)
    assert (file.read_bytes(), name, videos.name_of(digest)) == (content, "a/b<c>�.mp4", "a/b<c>�.mp4")
    assert len(list((thaw_home / "videos").iterdir())) == 2


def test_a_clip_is_decoded_once_and_comes_back_equal(
    thaw_home: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = videos.keep(content, "a.mp4")
    events, clip = drive(videos.opened(digest))
    assert events[0] == Progress("reading a.mp4", 0.0)
    assert clip.frames.shape == (30, 3, SIZE, SIZE)
    monkeypatch.setattr(videos, "decode", None)
    events, again = drive(videos.opened(digest))
    assert events == []
    assert (again.frames == clip.frames).all()
    assert again.seconds.tolist() == clip.seconds.tolist()
    assert {**vars(again), "frames": 0, "seconds": 0} == {**vars(clip), "frames": 0, "seconds": 0}
    assert files_below(thaw_home / "videos" / digest) == {
        "content", "about.json", "decoded-1/clip.safetensors", "decoded-1/clip.json", "decoded-1/preview.mp4",
    }  # fmt: skip


def test_the_preview_is_there_once_the_clip_was_opened(content: bytes) -> None:
    digest = videos.keep(content, "a.mp4")
    with pytest.raises(ValueError, match=r"a.mp4 has not been read yet; open it first"):
        videos.preview(digest)
    drained(videos.opened(digest))
    assert videos.preview(digest).read_bytes()[4:8] == b"ftyp"


def test_what_is_given_up_or_refused_is_never_half_there(thaw_home: Path, content: bytes) -> None:
    digest = videos.keep(content, "a.mp4")
    work = videos.opened(digest)
    next(work)
    work.close()
    bad = videos.keep(b"no clip at all", "b.mp4")
    for _ in range(2):
        with pytest.raises(ValueError, match="b.mp4 is neither a video nor a picture"):
            drained(videos.opened(bad))
    for each in (digest, bad):
        assert files_below(thaw_home / "videos" / each) == {"content", "about.json"}
    assert len(drained(videos.opened(digest)).frames) == 30


def test_two_who_decode_the_same_clip_at_once_both_get_it(content: bytes) -> None:
    digest = videos.keep(content, "a.mp4")
    slow = videos.opened(digest)
    next(slow)
    quick = drained(videos.opened(digest))
    assert (drained(slow).frames == quick.frames).all()
    assert videos.preview(digest).exists()


def test_the_note_is_kept_with_the_clip(content: bytes) -> None:
    digest = videos.keep(content, "a.mp4")
    with limits(clip_frames=10):
        drained(videos.opened(digest))
    assert drained(videos.opened(digest)).note == "Only its first 10 frames were read."
    told = json.loads(videos.preview(digest).with_name("clip.json").read_text())
    assert told == {
        "length": 1.0, "width": 16, "height": 12, "note": "Only its first 10 frames were read.",
    }  # fmt: skip


@pytest.mark.parametrize("wrong", ["../../etc", NOTHING, "", "é" * videos.HASH_CHARACTERS, f"{NOTHING[:-1]}/"])
def test_a_hash_that_nobody_kept_is_said_to_be_none(wrong: str) -> None:
    for asked in (videos.find, videos.name_of, videos.preview, lambda digest: drained(videos.opened(digest))):
        with pytest.raises(ValueError, match="There is no video “.*” here; send the file again"):
            asked(wrong)


def test_what_is_empty_or_too_large_is_not_kept(thaw_home: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match="a.mp4 is empty"):
        videos.keep(b"", "a.mp4")
    with limits(clip_bytes=100), pytest.raises(ValueError, match="at most 100 bytes go. Send a shorter part of it"):
        videos.keep(content, "a.mp4")
    assert files_below(thaw_home) == set()
