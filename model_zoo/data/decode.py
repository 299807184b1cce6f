"""One picture file, whatever its format, as a small square: short side to S, antialiased, and the middle of it.

As a program (`python -m model_zoo.data.decode`) it reads pictures from standard input and writes squares to standard
output, so that a picture that crashes a decoder, or never ends, takes only this process with it.
"""

import io
import logging
import os
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from model_zoo.data.limits import LIMITS, in_bytes

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "DIB", "TIFF", "HEIF", "AVIF")
BEHIND = (255, 255, 255)  # what transparent pictures stand on
ORIENTATION = 0x0112  # EXIF
TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = (5, 6, 7, 8)  # those that make the width the height
EXPECTED = (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError)  # of bad files
ASK = struct.Struct("<I?Q")  # size in pixels, whether all of it is squashed, bytes that follow
ANSWER = struct.Struct("<?IIQ")  # animated, width, height, bytes that follow; width 0: the bytes are a reason

log = logging.getLogger(__name__)


class Unusable(ValueError):
    """A picture that cannot be used. The text is a phrase that goes on from its name: “is cut off”."""


@dataclass(frozen=True)
class Decoded:
    """A picture (3, S, S) as uint8 RGB; width and height before, turned upright; whether there are more frames."""

    pixels: np.ndarray
    width: int
    height: int
    animated: bool = False


def decode(source: bytes | Path, size: int, squash: bool = False) -> Decoded:
    """Decode a picture file to (3, size, size): turned upright, transparency on white, the first frame of several.

    The middle square is taken, or all of it, squashed. Raises Unusable.
    """
    _register_heif()
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS) as image:
            width, height = image.size
            _check(width, height)
            square = _square(image, size, squash)
            if _orientation(image) in SIDEWAYS:
                width, height = height, width
            return Decoded(np.ascontiguousarray(square.transpose(2, 0, 1)), width, height, _animated(image))
    except Unusable:
        raise
    except Exception as error:  # a stranger's file: Pillow's plug-ins raise whatever their parsers stumble over
        if not isinstance(error, EXPECTED):
            log.warning("A picture was left out.", exc_info=True)
        raise Unusable(_reason(error)) from error


def _register_heif() -> None:
    if "HEIF" not in Image.OPEN:
        import pillow_heif

        pillow_heif.register_heif_opener()


def _check(width: int, height: int) -> None:
    if width * height > LIMITS.pixels:
        raise Unusable(f"has {width:,} × {height:,} pixels, more than {LIMITS.pixels // 10**6} megapixels")
    if min(width, height) < LIMITS.smallest_side:
        raise Unusable(f"has only {width:,} × {height:,} pixels; each side needs {LIMITS.smallest_side}")


def _square(image: Image.Image, size: int, squash: bool) -> np.ndarray:
    """Give (size, size, 3). The middle square is the same whether it is turned first or last; last is quicker."""
    image.draft(None, (2 * size, 2 * size))  # lets a JPEG decode at a half, a quarter or an eighth
    wide, high = image.size if squash else (min(image.size),) * 2
    left, top = (image.width - wide) / 2, (image.height - high) / 2
    plain = eight_bits(image)
    turn = TURNED.get(_orientation(image))  # now: a TIFF turns itself while it is loaded
    small = plain.resize(
        (size, size), Image.Resampling.BICUBIC, box=(left, top, left + wide, top + high), reducing_gap=3.0
    )
    if small.mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", small.size, (*BEHIND, 255)), small)
    small = small.convert("RGB")
    return np.asarray(small.transpose(turn) if turn is not None else small)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # damaged EXIF says nothing, and the picture may be whole
        return 1


def eight_bits(image: Image.Image) -> Image.Image:
    """Give the picture in a mode that can be made small without loss: L, RGB, RGBA or CMYK."""
    image.load()
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_to_eight_bits(np.asarray(image)))
    if image.has_transparency_data or image.mode in ("La", "RGBa"):
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _to_eight_bits(values: np.ndarray) -> np.ndarray:
    """Bring values to 0 … 255: 16-bit by their range, others from their darkest to their lightest."""
    if values.dtype.itemsize == 2:
        return (values.astype(np.uint16) >> 8).astype(np.uint8)
    values = np.nan_to_num(values.astype(np.float32), posinf=0, neginf=0)
    low, high = (0.0, 65535.0) if values.min() >= 0 and 255 < values.max() <= 65535 else (values.min(), values.max())
    return ((values - low) * (255 / max(high - low, 1e-12))).clip(0, 255).astype(np.uint8)


def _animated(image: Image.Image) -> bool:
    try:
        return image.format not in ("MPO", "TIFF", "HEIF") and bool(getattr(image, "is_animated", False))
    except Exception:  # a damaged second frame does not matter: the first is read
        return True


def _reason(error: Exception) -> str:
    text = str(error)
    if isinstance(error, UnidentifiedImageError):
        return "is no picture, whatever its name says, or is damaged at its start"
    if isinstance(error, Image.DecompressionBombError):
        return f"has more than {LIMITS.pixels // 10**6} megapixels"
    if isinstance(error, MemoryError):
        return f"needs more than {in_bytes(LIMITS.decoder_bytes)} of memory to be read"
    if "truncated" in text or isinstance(error, EOFError):
        return "is cut off"
    return f"cannot be read ({text or type(error).__name__})"


def _serve(asked: BinaryIO, answers: BinaryIO) -> None:
    while len(head := asked.read(ASK.size)) == ASK.size:
        size, squash, length = ASK.unpack(head)
        try:
            found = decode(asked.read(length), size, squash)
            answer, body = (found.animated, found.width, found.height), found.pixels.tobytes()
        except Unusable as error:
            answer, body = (False, 0, 0), str(error).encode("utf-8", "replace")
        answers.write(ANSWER.pack(*answer, len(body)) + body)
        answers.flush()


def _bound_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (LIMITS.decoder_bytes, LIMITS.decoder_bytes))
    except (ImportError, ValueError, OSError):  # Windows has none, macOS refuses: pixels and time still bound it
        return


def main() -> None:
    """Answer on standard output until standard input ends."""
    import warnings

    warnings.simplefilter("ignore")  # pixels are bounded by LIMITS
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not stand among the answers
    _bound_memory()
    _serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
