"""What an archive or a folder holds, listed and read without ever writing to a path that it names."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from model_zoo.data import tars, zips
from model_zoo.data.limits import LIMITS, in_bytes
from model_zoo.data.members import LeftOut, Member, Refused
from model_zoo.data.spelling import objection, readable

Read = Iterator[tuple[Member, bytes | LeftOut]]
OTHERS = {b"Rar!": "RAR", b"7z\xbc\xaf\x27\x1c": "7z", b"MSCF": "CAB", b"\x28\xb5\x2f\xfd": "Zstandard"}


@dataclass(frozen=True)
class Listing:
    """What an archive or folder holds: files that may be read, and what is not touched, with the reason."""

    members: tuple[Member, ...]
    left_out: tuple[LeftOut, ...]


def kind(path: Path) -> str:
    """Say what `path` is, `folder`, `zip` or `tar`, by its content; raises Refused where it is none of them."""
    if path.is_dir():
        return "folder"
    if zips.is_zip(path):
        return "zip"
    if tars.is_tar(path):
        return "tar"
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise Refused("is empty")
    named = next((name for magic, name in OTHERS.items() if start.startswith(magic)), None)
    raise Refused(f"is {named}, which is not opened; pack the folders as ZIP" if named else "is neither ZIP nor TAR")


def listing(path: Path, title: str = "") -> Listing:
    """List the files of an archive or folder; raises Refused, a ValueError, with a sentence about `title`."""
    with _about(title or path.name):
        return _checked(_LISTERS[kind(path)](path))


def read(path: Path, wanted: Iterable[Member], title: str = "") -> Read:
    """Read the `wanted` members in the order in which they stand, one at a time; a damaged one comes as LeftOut."""
    with _about(title or path.name):
        yield from _READERS[kind(path)](path, {member.position: member for member in wanted})


@dataclass
class _about:
    """Put the name of the archive before what is said about it."""

    title: str

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Refused) and not error.titled:
            raise Refused(f"“{readable(self.title)}” {error}.", titled=True) from error


def _checked(found: Iterable[Member | LeftOut]) -> Listing:
    members: list[Member] = []
    left_out: list[LeftOut] = []
    names: set[str] = set()
    total = 0
    for count, entry in enumerate(found, 1):
        if count > LIMITS.entries:
            raise Refused(f"holds more than {LIMITS.entries:,} entries")
        entry = _acceptable(entry, names)
        if isinstance(entry, LeftOut):
            left_out.append(entry)
            continue
        total += entry.bytes
        if total > LIMITS.unpacked_bytes:
            raise Refused(f"unpacks to more than {in_bytes(LIMITS.unpacked_bytes)}")
        names.add(entry.name)
        members.append(entry)
    return Listing(tuple(members), tuple(left_out))


def _acceptable(entry: Member | LeftOut, names: set[str]) -> Member | LeftOut:
    name = readable(entry.name)
    if isinstance(entry, LeftOut):
        return replace(entry, name=name)
    reason = objection(name)
    name = "/".join(part for part in name.split("/") if part not in ("", "."))
    if reason is None and name in names:
        reason = "stands in the archive twice; the first is used"
    if reason is None and entry.bytes > LIMITS.picture_bytes:
        reason = f"has {in_bytes(entry.bytes)}, more than {in_bytes(LIMITS.picture_bytes)}"
    return LeftOut(name, reason) if reason else replace(entry, name=name)


def _list_folder(root: Path) -> Iterator[Member | LeftOut]:
    position = 0
    for folder, folders, files in os.walk(root):
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        folders.sort()
        for name in sorted(files + links):
            place = os.path.join(folder, name)
            yield _file(place, os.path.relpath(place, root), position)
            position += 1


def _file(place: str, name: str, position: int) -> Member | LeftOut:
    name = os.fsencode(name).decode("utf-8", "replace")
    status = os.lstat(place)
    if stat.S_ISREG(status.st_mode):
        return Member(name, status.st_size, position, place)
    return LeftOut(name, "is a link" if stat.S_ISLNK(status.st_mode) else "is no file")


def _read_folder(root: Path, wanted: dict[int, Member]) -> Read:
    for member in wanted.values():
        try:
            with open(member.place, "rb") as file:
                yield member, file.read(LIMITS.picture_bytes + 1)
        except OSError as error:
            yield member, LeftOut(member.name, f"cannot be read ({error.strerror})")


_LISTERS: dict[str, Callable[[Path], Iterator[Member | LeftOut]]] = {
    "folder": _list_folder,
    "zip": zips.members,
    "tar": tars.members,
}
_READERS: dict[str, Callable[[Path, dict[int, Member]], Read]] = {
    "folder": _read_folder,
    "zip": zips.read,
    "tar": tars.read,
}
