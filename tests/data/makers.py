"""Small pictures, archives and sets, made in the test that needs them."""

import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from model_zoo.data.image_set import ImageSet, empty_given
from model_zoo.data.limits import LIMITS
from model_zoo.events import Event


def picture(
    number: int = 0, size: tuple[int, int] = (20, 16), mode: str = "RGB", format: str = "PNG", **save: Any
) -> bytes:
    """Give a picture file, one colour a number, its left half darker."""
    colour = np.array([37 * number % 200 + 30, 91 * number % 200 + 30, 53 * number % 200 + 30])
    pixels = np.broadcast_to(colour, (size[1], size[0], 3)).astype(np.uint8).copy()
    pixels[:, : size[0] // 2] //= 2
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, format, **save)
    return file.getvalue()


def class_files(classes: tuple[str, ...] = ("cats", "dogs"), each: int = 3, under: str = "") -> dict[str, bytes]:
    """Give picture files by name, `each` in every class folder, no two alike."""
    names = [f"{under}{label}/{number}.png" for label in classes for number in range(each)]
    return {name: picture(number + 1) for number, name in enumerate(names)}


def zipped(files: Mapping[str, bytes], packing: int = zipfile.ZIP_STORED) -> bytes:
    """Give a ZIP of the files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packing) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(
    files: Mapping[str, bytes], *others: tarfile.TarInfo, packing: str = "", format: int = tarfile.PAX_FORMAT
) -> bytes:
    """Give a TAR of the files, then of `others`, which have no content."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=f"w:{packing}", format=format, errors="surrogateescape") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        for entry in others:
            archive.addfile(entry)
    return file.getvalue()


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, 6)


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def small_set(counts: Mapping[str, int], given: list[int] | None = None, size: int = 16) -> ImageSet:
    """Give a set of random pictures with so many of each class."""
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(list(counts.values())))
    pictures = torch.randint(0, 256, (len(labels), 3, size, size), dtype=torch.uint8, generator=torch.Generator())
    parts = empty_given(len(labels)) if given is None else torch.tensor(given, dtype=torch.int8)
    return ImageSet(pictures, labels, tuple(counts), tuple(f"{i}.png" for i in range(len(labels))), parts, "made up")


def drive(work: Generator[Event, None, Any]) -> tuple[list[Event], Any]:
    """Run work to its end; gives its events and what it returns."""
    events: list[Event] = []
    while True:
        try:
            events.append(next(work))
        except StopIteration as end:
            return events, end.value


@contextmanager
def limits(**changes: Any) -> Iterator[None]:
    """Set limits for a while; every module holds the same frozen object, so it is changed in place."""
    before = {name: getattr(LIMITS, name) for name in changes}
    try:
        for name, value in changes.items():
            object.__setattr__(LIMITS, name, value)
        yield
    finally:
        for name, value in before.items():
            object.__setattr__(LIMITS, name, value)


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
