"""Names as archives spell them, turned into names that people can read, in any script."""

import struct
import unicodedata
import zipfile
from pathlib import PurePosixPath

from model_zoo.data.limits import LIMITS

UTF8_FLAG = 0x800
UNICODE_PATH = 0x7075  # extra field of a ZIP entry, Info-ZIP's application note
EXPLORER = {  # code pages that Windows writes where the language is not Western, and what their letters are called
    "cp866": ("CYRILLIC",),
    "cp949": ("HANGUL",),
    "cp932": ("HIRAGANA", "KATAKANA", "CJK"),
    "gb18030": ("CJK",),
}


def readable(name: str) -> str:
    """Give `name` composed (NFC), with `/` between folders, and without characters that cannot be stored or shown."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    return "".join("�" if unicodedata.category(c) in ("Cc", "Cs", "Cn") or c in _REORDERING else c for c in name)


_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # makes gpj.exe of exe.jpg


def objection(name: str) -> str | None:
    """Say why a path inside an archive is not acceptable, or None if it is."""
    parts = PurePosixPath(name).parts
    if not parts:
        return "has no name"
    if ".." in parts:
        return "has a path that climbs out of the archive"
    if name.startswith("/") or name[1:2] == ":":
        return "has an absolute path"
    if len(name) > LIMITS.path_characters:
        return f"has a path of more than {LIMITS.path_characters:,} characters"
    return None


def zip_name(entry: zipfile.ZipInfo) -> str:
    """Read the name of a ZIP entry: as UTF-8 where it is, else in the code page it most likely was written in."""
    name = entry.orig_filename
    if entry.flag_bits & UTF8_FLAG:
        return name
    raw = name.encode("cp437")
    return _unicode_path(entry.extra) or _decoded(raw, "utf-8") or _code_page(name, raw)


def tar_name(name: str) -> str:
    """Read the name of a TAR member, whose bytes that are no UTF-8 arrive as surrogates."""
    raw = name.encode("utf-8", "surrogateescape")
    return _decoded(raw, "utf-8") or _code_page(raw.decode("cp437"), raw)


def _unicode_path(extra: bytes) -> str | None:
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        if kind == UNICODE_PATH and 5 < length <= len(extra) - 4:
            return _decoded(extra[9 : 4 + length], "utf-8")  # after version and checksum of the plain name
        extra = extra[4 + length :]
    return None


def _code_page(name: str, raw: bytes) -> str:
    """Keep what reads as Latin letters; line drawings and symbols in a name are another script misread."""
    if _is_written_in(("LATIN",), name):
        return name
    guesses = ((_decoded(raw, encoding), letters) for encoding, letters in EXPLORER.items())
    return next((guess for guess, letters in guesses if guess and _is_written_in(letters, guess)), name)


def _is_written_in(letters: tuple[str, ...], name: str) -> bool:
    return all(c.isascii() or unicodedata.name(c, "").startswith(letters) for c in name)


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None
