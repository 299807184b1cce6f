"""Pictures to look at twice: copies that were planted are found, wrong labels that were planted come first."""

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from model_zoo.events import Note, drained
from model_zoo.features import suspects
from model_zoo.features.suspects import duplicates, suspicious
from tests.data.makers import drive
from tests.features.finished import clusters

SIZE = 64


def drawn(count: int, seed: int = 0) -> np.ndarray:
    """Draw smooth pictures uint8 (count, 3, SIZE, SIZE), no two alike."""
    patches = np.random.default_rng(seed).integers(0, 256, (count, 6, 6, 3), np.uint8)
    smooth = [np.asarray(Image.fromarray(patch).resize((SIZE, SIZE), Image.Resampling.BICUBIC)) for patch in patches]
    return np.stack(smooth).transpose(0, 3, 1, 2)


def copy(picture: np.ndarray, how: str) -> np.ndarray:
    image, file = Image.fromarray(picture.transpose(1, 2, 0)), io.BytesIO()
    if how == "jpeg":
        image.save(file, "JPEG", quality=30)
        image = Image.open(file)
    elif how == "mirrored":
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    elif how == "brighter":
        image = ImageEnhance.Brightness(image).enhance(1.2)
    else:
        image = image.resize((40, 40)).resize((SIZE, SIZE))
    return np.asarray(image).transpose(2, 0, 1)


@pytest.mark.parametrize("how", ["jpeg", "mirrored", "brighter", "scaled"])
def test_a_copy_is_found_and_nothing_else_is(how: str) -> None:
    pictures, (x, _) = drawn(40), clusters(40, 4)
    pictures[30], x[30] = copy(pictures[12], how), x[12] + 0.1

    pairs, found = drained(duplicates(x, pictures))

    assert [(a, b) for a, b, _ in pairs] == [(12, 30)]
    assert found == 1
    assert 0.92 <= pairs[0][2] <= 1.0001


def test_pictures_whose_embeddings_alone_agree_are_no_duplicates() -> None:
    x, _ = clusters(40, 4)
    x[30] = x[12]
    assert drained(duplicates(x, drawn(40))) == ([], 0)


def test_pictures_whose_pixels_alone_agree_are_no_duplicates() -> None:
    pictures, (x, _) = drawn(40), clusters(40, 4)
    pictures[31] = pictures[12]  # of another class; the network sees what sixteen grey pixels do not show
    assert drained(duplicates(x, pictures))[1] == 0


def test_the_most_alike_come_first_and_the_others_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspects, "MOST", 2)
    pictures, (x, _) = drawn(40), clusters(40, 4)
    for place, how in ((30, "jpeg"), (31, "scaled"), (32, "brighter")):
        pictures[place], x[place] = copy(pictures[place - 20], how), x[place - 20]
    pictures[33], x[33] = pictures[13], x[13]

    pairs, found = drained(duplicates(x, pictures))

    assert (len(pairs), found) == (2, 4)
    assert pairs[0][:2] == (13, 33)
    assert pairs[0][2] >= pairs[1][2]


def test_labels_that_were_made_wrong_come_first() -> None:
    x, labels = clusters(300, 5)
    wrong = np.arange(0, 300, 26)  # of every class
    mistaken = labels.copy()
    mistaken[wrong] = (labels[wrong] + 1) % 5

    doubt = drained(suspicious(x, mistaken, 5))

    first = doubt.suspects[:8]
    assert {suspect.picture for suspect in first} < set(wrong.tolist())
    assert doubt.found == len(doubt.suspects) <= len(wrong)
    assert all(suspect.suggested == labels[suspect.picture] for suspect in first)
    assert all(suspect.given == mistaken[suspect.picture] for suspect in first)
    assert all(0 < suspect.confidence <= 1 for suspect in first)
    assert doubt.accuracy == pytest.approx(1 - len(wrong) / 300, abs=0.03)
    assert first[0].to_json().keys() == {"picture", "given", "suggested", "confidence"}


def test_no_probe_has_seen_the_picture_that_it_names() -> None:
    noise = np.random.default_rng(0).normal(size=(200, 400)).astype(np.float32)  # can only be learned by heart
    assert drained(suspicious(noise, np.arange(200) % 2, 2)).accuracy < 0.65


def test_a_class_of_one_picture_is_never_suspected() -> None:
    x, labels = clusters(60, 3)
    labels[5] = 3  # alone, and right in the middle of another class
    doubt = drained(suspicious(x, labels, 5))
    assert 5 not in {suspect.picture for suspect in doubt.suspects}


def test_where_no_label_can_be_doubted_that_is_said() -> None:
    x, _ = clusters(6, 3)
    events, doubt = drive(suspicious(x, np.array([0, 0, 0, 0, 1, 2]), 3))
    assert Note("Fewer than two classes have two pictures or more, so no label can be doubted.") in events
    assert doubt.suspects == ()


def test_every_class_of_two_pictures_or_more_always_has_one_that_trains() -> None:
    labels = np.repeat(np.arange(9), [2, 2, 3, 2, 7, 2, 2, 11, 5])
    folds = suspects._folds(labels, 0)
    for fold in range(suspects.FOLDS):
        assert set(labels[folds != fold]) == set(range(9))
