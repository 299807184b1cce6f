"""How much of anything one upload may hold. Every bound on pictures from outside lives here."""

from dataclasses import dataclass

MIB = 2**20
GIB = 2**30


@dataclass(frozen=True)
class Limits:
    """Bounds on what comes from outside; all inclusive. Five hundred phone photos (2 GB) fit them twice over."""

    upload_bytes: int = 4 * GIB  # of an archive, or of all files dropped together
    unpacked_bytes: int = 8 * GIB  # of everything in an archive
    picture_bytes: int = 128 * MIB  # of one file
    ratio: int = 200  # unpacked to packed, of a file or an archive …
    ratio_from_bytes: int = 16 * MIB  # … that unpacks to more than this
    entries: int = 200_000  # names in an archive or a folder, whatever they are
    directory_bytes: int = 64 * MIB  # of a ZIP's table of contents
    header_bytes: int = 256 * 1024  # between two files of a TAR
    unpacker_bytes: int = 256 * MIB  # of memory that unpacking an .xz may take
    path_characters: int = 1_000
    pictures: int = 50_000
    classes: int = 1_000
    class_characters: int = 100
    pixels: int = 120_000_000  # of one picture, before it is made small
    smallest_side: int = 8  # pixels
    seconds_a_picture: float = 20.0
    decoder_bytes: int = 2 * GIB  # of memory that decoding one picture may take
    decoded_bytes: int = 3 * GIB  # of all pictures at the chosen size
    smallest_class: int = 3  # pictures: one for each part
    smallest_size: int = 8  # pixels to decode to
    largest_size: int = 512
    texts: int = 100_000  # in one file
    texts_bytes: int = 512 * MIB  # of one file of texts
    clip_bytes: int = 500 * MIB  # of one file
    clip_frames: int = 7_500  # of one clip, five minutes at 25 a second; what comes after is not read, and said …
    clip_seconds: float = 300.0  # … and likewise what is shown later than this
    clip_pixels: int = 9_000_000  # of one frame: 4096 × 2160 fits
    seconds_a_clip: float = 300.0  # to decode it
    notes: int = 200  # pictures left out that are named; the others are counted


LIMITS = Limits()


def limits_in_words(limits: Limits = LIMITS) -> tuple[str, ...]:
    """Say the limits as sentences for the visitor, the ones met most often first."""
    return (
        f"An upload has up to {in_bytes(limits.upload_bytes)}, and unpacks to {in_bytes(limits.unpacked_bytes)}.",
        f"It holds at most {limits.pictures:,} pictures in at most {limits.classes:,} classes.",
        f"A class needs at least {limits.smallest_class} pictures, one each to train, to validate and to test.",
        f"A picture has at most {in_bytes(limits.picture_bytes)} and {limits.pixels // 10**6} megapixels, "
        f"at least {limits.smallest_side} pixels a side, and is read within {limits.seconds_a_picture:g} seconds.",
        f"Archives are ZIP or TAR (also .gz, .bz2, .xz), without password, with at most {limits.entries:,} entries; "
        "archives inside them are not opened.",
    )


def in_bytes(count: float) -> str:
    """Write a number of bytes as people read it, such as `4 GiB` or `1.5 MiB`."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            break
        count /= 1024
    return f"{count:.0f} {unit}" if unit == "bytes" or count >= 10 or count == int(count) else f"{count:.1f} {unit}"
