"""Films, MP4, MOV, WebM, MKV, AVI and others, read by FFmpeg (PyAV) frame by frame.

Only formats that hold their frames themselves are opened: a playlist could name any file of this machine, or any
address.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from model_zoo.data.limits import LIMITS
from model_zoo.data.video_shown import SIZE, Shown, check_size, fitted, too_large, too_slow

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

FILMS = "mov,matroska,avi,mpegts,mpeg,flv,asf,ogg,mxf,dv,ivf,nut,yuv4mpegpipe,h264,hevc,m4v,mpegvideo,mjpeg"
SOUNDS = "wav,mp3,flac,aac,aiff,amr"  # to say that they are sounds
OPENED = f"{FILMS},{SOUNDS}"
TELL_THEIR_LENGTH = ("mov", "matroska")  # of others FFmpeg finds it from what is there
BOXES = (b"ftyp", b"mdat", b"wide", b"free", b"skip", b"moov")  # that an MP4 or MOV begins with
PADDED = 1.25  # what a decoder takes for a frame, to what is shown of it
USUAL_RATE = 25  # frames a second where a file says nothing
RATES = (0.1, 1000)  # that are believed
SLACK = (0.2, 0.02)  # seconds, and share of the length, that may be missing at the end of a whole file


def opened(file: Path, name: str) -> Film:
    """Open a film; raises ValueError with a sentence for what is none or cannot be used."""
    bound = {"max_pixels": str(round(PADDED * LIMITS.clip_pixels))}
    container = _container(file, name, {"format_whitelist": OPENED, "protocol_whitelist": "file", **bound})
    try:
        stream = _pictures(container, name)
        check_size(name, stream.width, stream.height)
        stream.codec_context.options = bound
        return Film(container, stream, name)
    except BaseException:
        container.close()
        raise


class Film:
    """An open film, as a Reader; see model_zoo.data.video_shown."""

    count: int | None = None

    def __init__(self, container: InputContainer, stream: VideoStream, name: str) -> None:
        from av.video.reformatter import VideoReformatter

        stream.thread_type = "AUTO"
        self._container, self._stream, self._name = container, stream, name
        self._smaller, self._larger = VideoReformatter(), VideoReformatter()  # each is quick while sizes stay
        self._fit: tuple[int, int] | None = None
        self._reached = Fraction(0)  # seconds, by the packets
        self.seconds = container.duration / 1e6 if container.duration else None
        self.gap = _gap(stream)
        self.damaged = 0
        self.cut = False

    def frames(self) -> Iterator[Shown | None]:
        for packet in self._packets():
            if packet is None:
                yield None
                continue
            for frame in self._decoded(packet):
                yield self._shown(frame)

    def close(self) -> None:
        self._container.close()

    def _packets(self) -> Iterator[av.Packet | None]:
        """Give whole packets of pictures, an empty one last, at which a decoder gives all it holds; None for others."""
        import av

        broken = False
        try:
            for packet in self._container.demux():
                self._reach(packet)
                yield None
                if packet.stream.index != self._stream.index:
                    continue
                if packet.size:
                    broken = packet.is_corrupt
                    self.damaged += broken
                if not packet.is_corrupt and (
                    packet.size or packet.dts is None
                ):  # nothing, at a moment: the frame stays
                    yield packet
        except av.FFmpegError:
            self.cut = True
            yield av.Packet()
        self._end(broken)

    def _reach(self, packet: av.Packet) -> None:
        if packet.pts is not None and packet.time_base is not None:
            self._reached = max(self._reached, (packet.pts + (packet.duration or 0)) * packet.time_base)

    def _end(self, broken: bool) -> None:
        """See whether the file was cut: its last packet is not whole, or it promised more."""
        self.damaged -= broken
        told = self._container.format.name.split(",")[0] in TELL_THEIR_LENGTH
        promised = self.seconds or 0 if told else 0
        reached = float(self._reached) - (self._container.start_time or 0) / 1e6
        self.cut = self.cut or broken or promised - reached > max(SLACK[0], SLACK[1] * promised)

    def _decoded(self, packet: av.Packet) -> list[av.VideoFrame]:
        import av

        try:
            return self._stream.decode(packet)
        except av.FFmpegError as error:
            width, height = self._stream.width, self._stream.height
            check_size(self._name, width, height)
            if isinstance(error, av.ArgumentError) and not width * height:  # what max_pixels gives
                raise ValueError(f"{self._name} has frames of {too_large()}") from error
            self.damaged += 1
            return []

    def _shown(self, frame: av.VideoFrame) -> Shown | None:
        import av

        check_size(self._name, frame.width, frame.height)
        turn = round(frame.rotation / 90) % 4  # quarters, counterclockwise
        fit = self._fit = self._fit or fitted(frame.width, frame.height)
        try:
            small = _scaled(self._smaller, frame, (SIZE, SIZE), turn)
        except av.FFmpegError:
            self.damaged += 1
            return None
        sides = (frame.height, frame.width) if turn % 2 else (frame.width, frame.height)
        lasts = float(max(0, frame.duration) * (frame.time_base or 0)) or None
        return Shown(small, lambda: _scaled(self._larger, frame, fit, turn), *sides, frame.time, lasts)


def _container(file: Path, name: str, options: dict[str, str]) -> InputContainer:
    import av

    most = LIMITS.seconds_a_clip
    try:
        return av.open(str(file.resolve()), "r", options=options, metadata_errors="replace", timeout=most)
    except av.ExitError as error:
        raise ValueError(too_slow(name)) from error
    except av.FFmpegError as error:
        raise ValueError(_not_opened(file, name)) from error


def _pictures(container: InputContainer, name: str) -> VideoStream:
    from av.stream import Disposition

    films = [each for each in container.streams.video if not each.disposition & Disposition.attached_pic]  # covers
    if not films:
        has = "has sound but no picture" if container.streams.audio else "holds no picture"
        raise ValueError(f"{name} {has}; send a video, or a GIF.")
    readable = [each for each in films if each.codec_context is not None]
    if not readable:
        raise ValueError(f"{name} is a video in a format that cannot be read here; save it as MP4 (H.264).")
    return max(readable, key=lambda each: each.width * each.height)


def _gap(stream: VideoStream) -> float:
    rate = float(stream.average_rate or stream.guessed_rate or 0)
    return 1 / (rate if RATES[0] <= rate <= RATES[1] else USUAL_RATE)


def _not_opened(file: Path, name: str) -> str:
    with file.open("rb") as opened:
        start = opened.read(8)
    if start[4:] in BOXES:
        return f"{name} is incomplete: the index, which often stands at its end, is missing. Copy or download it again."
    told = f"{name} is neither a video nor a picture, whatever its name says, or is damaged at its start."
    return f"{told} Save it as MP4, WebM, GIF or WebP, and send that."


def _scaled(reformatter: Any, frame: av.VideoFrame, size: tuple[int, int], turn: int) -> np.ndarray:
    """Give (height, width, 3), every pixel the mean of those that it stands for, turned upright."""
    from av.video.reformatter import Interpolation

    how = Interpolation.AREA | Interpolation.ACCURATE_RND
    pixels = reformatter.reformat(frame, *size, format="rgb24", interpolation=how, threads=1).to_ndarray()
    return np.rot90(pixels, turn)
