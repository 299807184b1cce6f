"""What reading a clip gives, whichever way it is read: frames made small at once, and when each of them is shown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from model_zoo.data.limits import LIMITS

SIZE = 64  # pixels of a side, as networks see a frame
LONGEST_SIDE = 480  # pixels of a frame in a preview


@dataclass(frozen=True)
class Shown:
    """One frame in RGB: `small` (SIZE, SIZE, 3), and `large()` (height, width, 3), as big for every frame of a clip.

    `width` and `height` are those in the file, upright. `at` and `lasts` are seconds; None where the file says nothing.
    """

    small: np.ndarray
    large: Callable[[], np.ndarray]
    width: int
    height: int
    at: float | None
    lasts: float | None


class Reader(Protocol):
    """A clip that is open: how many seconds and frames it promises (None: no word), and the usual seconds a frame.

    Once its frames are read it also says how many `damaged` pieces were skipped, and whether the file was `cut` short.
    """

    seconds: float | None
    count: int | None
    gap: float
    damaged: int
    cut: bool

    def frames(self) -> Iterator[Shown | None]:
        """Give the frames in the order in which they are shown; None says that there is nothing to show yet."""

    def close(self) -> None:
        """Let go of the file."""


def fitted(width: int, height: int) -> tuple[int, int]:
    """Give the sides of a frame in a preview, which is never larger than the frame."""
    share = min(1.0, LONGEST_SIDE / max(width, height))
    return max(1, round(share * width)), max(1, round(share * height))


def check_size(name: str, width: int, height: int) -> None:
    """Raise ValueError with a sentence for frames that are too large; sides of 0 are sides that are not known."""
    if width * height <= LIMITS.clip_pixels:
        return
    raise ValueError(f"{name} has frames of {width:,} × {height:,} pixels, {too_large()}")


def too_slow(name: str) -> str:
    """Say that a clip takes too long to read, and the way out."""
    return f"{name} takes longer than {LIMITS.seconds_a_clip:g} seconds to read; make its frames smaller, or fewer."


def too_large() -> str:
    """Say how large a frame may be, and the way out: the end of a sentence."""
    return f"more than {LIMITS.clip_pixels / 1e6:g} megapixels; make them smaller and send it again."
