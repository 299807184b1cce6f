"""A visitor's clip, whatever it comes as, as small squares in time; and as a film that any browser plays.

Every bound that a clip must keep is met here or by the two that read it: video_film (FFmpeg) and video_pictures
(Pillow).
"""

import time
from collections.abc import Generator
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model_zoo.data import video_film, video_pictures
from model_zoo.data.limits import LIMITS
from model_zoo.data.spelling import readable
from model_zoo.data.video_shown import SIZE, Reader, Shown, too_slow
from model_zoo.data.video_writing import write, writing
from model_zoo.events import Progress

__all__ = ["SIZE", "Clip", "decode", "write"]
TOLD_EVERY = 25  # frames
CLOCK_ANEW = 1.0  # seconds; a moment that lies further before the last one begins another count
NOTICEABLE = (0.0021, 0.1)  # seconds, and share, by which gaps differ: films round their moments to milliseconds


@dataclass(frozen=True)
class Clip:
    """Frames as uint8 RGB (T, 3, SIZE, SIZE), all of each squashed; when each is shown (T,), and the end, in seconds.

    Moments begin at 0 and increase strictly. `width` and `height` are those in the file, upright. `note` says in
    sentences what was not read.
    """

    frames: np.ndarray
    seconds: np.ndarray
    length: float
    width: int
    height: int
    note: str = ""

    @property
    def rate(self) -> float:
        """The mean number of frames a second."""
        return len(self.frames) / self.length

    @property
    def variable(self) -> bool:
        """Whether some frames are shown noticeably longer than others; the last one does not count."""
        gaps = np.diff(self.seconds)
        return len(gaps) > 1 and bool(np.ptp(gaps) > max(NOTICEABLE[0], NOTICEABLE[1] * np.median(gaps)))


def decode(file: Path, name: str, preview: Path | None = None) -> Generator[Progress, None, Clip]:
    """Read a clip that came under `name`, and write it to `preview` as a small MP4 with the very same moments.

    Raises ValueError with a sentence for what cannot be used.
    """
    name = readable(name)
    started = time.monotonic()
    with closing(_opened(file, name)) as reader, writing(preview) if preview else nullcontext() as film:
        reel = _Reel(reader)
        yield reel.progress(name)
        for shown in reader.frames():
            _check_time(name, started)
            if shown is None:
                continue
            if not reel.add(shown):
                break
            if film:
                film.show(shown.large(), reel.seconds[-1])
            if len(reel.seconds) % TOLD_EVERY == 0:
                yield reel.progress(name)
        clip = reel.clip(name)
        if film:
            film.end(clip.length)
    return clip


def _opened(file: Path, name: str) -> Reader:
    if not file.stat().st_size:
        raise ValueError(f"{name} is empty; send the file again.")
    return video_pictures.opened(file, name) or video_film.opened(file, name)


def _check_time(name: str, started: float) -> None:
    if time.monotonic() - started > LIMITS.seconds_a_clip:
        raise ValueError(too_slow(name))


class _Reel:
    """The frames so far, and their moments."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._frames = np.empty((LIMITS.clip_frames, 3, SIZE, SIZE), np.uint8)  # costs memory as it is filled
        self._zero = 0.0  # what the file calls the beginning
        self._size = (0, 0)
        self._end = 0.0
        self._over = ""
        self.seconds: list[float] = []

    def add(self, shown: Shown) -> bool:
        """Add a frame, or say that there are enough."""
        at, count = self._moment(shown.at), len(self.seconds)
        if count == LIMITS.clip_frames or at >= LIMITS.clip_seconds:
            self._end = min(at, LIMITS.clip_seconds)
            self._over = f"{count:,} frames" if at < LIMITS.clip_seconds else f"{LIMITS.clip_seconds:g} seconds"
            return False
        self._frames[count] = shown.small.transpose(2, 0, 1)
        self._size = self._size if count else (shown.width, shown.height)
        self.seconds.append(at)
        self._end = min(at + (shown.lasts or self._reader.gap), LIMITS.clip_seconds)
        return True

    def progress(self, name: str) -> Progress:
        """Say how far it is, by the clock or by the count, whichever the file tells."""
        done = None
        if self._reader.seconds:
            done = self._end / min(self._reader.seconds, LIMITS.clip_seconds)
        elif self._reader.count:
            done = len(self.seconds) / min(self._reader.count, LIMITS.clip_frames)
        return Progress(f"reading {name}", None if done is None else min(1.0, done))

    def clip(self, name: str) -> Clip:
        """Give what was read; raises ValueError with a sentence where that is nothing."""
        count = len(self.seconds)
        if not count:
            raise ValueError(f"No frame of {name} can be read: it is damaged or incomplete. Copy or download it again.")
        return Clip(self._frames[:count], np.array(self.seconds), self._end, *self._size, self._note())

    def _moment(self, told: float | None) -> float:
        """Give the moment of the next frame: what the file tells, where that comes after the last one."""
        gap = self._reader.gap
        if not self.seconds:
            self._zero = told or 0.0
            return 0.0
        last = self.seconds[-1]
        if told is None:
            return last + gap
        if told - self._zero < last - CLOCK_ANEW:
            self._zero = told - last - gap
        at = told - self._zero
        return at if at > last else last + gap / 2  # so that the next may keep its own

    def _note(self) -> str:
        count, damaged = len(self.seconds), self._reader.damaged
        said = []
        if self._over:
            said.append(f"Only its first {self._over} were read.")
        elif self._reader.cut:
            said.append(f"The file ends early, after {count:,} {'frame' if count == 1 else 'frames'}.")
        if damaged:
            said.append("1 damaged piece was skipped." if damaged == 1 else f"{damaged:,} damaged pieces were skipped.")
        return " ".join(said)
