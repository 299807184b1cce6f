"""Names and contents of archives, as they are read."""

import bz2
import io
import lzma
import zipfile
import zlib
from pathlib import Path

import pytest

from model_zoo.data import archives
from model_zoo.data.members import LeftOut
from model_zoo.data.spelling import readable, tar_name, zip_name
from tests.data.makers import class_files, gzipped, limits, tarred, zipped


@pytest.fixture
def archive(tmp_path: Path):
    def write(content: bytes) -> Path:
        (tmp_path / "archive").write_bytes(content)
        return tmp_path / "archive"

    return write


def raw_zip(name: bytes, extra: bytes = b"") -> zipfile.ZipInfo:
    """An entry whose name is written as these bytes, without the flag that says UTF-8."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as writer:
        entry = zipfile.ZipInfo("x" * len(name))
        entry.extra = extra
        writer.writestr(entry, b"")
    with zipfile.ZipFile(io.BytesIO(file.getvalue().replace(b"x" * len(name), name))) as reader:
        return reader.infolist()[0]


@pytest.mark.parametrize("name", ["猫/寿司.png", "кошки/я.png", "قطط/١.png", "고양이/하나.png", "naïve/é.png"])
def test_names_in_any_script_survive_with_and_without_the_flag(name: str, archive) -> None:
    assert archives.listing(archive(zipped({name: b"1"}))).members[0].name == name
    assert archives.listing(archive(tarred({name: b"1"}))).members[0].name == name
    assert zip_name(raw_zip(name.encode())) == name


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("고양이/하나.png", "cp949"),
        ("кошки/раз.png", "cp866"),
        ("ねこ/写真.png", "cp932"),
        ("小猫/照片.png", "gb18030"),
        ("Mädchen/é.png", "cp437"),
    ],
)
def test_names_as_windows_explorer_writes_them_are_recognised(name: str, encoding: str) -> None:
    assert zip_name(raw_zip(name.encode(encoding))) == name


def test_the_unicode_path_beside_a_garbled_name_wins() -> None:
    name = "猫.png".encode()
    extra = b"up" + (5 + len(name)).to_bytes(2, "little") + b"\1" + zlib.crc32(b"__.png").to_bytes(4, "little") + name
    assert zip_name(raw_zip(b"__.png", extra)) == "猫.png"


def test_names_are_composed_and_cannot_break_what_shows_them() -> None:
    assert readable("cafe\u0301\\a.png") == "café/a.png"
    assert readable("a\x00b\u202ec\ud800.png") == "a�b�c�.png"
    readable(tar_name("\udcff\udcfe.png")).encode("utf-8")


@pytest.mark.parametrize(
    "pack",
    [
        tarred,
        zipped,
        lambda files: gzipped(tarred(files)),
        lambda files: bz2.compress(tarred(files)),
        lambda files: lzma.compress(tarred(files)),
        lambda files: gzipped(tarred(files)[:5000]) + gzipped(tarred(files)[5000:]),
        lambda files: bz2.compress(tarred(files)[:5000]) + bz2.compress(tarred(files)[5000:]),
        lambda files: gzipped(tarred(files)) + b"\0" * 100,
    ],
    ids=["tar", "zip", "gz", "bz2", "xz", "two gz", "two bz2", "gz and zeros"],
)
def test_contents_come_out_as_they_went_in(pack, archive) -> None:
    files = class_files() | {"cats/big.png": bytes(range(256)) * 5000}
    path = archive(pack(files))
    listed = archives.listing(path)
    assert {m.name: m.bytes for m in listed.members} == {name: len(content) for name, content in files.items()}
    read = {member.name: content for member, content in archives.read(path, listed.members)}
    assert read == files
    some = listed.members[1:3]
    assert [m.name for m, _ in archives.read(path, some)] == [m.name for m in some]


def test_a_file_that_vanishes_while_a_folder_is_read_is_left_out(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"1")
    members = archives.listing(tmp_path).members
    (tmp_path / "a.png").unlink()
    read = {member.name: content for member, content in archives.read(tmp_path, members)}
    assert isinstance(read["a.png"], LeftOut)
    assert "cannot be read" in read["a.png"].sentence
    assert read["b.png"] == b"1"


def test_refusals_name_the_archive_as_its_owner_called_it(archive) -> None:
    with limits(unpacked_bytes=10), pytest.raises(ValueError, match="^“holiday.zip” unpacks to more than 10 bytes.$"):
        archives.listing(archive(zipped(class_files())), "holiday.zip")
