"""Picture files of every kind come out as the same upright square."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model_zoo.data.decode import ORIENTATION, Unusable, decode
from model_zoo.data.decoding import decode_all
from tests.data.makers import limits, picture

RED, GREEN, BLUE, YELLOW = (220, 20, 20), (20, 200, 20), (20, 20, 220), (220, 220, 20)


def quarters(width: int = 64, height: int = 64) -> Image.Image:
    """Red and green above, blue and yellow below."""
    image = Image.new("RGB", (width, height))
    for colour, x, y in ((RED, 0, 0), (GREEN, 1, 0), (BLUE, 0, 1), (YELLOW, 1, 1)):
        image.paste(colour, (x * width // 2, y * height // 2, (x + 1) * width // 2, (y + 1) * height // 2))
    return image


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def corners(pixels: np.ndarray) -> list[tuple[int, ...]]:
    """The colours in the middle of each quarter, row by row."""
    at = pixels.shape[1] // 4
    return [tuple(int(v) for v in pixels[:, y, x]) for y in (at, 3 * at) for x in (at, 3 * at)]


def near(found: list[tuple[int, ...]], expected: list[tuple[int, ...]], tolerance: int = 20) -> bool:
    return bool(np.abs(np.array(found) - np.array(expected)).max() <= tolerance)


UPRIGHT = [RED, GREEN, BLUE, YELLOW]


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF"])
def test_every_format_shows_the_same_picture(format: str) -> None:
    options = {"quality": 95} if format in ("JPEG", "WEBP", "AVIF") else {}
    decoded = decode(saved(quarters(), format, **options), 32)
    assert decoded.pixels.shape == (3, 32, 32)
    assert decoded.pixels.dtype == np.uint8
    assert near(corners(decoded.pixels), UPRIGHT)
    assert (decoded.width, decoded.height, decoded.animated) == (64, 64, False)


def test_heic_is_read() -> None:
    import pillow_heif

    file = io.BytesIO()
    pillow_heif.from_pillow(quarters()).save(file, quality=95)
    assert near(corners(decode(file.getvalue(), 32).pixels), UPRIGHT, 40)


def test_a_file_on_disk_decodes_like_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(picture(3))
    assert np.array_equal(decode(tmp_path / "a.png", 16).pixels, decode(picture(3), 16).pixels)


@pytest.mark.parametrize(("width", "height"), [(200, 50), (50, 200)])
def test_the_middle_of_a_long_picture_is_kept(width: int, height: int) -> None:
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, ((width - 50) // 2, (height - 50) // 2, (width + 50) // 2, (height + 50) // 2))
    pixels = decode(saved(image, "PNG"), 25).pixels
    assert near(corners(pixels), [GREEN] * 4, 2)


def test_making_small_is_antialiased() -> None:
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[:, ::2] = 255
    pixels = decode(saved(Image.fromarray(stripes), "PNG"), 16).pixels
    assert np.abs(pixels[:, 2:-2, 2:-2].astype(int) - 128).max() < 12


def test_a_large_jpeg_decoded_at_a_fraction_looks_like_one_decoded_whole() -> None:
    smooth = Image.effect_mandelbrot((1600, 1200), (-2, -1.5, 1, 1.5), 30).convert("RGB")
    data = saved(smooth, "JPEG", quality=95)
    whole = Image.open(io.BytesIO(data)).resize((64, 64), Image.Resampling.BICUBIC, box=(200, 0, 1400, 1200))
    difference = decode(data, 64).pixels.transpose(1, 2, 0).astype(int) - np.asarray(whole)
    assert np.abs(difference).mean() < 4


TURNS = {
    1: UPRIGHT,
    2: [GREEN, RED, YELLOW, BLUE],
    3: [YELLOW, BLUE, GREEN, RED],
    4: [BLUE, YELLOW, RED, GREEN],
    5: [RED, BLUE, GREEN, YELLOW],
    6: [BLUE, RED, YELLOW, GREEN],
    7: [YELLOW, GREEN, BLUE, RED],
    8: [GREEN, YELLOW, RED, BLUE],
}


@pytest.mark.parametrize("orientation", TURNS)
def test_a_picture_is_turned_as_its_exif_says(orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    pixels = decode(saved(quarters(), "JPEG", exif=exif, quality=95), 32).pixels
    assert near(corners(pixels), TURNS[orientation])
    pixels = decode(saved(quarters(), "TIFF", exif=exif), 32).pixels  # Pillow turns these by itself
    assert near(corners(pixels), TURNS[orientation])


@pytest.mark.parametrize("format", ["JPEG", "TIFF", "PNG"])
def test_the_size_that_is_told_is_that_of_the_upright_picture(format: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    decoded = decode(saved(quarters(80, 40), format, exif=exif), 16)
    assert (decoded.width, decoded.height) == (40, 80)


@pytest.mark.parametrize(("width", "height"), [(200, 50), (50, 200), (2000, 8)])
def test_all_of_a_picture_is_squashed_into_the_square_where_that_is_asked(width: int, height: int) -> None:
    content = saved(quarters(width, height), "PNG")
    decoded = decode(content, 32, squash=True)
    assert near(corners(decoded.pixels), UPRIGHT)
    assert (decoded.width, decoded.height) == (width, height)
    ((_, pooled),) = decode_all([(0, content)], 32, 1, squash=True)
    assert np.array_equal(pooled.pixels, decoded.pixels)
    ((_, cut),) = decode_all([(0, content)], 32, 1)
    assert np.array_equal(cut.pixels, decode(content, 32).pixels)
    assert not np.array_equal(cut.pixels, pooled.pixels)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_damaged_exif_does_not_cost_the_picture() -> None:
    data = saved(quarters(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff\x01\x02", quality=95)
    assert near(corners(decode(data, 32).pixels), UPRIGHT)


@pytest.mark.parametrize("mode", ["CMYK", "P", "YCbCr", "L", "1", "LA", "RGBA"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    image = quarters().convert(mode)
    data = saved(image, "TIFF" if mode in ("CMYK", "YCbCr") else "PNG")
    expected = np.asarray(image.convert("RGB").resize((32, 32), Image.Resampling.BICUBIC)).transpose(2, 0, 1)
    assert near(corners(decode(data, 32).pixels), corners(expected), 25)


def test_a_cmyk_jpeg_keeps_its_colours() -> None:
    assert near(corners(decode(saved(quarters().convert("CMYK"), "JPEG", quality=95), 32).pixels), UPRIGHT)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_shades(format: str) -> None:
    ramp = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (64, 1))
    pixels = decode(saved(Image.fromarray(ramp), format), 32).pixels
    assert np.abs(pixels[0, 16].astype(int) - np.linspace(2, 253, 32)).max() < 6


def test_floating_point_values_are_stretched_from_darkest_to_lightest() -> None:
    ramp = np.tile(np.linspace(-3.0, 5.0, 64, dtype=np.float32), (64, 1))
    pixels = decode(saved(Image.fromarray(ramp), "TIFF"), 32).pixels
    assert pixels.min() < 8
    assert pixels.max() > 247


@pytest.mark.parametrize("how", ["RGBA", "palette"])
def test_what_is_transparent_stands_on_white(how: str) -> None:
    image = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    image.paste((*RED, 255), (0, 0, 16, 32))
    if how == "palette":
        image = image.quantize(8)
    pixels = decode(saved(image, "PNG"), 32).pixels
    assert near([tuple(pixels[:, 16, 6]), tuple(pixels[:, 16, 26])], [RED, (255, 255, 255)], 8)


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_the_first_frame_of_an_animation_is_used_and_told(format: str) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in (RED, GREEN, BLUE)]
    options = {"lossless": True} if format == "WEBP" else {}
    decoded = decode(saved(frames[0], format, save_all=True, append_images=frames[1:], duration=100, **options), 16)
    assert decoded.animated
    assert near(corners(decoded.pixels), [RED] * 4, 5)


def test_a_size_in_the_header_is_enough_to_refuse() -> None:
    with limits(pixels=1000), pytest.raises(Unusable, match="has 64 × 64 pixels, more than"):
        decode(saved(quarters(), "PNG"), 16)


def test_many_pictures_come_out_in_their_order_whichever_process_is_quicker() -> None:
    files = [(i, picture(i, (400, 300) if i % 7 == 0 else (20, 20))) for i in range(100)]
    files[50] = (50, b"no picture")
    found = dict(decode_all(iter(files), 16, len(files)))
    assert list(found) == list(range(100))
    assert isinstance(found[50], Unusable)
    assert all(np.array_equal(found[i].pixels, decode(files[i][1], 16).pixels) for i in (0, 7, 49, 51, 99))


def test_only_a_few_files_are_read_ahead() -> None:
    read = []

    def contents():
        for i in range(200):
            read.append(i)
            yield i, picture(i)

    found = decode_all(contents(), 16, 40)
    next(found)
    assert len(read) < 10
    found.close()


def test_a_process_that_was_killed_is_replaced_and_only_its_picture_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    from model_zoo.data import decoding

    started = []
    start = decoding._Decoder._start

    def note(self):
        process = start(self)
        started.append(process)
        return process

    monkeypatch.setattr(decoding._Decoder, "_start", note)

    def contents():
        yield 0, picture(0)
        yield 1, picture(1)
        yield 2, picture(2)
        yield 3, picture(3)
        started[0].kill()
        started[0].wait()
        for i in range(4, 8):
            yield i, picture(i)

    found = dict(decode_all(contents(), 16, 8))
    lost = [i for i, decoded in found.items() if isinstance(decoded, Unusable)]
    assert len(lost) <= 1
    assert all("crash" in str(found[i]) for i in lost)
    assert len(started) == 2
