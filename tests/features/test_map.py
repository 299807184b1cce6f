"""Maps of embeddings: what lies where, that a seed fixes it, and where a new picture is put."""

import numpy as np
import pytest

from model_zoo.events import Progress, drained
from model_zoo.features import map as maps
from model_zoo.features import neighbours
from model_zoo.features.map import MapSpec, draw, estimate, place
from model_zoo.features.neighbours import nearest
from tests.features.finished import clusters


def same_class(points: np.ndarray, labels: np.ndarray, count: int = 5) -> float:
    """Give the share of the nearest points that have a point's own label."""
    indices, _ = drained(nearest(points, count, ""))
    return float((labels[indices] == labels[:, None]).mean())


def test_principal_components_are_those_of_a_singular_value_decomposition_and_place_new_pictures() -> None:
    x, _ = clusters(60, 3)
    drawn = drained(draw(x, "pca", 0))

    centred = x - x.mean(0)
    _, values, axes = np.linalg.svd(centred, full_matrices=False)
    assert np.allclose(np.abs(drawn.points), np.abs(centred @ axes[:2].T), atol=1e-3)
    assert drawn.about["explained"] == pytest.approx((values[:2] ** 2 / (values**2).sum()).tolist(), rel=1e-3)
    there = place(x[7], drawn.points, drawn.tensors, np.array([0]))
    assert there == pytest.approx(drawn.points[7].tolist(), abs=1e-3)


@pytest.mark.parametrize("interpolated_from", [1, 10**6], ids=["interpolated", "by a tree"])
def test_neighbours_stay_neighbours_and_a_seed_fixes_the_map(
    monkeypatch: pytest.MonkeyPatch, interpolated_from
) -> None:
    monkeypatch.setattr(maps, "INTERPOLATED_FROM", interpolated_from)
    monkeypatch.setattr(maps, "PHASES", ((100, 12.0, 0.5), (100, 1.0, 0.8)))
    x, labels = clusters(120, 4)

    first, again, other = (drained(draw(x, "tsne", seed)).points for seed in (3, 3, 4))

    assert first.dtype == np.float32
    assert same_class(first, labels) > 0.95
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_in_pieces_the_map_is_the_one_that_is_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "PHASES", ((50, 12.0, 0.5), (60, 1.0, 0.8)))
    x, _ = clusters(80, 4)
    monkeypatch.setattr(maps, "PIECE", 7)
    pieces = drained(draw(x, "tsne", 0)).points
    monkeypatch.setattr(maps, "PIECE", 1000)

    assert np.allclose(pieces, drained(draw(x, "tsne", 0)).points, atol=1e-2 * np.ptp(pieces))


def test_the_work_tells_how_far_it_is_and_ends_between_two_pieces_when_it_is_told_to() -> None:
    x, _ = clusters(80, 4)
    work, told = draw(x, "tsne", 0), []
    for event in work:
        assert isinstance(event, Progress)
        told += [event] if event.doing == "arranging 80 pictures" else []
        if len(told) == 4:
            break
    work.close()

    shares = [event.done for event in told]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(4 * maps.PIECE / 750)
    assert all(event.seconds_left > 0 for event in told)
    assert list(work) == []


def test_on_a_tsne_map_a_new_picture_lies_in_the_middle_of_what_it_resembles() -> None:
    points = np.array([[0, 0], [1, 0], [2, 5], [90, 90]] + [[50, 50]] * 20, np.float32)
    assert place(np.zeros(5), points, {}, np.array([0, 1, 2, 3, 0, 1, 2, 0, 1, 2, 23])) == [1.0, 0.0]


@pytest.mark.parametrize("count", [3, 4, 7])
@pytest.mark.parametrize("dimensions", [1, 2, 400])
@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_the_smallest_sets_and_embeddings_have_a_map(count: int, dimensions: int, method) -> None:
    x = np.random.default_rng(0).normal(size=(count, dimensions)).astype(np.float32)
    drawn = drained(draw(x, method, 0))
    assert drawn.points.shape == (count, 2)
    assert np.isfinite(drawn.points).all()


def test_pictures_that_are_all_the_same_have_no_map() -> None:
    for x in (np.ones((9, 4), np.float32), np.eye(2, dtype=np.float32)):
        with pytest.raises(ValueError, match="needs three pictures or more whose embeddings differ"):
            drained(draw(x, "tsne", 0))


def test_a_spec_that_cannot_be_drawn_says_what_can() -> None:
    with pytest.raises(ValueError, match="method must be pca or tsne, got “umap”"):
        MapSpec("a", method="umap")
    with pytest.raises(ValueError, match="seed must be 0 to .* got -1"):
        MapSpec("a", seed=-1)


def test_ten_thousand_pictures_are_estimated_at_half_a_minute_at_most_and_more_at_more() -> None:
    assert 10 < sum(estimate(10_000, 320, 200, "tsne")) < 35
    assert sum(estimate(10_000, 320, 200, "pca")) < sum(estimate(10_000, 320, 200, "tsne"))
    assert sum(estimate(40_000, 320, 200, "tsne")) > 60


def test_nearest_neighbours_are_exact_whatever_the_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(1).normal(size=(50, 6)).astype(np.float32)
    monkeypatch.setattr(neighbours, "CHUNK_BYTES", 4 * 50 * 7)  # seven rows at once

    indices, distances = drained(nearest(x, 4, ""))

    direct = np.linalg.norm(x[:, None] - x, axis=2)
    np.fill_diagonal(direct, np.inf)
    assert np.array_equal(indices, direct.argsort(axis=1)[:, :4])
    assert np.allclose(distances, np.sort(direct, axis=1)[:, :4], atol=1e-3)
