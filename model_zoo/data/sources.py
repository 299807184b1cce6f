"""Where picture sets come from, by reference: bundled, uploaded, downloaded, or a path. Plain Python: pages read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from model_zoo.data import uploads
from model_zoo.home import home
from model_zoo.knobs import build, param, parse, spell
from model_zoo.registry import UnknownName

Kind = Literal["bundled", "upload", "download", "path"]


@dataclass(frozen=True)
class NoOptions:
    """A set without knobs."""


@dataclass(frozen=True)
class MaterialsOptions:
    """The knobs of the drawn materials."""

    per_class: int = param(60, "Pictures of each material.", min=3, max=5000)
    seed: int = param(0, "Which materials are drawn; another seed, other pictures.", min=0, max=2**31)


@dataclass(frozen=True)
class Bundled:
    """A set that comes with the program, as its card shows it. `version` changes when its pictures do."""

    name: str
    title: str
    description: str
    mirror: bool
    options: type = NoOptions
    version: int = 1


@dataclass(frozen=True)
class Downloadable:
    """A public set that is fetched on request, as its card shows it; `bytes` is what has to be downloaded."""

    name: str
    title: str
    description: str
    terms: str
    reference: str
    bytes: int
    pictures: int
    classes: int
    version: int = 1

    @property
    def ready(self) -> bool:
        """Whether it is here, whole and unpacked."""
        return ready_mark(self.name).exists()


BUNDLED = (
    Bundled(
        name="materials",
        title="Materials",
        description="Ten drawn surfaces, from wood to water, in changing colour, light, scale and clutter.",
        mirror=True,
        options=MaterialsOptions,
    ),
    Bundled(
        name="digits",
        title="Digits",
        description="1,797 scanned handwritten digits, 8 × 8 pixels (scikit-learn): far from natural pictures.",
        mirror=False,
    ),
)
DOWNLOADS = (
    Downloadable(
        name="cifar10",
        title="CIFAR-10",
        description="Animals and vehicles, 32 × 32 pixels.",
        terms="free for research; cite the report",
        reference="Krizhevsky 2009, Learning multiple layers of features from tiny images",
        bytes=170_498_071,
        pictures=60_000,
        classes=10,
    ),
    Downloadable(
        name="flowers102",
        title="Flowers-102",
        description="Flowers common in Britain, photographed; some kinds are hard to tell apart.",
        terms="free for research",
        reference="Nilsback & Zisserman 2008, Automated flower classification over a large number of classes",
        bytes=344_878_000,
        pictures=8_189,
        classes=102,
    ),
    Downloadable(
        name="pets",
        title="Oxford-IIIT Pet",
        description="Breeds of cats and dogs, photographed.",
        terms="CC BY-SA 4.0",
        reference="Parkhi et al. 2012, Cats and dogs",
        bytes=811_092_000,
        pictures=7_349,
        classes=37,
    ),
    Downloadable(
        name="cifar100",
        title="CIFAR-100",
        description="A hundred kinds of things, 600 of each, 32 × 32 pixels.",
        terms="no licence stated; cite the report",
        reference="Krizhevsky 2009, Learning multiple layers of features from tiny images",
        bytes=169_001_437,
        pictures=60_000,
        classes=100,
    ),
    Downloadable(
        name="dtd",
        title="Describable Textures (DTD)",
        description="Textures by the word people have for them, from banded to zigzagged.",
        terms="for research; the photographs are their owners'",
        reference="Cimpoi et al. 2014, Describing textures in the wild",
        bytes=625_239_812,
        pictures=5_640,
        classes=47,
    ),
    Downloadable(
        name="eurosat",
        title="EuroSAT",
        description="Land seen by the satellite Sentinel-2, from forest to motorway, 64 × 64 pixels.",
        terms="MIT; Copernicus Sentinel data, whose source is to be named",
        reference="Helber et al. 2019, EuroSAT: a novel dataset for land use and land cover classification",
        bytes=94_280_567,
        pictures=27_000,
        classes=10,
    ),
    Downloadable(
        name="food101",
        title="Food-101",
        description="Dishes photographed by guests; of those to train, some are labelled wrongly.",
        terms="scientific fair use only; the photographs are their owners'",
        reference="Bossard et al. 2014, Food-101: mining discriminative components with random forests",
        bytes=4_996_278_331,
        pictures=101_000,
        classes=101,
    ),
    Downloadable(
        name="fashion_mnist",
        title="Fashion-MNIST",
        description="Clothes from a catalogue, grey, 28 × 28 pixels.",
        terms="MIT",
        reference="Xiao et al. 2017, Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms",
        bytes=30_878_645,
        pictures=70_000,
        classes=10,
    ),
    Downloadable(
        name="stl10",
        title="STL-10",
        description="Animals and vehicles, 96 × 96 pixels, few to train. Its pictures without labels are not used.",
        terms="no licence stated; pictures from ImageNet, for research and teaching",
        reference="Coates et al. 2011, An analysis of single-layer networks in unsupervised feature learning",
        bytes=2_640_397_119,
        pictures=13_000,
        classes=10,
    ),
)


@dataclass(frozen=True)
class Source:
    """One picture set that can be opened. `reference` is its canonical spelling; uploads and paths have a `path`."""

    reference: str
    kind: Kind
    name: str
    title: str
    description: str
    options: Any = NoOptions()
    path: Path | None = None


def find(reference: str, *, paths: bool = True) -> Source:
    """Find the set named `digits`, `materials:per_class=60`, `upload:HASH`, `download:cifar10`, or by a path.

    Raises ValueError with the way out. Where a stranger may write the reference, `paths` must be False, or they could
    have any folder of this machine shown to them.
    """
    name, _, rest = reference.strip().partition(":")
    if name == "upload":
        return _upload(rest)
    if name == "download":
        return _download(rest)
    if name in {row.name for row in BUNDLED}:
        return _bundled(reference)
    if paths and reference.strip() and Path(reference).expanduser().exists():
        return _path(Path(reference).expanduser())
    known = (*(row.name for row in BUNDLED), *(f"download:{row.name}" for row in DOWNLOADS))
    raise UnknownName("picture set, folder or archive" if paths else "picture set", reference, known)


def download(name: str) -> Downloadable:
    """Find the row of a downloadable set, by `cifar10` or `download:cifar10`; raises UnknownName."""
    name = name.removeprefix("download:")
    row = next((row for row in DOWNLOADS if row.name == name), None)
    if row is None:
        raise UnknownName("set to download", name, tuple(row.name for row in DOWNLOADS))
    return row


def ready_mark(name: str) -> Path:
    """Give the file that says that a downloadable set is here and whole."""
    return home("downloads") / f"{name}.ready"


def _upload(digest: str) -> Source:
    upload = uploads.find(digest)
    what = "archive" if upload.kind == "archive" else "pictures dropped"
    return Source(upload.reference, "upload", upload.hash, upload.title, f"Your {what}.", path=upload.archive)


def _download(name: str) -> Source:
    row = download(name)
    return Source(f"download:{row.name}", "download", row.name, row.title, row.description)


def _bundled(reference: str) -> Source:
    name, values = parse(reference)
    row = next(row for row in BUNDLED if row.name == name)
    options: Any = build(row.options, values, name)
    return Source(spell(name, options), "bundled", name, row.title, row.description, options)


def _path(path: Path) -> Source:
    path = path.resolve()
    if not (path.is_dir() or path.is_file()):
        raise ValueError(f"“{path}” is neither a folder nor an archive.")
    return Source(str(path), "path", path.name, path.name or str(path), f"From {path}.", path=path)
