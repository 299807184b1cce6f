"""Which file belongs to which class and part: the folders of an archive, read as people mean them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from model_zoo.data.kept import Part
from model_zoo.data.limits import LIMITS
from model_zoo.data.members import LeftOut, Member

PART_FOLDERS: dict[str, Part] = {
    "train": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
}
SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff")
    + (".heic", ".heif", ".hif", ".avif")
)
FORMATS = "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC"
ARCHIVES = frozenset(
    (".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz", ".7z", ".rar", ".cab", ".zst", ".jar")
)
LITTER = frozenset(("__macosx", "@eadir", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "icon�", "$recycle.bin"))


@dataclass(frozen=True)
class Placed:
    """A picture file with its class and, where folders say so, its part."""

    member: Member
    label: str
    part: Part | None


@dataclass(frozen=True)
class Arrangement:
    """The picture files of a set with their places, and what has none, with the reason. Litter is in neither."""

    placed: tuple[Placed, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def classes(self) -> dict[str, int]:
        """Files by class, in the order in which classes are shown."""
        counts = Counter(p.label for p in self.placed)
        return {label: counts[label] for label in sorted(counts, key=order)}


def arrange(members: Iterable[Member]) -> Arrangement:
    """Give every picture file its class and part by the folders it lies in.

    A wrapping folder is passed over. `train/`, `val/` (or `valid/`, `validation/`) and `test/` are parts if they lie
    above or below the class folders; otherwise they are classes like any other. Folders below a class belong to it.
    """
    pictures: list[Member] = []
    left_out: list[LeftOut] = []
    for member in members:
        if is_litter(member.name):
            continue
        reason = no_picture(member.name)
        if reason:
            left_out.append(LeftOut(member.name, reason))
        else:
            pictures.append(member)
    folders = _unwrapped([tuple(member.name.split("/")[:-1]) for member in pictures])
    place = _scheme(folders)
    placed: list[Placed] = []
    for member, path in zip(pictures, folders, strict=True):
        found = place(path)
        if isinstance(found, str):
            left_out.append(LeftOut(member.name, found))
        else:
            placed.append(Placed(member, *found))
    return Arrangement(tuple(placed), tuple(left_out))


def is_litter(name: str) -> bool:
    """Say whether a path is what systems leave behind, hidden files included."""
    return any((part.startswith(".") and part != "..") or part.lower() in LITTER for part in name.split("/"))


def no_picture(name: str) -> str | None:
    """Say, by its name, why a file is no picture, or None if it may be one."""
    suffix = "." + name.rpartition(".")[2].lower() if "." in name.rpartition("/")[2] else ""
    if suffix in ARCHIVES:
        return "is an archive inside the archive and is not opened"
    return None if suffix in SUFFIXES or not suffix else f"is no picture: {FORMATS} are"


def class_name(folder: str) -> str:
    """Give the name of a class as it is kept and shown: composed (NFC), blanks as one space."""
    return " ".join(unicodedata.normalize("NFC", folder).split())


def order(label: str) -> tuple[str, str]:
    """Give the key by which classes are sorted: as in a dictionary, capitals or not."""
    return label.casefold(), label


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Give the key by which files are sorted: `9.jpg` stands before `10.jpg`."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name))


Path = tuple[str, ...]
Place = tuple[str, Part | None]


def _unwrapped(folders: list[Path]) -> list[Path]:
    """Take away the first folder where there is only one, as long as there are folders below it."""
    while any(len(path) > 1 for path in folders):
        first = {path[0] for path in folders if path}
        if len(first) > 1 or first.pop().lower() in PART_FOLDERS:
            break
        folders = [path[1:] for path in folders]
    return folders


def _scheme(folders: Sequence[Path]) -> Callable[[Path], Place | str]:
    above = {path[0].lower() for path in folders if len(path) > 1} & PART_FOLDERS.keys()
    beside = {path[0].lower() for path in folders if path} - PART_FOLDERS.keys()
    below = {path[1].lower() for path in folders if len(path) > 1}
    if above and (not beside or len({PART_FOLDERS[name] for name in above}) > 1):
        return _part_first
    if below and below <= PART_FOLDERS.keys() and all(len(path) != 1 for path in folders):
        return _class_first
    return _class_only


def _part_first(path: Path) -> Place | str:
    if not path or path[0].lower() not in PART_FOLDERS:
        return "lies outside of the folders train, val and test"
    return _class_at(path, 1, PART_FOLDERS[path[0].lower()])


def _class_first(path: Path) -> Place | str:
    return _class_at(path, 0, PART_FOLDERS[path[1].lower()]) if path else _class_at(path, 0, None)


def _class_only(path: Path) -> Place | str:
    return _class_at(path, 0, None)


def _class_at(path: Path, depth: int, part: Part | None) -> Place | str:
    name = class_name(path[depth]) if len(path) > depth else ""
    if not name:
        return "lies in no class folder"
    if len(name) > LIMITS.class_characters:
        return f"lies in a folder whose name has more than {LIMITS.class_characters} characters"
    return name, part
