"""TAR archives from strangers, plain or packed by gzip, bzip2 or xz: read once from front to end, within bounds."""

import bz2
import io
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from model_zoo.data.limits import LIMITS, in_bytes
from model_zoo.data.members import LeftOut, Member, Refused
from model_zoo.data.spelling import tar_name

BLOCK = 2**18
FED = 2**16  # packed bytes at a time
PACKINGS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz"}
CUT_OFF = "is no complete TAR: it breaks off or is damaged; upload it again"
DAMAGE = (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RecursionError, OverflowError)


def is_tar(path: Path) -> bool:
    """Say whether the file is a TAR or is packed as a TAR may be."""
    with path.open("rb") as file:
        start = file.read(512)
    return _packing(start) != "" or start[257:262] == b"ustar" or _is_old_header(start)


def members(path: Path) -> Iterator[Member | LeftOut]:
    """List the files of a TAR; folders are passed over."""
    for position, entry, _ in _walk(path):
        name = tar_name(entry.name)
        if entry.isreg():
            yield Member(name, entry.size, position)
        elif not entry.isdir():
            yield LeftOut(name, "is a link" if entry.issym() or entry.islnk() else "is no file")


def read(path: Path, wanted: dict[int, Member]) -> Iterator[tuple[Member, bytes | LeftOut]]:
    """Read members by position; stops after the last of them."""
    last = max(wanted, default=-1)
    for position, _, content in _walk(path, wanted):
        if position in wanted:
            yield wanted[position], content
        if position >= last:
            return


def _walk(path: Path, wanted: dict[int, Member] | None = None) -> Iterator[tuple[int, tarfile.TarInfo, bytes]]:
    """Go through all entries; gives the content of those that are wanted, and reads past that of the others."""
    with path.open("rb") as file:
        stream = _Unpacked(file)
        stream.allow(LIMITS.header_bytes)
        try:
            with tarfile.open(
                fileobj=stream, mode="r|", bufsize=BLOCK, encoding="utf-8", errors="surrogateescape"
            ) as archive:
                position = 0
                while (entry := _next(archive, stream)) is not None:
                    yield position, entry, _content(archive, stream, entry, position in (wanted or ()))
                    position += 1
                _check_end(archive, stream)
        except DAMAGE as error:
            if isinstance(error, Refused):
                raise
            raise Refused(CUT_OFF) from error


def _next(archive: tarfile.TarFile, stream: "_Unpacked") -> tarfile.TarInfo | None:
    stream.allow(LIMITS.header_bytes)
    entry = archive.next()
    archive.members = []  # type: ignore[attr-defined]  # tarfile would keep them all
    if entry is not None and entry.issparse():
        raise Refused("holds a sparse file; pack it without --sparse")
    return entry


def _check_end(archive: tarfile.TarFile, stream: "_Unpacked") -> None:
    """Refuse what tarfile takes for an end: the file breaks off, or a header is damaged and files come after it."""
    stream.allow(BLOCK)
    rest = archive.fileobj.read(BLOCK)
    if rest.strip(b"\0") or stream.tail.strip(b"\0"):
        raise Refused(CUT_OFF)


def _content(archive: tarfile.TarFile, stream: "_Unpacked", entry: tarfile.TarInfo, wanted: bool) -> bytes:
    file = archive.extractfile(entry) if entry.isreg() else None
    if file is None:
        return b""
    stream.allow(entry.size)
    kept = []
    left = entry.size
    while left > 0 and (block := file.read(min(BLOCK, left))):
        left -= len(block)
        if wanted:
            kept.append(block)
    return b"".join(kept)


class _Unpacker(Protocol):
    """What gzip, bzip2 and xz have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gunzip:
    """zlib's object with the manners of the other two: it keeps input that it has not used yet."""

    def __init__(self) -> None:
        self._stream, self._waiting = zlib.decompressobj(wbits=31), b""

    def decompress(self, data: bytes, max_length: int = 0) -> bytes:
        unpacked = self._stream.decompress(self._waiting + data, max_length)
        self._waiting = self._stream.unconsumed_tail
        return unpacked

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data


class _Unpacked(io.RawIOBase):
    """The unpacked bytes of a file, forwards only; refuses bombs, and more bytes at once than were allowed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._packing = _packing(file.read(8))
        file.seek(0)
        self._unpacker = _unpacker(self._packing)
        self._position = self._allowed = 0
        self.tail = b""  # the last block that was read

    def allow(self, count: int) -> None:
        """Let the next `count` bytes be read, whatever was allowed before."""
        self._allowed = count + 2 * BLOCK  # tarfile reads whole blocks ahead

    def readable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        data = self._file.read(count) if self._unpacker is None else self._unpack(count)
        self._position += len(data)
        self.tail = data[-tarfile.BLOCKSIZE :] or self.tail
        self._allowed -= len(data)
        self._check()
        return data

    def _unpack(self, count: int) -> bytes:
        unpacked = b""
        while not unpacked and self._unpacker is not None:
            if self._unpacker.eof and not self._next_stream():
                break
            fed = self._file.read(FED) if self._hungry() else b""
            unpacked = self._unpacker.decompress(fed, count)
            if not (unpacked or fed or self._unpacker.eof) and self._hungry():
                raise EOFError("the packed data end too early")
        return unpacked

    def _hungry(self) -> bool:
        return getattr(self._unpacker, "needs_input", True) and not getattr(self._unpacker, "_waiting", b"")

    def _next_stream(self) -> bool:
        rest = self._unpacker.unused_data if self._unpacker else b""
        self._file.seek(-len(rest), io.SEEK_CUR)
        start = self._file.read(8)
        self._file.seek(-len(start), io.SEEK_CUR)
        if _packing(start) != self._packing:
            return False
        self._unpacker = _unpacker(self._packing)
        return True

    def _check(self) -> None:
        if self._position > LIMITS.unpacked_bytes:
            raise Refused(f"unpacks to more than {in_bytes(LIMITS.unpacked_bytes)}")
        fed = max(self._file.tell(), 1)
        if self._position > max(LIMITS.ratio_from_bytes, LIMITS.ratio * fed):
            raise Refused(f"unpacks to more than {LIMITS.ratio} times its size")
        if self._allowed < 0:
            raise Refused("has unreasonably long headers between its files")


def _packing(start: bytes) -> str:
    return next((name for magic, name in PACKINGS.items() if start.startswith(magic)), "")


def _unpacker(packing: str) -> _Unpacker | None:
    if packing == "gzip":
        return _Gunzip()
    if packing == "bzip2":
        return bz2.BZ2Decompressor()
    if packing == "xz":
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=LIMITS.unpacker_bytes)
    return None


def _is_old_header(start: bytes) -> bool:
    try:
        return len(start) == 512 and tarfile.TarInfo.frombuf(start, "utf-8", "surrogateescape").size >= 0
    except tarfile.HeaderError:
        return False
