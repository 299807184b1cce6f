"""Clips that visitors send, kept by a hash of what is in them, and decoded once.

THAW_HOME/videos/HASH/content                     the file as it came
THAW_HOME/videos/HASH/about.json                  the name it came under
THAW_HOME/videos/HASH/decoded-N/clip.safetensors  its frames, and when each is shown
THAW_HOME/videos/HASH/decoded-N/clip.json         the rest of the clip
THAW_HOME/videos/HASH/decoded-N/preview.mp4       a film of it that any browser plays
"""

import json
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from safetensors.numpy import load_file, save_file

from model_zoo.data.limits import LIMITS, in_bytes
from model_zoo.data.spelling import readable
from model_zoo.data.video import Clip, decode
from model_zoo.events import Progress
from model_zoo.home import home

HASH_CHARACTERS = 32
DECODED = "decoded-1"  # another number, and every clip is decoded anew


def keep(content: bytes, name: str) -> str:
    """Keep a file, and give the hash of its content, under which it is found again; raises ValueError."""
    if not content:
        raise ValueError(f"{readable(name)} is empty; send the file again.")
    if len(content) > LIMITS.clip_bytes:
        raise ValueError(
            f"{readable(name)} has {in_bytes(len(content))}; at most {in_bytes(LIMITS.clip_bytes)} go. "
            "Send a shorter part of it, or make its frames smaller."
        )
    digest = sha256(content).hexdigest()[:HASH_CHARACTERS]
    folder = home("videos") / digest
    if not folder.exists():
        with _made(folder) as aside:
            (aside / "content").write_bytes(content)
            (aside / "about.json").write_text(json.dumps({"name": readable(name)}))
    return digest


def find(digest: str) -> tuple[Path, str]:
    """Give file and name of a kept clip; raises ValueError where there is none."""
    return _folder(digest) / "content", name_of(digest)


def name_of(digest: str) -> str:
    """Give the name of a kept clip; raises ValueError where there is none."""
    name: str = json.loads((_folder(digest) / "about.json").read_text())["name"]
    return name


def opened(digest: str) -> Generator[Progress, None, Clip]:
    """Read a kept clip: what was decoded of it before, or all of it; raises ValueError with a sentence."""
    file, name = find(digest)
    folder = file.with_name(DECODED)
    if folder.exists():
        return _read(folder)
    with _made(folder) as aside:
        clip = yield from decode(file, name, aside / "preview.mp4")
        _write(clip, aside)
    return clip


def preview(digest: str) -> Path:
    """Give the film of a clip that was opened before; raises ValueError for others."""
    if not is_open(digest):
        raise ValueError(f"{name_of(digest)} has not been read yet; open it first.")
    return _folder(digest) / DECODED / "preview.mp4"


def is_open(digest: str) -> bool:
    """Say whether a clip was opened before; raises ValueError where there is none."""
    return (_folder(digest) / DECODED / "preview.mp4").exists()


def _folder(digest: str) -> Path:
    folder = home("videos") / digest if digest.isascii() and digest.isalnum() else None
    if folder is None or len(digest) != HASH_CHARACTERS or not (folder / "about.json").exists():
        raise ValueError(f"There is no video “{readable(digest)[:40]}” here; send the file again.")
    return folder


@contextmanager
def _made(folder: Path) -> Iterator[Path]:
    """Let a folder be filled aside, then move it to its place, so that nobody ever sees half of it."""
    aside = folder.with_name(f".part-{token_hex(8)}")
    aside.mkdir()
    try:
        yield aside
        try:
            os.rename(aside, folder)
        except OSError:  # somebody else has made the same
            if not folder.exists():
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write(clip: Clip, folder: Path) -> None:
    told = dict(vars(clip))
    save_file({key: told.pop(key) for key in ("frames", "seconds")}, folder / "clip.safetensors")
    (folder / "clip.json").write_text(json.dumps(told))


def _read(folder: Path) -> Clip:
    arrays = load_file(folder / "clip.safetensors")
    return Clip(arrays["frames"], arrays["seconds"], **json.loads((folder / "clip.json").read_text()))
