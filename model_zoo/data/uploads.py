"""What visitors send, kept under THAW_HOME/uploads by the hash of its content. Plain Python: the web process uses it.

    HASH/archive      the archive as it came, or a ZIP of the files that were dropped one by one
    HASH/upload.json  its name, its bytes, and which of the two it is

Names from outside never become paths: they stay inside the archive.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Literal

from model_zoo.data import archives, folders, kept, thumbnails
from model_zoo.data.limits import LIMITS, in_bytes
from model_zoo.data.members import LeftOut, Refused
from model_zoo.data.spelling import objection, readable
from model_zoo.home import home

BLOCK = 2**20
HASH_CHARACTERS = 32
STALE_SECONDS = 24 * 3600  # of what an interrupted upload left behind


@dataclass(frozen=True)
class Upload:
    """One kept upload: its hash, the name it came under, its bytes, and where its archive lies."""

    hash: str
    title: str
    kind: Literal["archive", "files"]
    bytes: int
    archive: Path

    @property
    def reference(self) -> str:
        return f"upload:{self.hash}"


def keep_archive(stream: BinaryIO, name: str, of: str = "class folders") -> str:
    """Keep an archive and give `upload:HASH`; the same content is kept once. `of` says what it should hold.

    Raises ValueError with a sentence where it is too big, empty, or no archive.
    """
    title = readable(name).rpartition("/")[2] or "upload"
    with _aside() as folder:
        content = sha256()
        with (folder / "archive").open("wb") as file:
            size = _copy(stream, file, content, LIMITS.upload_bytes)
        _no_archive_named(folder / "archive", title, of)
        return _settle(folder, content.hexdigest()[:HASH_CHARACTERS], title, "archive", size)


def keep_files(files: Iterable[tuple[str, BinaryIO]], title: str = "") -> str:
    """Keep files dropped one by one, named `class/file.jpg`, and give `upload:HASH`; their order does not matter.

    `title` is what the set is called, by default the names of its classes. Raises ValueError with a sentence.
    """
    with _aside() as folder:
        digests: dict[str, str] = {}
        total = 0
        with zipfile.ZipFile(folder / "archive", "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            for name, stream in files:
                name = _free_name(name, digests)
                if len(digests) == LIMITS.entries:
                    raise ValueError(f"More than {LIMITS.entries:,} files were dropped; drop fewer.")
                content = sha256()
                with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as file:
                    total += _copy(stream, file, content, LIMITS.upload_bytes - total)
                digests[name] = content.hexdigest()
        if not digests:
            raise ValueError("No files were dropped; drop pictures, or a ZIP of class folders.")
        digest = sha256("".join(f"{digests[name]} {name}\n" for name in sorted(digests)).encode()).hexdigest()
        return _settle(folder, digest[:HASH_CHARACTERS], title or _class_names(digests), "files", total)


def find(digest: str) -> Upload:
    """Find a kept upload by its hash; raises ValueError where there is none."""
    if len(digest) == HASH_CHARACTERS and all(c in "0123456789abcdef" for c in digest):
        folder = home("uploads") / digest
        if (folder / "upload.json").is_file():
            about = json.loads((folder / "upload.json").read_text("utf-8"))
            return Upload(digest, about["title"], about["kind"], about["bytes"], folder / "archive")
    raise ValueError(f"There is no upload “{readable(digest)[:40]}” here; upload the pictures again.")


def delete(reference: str) -> None:
    """Delete an upload, and what was decoded from it at any size; raises ValueError where there is none.

    What was learned from it stays: results of comparisons and their networks hold no pictures.
    """
    upload = find(reference.removeprefix("upload:"))
    aside = home("uploads") / f".part-{token_hex(8)}"
    with suppress(FileNotFoundError):  # someone else is deleting it at the same time
        os.rename(upload.archive.parent, aside)  # at once, so that nobody opens half of it
    shutil.rmtree(aside, ignore_errors=True)
    content = kept.content_of_upload(upload.reference)
    for size in range(LIMITS.smallest_size, LIMITS.largest_size + 1):
        kept.place(kept.key(content, size)).unlink(missing_ok=True)
    thumbnails.place(content).unlink(missing_ok=True)


def contents(reference: str) -> folders.Arrangement:
    """Say what an upload holds, by names alone, before anything is decoded: its classes, parts, and what is left out.

    Quick for a ZIP; a packed TAR is unpacked for it. Raises ValueError with a sentence where it cannot be used.
    """
    upload = find(reference.removeprefix("upload:"))
    listed = archives.listing(upload.archive, upload.title)
    arrangement = folders.arrange(listed.members)
    return folders.Arrangement(arrangement.placed, listed.left_out + arrangement.left_out)


def pictures(reference: str) -> archives.Listing:
    """Say which files of an upload may be pictures, whatever folders they lie in, and what is left out of the others.

    Raises ValueError with a sentence where there are none, or too many.
    """
    upload = find(reference.removeprefix("upload:"))
    found, left_out = [], []
    listed = archives.listing(upload.archive, upload.title)
    for member in listed.members:
        if reason := folders.no_picture(member.name):
            left_out.append(LeftOut(member.name, reason))
        elif not folders.is_litter(member.name):
            found.append(member)
    left_out = [each for each in (*listed.left_out, *left_out) if not folders.is_litter(each.name)]
    if not found:
        raise ValueError(f"“{upload.title}” holds no pictures: {folders.FORMATS} are read.")
    if len(found) > LIMITS.pictures:
        raise ValueError(f"“{upload.title}” has {len(found):,} pictures; at most {LIMITS.pictures:,} are taken.")
    return archives.Listing(tuple(found), tuple(left_out))


def _copy(source: BinaryIO, target: object, content: object, most: int) -> int:
    size = 0
    while block := source.read(BLOCK):
        size += len(block)
        if size > most:
            limit = in_bytes(LIMITS.upload_bytes)
            raise ValueError(f"The upload has more than {limit}; send fewer or smaller pictures.")
        content.update(block)  # type: ignore[attr-defined]
        target.write(block)  # type: ignore[attr-defined]
    return size


def _no_archive_named(archive: Path, title: str, of: str) -> None:
    try:
        archives.kind(archive)
    except Refused as error:
        raise ValueError(f"“{title}” {error}. Send a ZIP or TAR of {of}.") from error


@contextmanager
def _aside() -> Iterator[Path]:
    """Give a folder to write in, gone afterwards unless it was moved."""
    _sweep()
    folder = home("uploads", f".part-{token_hex(8)}")
    try:
        yield folder
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ValueError("The disk is full; the upload was not kept. Make room, then send it again.") from error
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settle(folder: Path, digest: str, title: str, kind: str, size: int) -> str:
    about = {"title": title, "kind": kind, "bytes": size, "kept": time.time()}
    (folder / "upload.json").write_text(json.dumps(about), "utf-8")
    place = home("uploads") / digest
    if not (place / "upload.json").exists():
        try:
            os.rename(folder, place)
        except OSError:
            if not (place / "upload.json").exists():  # else: the same upload, kept by someone else meanwhile
                raise
    return f"upload:{digest}"


def _sweep() -> None:
    for folder in home("uploads").glob(".part-*"):
        try:
            if time.time() - folder.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
        except FileNotFoundError:  # its upload has just ended
            continue


def _free_name(name: str, taken: dict[str, str]) -> str:
    """Give the name as it is written into the archive: two webcam pictures may both be called `class/photo.jpg`."""
    name = readable(name)[: LIMITS.path_characters]
    if reason := objection(name):
        raise ValueError(f"“{name}” {reason}; drop the folder itself, or name the class and drop its pictures.")
    name = "/".join(part for part in name.split("/") if part not in ("", "."))
    stem, dot, suffix = name.rpartition(".")
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{stem} ({number}){dot}{suffix}" if stem else f"{name} ({number})"
    return free


def _class_names(names: Iterable[str]) -> str:
    classes = sorted({name.split("/")[-2] for name in names if "/" in name})
    shown = ", ".join(classes[:4])
    return (shown + (" …" if len(classes) > 4 else "")) or "files"
