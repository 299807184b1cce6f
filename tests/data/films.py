"""Films and moving pictures for tests: made, read, cut and joined."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from model_zoo.data.video import Clip, decode
from model_zoo.events import drained

QUICK = {"libx264": {"preset": "ultrafast"}, "libvpx": {"deadline": "realtime", "cpu-used": "8"}}
QUICK["libvpx-vp9"] = QUICK["libvpx"]
RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)


def greys(count: int, size: tuple[int, int] = (64, 48)) -> list[np.ndarray]:
    """Give frames (H, W, 3), each one shade, the later the lighter."""
    return [np.full((size[1], size[0], 3), 20 + 200 * number // count, np.uint8) for number in range(count)]


def noise(count: int, size: tuple[int, int] = (64, 48)) -> list[np.ndarray]:
    """Give frames (H, W, 3) that pack badly, so that a file has a middle to cut or to damage."""
    return list(np.random.default_rng(0).integers(0, 256, (count, size[1], size[0], 3), np.uint8))


def film(
    file: Path, frames: Sequence[np.ndarray], codec: str = "libx264", at: Sequence[int] = (), turned: int = 0,
    container: dict[str, str] | None = None, **options: str,
) -> Path:  # fmt: skip
    """Write a film, 25 frames a second or each `at` so many milliseconds."""
    with av.open(str(file), "w", options=container or {}) as output:
        stream = output.add_stream(codec, rate=25, options=QUICK.get(codec, {}) | options)
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        if at:
            stream.codec_context.time_base = Fraction(1, 1000)
        stream.height, stream.width = frames[0].shape[:2]
        if turned:
            stream.set_display_rotation(turned)
        for number, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels)
            if at:
                frame.pts, frame.time_base = at[number], Fraction(1, 1000)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file


def pictures(file: Path, frames: Iterable[np.ndarray], duration: Any = 100, **save: Any) -> Path:
    """Write a picture that moves, in the format of its name; `duration` in milliseconds."""
    first, *others = map(Image.fromarray, frames)
    first.save(file, save_all=True, append_images=others, duration=duration, **save)
    return file


def read(file: Path, **given: Any) -> Clip:
    return drained(decode(file, file.name, **given))


def read_or_told(file: Path) -> Clip | str:
    try:
        return read(file, preview=file.with_name("p.mp4"))
    except ValueError as error:
        return str(error)


def shades(clip: Clip) -> np.ndarray:
    return clip.frames.mean((1, 2, 3))


def colour(pixels: np.ndarray) -> np.ndarray:
    return pixels.reshape(3, -1).mean(1)


def cut(file: Path, share: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])


def join(file: Path, parts: list[Path]) -> None:
    """Put films one behind the other as they are, under the head of the first."""
    with av.open(str(file), "w") as output:
        stream, end = None, 0
        for part in parts:
            with av.open(str(part)) as source:
                stream = stream or output.add_stream_from_template(source.streams.video[0])
                begin = end
                for packet in source.demux():
                    if packet.size:
                        packet.pts, packet.dts, packet.stream = packet.pts + begin, packet.dts + begin, stream
                        end = max(end, packet.pts + packet.duration)
                        output.mux(packet)
