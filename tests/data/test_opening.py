"""Sets are decoded once, kept, and come out the same from a folder, a ZIP, a TAR or dropped files."""

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from model_zoo.data import kept, opening, sources, uploads
from model_zoo.data.limits import LIMITS, in_bytes, limits_in_words
from model_zoo.data.splits import split
from model_zoo.events import Note, Progress
from model_zoo.home import home
from tests.data.makers import class_files, drive, files_below, gzipped, limits, picture, tarred, zipped


def upload(files: dict[str, bytes], name: str = "set.zip") -> str:
    return uploads.keep_archive(io.BytesIO(zipped(files)), name)


def written(files: dict[str, bytes], folder: Path) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_folder_zip_tar_and_dropped_files_give_the_same_set(tmp_path: Path) -> None:
    files = class_files(("猫", "собаки", "café"), each=12)
    (tmp_path / "a.tar.gz").write_bytes(gzipped(tarred(files)))
    references = [
        str(written(files, tmp_path / "set")),
        upload(files),
        str(tmp_path / "a.tar.gz"),
        uploads.keep_files((name, io.BytesIO(content)) for name, content in files.items()),
    ]
    sets = [drive(opening.open_set(reference, 16))[1] for reference in references]
    assert len({images.digest for images in sets}) == 1
    assert len({images.names for images in sets}) == 1
    assert sets[0].classes == ("café", "собаки", "猫")
    assert sets[0].names[:11] == tuple(f"café/{i}.png" for i in range(11))
    assert sets[0].original[0].tolist() == [20, 16]


def test_a_second_opening_decodes_nothing() -> None:
    reference = upload(class_files() | {"cats/bad.png": b"?"})
    events, first = drive(opening.open_set(reference, 16))
    os.remove(sources.find(reference).path)  # whoever decoded again would miss it
    again, second = drive(opening.open_set(reference, 16))
    assert torch.equal(first.pictures, second.pictures)
    assert (second.names, second.classes, second.key) == (first.names, first.classes, first.key)
    notes = [event for event in again if isinstance(event, Note)]
    assert notes == [event for event in events if isinstance(event, Note)] != []


def test_another_size_is_another_kept_set() -> None:
    reference = upload(class_files())
    keys = {drive(opening.open_set(reference, size))[1].key for size in (16, 32)}
    assert files_below(home("pictures")) == {f"{key}.safetensors" for key in keys}
    assert len(keys) == 2


def test_a_changed_folder_is_decoded_again(tmp_path: Path) -> None:
    folder = written(class_files(), tmp_path / "set")
    _, before = drive(opening.open_set(str(folder), 16))
    (folder / "cats" / "0.png").write_bytes(picture(77))
    _, after = drive(opening.open_set(str(folder), 16))
    assert not torch.equal(before.pictures[0], after.pictures[0])
    assert torch.equal(before.pictures[1:], after.pictures[1:])


def test_a_damaged_kept_file_is_made_again() -> None:
    reference = upload(class_files())
    _, first = drive(opening.open_set(reference, 16))
    pictures, path = first.pictures.clone(), kept.place(first.key)
    path.unlink()
    path.write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")
    assert torch.equal(drive(opening.open_set(reference, 16))[1].pictures, pictures)


def test_giving_up_half_way_leaves_no_kept_file_and_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_zoo.data.gathering.SECONDS_BETWEEN_EVENTS", -1)
    reference = upload(class_files(each=200))
    work = opening.open_set(reference, 16)
    while not (isinstance(event := next(work), Progress) and event.done):
        pass
    work.close()
    assert not files_below(home("pictures"))
    assert not _children()


def _children() -> list[str]:
    import psutil

    alive = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    return [child.cmdline()[-1] for child in alive if "model_zoo.data.decode" in child.cmdline()]


def test_given_parts_are_honoured_and_lead_the_split() -> None:
    files = (
        class_files(each=5, under="w/train/")
        | class_files(each=2, under="w/valid/")
        | class_files(each=1, under="w/test/")
    )
    _, images = drive(opening.open_set(upload(files), 16))
    assert split(images, 0).sizes() == (10, 4, 2)
    assert {images.names[i].split("/")[1] for i in split(images, 0).validation} == {"valid"}


def test_a_class_without_enough_training_pictures_is_left_out_and_said() -> None:
    files = class_files(each=4, under="train/") | class_files(each=2, under="test/")
    files |= {"train/owls/1.png": picture(50), "test/owls/2.png": picture(51)}
    events, images = drive(opening.open_set(upload(files), 16))
    assert images.classes == ("cats", "dogs")
    told = [event.sentence for event in events if isinstance(event, Note)]
    assert told == ["“owls” is left out as a class: it has 1 usable picture to train and needs 2."]


def test_labels_follow_when_a_class_in_the_middle_is_left_out() -> None:
    files = class_files(("a", "z")) | {"m/1.png": picture(60)}
    _, images = drive(opening.open_set(upload(files), 16))
    assert images.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert all(images.classes[label] == name[0] for label, name in zip(images.labels, images.names, strict=True))


def test_when_nothing_can_be_used_the_first_reasons_are_told() -> None:
    with pytest.raises(ValueError, match="fewer than two classes with enough usable pictures .*“cats”.*usable picture"):
        drive(opening.open_set(upload({f"{c}/{i}.png": b"?" for c in ("cats", "dogs") for i in range(4)}), 16))


def test_notes_are_named_up_to_the_limit_and_then_counted() -> None:
    reference = upload(class_files() | {f"cats/{i}.txt": b"" for i in range(30)})
    with limits(notes=10):
        events, _ = drive(opening.open_set(reference, 16))
    told = [event.sentence for event in events if isinstance(event, Note)]
    assert len(told) == 11
    assert told[-1] == "20 more files were left out."


def test_animated_pictures_are_told_once_for_all() -> None:
    from PIL import Image

    file = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), c) for c in ("red", "blue")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    events, _ = drive(opening.open_set(upload(class_files() | {"cats/a.gif": file.getvalue()}), 16))
    assert Note("1 animated picture is used with its first frame only.") in events


def test_pictures_that_would_not_fit_are_refused_with_what_would() -> None:
    with limits(decoded_bytes=6 * 3 * 32 * 32), pytest.raises(ValueError, match="choose at most 32 pixels"):
        drive(opening.open_set(upload(class_files()), 64))


@pytest.mark.parametrize("size", [0, 7, 513])
def test_a_size_out_of_bounds_is_named(size: int) -> None:
    with pytest.raises(ValueError, match=f"size must be 8 to 512 pixels, got {size}"):
        drive(opening.open_set("digits", size))


def test_a_kept_set_is_read_without_torch() -> None:
    _, images = drive(opening.open_set(upload(class_files() | {"cats/bad.png": b"?"}), 16))
    read = f"""
import sys
from model_zoo.data import kept, sources, uploads, limits, folders, archives
found = kept.find("{images.key}")
assert found.pictures([0, 5]).shape == (2, 16, 16, 3)
print(found.classes, found.labels.tolist(), len(found), found.size, found.left_out[0].name)
print(int(found.pictures([5]).sum()))
assert not {{"torch", "torchvision", "sklearn", "xgboost"}} & sys.modules.keys(), "heavy"
"""
    answer = subprocess.run([sys.executable, "-c", read], capture_output=True, text=True, check=True).stdout
    expected = (images.classes, images.labels.tolist(), 6, 16, "cats/bad.png", int(images.pictures[5].sum()))
    assert answer.split() == " ".join(map(str, expected)).split()


def test_a_kept_set_knows_no_picture_outside() -> None:
    _, images = drive(opening.open_set(upload(class_files()), 16))
    found = kept.find(f"{images.key}.safetensors")
    assert np.array_equal(found.pictures([2])[0].transpose(2, 0, 1), images.pictures[2].numpy())
    with pytest.raises(IndexError, match="no picture 6; the set has 6"):
        found.pictures([6])
    with pytest.raises(ValueError, match="no key"):
        kept.find("../../etc/passwd")


def test_references_are_found_in_their_canonical_spelling() -> None:
    assert sources.find(" materials:per_class=60 ").reference == "materials"
    assert sources.find("materials:per_class=7,seed=0").reference == "materials:per_class=7"
    assert sources.find("download:pets").title == "Oxford-IIIT Pet"


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("material", "Did you mean “materials”"),
        ("download:cifar", "Did you mean “cifar10”"),
        ("materials:per_class=2", "per_class of materials must be 3 to 5000, got 2"),
        ("digits:size=3", "digits has no knob “size”"),
        ("", "There is no picture set"),
        ("/no/such/folder", "no picture set, folder or archive “/no/such/folder”"),
    ],
)
def test_a_wrong_reference_is_answered_with_the_way_out(reference: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        sources.find(reference)


def test_a_stranger_may_not_name_paths(tmp_path: Path) -> None:
    written(class_files(), tmp_path)
    assert sources.find(str(tmp_path)).kind == "path"
    with pytest.raises(ValueError, match="There is no picture set"):
        sources.find(str(tmp_path), paths=False)


def test_links_in_a_folder_are_left_out(tmp_path: Path) -> None:
    folder = written(class_files(), tmp_path / "set")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "1.png").write_bytes(picture(90))
    (folder / "cats" / "link.png").symlink_to(tmp_path / "secret" / "1.png")
    (folder / "owls").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "cats" / "pipe.png")
    events, images = drive(opening.open_set(str(folder), 16))
    assert len(images) == 6
    told = {event.about: event.sentence for event in events if isinstance(event, Note)}
    assert {name.rpartition("/")[2] for name in told} == {"link.png", "owls", "pipe.png"}
    assert "is a link" in told["owls"]


def test_the_limits_are_said_in_words_and_hold_five_hundred_phone_photos() -> None:
    assert LIMITS.upload_bytes >= 2 * 10**9 <= LIMITS.unpacked_bytes
    said = " ".join(limits_in_words())
    assert "4 GiB" in said
    with limits(upload_bytes=7 * 2**20):
        assert "7 MiB" in " ".join(limits_in_words())
    assert in_bytes(1536) == "1.5 KiB"


def test_ants_and_bees_are_opened_as_they_are_given(datasets: Path) -> None:
    import pyarrow.parquet as parquet

    files = {}
    for part, folder in (("train", "train"), ("val", "test")):
        table = parquet.read_table(datasets / f"hymenoptera_{part}.parquet")
        classes = table.schema.metadata[b"classes"].decode().split("\n")
        for i, row in enumerate(table.to_pylist()):
            label = classes[row["label"]] if isinstance(row["label"], int) else row["label"]
            files[f"hymenoptera/{folder}/{label}/{i}.webp"] = row["image"]
    _, images = drive(opening.open_set(upload(files), 64))
    assert images.classes == ("ants", "bees")
    assert split(images, 0).sizes() == (195, 49, 153)
    shutil.rmtree(home("pictures"))
