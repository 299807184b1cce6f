"""Public picture sets, fetched and read through torchvision.datasets.

Files are downloaded here, with progress, to where torchvision looks for them; it checks and unpacks them.
"""

from __future__ import annotations

import hashlib
import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from pathlib import Path

from model_zoo.data import sources
from model_zoo.data.gathering import Pace, check_room
from model_zoo.data.kept import Arrays
from model_zoo.data.limits import in_bytes
from model_zoo.data.public_sets import SETS, Wanted
from model_zoo.events import Event, Progress

BLOCK = 2**20
SECONDS_TO_WAIT = 30
NO_ANSWER = (urllib.error.URLError, http.client.HTTPException, OSError)


def fetch(name: str) -> Generator[Event, None, None]:
    """Download and unpack a set unless it is here; raises ValueError with one sentence where that cannot be done."""
    row = sources.download(name)
    if row.ready:
        return
    set_ = SETS[row.name]
    for wanted in set_.files():
        if not _intact(wanted):
            yield from _download(row, wanted)
    yield Progress(f"Unpacking {row.title}")
    for left in set_.unpacked():  # what an interrupted run may have left half
        _remove(left)
    try:
        set_.unpack()
    except RuntimeError as error:
        raise ValueError(f"{row.title} could not be unpacked: {error}") from error
    sources.ready_mark(row.name).touch()


def load(name: str, size: int) -> Generator[Event, None, Arrays]:
    """Read a set that is here into arrays of `size` pixels, with the parts that its makers gave."""
    row = sources.download(name)
    check_room(row.pictures, size)
    return (yield from SETS[row.name].read(row, size))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _intact(wanted: Wanted) -> bool:
    if not wanted.path.is_file():
        return False
    with wanted.path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == wanted.md5


def _download(row: sources.Downloadable, wanted: Wanted) -> Generator[Event, None, None]:
    wanted.folder.mkdir(parents=True, exist_ok=True)
    aside = wanted.path.with_name(wanted.path.name + ".part")
    yield Progress(f"Asking for {wanted.url}")
    try:
        yield from _copy(row, wanted, aside)
    except NO_ANSWER as error:
        aside.unlink(missing_ok=True)
        raise ValueError(_by_hand(row, wanted, error)) from error
    aside.replace(wanted.path)
    if not _intact(wanted):
        wanted.path.unlink()
        raise ValueError(f"{wanted.path.name} of {row.title} arrived damaged (its checksum is wrong); start it again.")


def _copy(row: sources.Downloadable, wanted: Wanted, aside: Path) -> Iterator[Event]:
    with urllib.request.urlopen(wanted.url, timeout=SECONDS_TO_WAIT) as answer, aside.open("wb") as file:
        length = int(answer.headers.get("Content-Length") or 0)
        pace = Pace(f"Downloading {row.title}, {in_bytes(length)}", max(length, 1))
        done = 0
        while block := answer.read(BLOCK):
            file.write(block)
            done += len(block)
            yield from pace.at(done)
        if done < length:
            raise http.client.IncompleteRead(b"", length - done)


def _by_hand(row: sources.Downloadable, wanted: Wanted, error: Exception) -> str:
    reason = getattr(error, "reason", None) or str(error) or type(error).__name__
    instead = ", ".join(bundled.name for bundled in sources.BUNDLED)
    return (
        f"{row.title} cannot be downloaded: {wanted.url} does not answer ({reason}). Put {wanted.path.name} into "
        f"{wanted.folder} by hand and start again, or use a set that needs no download: {instead}."
    )
