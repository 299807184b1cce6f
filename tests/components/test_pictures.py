"""Confusion counts, thumbnails, CSV: what is computed before anything is shown."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from components.downloads import csv_text
from components.gallery import Caption, data_uri, gallery
from components.matrix import _accepted, confusion_counts, confusion_matrix


def test_confusion_counts_rows_are_true_and_columns_predicted() -> None:
    assert confusion_counts([0, 0, 1], [0, 1, 1], 3).tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_a_matrix_that_does_not_fit_its_classes_is_refused() -> None:
    with pytest.raises(ValueError, match=r"counts must be 2 × 2, a row and a column for each class, got \(3, 3\)"):
        confusion_matrix(["a", "b"], np.zeros((3, 3)), key="x")


@pytest.mark.parametrize("told", [None, 3, {"true": 0}, {"true": 0, "predicted": 2}, {"true": "0", "predicted": 0}])
def test_a_cell_outside_the_matrix_is_refused(told: object) -> None:
    assert _accepted(told, 2) is None


def test_a_thumbnail_shows_the_picture_it_was_made_of() -> None:
    picture = np.zeros((3, 32, 32), dtype=np.uint8)
    picture[0] = 200
    kind, _, content = data_uri(picture).partition(",")
    assert kind == "data:image/webp;base64"
    red, green, blue = np.asarray(Image.open(io.BytesIO(base64.b64decode(content)))).mean(axis=(0, 1))
    assert red == pytest.approx(200, abs=4)
    assert green < 6
    assert blue < 6


def test_a_picture_of_another_shape_or_type_and_a_missing_caption_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must be \(3, S, S\) of uint8, got \(32, 32, 3\)"):
        data_uri(np.zeros((32, 32, 3), dtype=np.uint8))
    with pytest.raises(ValueError, match="one caption a picture, got 1 for 2 pictures"):
        gallery(np.zeros((2, 3, 8, 8), dtype=np.uint8), [Caption("a")], key="x")


def test_csv_has_every_column_and_no_cell_that_a_spreadsheet_would_run() -> None:
    rows = [{"name": '=cmd|"/c calc"!A0', "difference": -0.5}, {"name": "개미, 벌", "more": None}]
    assert csv_text(rows).splitlines() == [
        "name,difference,more",
        '"\'=cmd|""/c calc""!A0",-0.5,',
        '"개미, 벌",,',
    ]
