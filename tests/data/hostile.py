"""Uploads that no one should have to fear, each with one hazard of its own."""

import bz2
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from PIL import Image

from tests.data.makers import class_files, gzipped, picture, tarred, zipped

MIB = 2**20
OUTSIDE = "thaw-escaped-5e1f"  # in the name of whatever tries to get out


@dataclass(frozen=True)
class Hostile:
    """One upload. Either all of it is refused with a sentence that matches `refused`, or its six good pictures stay and
    the files in `left_out` are named, each with a reason that matches."""

    name: str
    make: Callable[[], bytes]
    refused: str = ""
    left_out: dict[str, str] = field(default_factory=dict)
    limits: dict[str, float] = field(default_factory=dict)
    kept: int = 6


def _with(**files: bytes) -> Callable[[], bytes]:
    return lambda: zipped(class_files() | files)


def _named(name: str, content: bytes | None = None) -> Callable[[], bytes]:
    return lambda: zipped(class_files() | {name: content if content is not None else picture(9)})


def _cat(content: Callable[[], bytes] | bytes, name: str = "cats/bad.png") -> Callable[[], bytes]:
    return lambda: zipped(class_files() | {name: content if isinstance(content, bytes) else content()})


def _zip_entry(change: Callable[[zipfile.ZipInfo], None], content: bytes = b"target") -> Callable[[], bytes]:
    def make() -> bytes:
        file = io.BytesIO(zipped(class_files()))
        with zipfile.ZipFile(file, "a") as archive:
            entry = zipfile.ZipInfo("cats/bad.png")
            change(entry)
            archive.writestr(entry, content)
        return file.getvalue()

    return make


def _mode(bits: int) -> Callable[[zipfile.ZipInfo], None]:
    def change(entry: zipfile.ZipInfo) -> None:
        entry.create_system, entry.external_attr = 3, bits << 16

    return change


def _tar_entry(name: str, kind: bytes, packing: str = "", **values: object) -> Callable[[], bytes]:
    def make() -> bytes:
        entry = tarfile.TarInfo(name)
        entry.type = kind
        for key, value in values.items():
            setattr(entry, key, value)
        return tarred(class_files(), entry, packing=packing)

    return make


def _patched(find: bytes, offset: int, value: bytes, which: Callable[[], bytes]) -> Callable[[], bytes]:
    """Overwrite bytes at `offset` after the last place where `find` stands."""

    def make() -> bytes:
        data = bytearray(which())
        at = data.rindex(find) + offset
        data[at : at + len(value)] = value
        return bytes(data)

    return make


CENTRAL, END, LOCAL = b"PK\1\2", b"PK\5\6", b"PK\3\4"  # signatures in a ZIP


def _bad_last(packing: int = zipfile.ZIP_STORED) -> Callable[[], bytes]:
    return lambda: zipped(class_files() | {"cats/bad.png": picture(9)}, packing)


def _locked() -> bytes:
    data = _patched(CENTRAL, 8, b"\1\0", _bad_last())()
    return _patched(LOCAL, 6, b"\1\0", lambda: data)()


def _wrong_checksum() -> bytes:
    data = _bad_last()()
    at = data.rindex(LOCAL) + 30 + len("cats/bad.png") + 60
    return data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :]


def _lying_size() -> bytes:
    """The table of contents says 1,000 bytes; a megabyte comes out."""
    return _patched(CENTRAL, 24, struct.pack("<I", 1000), lambda: _zip_deflated(b"\0" * MIB))()


def _zip_deflated(content: bytes) -> bytes:
    return zipped(class_files() | {"cats/bad.png": content}, zipfile.ZIP_DEFLATED)


@cache
def _zeros(mib: int) -> bytes:
    return b"\0" * (mib * MIB)


def _overlapping() -> bytes:
    """Many entries of the table of contents share one packed file, as in Fifield's bomb (2019)."""
    good = zipped(class_files() | {"cats/bad.png": _zeros(8)}, zipfile.ZIP_DEFLATED)
    start, end = good.rindex(CENTRAL), good.rindex(END)
    count, size = 300, end - start
    record = good[start:end]
    names = [record.replace(b"cats/bad.png", b"cats/%03d.png" % i) for i in range(count)]
    table = good[good.index(CENTRAL) : end]
    at = good.index(CENTRAL)
    ending = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 7 + count, 7 + count, len(table) + count * len(names[0]), at, 0)
    assert size == len(record)
    return good[:at] + table + b"".join(names) + ending


def _matryoshka() -> bytes:
    inner = zipped({"zeros.png": _zeros(4)}, zipfile.ZIP_DEFLATED)
    for _ in range(5):
        inner = zipped({f"{i}.zip": inner for i in range(4)}, zipfile.ZIP_DEFLATED)
    return zipped(class_files() | {"cats/more.zip": inner})


def _many(count: int, name: str = "cats/{}.txt") -> Callable[[], bytes]:
    return lambda: zipped(class_files() | {name.format(i): b"" for i in range(count)})


def _twice() -> bytes:
    file = io.BytesIO(zipped(class_files()))
    with zipfile.ZipFile(file, "a") as archive:
        entry = zipfile.ZipInfo("cats/0.PNG")
        archive.writestr(entry, picture(40))
    return file.getvalue().replace(b"cats/0.PNG", b"cats/0.png")


def _bomb(pack: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    return lambda: pack(tarred(class_files() | {"cats/bad.png": _zeros(48)}))


def _hungry_xz() -> bytes:
    """An .xz whose header asks for a dictionary of 1.5 GiB."""
    data = bytearray(lzma.compress(tarred(class_files()), preset=0))
    block, length = 12, (data[12] + 1) * 4
    at = data.index(b"\x21\x01", block) + 2
    data[at] = 37
    data[block + length - 4 : block + length] = struct.pack("<I", zlib.crc32(data[block : block + length - 4]))
    return bytes(data)


def _long_header() -> bytes:
    """A TAR whose extended header before a small file has 64 MiB."""
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = tarfile.XHDTYPE, 64 * MIB
    return gzipped(tarred(class_files())[:-10240] + entry.tobuf(tarfile.USTAR_FORMAT) + _zeros(64) + b"\0" * 1024)


def _endless_headers() -> bytes:
    """Extended headers that belong to extended headers that belong to …"""
    record = b"30 mtime=1350244992.0239609870\n"[:30]
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = tarfile.XHDTYPE, len(record)
    chain = (entry.tobuf(tarfile.USTAR_FORMAT) + record.ljust(512, b"\0")) * 3000
    return chain + tarred(class_files())


def _sparse() -> bytes:
    """A GNU sparse file that claims 8 TiB and stores nothing."""
    entry = tarfile.TarInfo("cats/bad.png")
    entry.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(entry.tobuf(tarfile.GNU_FORMAT))
    header[483:495] = b"\x80\0\0\0" + struct.pack(">Q", 2**43)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + tarred(class_files())


def _unfinished() -> bytes:
    return tarred(class_files())[: 512 * 2 + 100]


def _damaged_header() -> bytes:
    data = bytearray(tarred(class_files()))
    data[5 * 1024 + 10] ^= 255  # every file takes a kilobyte, header included
    return bytes(data)


def _png(width: int, height: int, pixels: bytes = b"", kind: int = 0, chunks: bytes = b"") -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunks + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _flat_png(width: int, height: int) -> bytes:
    line = b"\0" * (width + 1)
    packer = zlib.compressobj(1)
    return _png(width, height, b"".join(packer.compress(line) for _ in range(height)) + packer.flush())


def _text_bomb() -> bytes:
    """A PNG with a compressed comment of 96 MiB."""
    data = b"Comment\0\0" + zlib.compress(_zeros(48) * 2)
    chunk = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    return _png(16, 16, zlib.compress(b"\0" * 17 * 16), chunks=chunk)


def _endless_jpeg() -> bytes:
    """A progressive JPEG of a few hundred kilobytes whose last scan comes ten thousand times."""
    file = io.BytesIO()
    Image.fromarray(np.zeros((6000, 6000), np.uint8)).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    last = data.rindex(b"\xff\xda")
    start = data.rindex(b"\xff\xc4", 0, last)  # with its table
    return data[:-2] + data[start:-2] * 10_000 + b"\xff\xd9"


def _looping_tiff() -> bytes:
    """A TIFF whose next directory is its first."""
    return b"II*\0" + struct.pack("<IHHHIII", 8, 1, 256, 3, 1, 16, 8)


def _heic(count: int | None = None) -> bytes:
    import pillow_heif

    file = io.BytesIO()
    pillow_heif.from_pillow(Image.open(io.BytesIO(picture(3, (64, 64))))).save(file)
    return file.getvalue()[:count]


def _cut(format: str, size: tuple[int, int] = (200, 160)) -> Callable[[], bytes]:
    def make() -> bytes:
        noise = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), np.uint8)
        file = io.BytesIO()
        Image.fromarray(noise).save(file, format)
        return file.getvalue()[: len(file.getvalue()) // 2]

    return make


def _wrong_chunk() -> bytes:
    data = bytearray(picture(5, (64, 64)))
    data[data.index(b"IHDR") + 7] ^= 255
    return bytes(data)


LEFT = {"cats/bad.png": "."}
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 16 16\n(/tmp/" + OUTSIDE.encode() + b") (w) file closefile\n"

HOSTILE = (
    # paths
    Hostile("a path that climbs", _named(f"../../{OUTSIDE}.png"), left_out={OUTSIDE: "climbs out"}),
    Hostile("a path that climbs from inside", _named(f"cats/../../{OUTSIDE}.png"), left_out={OUTSIDE: "climbs out"}),
    Hostile("an absolute path", _named(f"/tmp/{OUTSIDE}.png"), left_out={OUTSIDE: "absolute"}),
    Hostile("a drive letter", _named(f"C:\\{OUTSIDE}.png"), left_out={OUTSIDE: "absolute"}),
    Hostile("backslashes that climb", _named(f"..\\..\\{OUTSIDE}.png"), left_out={OUTSIDE: "climbs out"}),
    Hostile(
        "a TAR path that climbs",
        lambda: tarred(class_files() | {f"../{OUTSIDE}.png": picture()}),
        left_out={OUTSIDE: "climbs"},
    ),
    Hostile(
        "an absolute TAR path",
        lambda: tarred(class_files() | {f"/tmp/{OUTSIDE}.png": picture()}),
        left_out={OUTSIDE: "absol"},
    ),
    Hostile(
        "a path of five thousand characters",
        _named("cats/" + "x" * 5000 + ".png"),
        left_out={"xxx": "1,000 characters"},
    ),
    Hostile("a path of a thousand folders", _named("cats/" + "a/" * 480 + "x.png"), kept=7),
    Hostile("a name with NUL, bell and newline", _named("cats/\x07a\nb.png"), kept=7),
    Hostile("a name that writes backwards", _named("cats/\u202egnp.exe.png"), kept=7),
    Hostile(
        "TAR names that are no UTF-8", lambda: tarred(class_files() | {"cats/\udcff\udcfe.png": picture(8)}), kept=7
    ),
    Hostile("the same name twice", _twice, left_out={"cats/0.png": "twice"}),
    # links and devices
    Hostile("a ZIP link", _zip_entry(_mode(0o120777), b"/etc/passwd"), left_out={"bad.png": "link"}),
    Hostile("a ZIP pipe", _zip_entry(_mode(0o010666)), left_out={"bad.png": "no file"}),
    Hostile("a ZIP device", _zip_entry(_mode(0o020666)), left_out={"bad.png": "no file"}),
    Hostile(
        "a TAR symbolic link",
        _tar_entry("cats/bad.png", tarfile.SYMTYPE, linkname="/etc/passwd"),
        left_out={"bad": "link"},
    ),
    Hostile(
        "a TAR hard link",
        _tar_entry("cats/bad.png", tarfile.LNKTYPE, linkname="../../etc/passwd"),
        left_out={"bad": "link"},
    ),
    Hostile(
        "a TAR device", _tar_entry("cats/bad.png", tarfile.CHRTYPE, devmajor=1, devminor=5), left_out={"bad": "no file"}
    ),
    Hostile("a TAR pipe", _tar_entry("cats/bad.png", tarfile.FIFOTYPE), left_out={"bad": "no file"}),
    # bombs
    Hostile("a ZIP bomb", lambda: _zip_deflated(_zeros(48)), left_out={"bad.png": "200 times"}),
    Hostile("a size that lies", _lying_size, left_out={"bad.png": "damaged"}),
    Hostile(
        "entries that overlap",
        _overlapping,
        refused="unpacks to more than 1 GiB",
        limits={"unpacked_bytes": 1024 * MIB},
    ),
    Hostile(
        "a table of contents of 2 GiB",
        _patched(END, 12, struct.pack("<I", 2**31), _with()),
        refused="table of contents",
    ),
    Hostile("a gzip bomb", _bomb(gzipped), refused="200 times"),
    Hostile("a bzip2 bomb", _bomb(bz2.compress), refused="200 times"),
    Hostile("an xz bomb", _bomb(lambda data: lzma.compress(data, preset=0)), refused="200 times"),
    Hostile("an xz that asks for 1.5 GiB", _hungry_xz, refused="no complete TAR"),
    Hostile("a TAR header of 64 MiB", _long_header, refused="long headers|200 times"),
    Hostile("TAR headers without end", _endless_headers, refused="long headers|no complete TAR"),
    Hostile("a sparse file of 8 TiB", _sparse, refused="sparse"),
    Hostile("archives in archives in archives", _matryoshka, left_out={"more.zip": "inside the archive"}),
    Hostile("thousands of files that are no pictures", _many(3000), left_out={"cats/7.txt": "no picture"}),
    Hostile("more entries than the limit", _many(3000), refused="more than 2,000 entries", limits={"entries": 2000}),
    Hostile("more pictures than the limit", _many(50, "cats/{}a.png"), refused="at most 20", limits={"pictures": 20}),
    Hostile(
        "more classes than the limit",
        lambda: zipped(class_files(tuple(f"c{i}" for i in range(40)))),
        refused="40 class folders",
        limits={"classes": 20},
    ),
    Hostile("a file that is too big", _cat(lambda: _zeros(2)), left_out=LEFT, limits={"picture_bytes": MIB}),
    # damage
    Hostile("a password", _locked, left_out={"bad.png": "password"}),
    Hostile("a wrong checksum", _wrong_checksum, left_out={"bad.png": "damaged in the archive"}),
    Hostile(
        "an unknown method", _patched(CENTRAL, 10, struct.pack("<H", 97), _bad_last()), left_out={"bad.png": "method"}
    ),
    Hostile("an LZMA entry", _bad_last(zipfile.ZIP_LZMA), refused="method"),
    Hostile("a ZIP that breaks off", lambda: zipped(class_files())[:-300], refused="no complete ZIP"),
    Hostile("a garbled table of contents", _patched(CENTRAL, 0, b"XXXX", _with()), refused="no complete ZIP"),
    Hostile("a TAR that breaks off", _unfinished, refused="no complete TAR"),
    Hostile("a TAR with a damaged header", _damaged_header, refused="no complete TAR"),
    Hostile("a tar.gz that breaks off", lambda: gzipped(tarred(class_files()))[:-200], refused="no complete TAR"),
    Hostile("a gzip that holds no TAR", lambda: gzipped(picture() * 20), refused="no complete TAR"),
    Hostile("nothing", lambda: b"", refused="is empty"),
    Hostile("a letter instead", lambda: b"Dear Thaw, " * 100, refused="neither ZIP nor TAR"),
    Hostile("a RAR", lambda: b"Rar!\x1a\x07\0" + b"\0" * 99, refused="is RAR"),
    Hostile("a 7z", lambda: b"7z\xbc\xaf\x27\x1c" + b"\0" * 99, refused="is 7z"),
    Hostile("an empty ZIP", lambda: zipped({}), refused="holds no pictures"),
    # pictures
    Hostile("text that calls itself a picture", _cat(b"no picture at all" * 9), left_out={"bad": "is no picture"}),
    Hostile("an empty picture file", _cat(b""), left_out={"bad": "is no picture"}),
    Hostile("PostScript that calls itself a picture", _cat(POSTSCRIPT), left_out={"bad": "is no picture"}),
    Hostile("an SVG with a script", _cat(b"<svg onload='alert(1)'/>", "cats/x.svg"), left_out={"x.svg": "no picture"}),
    Hostile("a PNG of 3.6 gigapixels", _cat(lambda: _png(60000, 60000, b"x")), left_out={"bad": "megapixels"}),
    Hostile("a flat PNG of 144 megapixels", _cat(lambda: _flat_png(12000, 12000)), left_out={"bad": "120 megapixels"}),
    Hostile(
        "a GIF of 65535 × 65535",
        _cat(b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\2"),
        left_out={"bad": "megapixels"},
    ),
    Hostile("a PNG comment of 96 MiB", _cat(_text_bomb), left_out={"bad": "cannot be read"}),
    Hostile(
        "a JPEG that takes for ever",
        _cat(_endless_jpeg),
        left_out={"bad": "longer than"},
        limits={"seconds_a_picture": 2},
    ),
    Hostile("a tracking pixel", _cat(picture(1, (1, 1))), left_out={"bad": "1 × 1"}),
    Hostile("a JPEG that breaks off", _cat(_cut("JPEG")), left_out={"bad": "cut off"}),
    Hostile("a PNG that breaks off", _cat(_cut("PNG")), left_out={"bad": "cut off"}),
    Hostile("a WebP that breaks off", _cat(_cut("WEBP")), left_out={"bad": "."}),
    Hostile("a TIFF that breaks off", _cat(_cut("TIFF")), left_out={"bad": "."}),
    Hostile("a BMP that breaks off", _cat(_cut("BMP")), left_out={"bad": "cut off"}),
    Hostile("a HEIC that breaks off", _cat(lambda: _heic(300), "cats/bad.heic"), left_out={"bad": "."}),
    Hostile("a PNG with a wrong chunk", _cat(_wrong_chunk), left_out={"bad": "."}),
    Hostile("a TIFF that runs in circles", _cat(_looping_tiff), left_out={"bad": "."}),
    # structure
    Hostile("one class", lambda: zipped(class_files(("cats",))), refused="only one class, “cats”"),
    Hostile(
        "pictures in no folder", lambda: zipped({"a.png": picture(1), "b.png": picture(2)}), refused="no class folder"
    ),
    Hostile("a class with one picture", _named("birds/1.png"), left_out={"birds": "1 usable picture and needs 3"}),
    Hostile("a class that is left without pictures", _named("birds/1.png", b"?"), left_out={"birds": "0 usable"}),
    Hostile(
        "only litter", lambda: zipped({"__MACOSX/a/._1.png": b"x", ".DS_Store": b"x"}), refused="holds no pictures"
    ),
    Hostile("a class name of 300 characters", _named("y" * 300 + "/1.png"), left_out={"yyy": "100 characters"}),
    Hostile("a class folder without a name", _named(" \u00a0/1.png"), left_out={"1.png": "no class folder"}),
)
