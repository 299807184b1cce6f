"""Uploads are kept once, by content, aside until they are whole, and within the limits."""

import io
import tarfile
from pathlib import Path

import pytest

from model_zoo.data import opening, sources, uploads
from model_zoo.data.limits import LIMITS
from model_zoo.home import home
from tests.data.makers import class_files, drive, files_below, gzipped, limits, picture, tarred, zipped


class Slow(io.RawIOBase):
    """A stream that fails after some bytes, as a visitor who closes the tab."""

    def __init__(self, content: bytes, most: int) -> None:
        self._file, self._left = io.BytesIO(content), most

    def read(self, count: int = -1) -> bytes:
        if self._left <= 0:
            raise ConnectionResetError("the tab was closed")
        block = self._file.read(min(count, self._left))
        self._left -= len(block)
        return block


def test_the_same_archive_is_kept_once_whatever_it_is_called() -> None:
    content = zipped(class_files())
    first = uploads.keep_archive(io.BytesIO(content), "a.zip")
    assert uploads.keep_archive(io.BytesIO(content), "b.zip") == first
    assert uploads.keep_archive(io.BytesIO(zipped(class_files(each=4))), "a.zip") != first
    assert len(files_below(home("uploads"))) == 4


def test_an_archive_is_found_again_by_its_reference() -> None:
    content = zipped(class_files())
    reference = uploads.keep_archive(io.BytesIO(content), "C:\\Users\\me\\holiday.zip")
    source = sources.find(reference)
    assert (source.title, source.kind, source.reference) == ("holiday.zip", "upload", reference)
    assert source.path.read_bytes() == content


def test_an_upload_that_breaks_off_leaves_nothing_behind() -> None:
    with pytest.raises(ConnectionResetError):
        uploads.keep_archive(Slow(zipped(class_files()), 300), "a.zip")
    assert not list(home("uploads").iterdir())


def test_an_upload_above_the_limit_is_refused_before_it_is_read_to_its_end() -> None:
    stream = io.BytesIO(zipped(class_files()) + b"x" * 5 * 2**20)
    with limits(upload_bytes=2**20), pytest.raises(ValueError, match="more than 1 MiB; send fewer"):
        uploads.keep_archive(stream, "a.zip")
    assert stream.tell() < 4 * 2**20
    assert not list(home("uploads").iterdir())


def test_what_is_no_archive_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="“cat.png” is neither ZIP nor TAR. Send a ZIP or TAR of class folders"):
        uploads.keep_archive(io.BytesIO(picture()), "cat.png")


def test_files_dropped_one_by_one_are_one_set_whatever_their_order() -> None:
    files = class_files()
    reference = uploads.keep_files((name, io.BytesIO(content)) for name, content in files.items())
    assert uploads.keep_files((n, io.BytesIO(files[n])) for n in reversed(files)) == reference
    _, images = drive(opening.open_set(reference, 16))
    assert images.names == tuple(files)
    assert images.classes == ("cats", "dogs")
    assert sources.find(reference).title == "cats, dogs"


def test_two_webcam_pictures_of_the_same_name_are_both_kept() -> None:
    dropped = [("cats/photo.png", picture(i)) for i in range(3)] + [(f"dogs/{i}.png", picture(9 + i)) for i in range(3)]
    reference = uploads.keep_files((name, io.BytesIO(content)) for name, content in dropped)
    _, images = drive(opening.open_set(reference, 16))
    assert [name for name in images.names if "cats" in name] == [
        "cats/photo (2).png",
        "cats/photo (3).png",
        "cats/photo.png",
    ]


def test_dropped_files_share_one_limit() -> None:
    files = [(f"cats/{i}.png", io.BytesIO(b"x" * 700)) for i in range(2)]
    with limits(upload_bytes=1000), pytest.raises(ValueError, match="more than 1000 bytes"):
        uploads.keep_files(files)
    assert not list(home("uploads").iterdir())


@pytest.mark.parametrize("name", ["../evil.png", "/etc/evil.png", "a/../../evil.png", "C:\\evil.png"])
def test_a_dropped_file_cannot_say_where_it_is_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="climbs out|absolute"):
        uploads.keep_files([(name, io.BytesIO(picture()))])
    assert not list(home("uploads").iterdir())


def test_dropping_nothing_is_said() -> None:
    with pytest.raises(ValueError, match="No files were dropped"):
        uploads.keep_files([])


def test_deleting_an_upload_takes_the_archive_and_all_that_was_decoded_from_it_and_nothing_else() -> None:
    gone, stays = (uploads.keep_archive(io.BytesIO(zipped(class_files(each=n))), f"{n}.zip") for n in (3, 4))
    for reference, size in ((gone, 16), (gone, 24), (stays, 16)):
        drive(opening.open_set(reference, size))
    assert len(files_below(home("pictures"))) == 3
    uploads.delete(gone)
    assert [folder.name for folder in home("uploads").iterdir()] == [stays.removeprefix("upload:")]
    assert len(files_below(home("pictures"))) == 1
    drive(opening.open_set(stays, 16))
    with pytest.raises(ValueError, match="There is no upload"):
        sources.find(gone)
    with pytest.raises(ValueError, match="There is no upload"):
        uploads.delete(gone)


def test_deleting_takes_what_was_decoded_at_the_smallest_and_the_largest_size_too() -> None:
    reference = uploads.keep_archive(io.BytesIO(zipped(class_files())), "a.zip")
    for size in (LIMITS.smallest_size, LIMITS.largest_size):
        drive(opening.open_set(reference, size))
    assert len(files_below(home("pictures"))) == 2
    uploads.delete(reference)
    assert not files_below(home("pictures"))


def test_what_was_deleted_can_be_sent_again() -> None:
    content = zipped(class_files())
    reference = uploads.keep_archive(io.BytesIO(content), "a.zip")
    uploads.delete(reference)
    assert uploads.keep_archive(io.BytesIO(content), "a.zip") == reference
    assert uploads.contents(reference).classes


@pytest.mark.parametrize("reference", ["upload:..", "upload:", "digits", "upload:../../etc"])
def test_only_uploads_can_be_deleted(reference: str) -> None:
    with pytest.raises(ValueError, match="There is no upload"):
        uploads.delete(reference)


@pytest.mark.parametrize("digest", ["", "..", "../../etc", "0" * 31, "g" * 32, "A" * 32, "0" * 32])
def test_a_hash_that_nobody_uploaded_is_not_found(digest: str) -> None:
    with pytest.raises(ValueError, match="There is no upload"):
        sources.find(f"upload:{digest}")


@pytest.mark.parametrize("pack", ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz"])
def test_classes_are_known_before_anything_is_decoded(pack: str) -> None:
    files = class_files(under="set/train/") | class_files(under="set/test/") | {"set/readme.txt": b"hello"}
    content = {
        "zip": lambda: zipped(files),
        "tar": lambda: tarred(files, tarfile.TarInfo("set/empty")),
        "tar.gz": lambda: gzipped(tarred(files)),
        "tar.bz2": lambda: tarred(files, packing="bz2"),
        "tar.xz": lambda: tarred(files, packing="xz"),
    }[pack]()
    found = uploads.contents(uploads.keep_archive(io.BytesIO(content), f"a.{pack}"))
    assert found.classes == {"cats": 6, "dogs": 6}
    assert {p.part for p in found.placed} == {"train", "test"}
    assert "set/readme.txt" in {item.name for item in found.left_out}


def test_pictures_in_whatever_folders_are_listed_and_the_rest_named() -> None:
    files = {"a.png": picture(1), "x/y/b.JPG": picture(2), "notes.txt": b"x", "__MACOSX/._a.png": b"x"}
    found = uploads.pictures(uploads.keep_archive(io.BytesIO(zipped(files)), "mine.zip", "pictures"))
    assert [member.name for member in found.members] == ["a.png", "x/y/b.JPG"]
    assert [each.name for each in found.left_out] == ["notes.txt"]


def test_an_upload_without_pictures_or_with_too_many_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="“mine.zip” holds no pictures: JPEG"):
        uploads.pictures(uploads.keep_archive(io.BytesIO(zipped({"a.txt": b"x"})), "mine.zip"))
    reference = uploads.keep_archive(io.BytesIO(zipped(class_files())), "more.zip")
    with limits(pictures=5), pytest.raises(ValueError, match="“more.zip” has 6 pictures; at most 5"):
        uploads.pictures(reference)


def test_what_is_no_archive_is_told_what_to_send_instead() -> None:
    with pytest.raises(ValueError, match="Send a ZIP or TAR of pictures"):
        uploads.keep_archive(io.BytesIO(b"x" * 100), "a.zip", "pictures")
