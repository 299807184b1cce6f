"""Public picture sets, fetched and read through torchvision.datasets: CIFAR-10, Flowers-102, Oxford-IIIT Pet.

Files are downloaded here, with progress, to where torchvision looks for them; it checks and unpacks them.
"""

from __future__ import annotations

import hashlib
import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from model_zoo.data import sources
from model_zoo.data.gathering import File, Pace, check_room, decode_files
from model_zoo.data.kept import PARTS, Arrays, Part
from model_zoo.data.limits import in_bytes
from model_zoo.events import Event, Progress
from model_zoo.home import home

BLOCK = 2**20
SECONDS_TO_WAIT = 30
NO_ANSWER = (urllib.error.URLError, http.client.HTTPException, OSError)


@dataclass(frozen=True)
class Wanted:
    """One file of a set: where it comes from, its MD5 sum, and the folder that torchvision expects it in."""

    url: str
    md5: str
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / self.url.rpartition("/")[2]


def fetch(name: str) -> Generator[Event, None, None]:
    """Download and unpack a set unless it is here; raises ValueError with one sentence where that cannot be done."""
    row = sources.download(name)
    if row.ready:
        return
    set_ = _SETS[row.name]
    for wanted in set_.files():
        if not _intact(wanted):
            yield from _download(row, wanted)
    yield Progress(f"Unpacking {row.title}")
    for folder in set_.unpacked():
        shutil.rmtree(folder, ignore_errors=True)  # what an interrupted run may have left half
    try:
        set_.unpack()
    except RuntimeError as error:
        raise ValueError(f"{row.title} could not be unpacked: {error}") from error
    sources.ready_mark(row.name).touch()


def load(name: str, size: int) -> Generator[Event, None, Arrays]:
    """Read a set that is here into arrays of `size` pixels, with the parts that its makers gave."""
    row = sources.download(name)
    check_room(row.pictures, size)
    return (yield from _SETS[row.name].read(row, size))


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


class _Cifar10:
    def files(self) -> list[Wanted]:
        from torchvision.datasets import CIFAR10

        return [Wanted(CIFAR10.url, CIFAR10.tgz_md5, home("downloads"))]

    def unpacked(self) -> list[Path]:
        return [home("downloads") / "cifar-10-batches-py"]

    def unpack(self) -> None:
        from torchvision.datasets import CIFAR10

        CIFAR10(str(home("downloads")), download=True)

    def read(self, row: sources.Downloadable, size: int) -> Generator[Event, None, Arrays]:
        from torchvision.datasets import CIFAR10

        parts = [CIFAR10(str(home("downloads")), train=train) for train in (True, False)]
        small = np.concatenate([part.data for part in parts])  # (60000, 32, 32, 3)
        pictures = np.empty((len(small), 3, size, size), np.uint8)
        pace = Pace(f"Making {row.title} the right size", len(small))
        for number, picture in enumerate(small):
            resized = Image.fromarray(picture).resize((size, size), Image.Resampling.BICUBIC)
            pictures[number] = np.asarray(resized).transpose(2, 0, 1)
            yield from pace.at(number + 1)
        given = np.repeat([PARTS.index("train"), PARTS.index("test")], [len(part.data) for part in parts])
        return Arrays(
            pictures=pictures,
            labels=np.concatenate([part.targets for part in parts]),
            classes=tuple(parts[0].classes),
            names=tuple(f"{PARTS[part]}/{number:05d}" for number, part in enumerate(given)),
            given=given,
            origin=row.title,
            original=np.full((len(small), 2), 32, np.int32),
        )


class _Flowers102:
    folder = property(lambda self: home("downloads") / "flowers-102")

    def files(self) -> list[Wanted]:
        from torchvision.datasets import Flowers102

        prefix, files = Flowers102._download_url_prefix, Flowers102._file_dict.values()
        return [Wanted(prefix + name, md5, self.folder) for name, md5 in files]

    def unpacked(self) -> list[Path]:
        return [self.folder / "jpg"]

    def unpack(self) -> None:
        from torchvision.datasets import Flowers102

        Flowers102(str(home("downloads")), download=True)

    def read(self, row: sources.Downloadable, size: int) -> Generator[Event, None, Arrays]:
        from torchvision.datasets import Flowers102

        found: list[tuple[Path, str, Part]] = []
        for split, part in (("train", PARTS[0]), ("val", PARTS[1]), ("test", PARTS[2])):
            flowers = Flowers102(str(home("downloads")), split=split, loader=Path)
            pairs = (flowers[number] for number in range(len(flowers)))
            found += [(path, Flowers102.classes[label], part) for path, label in pairs]
        return (yield from _read_files(row, found, size))


class _Pets:
    folder = property(lambda self: home("downloads") / "oxford-iiit-pet")

    def files(self) -> list[Wanted]:
        from torchvision.datasets import OxfordIIITPet

        return [Wanted(url, md5, self.folder) for url, md5 in OxfordIIITPet._RESOURCES]

    def unpacked(self) -> list[Path]:
        return [self.folder / "images", self.folder / "annotations"]

    def unpack(self) -> None:
        from torchvision.datasets import OxfordIIITPet

        OxfordIIITPet(str(home("downloads")), download=True)

    def read(self, row: sources.Downloadable, size: int) -> Generator[Event, None, Arrays]:
        from torchvision.datasets import OxfordIIITPet

        found: list[tuple[Path, str, Part]] = []
        for split, part in (("trainval", PARTS[0]), ("test", PARTS[2])):
            pets = OxfordIIITPet(str(home("downloads")), split=split)
            found += [(Path(path), pets.classes[y], part) for path, y in zip(pets._images, pets._labels, strict=True)]
        return (yield from _read_files(row, found, size))


def _read_files(
    row: sources.Downloadable, found: list[tuple[Path, str, Part]], size: int
) -> Generator[Event, None, Arrays]:
    found = sorted(found, key=lambda item: (item[1].casefold(), item[2], item[0].name))
    files = [File(f"{part}/{label}/{path.name}", label, part) for path, label, part in found]
    contents = ((number, path.read_bytes()) for number, (path, _, _) in enumerate(found))
    return (
        yield from decode_files(files, contents, size, f"Decoding {len(files):,} pictures of {row.title}", row.title)
    )


_SETS: dict[str, _Cifar10 | _Flowers102 | _Pets] = {"cifar10": _Cifar10(), "flowers102": _Flowers102(), "pets": _Pets()}
