"""Clips that are damaged, too much or none: used as far as they go, bounded, or refused with a sentence."""

import struct
import subprocess
import sys
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from model_zoo.data.video import write
from tests.data.films import cut, film, greys, join, noise, pictures, read, read_or_told
from tests.data.makers import limits


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "libx264"), ("a.mkv", "libx264"), ("a.webm", "libvpx"), ("a.avi", "mpeg4")]
)
def test_a_truncated_film_is_used_as_far_as_it_goes(tmp_path: Path, name: str, codec: str) -> None:
    container = {"movflags": "+faststart"} if name == "a.mp4" else {}
    file = film(tmp_path / name, noise(50), codec, container=container)
    cut(file, 0.6)
    clip = read(file, preview=tmp_path / "p.mp4")
    assert 20 <= len(clip.frames) <= 31
    assert clip.note == f"The file ends early, after {len(clip.frames)} frames."
    assert len(read(tmp_path / "p.mp4").frames) == len(clip.frames)


@pytest.mark.parametrize("name", ["a.gif", "a.png"])
def test_a_truncated_moving_picture_is_used_as_far_as_it_goes(tmp_path: Path, name: str) -> None:
    file = pictures(tmp_path / name, noise(10))
    cut(file, 0.6)
    clip = read(file)
    assert 4 <= len(clip.frames) <= 6
    assert clip.note == f"The file ends early, after {len(clip.frames)} frames."


def test_a_film_cut_before_its_index_is_said_to_be_incomplete(tmp_path: Path) -> None:
    file = film(tmp_path / "a.mp4", noise(20))
    cut(file, 0.6)
    with pytest.raises(ValueError, match="a.mp4 is incomplete: the index, which often stands at its end, is missing"):
        read(file)


@pytest.mark.parametrize(("name", "share"), [("a.gif", 0.05), ("a.webp", 0.6), ("a.mkv", 0.03)])
def test_what_is_cut_before_its_first_frame_is_refused(tmp_path: Path, name: str, share: float) -> None:
    file = film(tmp_path / name, noise(20)) if name == "a.mkv" else pictures(tmp_path / name, noise(10))
    cut(file, share)
    with pytest.raises(ValueError, match=r"Copy or download it again|copy or download it again"):
        read(file, preview=tmp_path / "p.mp4")
    assert not (tmp_path / "p.mp4").exists()


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.ts", "libx264")])
def test_damage_in_the_middle_is_skipped_and_counted_and_floods_no_log(
    tmp_path: Path, name: str, codec: str, capfd: pytest.CaptureFixture[str]
) -> None:
    file = film(tmp_path / name, noise(50), codec, g="5")
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + len(content) // 12] = bytes(len(content) // 12)
    file.write_bytes(content)
    clip = read(file, preview=tmp_path / "p.mp4")
    assert 40 <= len(clip.frames) < 50
    assert "damaged piece" in clip.note
    assert "ends early" not in clip.note
    assert clip.length == pytest.approx(2, abs=0.05)
    assert capfd.readouterr().err == ""


def test_a_file_of_random_damage_gives_a_clip_or_a_sentence(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    whole = [
        film(tmp_path / "a.mp4", noise(6)), film(tmp_path / "a.webm", noise(6), "libvpx"),
        film(tmp_path / "a.avi", noise(6), "mpeg4"), pictures(tmp_path / "a.gif", noise(4)),
        pictures(tmp_path / "a.webp", noise(4)), pictures(tmp_path / "a.png", noise(4)),
    ]  # fmt: skip
    for file in whole:
        content = np.frombuffer(file.read_bytes(), np.uint8)
        for turn in range(12):
            damaged = content.copy()
            places = random.integers(0, len(damaged) if turn % 2 else 400, 12)
            damaged[places] = random.integers(0, 256, len(places))
            file.write_bytes(damaged.tobytes())
            found = read_or_told(file)
            if isinstance(found, str):
                assert file.name in found
            else:
                assert len(found.frames) == len(found.seconds) > 0
                assert (np.diff([*found.seconds, found.length]) > 0).all()


def test_a_clip_is_read_up_to_so_many_frames(tmp_path: Path) -> None:
    with limits(clip_frames=30):
        clip = read(film(tmp_path / "a.mp4", greys(40)), preview=tmp_path / "p.mp4")
    assert len(clip.frames) == 30
    assert clip.note == "Only its first 30 frames were read."
    assert (clip.length, read(tmp_path / "p.mp4").length) == (pytest.approx(1.2), pytest.approx(1.2))


def test_a_clip_is_read_up_to_so_many_seconds(tmp_path: Path) -> None:
    with limits(clip_seconds=0.5):
        clip = read(film(tmp_path / "a.mp4", greys(40)))
        long = read(pictures(tmp_path / "a.gif", greys(3), 400))
    assert (len(clip.frames), clip.length) == (13, 0.5)
    assert clip.note == "Only its first 0.5 seconds were read."
    assert (len(long.frames), long.length) == (2, 0.5)


def test_nine_thousand_tiny_frames_are_bounded_in_number_and_memory(tmp_path: Path) -> None:
    frames = np.zeros((9_000, 3, 2, 2), np.uint8)
    write(frames, 100, tmp_path / "a.mp4")
    clip = read(tmp_path / "a.mp4")
    assert len(clip.frames) == 7_500
    assert clip.note == "Only its first 7,500 frames were read."
    assert clip.frames.nbytes == 7_500 * 12 * 1024


def test_what_takes_too_long_is_refused(tmp_path: Path) -> None:
    for file in (film(tmp_path / "a.mp4", greys(40)), pictures(tmp_path / "a.gif", greys(5))):
        with limits(seconds_a_clip=0.0), pytest.raises(ValueError, match=f"{file.name} takes longer than 0 seconds"):
            read(file)


@pytest.mark.parametrize("name", ["a.mp4", "a.avi", "a.gif", "a.webp"])
def test_huge_frames_are_refused_before_any_is_decoded(tmp_path: Path, name: str) -> None:
    frames = greys(2, (400, 300))
    codec = "mjpeg" if name == "a.avi" else "libx264"
    moves = name in ("a.mp4", "a.avi")
    file = film(tmp_path / name, frames, codec) if moves else pictures(tmp_path / name, frames)
    with limits(clip_pixels=100_000), pytest.raises(ValueError, match="400 × 300 pixels, more than 0.1 megapixels"):
        read(file)


def test_frames_that_become_huge_are_refused(tmp_path: Path) -> None:
    for codec, ending in (("libx264", "ts"), ("libvpx", "mkv")):
        file = tmp_path / f"joined.{ending}"
        parts = [film(tmp_path / f"{side}.{ending}", greys(3, (side, 240)), codec) for side in (320, 1280)]
        join(file, parts)
        assert len(read(file).frames) == 6
        with limits(clip_pixels=100_000), pytest.raises(ValueError, match=r"has frames of .*more than 0.1 megapixels"):
            read(file)


def test_a_gif_with_a_huge_canvas_is_refused_whether_at_once_or_later(tmp_path: Path) -> None:
    whole = bytearray(pictures(tmp_path / "a.gif", greys(3)).read_bytes())
    for side in (4_000, 65_535):
        whole[6:10] = struct.pack("<2H", side, side)
        (tmp_path / "a.gif").write_bytes(whole)
        with pytest.raises(ValueError, match="more than 9 megapixels"):
            read(tmp_path / "a.gif")
    whole[6:10] = struct.pack("<2H", 64, 48)
    last = whole.rindex(b"\x2c" + struct.pack("<4H", 0, 0, 64, 48))
    whole[last + 5 : last + 9] = struct.pack("<2H", 4_000, 4_000)
    (tmp_path / "a.gif").write_bytes(whole)
    with pytest.raises(ValueError, match="4,000 × 4,000 pixels, more than 9 megapixels"):
        read(tmp_path / "a.gif")


def test_a_moving_picture_has_fewer_bytes_than_a_film(tmp_path: Path) -> None:
    file = pictures(tmp_path / "a.gif", noise(3))
    with limits(picture_bytes=1000), pytest.raises(ValueError, match="has at most 1000 bytes. Save it as a video"):
        read(file)


def test_what_is_no_clip_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("These are no pictures.\n" * 500)
    with pytest.raises(ValueError, match="notes.mp4 is neither a video nor a picture, .* Save it as MP4"):
        read(tmp_path / "notes.mp4")
    (tmp_path / "empty.mp4").write_bytes(b"")
    with pytest.raises(ValueError, match="empty.mp4 is empty"):
        read(tmp_path / "empty.mp4")


def test_sound_without_a_picture_is_said_to_be_that(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16_000))
    with av.open(str(tmp_path / "a.m4a"), "w") as output:
        stream = output.add_stream("aac", rate=44_100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 44_100
        output.mux([*stream.encode(frame), *stream.encode(None)])
    for name in ("a.wav", "a.m4a"):
        with pytest.raises(ValueError, match=f"{name} has sound but no picture; send a video, or a GIF"):
            read(tmp_path / name)


def test_the_longer_sound_of_a_whole_film_does_not_make_it_look_cut(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as output:
        shown, heard = output.add_stream("libx264", rate=25), output.add_stream("aac", rate=44_100)
        shown.width, shown.height, shown.pix_fmt = 64, 48, "yuv420p"
        for pixels in greys(5):
            output.mux(shown.encode(av.VideoFrame.from_ndarray(pixels)))
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 88_200), np.float32), "fltp", "mono")
        frame.sample_rate = 44_100
        output.mux([*shown.encode(None), *heard.encode(frame), *heard.encode(None)])
    clip = read(tmp_path / "a.mp4")
    assert (len(clip.frames), clip.note) == (5, "")


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    film(tmp_path / "secret.ts", greys(3))
    (tmp_path / "list.mp4").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{tmp_path}/secret.ts\n")
    (tmp_path / "joined.mp4").write_text(f"ffconcat version 1.0\nfile {tmp_path}/secret.ts\n")
    for name in ("list.mp4", "joined.mp4"):
        with pytest.raises(ValueError, match="is neither a video nor a picture"):
            read(tmp_path / name)


def test_whoever_reads_no_clip_loads_no_decoder() -> None:
    code = "import sys, model_zoo.data.videos; print([name for name in ('av', 'torch') if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.strip() == "[]"
