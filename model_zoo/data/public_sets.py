"""The public sets by name: which files each is made of, and how torchvision.datasets unpacks and reads them.

Addresses and checksums are torchvision's own, so that they change with it; only EuroSAT's are written here, because
torchvision has them inside a function.
"""

from __future__ import annotations

import tarfile
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from model_zoo.data.gathering import File, Pace, decode_files
from model_zoo.data.kept import PARTS, Arrays, Part
from model_zoo.data.sources import Downloadable
from model_zoo.events import Event
from model_zoo.home import home

TRAIN, VALIDATION, TEST = PARTS
EUROSAT_URL = (
    "https://huggingface.co/datasets/torchgeo/eurosat/resolve/c877bcd43f099cd0196738f714544e355477f3fd/EuroSAT.zip"
)
EUROSAT_MD5 = "c8fa014336c82ac7804f0398fcb19387"
Found = tuple[Path, str, Part | None]  # a picture file, its label, its part where one is given


@dataclass(frozen=True)
class Wanted:
    """One file of a set: where it comes from, its MD5 sum, and the folder that torchvision expects it in."""

    url: str
    md5: str
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / self.url.rpartition("/")[2]


@dataclass(frozen=True)
class PublicSet:
    """What each set knows of itself; `name` is that of its class in torchvision.datasets."""

    name: str

    @property
    def dataset(self) -> Any:
        """The class in torchvision.datasets: it checks, unpacks and opens the files."""
        from torchvision import datasets

        return getattr(datasets, self.name)

    def files(self) -> list[Wanted]:
        """List what has to be downloaded."""
        raise NotImplementedError

    def unpacked(self) -> list[Path]:
        """List the files and folders that unpacking makes."""
        raise NotImplementedError

    def unpack(self) -> None:
        """Unpack the files, which are there. Raises RuntimeError where they are not what they should be."""
        self.dataset(str(home("downloads")), download=True)

    def read(self, row: Downloadable, size: int) -> Generator[Event, None, Arrays]:
        """Read what was unpacked into arrays of `size` pixels."""
        raise NotImplementedError


class _Cifar(PublicSet):
    def files(self) -> list[Wanted]:
        return [Wanted(self.dataset.url, self.dataset.tgz_md5, home("downloads"))]

    def unpacked(self) -> list[Path]:
        return [home("downloads") / self.dataset.base_folder]

    def read(self, row: Downloadable, size: int) -> Generator[Event, None, Arrays]:
        parts = [self.dataset(str(home("downloads")), train=train) for train in (True, False)]
        pixels = np.concatenate([part.data for part in parts])  # (60000, 32, 32, 3)
        labels = np.concatenate([part.targets for part in parts])
        return (yield from _resized(row, pixels, labels, tuple(parts[0].classes), len(parts[0].data), size))


class _Flowers102(PublicSet):
    folder = property(lambda self: home("downloads") / "flowers-102")

    def files(self) -> list[Wanted]:
        prefix, files = self.dataset._download_url_prefix, self.dataset._file_dict.values()
        return [Wanted(prefix + name, md5, self.folder) for name, md5 in files]

    def unpacked(self) -> list[Path]:
        return [self.folder / "jpg"]

    def read(self, row: Downloadable, size: int) -> Generator[Event, None, Arrays]:
        found: list[Found] = []
        for split, part in (("train", TRAIN), ("val", VALIDATION), ("test", TEST)):
            flowers = self.dataset(str(home("downloads")), split=split, loader=Path)
            pairs = (flowers[number] for number in range(len(flowers)))
            found += [(path, self.dataset.classes[label], part) for path, label in pairs]
        return (yield from _read_files(row, found, size))


class _Pets(PublicSet):
    folder = property(lambda self: home("downloads") / "oxford-iiit-pet")

    def files(self) -> list[Wanted]:
        return [Wanted(url, md5, self.folder) for url, md5 in self.dataset._RESOURCES]

    def unpacked(self) -> list[Path]:
        return [self.folder / "images", self.folder / "annotations"]

    def read(self, row: Downloadable, size: int) -> Generator[Event, None, Arrays]:
        found: list[Found] = []
        for split, part in (("trainval", TRAIN), ("test", TEST)):
            pets = self.dataset(str(home("downloads")), split=split)
            found += _labelled(pets._images, pets._labels, pets.classes, part)
        return (yield from _read_files(row, found, size))


class _Textures(PublicSet):
    folder = property(lambda self: home("downloads") / "dtd")

    def files(self) -> list[Wanted]:
        return [Wanted(self.dataset._URL, self.dataset._MD5, self.folder)]

    def unpacked(self) -> list[Path]:
        return [self.folder / "dtd"]

    def read(self, row: Downloadable, size: int) -> Generator[Event, None, Arrays]:
        """Read the first of the ten partitions that its makers give, as papers do that report one."""
        found: list[Found] = []
        for split, part in (("train", TRAIN), ("val", VALIDATION), ("test", TEST)):
            textures = self.dataset(str(home("downloads")), split=split, partition=1)
            found += _labelled(textures._image_files, textures._labels, textures.classes, part)
        return (yield from _read_files(row, found, size))


class _EuroSat(PublicSet):
    folder = property(lambda self: home("downloads") / "eurosat")

    def files(self) -> list[Wanted]:
        return [Wanted(EUROSAT_URL, EUROSAT_MD5, self.folder)]

    def unpacked(self) -> list[Path]:
        return [self.folder / "2750"]

    def unpack(self) -> None:
        from torchvision.datasets.utils import extract_archive

        extract_archive(str(self.files()[0].path), str(self.folder))

    def read(self, row: Downloadable, size: int) -> Generator[Event, None, Arrays]:
        land = self.dataset(str(home("downloads")))
        found: list[Found] = [(Path(path), land.classes[label], None) for path, label in land.samples]
        return (yield from _read_files(row, found, size))


class _Food101(PublicSet):
    def files(self) -> list[Wanted]:
        return [Wanted(self.dataset._URL, self.dataset._MD5, home("downloads"))]

    def unpacked(self) -> list[Path]:
        return [home("downloads") / "food-101"]

    def read(self, row: Downloadable, size: int) -> Generator[Event, None, Arrays]:
        found: list[Found] = []
        for split, part in (("train", TRAIN), ("test", TEST)):
            food = self.dataset(str(home("downloads")), split=split)
            found += _labelled(food._image_files, food._labels, food.classes, part)
        return (yield from _read_files(row, found, size))


class _FashionMnist(PublicSet):
    folder = property(lambda self: home("downloads") / "FashionMNIST" / "raw")

    def files(self) -> list[Wanted]:
        return [Wanted(self.dataset.mirrors[0] + name, md5, self.folder) for name, md5 in self.dataset.resources]

    def unpacked(self) -> list[Path]:
        return [wanted.path.with_suffix("") for wanted in self.files()]

    def read(self, row: Downloadable, size: int) -> Generator[Event, None, Arrays]:
        parts = [self.dataset(str(home("downloads")), train=train) for train in (True, False)]
        grey = np.concatenate([part.data.numpy() for part in parts])  # (70000, 28, 28)
        labels = np.concatenate([part.targets.numpy() for part in parts])
        classes = tuple(self.dataset.classes)
        return (yield from _resized(row, grey, labels, classes, len(parts[0].data), size))


class _Stl10(PublicSet):
    folder = property(lambda self: home("downloads") / "stl10_binary")

    @property
    def dataset(self) -> Any:
        """The class without the file of pictures that have no labels, which it would ask for and sum up each time."""
        stl10: Any = super().dataset

        class Labelled(stl10):
            train_list = stl10.train_list[:2]

        return Labelled

    def files(self) -> list[Wanted]:
        return [Wanted(self.dataset.url, self.dataset.tgz_md5, home("downloads"))]

    def unpacked(self) -> list[Path]:
        return [self.folder]

    def unpack(self) -> None:
        """Take out what has labels: the other hundred thousand pictures would take 2.6 GiB for nothing."""
        labelled = self.dataset
        needed = [name for name, _ in (*labelled.train_list, *labelled.test_list)] + [labelled.class_names_file]
        try:
            with tarfile.open(self.files()[0].path) as archive:
                for name in needed:
                    archive.extract(f"{labelled.base_folder}/{name}", home("downloads"), filter="data")
        except (KeyError, tarfile.TarError) as error:
            raise RuntimeError(str(error)) from error

    def read(self, row: Downloadable, size: int) -> Generator[Event, None, Arrays]:
        labelled = self.dataset
        parts = [labelled(str(home("downloads")), split=split) for split in ("train", "test")]
        pixels = np.concatenate([part.data for part in parts]).transpose(0, 2, 3, 1)  # (13000, 96, 96, 3)
        labels = np.concatenate([part.labels for part in parts])
        return (yield from _resized(row, pixels, labels, tuple(parts[0].classes), len(parts[0].data), size))


def _labelled(paths: Iterable[Path | str], labels: Iterable[int], classes: list[str], part: Part) -> list[Found]:
    return [(Path(path), classes[label], part) for path, label in zip(paths, labels, strict=True)]


def _resized(
    row: Downloadable, pixels: np.ndarray, labels: np.ndarray, classes: tuple[str, ...], train: int, size: int
) -> Generator[Event, None, Arrays]:
    """Bring uint8 (N, S, S, 3), or grey (N, S, S), to `size` pixels; the first `train` train, the others test."""
    pictures = np.empty((len(pixels), 3, size, size), np.uint8)
    pace = Pace(f"Making {row.title} the right size", len(pixels))
    for number, picture in enumerate(pixels):
        resized = Image.fromarray(picture).resize((size, size), Image.Resampling.BICUBIC)
        pictures[number] = np.asarray(resized.convert("RGB")).transpose(2, 0, 1)
        yield from pace.at(number + 1)
    given = np.repeat([PARTS.index(TRAIN), PARTS.index(TEST)], [train, len(pixels) - train])
    return Arrays(
        pictures=pictures,
        labels=labels.astype(np.int64),
        classes=classes,
        names=tuple(f"{PARTS[part]}/{number:05d}" for number, part in enumerate(given)),
        given=given,
        origin=row.title,
        original=np.full((len(pixels), 2), pixels.shape[1], np.int32),
    )


def _read_files(row: Downloadable, found: list[Found], size: int) -> Generator[Event, None, Arrays]:
    found = sorted(found, key=lambda item: (item[1].casefold(), item[2] or "", item[0].name))
    files = [File("/".join(filter(None, (part, label, path.name))), label, part) for path, label, part in found]
    contents = ((number, path.read_bytes()) for number, (path, _, _) in enumerate(found))
    return (
        yield from decode_files(files, contents, size, f"Decoding {len(files):,} pictures of {row.title}", row.title)
    )


SETS: dict[str, PublicSet] = {
    "cifar10": _Cifar("CIFAR10"),
    "flowers102": _Flowers102("Flowers102"),
    "pets": _Pets("OxfordIIITPet"),
    "cifar100": _Cifar("CIFAR100"),
    "dtd": _Textures("DTD"),
    "eurosat": _EuroSat("EuroSAT"),
    "food101": _Food101("Food101"),
    "fashion_mnist": _FashionMnist("FashionMNIST"),
    "stl10": _Stl10("STL10"),
}
