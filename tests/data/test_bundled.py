"""The bundled sets: digits as scanned, materials as drawn."""

import numpy as np
import pytest
import torch

from model_zoo.data import opening
from model_zoo.data.drawn.camera import CLASSES, draw
from model_zoo.data.drawn.fields import Fields
from model_zoo.data.splits import split
from model_zoo.events import Progress
from tests.data.makers import drive


def test_digits_are_the_scans_made_large() -> None:
    from sklearn.datasets import load_digits

    _, images = drive(opening.open_set("digits", 32))
    scans, labels = load_digits(return_X_y=True)
    assert len(images) == 1797
    assert images.labels.tolist() == labels.tolist()
    assert not images.mirror
    small = images.pictures[:200, 0].float().reshape(200, 8, 4, 8, 4).mean((2, 4)).flatten()
    assert np.corrcoef(small.numpy(), scans[:200].ravel())[0, 1] > 0.97


def test_materials_are_the_same_from_one_process_or_many_and_differ_by_seed() -> None:
    _, few = drive(opening.open_set("materials:per_class=4", 16))
    events, many = drive(opening.open_set("materials:per_class=24", 16))
    rows = torch.tensor([24 * label + index for label in range(10) for index in range(4)])
    assert torch.equal(many.take(rows).pictures, few.pictures)
    assert many.names[25] == f"{CLASSES[1]}/0001"
    assert many.mirror
    assert split(many, 0).sizes() == (144, 48, 48)
    assert not torch.equal(drive(opening.open_set("materials:per_class=4,seed=1", 16))[1].pictures, few.pictures)
    assert isinstance(events[0], Progress)


@pytest.mark.parametrize("label", range(len(CLASSES)), ids=CLASSES)
def test_a_material_is_the_same_scene_at_every_size(label: int) -> None:
    small, large = draw(label, 3, 0, 32, difficulty=0), draw(label, 3, 0, 96, difficulty=0)
    shrunk = large.reshape(3, 32, 3, 32, 3).mean((2, 4))
    blurred = [picture.reshape(3, 8, 4, 8, 4).mean((2, 4)).ravel() for picture in (small, shrunk)]
    assert np.corrcoef(*blurred)[0, 1] > 0.8
    assert np.abs(blurred[0] - blurred[1]).mean() < 20


def test_no_two_materials_look_alike_and_none_is_flat() -> None:
    pictures = np.stack([draw(label, index, 0, 32) for label in range(10) for index in range(6)])
    assert len(np.unique(pictures.reshape(60, -1), axis=0)) == 60
    assert pictures.std((1, 2, 3)).min() > 3


def test_neither_colour_nor_pixels_give_the_material_away() -> None:
    from sklearn.linear_model import LogisticRegression

    pictures = np.stack([draw(label, index, 0, 16) for label in range(10) for index in range(40)]) / 255
    labels = np.repeat(np.arange(10), 40)
    test = np.tile(np.arange(40) >= 30, 10)
    for seen in (pictures.reshape(400, -1), np.concatenate([pictures.mean((2, 3)), pictures.std((2, 3))], 1)):
        probe = LogisticRegression(C=0.1, max_iter=200).fit(seen[~test], labels[~test])
        assert probe.score(seen[test], labels[test]) < 0.5


def test_noise_is_the_same_however_finely_it_is_sampled() -> None:
    fields = Fields(np.random.default_rng(0))
    x, y = np.meshgrid(np.linspace(-70, 70, 41, dtype=np.float32), np.linspace(-3, 3, 5, dtype=np.float32))
    whole = fields.sum(x, y, 3)
    assert np.array_equal(whole[::2, ::4], fields.sum(x[::2, ::4], y[::2, ::4], 3))
    assert 0 <= whole.min() < whole.max() <= 1


def test_cells_find_the_nearest_points() -> None:
    fields = Fields(np.random.default_rng(1))
    x, y = np.meshgrid(np.linspace(-5, 5, 30, dtype=np.float32), np.linspace(-5, 5, 30, dtype=np.float32))
    cells = fields.cells(x, y, disorder=0.9)
    points = [
        (
            c + 0.5 + 0.9 * (fields._jitter[0][r % 64, c % 64] - 0.5),
            r + 0.5 + 0.9 * (fields._jitter[1][r % 64, c % 64] - 0.5),
        )
        for r in range(-9, 9)
        for c in range(-9, 9)
    ]
    distances = np.sort(np.stack([np.hypot(px - x, py - y) for px, py in points]), axis=0)
    assert np.allclose(cells.near, distances[0], atol=1e-4)
    assert np.mean(np.isclose(cells.next, distances[1], atol=1e-3)) > 0.98
    near = np.array(
        [points[(r + 9) * 18 + c + 9] for r, c in zip(cells.row.ravel(), cells.column.ravel(), strict=True)]
    )
    assert np.allclose(np.hypot(near[:, 0] - x.ravel(), near[:, 1] - y.ravel()), cells.near.ravel(), atol=1e-4)
