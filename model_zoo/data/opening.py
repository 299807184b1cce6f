"""Open a picture set by reference: decoded once, kept under THAW_HOME/pictures, read from there ever after."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator
from hashlib import sha256
from pathlib import Path

from safetensors.torch import load_file

from model_zoo.data import archives, bundled, downloads, gathering, kept, sources
from model_zoo.data.image_set import ImageSet
from model_zoo.data.kept import Arrays, Kept
from model_zoo.data.limits import LIMITS
from model_zoo.data.sources import Source
from model_zoo.events import Event, Note, Progress


def open_set(reference: str, size: int) -> Generator[Event, None, ImageSet]:
    """Give the set at `size` pixels, decoded now if it never was; yields Progress, and a Note for each file left out.

    Raises ValueError with a sentence that names the culprit and the way out.
    """
    if not LIMITS.smallest_size <= size <= LIMITS.largest_size:
        raise ValueError(f"size must be {LIMITS.smallest_size} to {LIMITS.largest_size} pixels, got {size}.")
    source = sources.find(reference)
    yield Progress(f"Looking for {source.title}")
    key = key_of(source, size)
    found = kept.find(key)
    if found is None:
        arrays = yield from _decode(source, size)
        yield Progress(f"Keeping {len(arrays.labels):,} pictures")
        found = kept.keep(arrays, key)
    yield from notes(found)
    return load(found)


def key_of(source: Source, size: int) -> str:
    """Give the key under which the set is kept: a hash of its content and size. Reads a path from disk to know it."""
    return kept.key(_content(source), size)


def load(found: Kept) -> ImageSet:
    """Load a kept set as tensors; the pictures stay on disk until they are touched."""
    tensors = load_file(found.path)
    return ImageSet(
        pictures=tensors["pictures"],
        labels=tensors["labels"],
        classes=found.classes,
        names=found.names,
        given=tensors["given"],
        origin=found.origin,
        mirror=found.mirror,
        original=tensors["original"],
        key=found.key,
    )


def notes(found: Kept) -> Iterator[Note]:
    """Say what was left out of a kept set: by name as far as the limit goes, the others by number."""
    for item in found.left_out[: LIMITS.notes]:
        yield Note(item.sentence, about=item.name)
    if (more := len(found.left_out) - LIMITS.notes) > 0:
        yield Note(f"{more:,} more files were left out.")
    for remark in found.remarks:
        yield Note(remark)


def _decode(source: Source, size: int) -> Generator[Event, None, Arrays]:
    if source.kind == "download":
        yield from downloads.fetch(source.name)
        return (yield from downloads.load(source.name, size))
    if source.kind == "bundled":
        return (yield from bundled.digits(size) if source.name == "digits" else bundled.materials(size, source.options))
    assert source.path is not None
    return (yield from gathering.gather(source.path, source.title, size))


def _content(source: Source) -> str:
    if source.kind == "bundled":
        version = next(row.version for row in sources.BUNDLED if row.name == source.name)
        return f"{source.name} {source.options} {version}"
    if source.kind == "download":
        return f"{source.reference} {sources.download(source.name).version}"
    if source.kind == "upload":
        return kept.content_of_upload(source.reference)
    assert source.path is not None
    return f"{kept.DECODING} {source.title} {_digest(source.path)}"


def _digest(path: Path) -> str:
    if path.is_file():
        return _file_digest(path)
    members = sorted(archives.listing(path).members, key=lambda member: member.name)
    return sha256("".join(f"{_file_digest(Path(m.place))} {m.name}\n" for m in members).encode()).hexdigest()


def _file_digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except PermissionError:
        return "unreadable"
