"""Folders are read as people mean them."""

import pytest

from model_zoo.data.folders import arrange, is_litter, natural
from model_zoo.data.members import Member


def placed(*names: str) -> dict[str, tuple[str, str | None]]:
    arrangement = arrange(Member(name, 1, i) for i, name in enumerate(names))
    return {p.member.name: (p.label, p.part) for p in arrangement.placed}


def reasons(*names: str) -> dict[str, str]:
    return {item.name: item.reason for item in arrange(Member(n, 1, i) for i, n in enumerate(names)).left_out}


def test_a_class_is_the_folder_of_its_pictures() -> None:
    assert placed("cats/1.jpg", "dogs/2.JPG") == {"cats/1.jpg": ("cats", None), "dogs/2.JPG": ("dogs", None)}


def test_wrapping_folders_are_passed_over_though_a_picture_lies_beside_them() -> None:
    found = placed("my photos/all/cats/1.jpg", "my photos/all/dogs/2.jpg", "cover.jpg")
    assert found == {"my photos/all/cats/1.jpg": ("cats", None), "my photos/all/dogs/2.jpg": ("dogs", None)}
    assert reasons("w/cats/1.jpg", "w/dogs/2.jpg", "cover.jpg") == {"cover.jpg": "lies in no class folder"}


@pytest.mark.parametrize("validation", ["val", "valid", "validation", "Valid"])
@pytest.mark.parametrize("wrapper", ["", "set/"])
def test_parts_above_the_classes_are_honoured(validation: str, wrapper: str) -> None:
    names = [f"{wrapper}{part}/cats/1.png" for part in ("train", validation, "test")]
    assert list(placed(*names).values()) == [("cats", "train"), ("cats", "validation"), ("cats", "test")]


def test_parts_below_the_classes_are_honoured() -> None:
    found = placed("cats/train/1.png", "cats/test/2.png", "dogs/train/3.png", "dogs/test/4.png")
    assert list(found.values()) == [("cats", "train"), ("cats", "test"), ("dogs", "train"), ("dogs", "test")]


def test_a_class_that_is_called_train_is_a_class() -> None:
    assert placed("train/1.png", "bus/2.png") == {"train/1.png": ("train", None), "bus/2.png": ("bus", None)}


def test_what_lies_beside_the_parts_is_left_out() -> None:
    assert "outside" in reasons("train/a/1.png", "test/a/2.png", "more/3.png")["more/3.png"]


def test_folders_below_a_class_belong_to_it() -> None:
    found = placed("train/n01/images/1.png", "test/n01/images/2.png")
    assert set(found.values()) == {("n01", "train"), ("n01", "test")}
    assert placed("cats/2021/1.png", "dogs/2.png")["cats/2021/1.png"] == ("cats", None)


def test_a_single_class_is_not_taken_for_a_wrapper() -> None:
    assert set(placed("cats/1.png", "cats/2.png").values()) == {("cats", None)}


def test_composed_and_decomposed_names_are_one_class() -> None:
    assert {label for label, _ in placed("caf\u00e9/1.png", "cafe\u0301/2.png", "bar/3.png").values()} == {
        "café",
        "bar",
    }


@pytest.mark.parametrize(
    "name",
    ["__MACOSX/cats/._1.jpg", "cats/.DS_Store", "cats/Thumbs.db", "cats/desktop.ini", ".git/x.png", "@eaDir/a.jpg"],
)
def test_litter_is_passed_over_silently(name: str) -> None:
    assert is_litter(name)
    assert name not in placed(name, "cats/1.png", "dogs/1.png")
    assert reasons(name, "cats/1.png", "dogs/1.png") == {}


def test_what_is_no_picture_is_left_out_with_the_reason() -> None:
    found = reasons("cats/a.txt", "cats/b.zip", "cats/noname", "cats/c.mp4")
    assert "no picture: JPEG" in found["cats/a.txt"]
    assert "inside the archive" in found["cats/b.zip"]
    assert "no picture" in found["cats/c.mp4"]
    assert "cats/noname" not in found  # its content decides


def test_files_are_sorted_as_people_count() -> None:
    assert sorted(["10.jpg", "9.jpg", "a2.jpg", "a10.jpg"], key=natural) == ["9.jpg", "10.jpg", "a2.jpg", "a10.jpg"]


def test_classes_are_counted_in_the_order_in_which_they_are_shown() -> None:
    members = [Member(name, 1, i) for i, name in enumerate(("b/1.png", "A/1.png", "b/2.png"))]
    assert list(arrange(members).classes.items()) == [("A", 1), ("b", 2)]
