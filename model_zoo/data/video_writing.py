"""Writing a film that any browser plays and seeks in quickly: MP4 with H.264, without sound."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

if TYPE_CHECKING:
    import av
    from av.container import OutputContainer
    from av.video.stream import VideoStream

TICKS = 90_000  # a second: whole for all usual rates
TINY = 160  # pixels of the longer side, below which pixels are shown as squares
HOW = {
    "preset": "superfast",
    "crf": "26",
    "g": "12",  # frames between two that stand alone: to seek, no more are decoded
    "bf": "0",  # frames in the order in which they are shown, so that their moments stay what they are
}
REC601, LIMITED = 6, 1  # what colours mean, as H.264 spells it


def write(frames: np.ndarray, rate: float, file: Path | BinaryIO, enlarge: int = 1) -> None:
    """Write uint8 RGB frames (T, 3, H, W), `rate` a second, every pixel as a square of `enlarge` pixels.

    Raises ValueError for what cannot be a film.
    """
    _check(frames, rate, enlarge)
    with TemporaryDirectory() as folder:
        place = file if isinstance(file, Path) else Path(folder) / "film.mp4"
        with writing(place, enlarge) as film:
            for number, frame in enumerate(frames):
                film.show(frame.transpose(1, 2, 0), number / rate)
            film.end(len(frames) / rate)
        if not isinstance(file, Path):
            with place.open("rb") as written:
                shutil.copyfileobj(written, file)


@contextmanager
def writing(file: Path, enlarge: int | None = None) -> Iterator[FilmWriter]:
    """Write a film aside, and move it to `file` once it is whole. Without `enlarge`, tiny frames are enlarged."""
    import av

    aside = file.with_name(f".{file.name}-{token_hex(4)}.part")
    try:
        with av.open(str(aside), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            yield FilmWriter(container, enlarge)
        os.replace(aside, file)
    finally:
        aside.unlink(missing_ok=True)


class FilmWriter:
    """A film that is being written: show its frames in their order, then end it."""

    def __init__(self, container: OutputContainer, enlarge: int | None) -> None:
        from av.video.reformatter import VideoReformatter

        self._container, self._enlarge = container, enlarge
        self._reformatter = VideoReformatter()
        self._stream: VideoStream | None = None
        self._last = -1  # ticks
        self._waiting: av.Packet | None = None  # for the moment at which its frame ends

    def show(self, pixels: np.ndarray, at: float) -> None:
        """Show a frame, uint8 RGB (H, W, 3), from `at` seconds on."""
        import av
        from av.video.reformatter import Colorspace

        if self._enlarge is None:
            self._enlarge = _sharp(max(pixels.shape[:2]))
        pixels = _even(pixels.repeat(self._enlarge, 0).repeat(self._enlarge, 1) if self._enlarge > 1 else pixels)
        self._stream = self._stream or self._started(*pixels.shape[:2])
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels))
        frame = self._reformatter.reformat(
            frame, format="yuv420p", dst_colorspace=Colorspace.ITU601, dst_color_range="MPEG", threads=1
        )
        self._last = max(round(at * TICKS), self._last + 1)
        frame.pts, frame.time_base = self._last, self._stream.codec_context.time_base
        self._send(self._stream.encode(frame))

    def end(self, at: float) -> None:
        """End the film, its last frame at `at` seconds."""
        if self._stream is None:
            raise ValueError("A film needs at least one frame.")
        self._send(self._stream.encode(None))
        assert self._waiting is not None  # a frame was shown
        self._mux(self._waiting, max(round(at * TICKS), self._last + 1))

    def _started(self, height: int, width: int) -> VideoStream:
        stream = self._container.add_stream("libx264", options=HOW)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, TICKS)
        stream.codec_context.colorspace, stream.codec_context.color_range = REC601, LIMITED
        return stream

    def _send(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            if self._waiting is not None:
                self._mux(self._waiting, packet.pts or 0)
            self._waiting = packet

    def _mux(self, packet: av.Packet, end: int) -> None:
        packet.duration = end - (packet.pts or 0)
        self._container.mux(packet)


def _check(frames: np.ndarray, rate: float, enlarge: int) -> None:
    if frames.ndim != 4 or frames.shape[1] != 3 or frames.dtype != np.uint8 or not frames.size:
        raise ValueError(f"frames must be uint8 (T, 3, H, W), got {frames.dtype} {frames.shape}.")
    if not 0 < rate <= TICKS:
        raise ValueError(f"rate must be above 0 and at most {TICKS:,} frames a second, got {rate:g}.")
    if enlarge < 1:
        raise ValueError(f"enlarge must be at least 1, got {enlarge}.")


def _sharp(longest: int) -> int:
    """Give the factor for frames of `longest` pixels; an even one if any, as colours are stored for 2 × 2 pixels."""
    return 1 if longest >= TINY else 2 * (TINY // longest)


def _even(pixels: np.ndarray) -> np.ndarray:
    """Repeat the last row and column where their number is odd, which H.264 cannot store."""
    height, width = pixels.shape[:2]
    return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge") if height % 2 + width % 2 else pixels
