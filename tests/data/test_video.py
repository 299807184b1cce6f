"""Clips from outside: every kind is read with its moments, and plays in browsers with the very same ones."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from model_zoo.data import video
from model_zoo.data.video import SIZE, decode, write
from model_zoo.data.video_shown import LONGEST_SIDE, Shown
from model_zoo.events import Progress
from tests.data.films import BLACK, BLUE, GREEN, RED, WHITE, colour, film, greys, noise, pictures, read, shades
from tests.data.makers import drive


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mp4", "libx264"), ("a.mov", "libx264"), ("a.mkv", "libx264"), ("a.ts", "libx264"), ("a.webm", "libvpx"),
        ("b.webm", "libvpx-vp9"), ("a.avi", "mpeg4"), ("b.avi", "mjpeg"), ("a.mpg", "mpeg2video"), ("a.flv", "flv"),
    ],
)  # fmt: skip
def test_every_film_gives_its_frames_in_their_order_at_their_moments(tmp_path: Path, name: str, codec: str) -> None:
    clip = read(film(tmp_path / name, greys(12), codec))
    assert clip.frames.shape == (12, 3, SIZE, SIZE)
    assert clip.frames.dtype == np.uint8
    assert (np.diff(shades(clip)) > 8).all()
    assert clip.seconds == pytest.approx(np.arange(12) / 25, abs=1.1e-3)  # some round to milliseconds
    assert (clip.length, clip.rate) == (pytest.approx(0.48, abs=2e-3), pytest.approx(25, rel=5e-3))
    assert (clip.width, clip.height, clip.variable, clip.note) == (64, 48, False, "")


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png", "a.avif"])
def test_every_moving_picture_gives_its_frames_with_their_durations(tmp_path: Path, name: str) -> None:
    durations = [100, 300, 50, 200]
    clip = read(pictures(tmp_path / name, greys(4), durations))
    assert (np.diff(shades(clip)) > 30).all()
    assert clip.seconds == pytest.approx([0, 0.1, 0.4, 0.45])
    assert clip.length == pytest.approx(0.65)
    assert clip.variable


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    assert len(read(film(tmp_path / "a.mp4", greys(3)).rename(tmp_path / "a.gif")).frames) == 3
    assert len(read(pictures(tmp_path / "b.gif", greys(3)).rename(tmp_path / "b.mp4")).frames) == 3


def test_a_duration_of_nothing_is_a_tenth_of_a_second_as_in_browsers(tmp_path: Path) -> None:
    assert read(pictures(tmp_path / "a.gif", greys(3), 0)).seconds == pytest.approx([0, 0.1, 0.2])
    assert read(pictures(tmp_path / "b.gif", greys(3), 20)).seconds == pytest.approx([0, 0.02, 0.04])


def test_frames_that_wait_for_later_ones_come_in_the_order_in_which_they_are_shown(tmp_path: Path) -> None:
    file = film(tmp_path / "a.mp4", greys(24), preset="medium", bf="3", **{"x264-params": "b-adapt=0:scenecut=0"})
    with av.open(str(file)) as container:
        moments = [packet.pts for packet in container.demux() if packet.size]
    assert moments != sorted(moments)
    clip = read(file)
    assert (np.diff(shades(clip)) > 4).all()
    assert clip.seconds == pytest.approx(np.arange(24) / 25)
    assert clip.length == pytest.approx(0.96)


def test_a_rate_that_varies_is_kept_and_said(tmp_path: Path) -> None:
    at = [0, 40, 80, 480, 500, 1100]
    for name, codec in (("a.mkv", "libx264"), ("a.mp4", "libx264"), ("a.webm", "libvpx")):
        clip = read(film(tmp_path / name, greys(6), codec, at))
        assert clip.seconds == pytest.approx(np.array(at) / 1000)
        assert clip.variable


def test_a_film_that_begins_late_begins_at_nothing(tmp_path: Path) -> None:
    assert read(film(tmp_path / "a.mkv", greys(3), at=[5000, 5040, 5080])).seconds == pytest.approx([0, 0.04, 0.08])


def test_moments_that_stand_still_or_start_anew_are_mended(tmp_path: Path) -> None:
    once = film(tmp_path / "a.ts", greys(50)).read_bytes()
    (tmp_path / "twice.ts").write_bytes(once + once)
    clip = read(tmp_path / "twice.ts", preview=tmp_path / "p.mp4")
    assert 97 <= len(clip.seconds) <= 100  # where they meet, a frame may be lost
    assert np.diff(clip.seconds) == pytest.approx(0.04)
    assert read(tmp_path / "p.mp4").seconds == pytest.approx(clip.seconds, abs=2e-5)


def test_moments_that_are_missing_or_stand_still_are_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = [7.0, 7.04, 7.04, 7.12, None, None, 7.24, 1.0, 1.04]
    monkeypatch.setattr(video, "_opened", lambda file, name: Told(told))
    clip = read(tmp_path / "a.mp4")
    assert clip.seconds == pytest.approx([0, 0.04, 0.06, 0.12, 0.16, 0.2, 0.24, 0.28, 0.32])
    assert clip.length == pytest.approx(0.36)


@dataclass
class Told:
    """A Reader of black frames at the moments given."""

    at: list[float | None]
    seconds, count, gap, damaged, cut = None, None, 0.04, 0, False

    def frames(self) -> Iterator[Shown]:
        black = np.zeros((SIZE, SIZE, 3), np.uint8)
        return (Shown(black, lambda: black, SIZE, SIZE, at, None) for at in self.at)

    def close(self) -> None:
        return None


def test_a_turned_film_stands_upright(tmp_path: Path) -> None:
    pixels = np.zeros((96, 160, 3), np.uint8)
    pixels[:, :80], pixels[:, 80:] = RED, BLUE
    clip = read(film(tmp_path / "a.mp4", [pixels] * 3, turned=-90), preview=tmp_path / "p.mp4")
    assert (clip.width, clip.height) == (96, 160)
    assert colour(clip.frames[0, :, : SIZE // 2 - 2]) == pytest.approx(RED, abs=8)  # what was left is on top
    assert colour(clip.frames[0, :, SIZE // 2 + 2 :]) == pytest.approx(BLUE, abs=8)
    shown = read(tmp_path / "p.mp4")
    assert (shown.width, shown.height) == (96, 160)
    assert np.abs(shown.frames.astype(int) - clip.frames).mean() < 6


@pytest.mark.parametrize("codec", ["libx264", "mjpeg"])
def test_colours_are_kept_from_black_to_white(tmp_path: Path, codec: str) -> None:
    shown = [np.full((64, 64, 3), rgb, np.uint8) for rgb in (RED, GREEN, BLUE, WHITE, BLACK)]
    clip = read(film(tmp_path / "a.mkv", shown, codec), preview=tmp_path / "p.mp4")
    again = read(tmp_path / "p.mp4")
    for number, rgb in enumerate((RED, GREEN, BLUE, WHITE, BLACK)):
        assert colour(clip.frames[number]) == pytest.approx(rgb, abs=4)
        assert colour(again.frames[number]) == pytest.approx(rgb, abs=6)


def test_what_is_transparent_stands_on_white(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    solid = Image.new("RGBA", (20, 20), (255, 0, 0, 255))
    for name in ("a.png", "a.webp"):
        clear.save(tmp_path / name, save_all=True, append_images=[solid], duration=100, lossless=True)
        clip = read(tmp_path / name)
        assert colour(clip.frames[0]) == pytest.approx(WHITE, abs=2)
        assert colour(clip.frames[1]) == pytest.approx(RED, abs=2)


def test_the_picture_for_what_cannot_show_an_apng_moving_is_no_frame_of_it(tmp_path: Path) -> None:
    clip = read(pictures(tmp_path / "a.png", greys(4), default_image=True))
    assert shades(clip) == pytest.approx([70, 120, 170])


def test_a_frame_becomes_the_mean_of_what_it_shows(tmp_path: Path) -> None:
    stripes = np.zeros((256, 1024, 3), np.uint8)
    stripes[:, ::2] = 255
    stripes[:, 512:] = 255
    for file in (film(tmp_path / "a.mkv", [stripes], "ffv1"), pictures(tmp_path / "a.png", [stripes])):
        small = read(file).frames[0]
        assert small[:, :, :30].mean() == pytest.approx(127, abs=3)
        assert small[:, :, :30].std() < 3
        assert small[:, :, 34:].min() > 250


def test_one_frame_or_a_still_picture_is_a_clip(tmp_path: Path) -> None:
    Image.fromarray(greys(1)[0]).save(tmp_path / "a.jpg")
    for file in (film(tmp_path / "a.mp4", greys(1)), pictures(tmp_path / "a.gif", greys(1)), tmp_path / "a.jpg"):
        clip = read(file, preview=tmp_path / "p.mp4")
        assert (len(clip.frames), clip.seconds.tolist(), clip.variable, clip.note) == (1, [0.0], False, "")
        assert 0 < clip.length <= 0.1
        assert read(tmp_path / "p.mp4").length == pytest.approx(clip.length)


def test_a_picture_with_a_turn_in_its_exif_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(greys(1)[0]).save(tmp_path / "a.jpg", exif=exif)
    assert (read(tmp_path / "a.jpg").width, read(tmp_path / "a.jpg").height) == (48, 64)


def test_progress_tells_the_share_that_is_done(tmp_path: Path) -> None:
    events, _ = drive(decode(film(tmp_path / "a.mp4", greys(100)), "my <clip>.mp4"))
    assert {event.doing for event in events} == {"reading my <clip>.mp4"}
    assert [event.done for event in events] == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    events, _ = drive(decode(pictures(tmp_path / "a.webp", noise(50)), "a"))
    assert [event.done for event in events] == pytest.approx([0, 0.5, 1])
    events, _ = drive(decode(pictures(tmp_path / "a.gif", greys(2)), "a"))
    assert events == [Progress("reading a", None)]


# --- the film that browsers play


@pytest.mark.parametrize("name", ["a.mkv", "a.gif"])
def test_the_preview_has_the_very_same_moments_and_the_last_frame_lasts_as_long(tmp_path: Path, name: str) -> None:
    at = [0, 40, 80, 480, 500, 1100]
    durations = [b - a for a, b in pairwise([*at, 3000])]
    file = tmp_path / name
    clip = read(film(file, greys(6), at=at) if name == "a.mkv" else pictures(file, greys(6), durations),
                preview=tmp_path / "p.mp4")  # fmt: skip
    shown = read(tmp_path / "p.mp4")
    assert shown.seconds == pytest.approx(clip.seconds, abs=2e-5)
    assert shown.length == pytest.approx(clip.length, abs=2e-5)
    assert np.abs(shown.frames.astype(int) - clip.frames).mean() < 4
    if name == "a.gif":
        assert clip.length == pytest.approx(3)


def test_the_preview_plays_in_browsers_and_seeks_quickly(tmp_path: Path) -> None:
    read(film(tmp_path / "a.mp4", greys(40, (1280, 720))), preview=tmp_path / "p.mp4")
    content = (tmp_path / "p.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    with av.open(str(tmp_path / "p.mp4")) as container:
        (stream,) = container.streams
        assert (stream.codec.name, stream.pix_fmt, stream.width, stream.height) == ("h264", "yuv420p", 480, 270)
        keys = [number for number, packet in enumerate(container.demux()) if packet.is_keyframe]
    assert max(np.diff([*keys, 40])) <= 12
    assert [file.name for file in tmp_path.iterdir() if "part" in file.name] == []


@pytest.mark.parametrize(
    ("size", "shown"),
    [((64, 48), (256, 192)), ((16, 9), (320, 180)), ((159, 5), (318, 10)), ((161, 33), (162, 34)), ((1, 1), (320, 320)),
     ((480, 480), (480, 480)), ((1000, 3), (480, 2))],
)  # fmt: skip
def test_the_preview_is_at_most_so_large_and_tiny_frames_are_enlarged(
    tmp_path: Path, size: tuple[int, int], shown: tuple[int, int]
) -> None:
    read(pictures(tmp_path / "a.png", greys(2, size)), preview=tmp_path / "p.mp4")
    again = read(tmp_path / "p.mp4")
    assert (again.width, again.height) == shown
    assert max(shown) <= LONGEST_SIDE


def test_pixels_of_tiny_frames_stay_sharp(tmp_path: Path) -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[3, 5] = 255
    read(pictures(tmp_path / "a.png", [pixels, pixels // 2]), preview=tmp_path / "p.mp4")
    with av.open(str(tmp_path / "p.mp4")) as container:
        large = next(container.decode(video=0)).to_ndarray(format="rgb24")  # (320, 320, 3)
    assert large[124:156, 204:236].mean() > 235
    assert large[:116].mean() < 5


def test_what_ends_early_leaves_no_preview_behind(tmp_path: Path) -> None:
    work = decode(film(tmp_path / "a.mp4", greys(60)), "a.mp4", tmp_path / "p.mp4")
    next(work)
    next(work)
    work.close()
    assert [file.name for file in tmp_path.iterdir()] == ["a.mp4"]


def test_what_is_written_comes_back_at_its_rate_and_enlarged(tmp_path: Path) -> None:
    frames = np.stack([frame.transpose(2, 0, 1) for frame in greys(10, (33, 20))])
    write(frames, 12.5, tmp_path / "a.mp4", enlarge=3)
    clip = read(tmp_path / "a.mp4")
    assert (clip.width, clip.height) == (100, 60)  # 99 is odd
    assert clip.seconds == pytest.approx(np.arange(10) / 12.5)
    assert clip.length == pytest.approx(0.8)
    assert shades(clip) == pytest.approx(frames.mean((1, 2, 3)), abs=3)


def test_a_film_is_written_to_an_open_file_too(tmp_path: Path) -> None:
    frames, stream = np.zeros((3, 3, 8, 8), np.uint8), io.BytesIO()
    write(frames, 25, stream)
    write(frames, 25, tmp_path / "a.mp4")
    assert stream.getvalue() == (tmp_path / "a.mp4").read_bytes()


@pytest.mark.parametrize(
    ("frames", "rate", "enlarge", "sentence"),
    [
        (np.zeros((0, 3, 8, 8), np.uint8), 25, 1, r"frames must be uint8 \(T, 3, H, W\), got uint8 \(0, 3, 8, 8\)"),
        (np.zeros((2, 8, 8, 3), np.uint8), 25, 1, r"got uint8 \(2, 8, 8, 3\)"),
        (np.zeros((2, 3, 8, 8), np.float32), 25, 1, "got float32"),
        (np.zeros((2, 3, 8, 8), np.uint8), 0, 1, "rate must be above 0"),
        (np.zeros((2, 3, 8, 8), np.uint8), 25, 0, "enlarge must be at least 1, got 0"),
    ],
)
def test_what_cannot_be_a_film_is_not_written(
    tmp_path: Path, frames: np.ndarray, rate: float, enlarge: int, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        write(frames, rate, tmp_path / "a.mp4", enlarge)
    assert list(tmp_path.iterdir()) == []
