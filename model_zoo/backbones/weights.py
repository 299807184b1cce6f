"""Downloaded weights: fetched with progress, checked, resumed, and kept in torch hub's layout under THAW_HOME.

A file is first written as NAME.part, which a later attempt goes on with, and gets its name once its SHA-256 is right.
Plain Python: the web process may ask whether weights are there.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Generator, Iterator
from functools import lru_cache
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from ssl import SSLError
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from model_zoo.backbones import REGISTRY
from model_zoo.backbones.backbone import Backbone, Download
from model_zoo.events import Event, Progress
from model_zoo.home import home

CHUNK = 1 << 20  # bytes read at most at once
SECONDS_OF_SILENCE = 30  # until a server counts as gone
SECONDS_BETWEEN_PROGRESS = 0.25
LOST = (URLError, ConnectionError, TimeoutError, HTTPException, SSLError)


def folder() -> Path:
    """Give the folder of downloaded weights, where a file that came another way may be put too."""
    return home("torch", "hub", "checkpoints")


def weights_ready(backbone: Backbone) -> bool:
    """Say whether the pre-trained weights, if it has any, are on this machine; a file counts without a look into it."""
    return backbone.weights is None or any(copy.is_file() for copy in _copies(backbone.weights))


def path(backbone: Backbone) -> Path:
    """Give the file of the downloaded weights, its checksum compared.

    Raises ValueError where it is missing or damaged, and for a network that is shipped.
    """
    download = _download(backbone)
    copies = [copy for copy in _copies(download) if copy.is_file()]
    for copy in copies:
        status = copy.stat()
        if _sha256_once(copy, status.st_size, status.st_mtime_ns).startswith(download.sha256):
            return copy
    trouble = f"in {copies[0]} are damaged" if copies else "are not on this machine"
    raise ValueError(f"The weights of {backbone.title} {trouble}. {_ways_out(backbone)}")


def fetch(backbone: Backbone) -> Generator[Event, None, Path]:
    """Download the weights, or what is missing of them, unless a whole file is there; yields Progress, gives the file.

    Raises ValueError for a network that is shipped, a server out of reach, a full disk, and a wrong checksum.
    """
    download = _download(backbone)
    for copy in _copies(download):
        if _whole(copy, download):
            return copy
    target = folder() / _file_name(download)
    part = target.with_name(target.name + ".part")
    if not _whole(part, download):  # it is whole where only the last step was cut short
        yield from _receive(backbone, part)
        _check(backbone, part)
    part.replace(target)
    return target


def _download(backbone: Backbone) -> Download:
    if backbone.weights is None:
        raise ValueError(f"The weights of {backbone.title} are shipped with Thaw; there is nothing to download.")
    return backbone.weights


def _copies(download: Download) -> tuple[Path, ...]:
    """Where the file may be: in Thaw's own folder, and where torch.hub.load_state_dict_from_url would have put it."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    hub = Path(os.environ.get("TORCH_HOME", f"{cache}/torch"), "hub", "checkpoints").expanduser()
    return folder() / _file_name(download), hub / _file_name(download)


def _file_name(download: Download) -> str:
    return Path(urlsplit(download.url).path).name


def _whole(file: Path, download: Download) -> bool:
    return file.is_file() and _sha256(file).startswith(download.sha256)


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@lru_cache
def _sha256_once(file: Path, size: int, changed: int) -> str:
    return _sha256(file)  # about a second for VGG-16, whose network every run builds anew


def _receive(backbone: Backbone, part: Path) -> Iterator[Progress]:
    """Write what the server sends to `part`, where what has come stays when the server is lost."""
    try:
        yield from _append(backbone, part)
    except LOST as error:
        reason = getattr(error, "reason", None) or error
        sentence = f"The download of the weights of {backbone.title} failed: {reason}."
        if kept := part.stat().st_size if part.is_file() else 0:
            sentence += f" The {_megabytes(kept)} MB that have come are kept; starting again goes on from there."
        raise ValueError(f"{sentence} {_ways_out(backbone)}") from error


def _append(backbone: Backbone, part: Path) -> Iterator[Progress]:
    download = _download(backbone)
    start = part.stat().st_size if part.is_file() else 0
    with _ask(download.url, start) as answer, part.open("ab") as file:
        if answer.status != HTTPStatus.PARTIAL_CONTENT:  # the server sends it from the beginning
            file.truncate(start := 0)
        coming = int(answer.headers.get("Content-Length", download.bytes - start))
        _check_room(backbone, part.parent, coming)
        came, clock, told = 0, time.monotonic(), -1.0
        while chunk := answer.read1(CHUNK):
            file.write(chunk)
            came += len(chunk)
            seconds = time.monotonic() - clock
            if seconds - told > SECONDS_BETWEEN_PROGRESS or came == coming:
                told = seconds
                yield _progress(backbone, start + came, start + coming, seconds * (coming - came) / came)
    if came < coming and "Content-Length" in answer.headers:
        raise ConnectionError(
            f"the connection ended after {_megabytes(start + came)} of {_megabytes(start + coming)} MB"
        )


def _ask(url: str, start: int) -> HTTPResponse:
    headers = {"User-Agent": "thaw"} | ({"Range": f"bytes={start}-"} if start else {})
    try:
        return urlopen(Request(url, headers=headers), timeout=SECONDS_OF_SILENCE)
    except HTTPError as error:
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and start:  # the part is longer than the file
            return _ask(url, 0)
        raise


def _progress(backbone: Backbone, received: int, total: int, seconds_left: float) -> Progress:
    doing = f"Downloading the weights of {backbone.title}, {_megabytes(received)} of {_megabytes(total)} MB"
    return Progress(doing, min(received / total, 1.0), max(seconds_left, 0.0))


def _check_room(backbone: Backbone, where: Path, needed: int) -> None:
    free = shutil.disk_usage(where).free
    if needed > free:
        raise ValueError(
            f"The weights of {backbone.title} need {_megabytes(needed)} MB more, "
            f"and {where} has {_megabytes(free)} MB free. Make room there, or set THAW_HOME to a larger disk."
        )


def _check(backbone: Backbone, part: Path) -> None:
    download, found = _download(backbone), _sha256(part)
    if found.startswith(download.sha256):
        return
    part.unlink()
    raise ValueError(
        f"What came from {download.url} is not the weights of {backbone.title}: its SHA-256 begins with "
        f"{found[: len(download.sha256)]}, not {download.sha256}. It was removed. Start again; if that does not help, "
        "something between here and there answers in its place, such as a sign-in page."
    )


def _ways_out(backbone: Backbone) -> str:
    rows = (row for row in REGISTRY.values() if isinstance(row, Backbone))
    shipped = ", ".join(row.name for row in rows if row.weights is None and row.pretrained)
    return (
        f"Download them while online, put {_download(backbone).url} into {folder()} yourself, "
        f"or take a network that is shipped with Thaw: {shipped}."
    )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.0f}" if count >= 1e7 else f"{count / 1e6:.1f}"
