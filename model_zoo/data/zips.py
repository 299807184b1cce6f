"""ZIP archives from strangers: listed and read within bounds."""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from pathlib import Path

from model_zoo.data.limits import LIMITS, in_bytes
from model_zoo.data.members import LeftOut, Member, Refused
from model_zoo.data.spelling import zip_name

LOCKED = 0x1  # flag of an entry under a password
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)  # LZMA would take as much memory as it likes
CUT_OFF = "is no complete ZIP: it breaks off, or its table of contents is damaged; upload it again"


def is_zip(path: Path) -> bool:
    """Say whether the file starts as a ZIP does; a table of contents behind another start does not count."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\3\4", b"PK\5\6", b"PK\7\x08")


def members(path: Path) -> Iterator[Member | LeftOut]:
    """List the files of a ZIP; folders are passed over."""
    with _open(path) as archive:
        for position, entry in enumerate(archive.infolist()):
            name = zip_name(entry)
            if reason := _objection(entry):
                yield LeftOut(name, reason)
            elif not (entry.is_dir() or name.endswith("\\")):
                yield Member(name, entry.file_size, position)


def read(path: Path, wanted: dict[int, Member]) -> Iterator[tuple[Member, bytes | LeftOut]]:
    """Read members by position, in the order of the table of contents."""
    with _open(path) as archive:
        for position, entry in enumerate(archive.infolist()):
            if member := wanted.get(position):
                yield member, _content(archive, entry, member)


def _open(path: Path) -> zipfile.ZipFile:
    with path.open("rb") as file:
        # The same function by which ZipFile finds the table, so that nobody can show us another one.
        end = zipfile._EndRecData(file)  # type: ignore[attr-defined]
    if end is None:
        raise Refused(CUT_OFF)
    if end[zipfile._ECD_SIZE] > LIMITS.directory_bytes:  # type: ignore[attr-defined]
        raise Refused(f"has a table of contents of more than {in_bytes(LIMITS.directory_bytes)}")
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError, OverflowError, OSError) as error:
        raise Refused(CUT_OFF) from error


def _objection(entry: zipfile.ZipInfo) -> str | None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link" if kind == stat.S_IFLNK else "is no file"
    if entry.flag_bits & LOCKED:
        return "is locked with a password"
    if entry.compress_type not in METHODS:
        return "is packed by a method that is not opened; pack it as an ordinary ZIP"
    if entry.file_size > LIMITS.ratio_from_bytes and entry.file_size > LIMITS.ratio * entry.compress_size:
        return f"unpacks to more than {LIMITS.ratio} times its size"
    return None


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, member: Member) -> bytes | LeftOut:
    try:
        with archive.open(entry) as file:
            content = file.read(LIMITS.picture_bytes + 1)
    except (zipfile.BadZipFile, zlib.error, LZMAError, EOFError, OSError, ValueError, RuntimeError) as error:
        return LeftOut(member.name, f"is damaged in the archive ({error})")
    if len(content) != entry.file_size:
        return LeftOut(member.name, "is damaged in the archive (it ends too early)")
    return content
