"""From files of any origin to the arrays of a picture set: decoded in parallel, with what is left out told by name."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from model_zoo.data import archives, folders
from model_zoo.data.decode import Unusable
from model_zoo.data.decoding import decode_all
from model_zoo.data.folders import Placed
from model_zoo.data.kept import NOT_GIVEN, PARTS, Arrays, Part
from model_zoo.data.limits import LIMITS, in_bytes
from model_zoo.data.members import LeftOut
from model_zoo.events import Event, Progress

SECONDS_BETWEEN_EVENTS = 0.3
SHARE_TO_JUDGE_BY = 0.03  # of the work; before, the start of processes weighs too much
REASONS_SHOWN = 3  # in a sentence that says that nothing is left


@dataclass(frozen=True)
class File:
    """One picture file that is to be decoded, with its place in the set."""

    name: str
    label: str
    part: Part | None


def gather(path: Path, title: str, size: int) -> Generator[Event, None, Arrays]:
    """Decode a folder or an archive of class folders; raises ValueError with a sentence where no set comes of it."""
    yield Progress(f"Looking through {title}")
    listed = archives.listing(path, title)
    arranged = folders.arrange(listed.members)
    left_out = [item for item in (*listed.left_out, *arranged.left_out) if not folders.is_litter(item.name)]
    placed = sorted(arranged.placed, key=lambda p: (folders.order(p.label), folders.natural(p.member.name)))
    _check_classes(title, placed, left_out)
    rows = {item.member.position: row for row, item in enumerate(placed)}
    files = [File(item.member.name, item.label, item.part) for item in placed]

    def contents() -> Iterator[tuple[int, bytes]]:
        for member, content in archives.read(path, [item.member for item in placed], title):
            if isinstance(content, LeftOut):
                left_out.append(content)
            else:
                yield rows[member.position], content

    arrays = yield from decode_files(files, contents(), size, f"Decoding {len(files):,} pictures of {title}", title)
    return _usable(replace(arrays, left_out=(*left_out, *arrays.left_out)), title)


def decode_files(
    files: Sequence[File], contents: Iterable[tuple[int, bytes]], size: int, doing: str, origin: str
) -> Generator[Event, None, Arrays]:
    """Decode `contents`, pairs of an index into `files` and the file's bytes, into arrays in the order of `files`."""
    check_room(len(files), size)
    pictures = np.empty((len(files), 3, size, size), np.uint8)
    original = np.zeros((len(files), 2), np.int32)
    usable = np.zeros(len(files), bool)
    left_out: list[LeftOut] = []
    animated = 0
    pace = Pace(doing, len(files))
    for done, (row, found) in enumerate(decode_all(contents, size, len(files)), 1):
        if isinstance(found, Unusable):
            left_out.append(LeftOut(files[row].name, str(found)))
        else:
            pictures[row], original[row], usable[row] = found.pixels, (found.width, found.height), True
            animated += found.animated
        yield from pace.at(done)
    remarks = _about_frames(animated)
    return _arrays(files, pictures, original, usable, origin, tuple(left_out), remarks)


def _about_frames(animated: int) -> tuple[str, ...]:
    if animated == 1:
        return ("1 animated picture is used with its first frame only.",)
    return (f"{animated:,} animated pictures are used with their first frame only.",) if animated else ()


def check_room(count: int, size: int) -> None:
    """Raise ValueError where `count` pictures of `size` pixels would take more memory than the limits allow."""
    if count * 3 * size * size > LIMITS.decoded_bytes:
        fits = int((LIMITS.decoded_bytes / (3 * count)) ** 0.5)
        raise ValueError(
            f"{count:,} pictures of {size} × {size} pixels take {in_bytes(count * 3 * size * size)}, more than "
            f"{in_bytes(LIMITS.decoded_bytes)}; choose at most {fits} pixels, or fewer pictures."
        )


class Pace:
    """How far a long piece of work is, told a few times a second."""

    def __init__(self, doing: str, count: int) -> None:
        self._doing, self._count = doing, max(count, 1)
        self._start = self._told = time.monotonic()

    def at(self, done: int) -> Iterator[Progress]:
        """Yield a Progress, if it is time for one, after `done` of the pieces."""
        now = time.monotonic()
        if now - self._told > SECONDS_BETWEEN_EVENTS:
            self._told = now
            share = done / self._count
            left = (now - self._start) * (1 / share - 1) if share > SHARE_TO_JUDGE_BY else None
            yield Progress(self._doing, share, left)


def _check_classes(title: str, placed: list[Placed], left_out: list[LeftOut]) -> None:
    classes = sorted({item.label for item in placed})
    if not placed:
        why = _because(left_out)
        raise ValueError(f"“{title}” holds no pictures in class folders{why}. Put each class into a folder of its own.")
    if len(classes) == 1:
        raise ValueError(f"“{title}” has only one class, “{classes[0]}”; put two or more classes into a folder each.")
    if len(placed) > LIMITS.pictures:
        raise ValueError(f"“{title}” has {len(placed):,} pictures; at most {LIMITS.pictures:,} are taken.")
    if len(classes) > LIMITS.classes:
        raise ValueError(f"“{title}” has {len(classes):,} class folders; at most {LIMITS.classes:,} are taken.")


def _because(left_out: Sequence[LeftOut]) -> str:
    if not left_out:
        return ""
    more = f", and {len(left_out) - REASONS_SHOWN:,} more" if len(left_out) > REASONS_SHOWN else ""
    return " (" + ", ".join(f"“{item.name}” {item.reason}" for item in left_out[:REASONS_SHOWN]) + more + ")"


def _arrays(
    files: Sequence[File],
    pictures: np.ndarray,
    original: np.ndarray,
    usable: np.ndarray,
    origin: str,
    left_out: tuple[LeftOut, ...],
    remarks: tuple[str, ...],
) -> Arrays:
    kept = [file for file, good in zip(files, usable, strict=True) if good]
    classes = tuple(dict.fromkeys(file.label for file in files))
    number = {label: index for index, label in enumerate(classes)}
    return Arrays(
        pictures=pictures if usable.all() else pictures[usable],
        labels=np.array([number[file.label] for file in kept], np.int64),
        classes=classes,
        names=tuple(file.name for file in kept),
        given=np.array([NOT_GIVEN if file.part is None else PARTS.index(file.part) for file in kept], np.int8),
        origin=origin,
        original=original[usable],
        left_out=left_out,
        remarks=remarks,
    )


def _usable(arrays: Arrays, title: str) -> Arrays:
    """Leave out classes that are too small for the split that they are to have."""
    small = _small_classes(arrays)
    left_out = (*arrays.left_out, *small.values())
    if len(arrays.classes) - len(small) < 2:
        raise ValueError(
            f"“{title}” has fewer than two classes with enough usable pictures{_because(left_out[::-1])}. "
            f"A class needs at least {LIMITS.smallest_class}."
        )
    return replace(_without(arrays, set(small)), left_out=left_out)


def _small_classes(arrays: Arrays) -> dict[int, LeftOut]:
    given = {PARTS[part] for part in arrays.given if part != NOT_GIVEN}
    by_train = "train" in given and len(given) > 1
    needed = 1 if len(given) == 3 else 2 if by_train else LIMITS.smallest_class
    counted = arrays.labels[arrays.given == PARTS.index("train")] if by_train else arrays.labels
    counts = Counter(counted.tolist())
    where, purpose = (" to train", "") if by_train else ("", ", one for each part")
    reason = "is left out as a class: it has {} usable picture{}" + f"{where} and needs {needed}{purpose}"
    return {
        label: LeftOut(name, reason.format(counts[label], "" if counts[label] == 1 else "s"))
        for label, name in enumerate(arrays.classes)
        if counts[label] < needed
    }


def _without(arrays: Arrays, dropped: set[int]) -> Arrays:
    if not dropped:
        return arrays
    stay = [label for label in range(len(arrays.classes)) if label not in dropped]
    renumbered = np.full(len(arrays.classes), -1, np.int64)
    renumbered[stay] = np.arange(len(stay))
    rows = np.isin(arrays.labels, stay)
    return replace(
        arrays,
        pictures=arrays.pictures[rows],
        labels=renumbered[arrays.labels[rows]],
        classes=tuple(arrays.classes[label] for label in stay),
        names=tuple(name for name, row in zip(arrays.names, rows, strict=True) if row),
        given=arrays.given[rows],
        original=arrays.original[rows] if arrays.original is not None else None,
    )
