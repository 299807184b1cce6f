"""Pictures that move, GIF, WebP, APNG and AVIF, read by Pillow frame by frame; a still one is a clip of one frame."""

from __future__ import annotations

import logging
import struct
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from model_zoo.data.decode import BEHIND, EXPECTED, eight_bits
from model_zoo.data.limits import LIMITS, in_bytes
from model_zoo.data.video_shown import SIZE, Shown, check_size, fitted, too_large

MOVING = ("GIF", "WEBP", "PNG", "AVIF")
FORMATS = (*MOVING, "JPEG", "BMP", "TIFF", "HEIF")
SECONDS = 0.1  # that browsers show a frame which asks for …
HARDLY = 10  # … so many milliseconds or fewer
BROKEN = (*EXPECTED, IndexError, RuntimeError, struct.error)  # what files that are cut or damaged give

log = logging.getLogger(__name__)


def opened(file: Path, name: str) -> Pictures | None:
    """Open a picture, or give None where `file` is none; raises ValueError with a sentence."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    _check_bytes(file, name)
    try:
        image = Image.open(file, formats=FORMATS)
    except UnidentifiedImageError:
        return None
    except Image.DecompressionBombError as error:
        raise ValueError(f"{name} has {too_large()}") from error
    except Exception as error:  # a stranger's file: Pillow's plug-ins raise whatever their parsers stumble over
        raise ValueError(f"{name} is a picture that is damaged or incomplete; copy or download it again.") from error
    check_size(name, *image.size)
    return Pictures(image, name)


class Pictures:
    """An open picture, as a Reader; see model_zoo.data.video_shown."""

    gap = SECONDS
    seconds: float | None = None
    damaged = 0

    def __init__(self, image: Image.Image, name: str) -> None:
        self._image, self._name = image, name
        self._fit: tuple[int, int] | None = None
        moves = image.format in MOVING
        self._first = 1 if getattr(image, "default_image", False) else 0  # of an APNG, for what cannot show it moving
        # All of a GIF would have to be gone through to count its frames.
        self._end = 1 if not moves else None if image.format == "GIF" else int(getattr(image, "n_frames", 1))
        self.count: int | None = None if self._end is None else self._end - self._first
        self.cut = False

    def frames(self) -> Iterator[Shown | None]:
        at = 0.0
        for number in count(self._first):
            if number == self._end or not self._go_to(number):
                return
            asked = self._image.info.get("duration") or 0  # ms
            lasts = asked / 1000 if asked > HARDLY else SECONDS
            yield self._shown(at, lasts)
            at += lasts

    def close(self) -> None:
        self._image.close()

    def _go_to(self, number: int) -> bool:
        """Load a frame, and say whether there is one."""
        if not self._tried(self._image.seek, number):
            return False
        check_size(self._name, *self._image.size)  # which a frame of a GIF may enlarge
        return self._tried(self._image.load)

    def _tried(self, step: Callable[..., Any], *arguments: Any) -> bool:
        try:
            step(*arguments)
        except Image.DecompressionBombError as error:
            raise ValueError(f"{self._name} has {too_large()}") from error
        except EOFError:
            self.cut = self._end is not None
            return False
        except Exception as error:  # as in `opened`
            if not isinstance(error, BROKEN):
                log.warning("The rest of a picture was not read.", exc_info=True)
            self.cut = True
            return False
        return True

    def _shown(self, at: float, lasts: float) -> Shown:
        image = ImageOps.exif_transpose(self._image)
        plain = eight_bits(image)
        plain = plain if plain.mode == "RGBA" else plain.convert("RGB")
        fit = self._fit = self._fit or fitted(*plain.size)
        return Shown(_scaled(plain, (SIZE, SIZE)), lambda: _scaled(plain, fit), *plain.size, at, lasts)


def _check_bytes(file: Path, name: str) -> None:
    with file.open("rb") as opened:
        start = opened.read(12)
    size = file.stat().st_size
    if size > LIMITS.picture_bytes and (start.startswith((b"GIF8", b"\x89PNG")) or start.endswith(b"WEBP")):
        raise ValueError(
            f"{name} has {in_bytes(size)}; a picture that moves has at most {in_bytes(LIMITS.picture_bytes)}. "
            "Save it as a video (MP4), which is much smaller."
        )


def _scaled(image: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """Give (height, width, 3), every pixel the mean of those that it stands for, transparent ones on white."""
    small = image.resize(size, Image.Resampling.BOX) if image.size != size else image
    if small.mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", size, (*BEHIND, 255)), small)
    return np.asarray(small.convert("RGB"))
