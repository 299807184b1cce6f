"""Splits: as given where that is enough, else stratified and drawn from the seed."""

import pytest
import torch

from model_zoo.data.splits import REDRAWN_BELOW, split
from tests.data.makers import small_set

TRAIN, VALIDATION, TEST = 0, 1, 2


def check_partition(images, parts) -> None:
    everything = torch.cat([parts.train, parts.validation, parts.test])
    assert everything.sort().values.tolist() == list(range(len(images)))


def test_a_whole_given_split_is_kept_whatever_the_seed() -> None:
    images = small_set({"a": 4, "b": 4}, [TRAIN, TRAIN, VALIDATION, TEST] * 2)
    for seed in (0, 1):
        parts = split(images, seed)
        assert [p.tolist() for p in (parts.train, parts.validation, parts.test)] == [[0, 1, 4, 5], [2, 6], [3, 7]]
        assert not parts.redrawn
    assert parts.sentence == "The split is as given: 4 pictures to train, 2 to validate, 2 to test."


@pytest.mark.parametrize(("second", "told"), [(TEST, "no validation folder"), (VALIDATION, "serve as test")])
def test_train_and_one_more_make_that_the_test_set_and_a_fifth_of_train_validates(second: int, told: str) -> None:
    images = small_set({"a": 60, "b": 40}, [TRAIN] * 50 + [second] * 10 + [TRAIN] * 30 + [second] * 10)
    parts = split(images, 3)
    check_partition(images, parts)
    assert parts.test.tolist() == (images.given == second).nonzero().flatten().tolist()
    assert torch.bincount(images.labels[parts.validation]).tolist() == [10, 6]
    assert not parts.redrawn
    assert told in parts.sentence
    assert "64 pictures to train, 16 to validate, 20 to test" in parts.sentence
    assert split(images, 3).validation.tolist() == parts.validation.tolist()
    assert split(images, 4).validation.tolist() != parts.validation.tolist()


def test_no_split_gives_sixty_twenty_twenty_of_every_class() -> None:
    images = small_set({"a": 50, "b": 30, "c": 20})
    parts = split(images, 0)
    check_partition(images, parts)
    counts = [torch.bincount(images.labels[p]).tolist() for p in (parts.train, parts.validation, parts.test)]
    assert counts == [[30, 18, 12], [10, 6, 4], [10, 6, 4]]
    assert "60/20/20" in parts.sentence
    assert "60 pictures to train, 20 to validate, 20 to test" in parts.sentence


@pytest.mark.parametrize("each", [3, 4, 5, 6, 7, 8, 9, 11])
def test_every_class_is_in_every_part_however_small(each: int) -> None:
    images = small_set({f"class {i}": each for i in range(9)})
    parts = split(images, 0)
    check_partition(images, parts)
    for part in (parts.train, parts.validation, parts.test):
        assert torch.bincount(images.labels[part], minlength=9).min() >= 1
    if each >= 5:
        assert len(parts.test) == pytest.approx(0.2 * len(images), abs=1)


def test_small_test_sets_are_redrawn_by_each_run_seed_and_large_ones_are_not() -> None:
    small, large = small_set({"a": 60, "b": 60}), small_set({"a": 2 * REDRAWN_BELOW, "b": 3 * REDRAWN_BELOW}, size=1)
    assert split(small, 0).redrawn
    assert "every run seed draws its own" in split(small, 0).sentence
    assert split(small, 0).test.tolist() != split(small, 1).test.tolist()
    assert len(split(large, 0).test) == REDRAWN_BELOW
    assert not split(large, 0).redrawn


def test_one_part_alone_is_no_split() -> None:
    images = small_set({"a": 10, "b": 10}, [TRAIN] * 20)
    parts = split(images, 0)
    assert parts.sizes() == (12, 4, 4)
    assert parts.sentence.startswith("One part alone is no split")


def test_a_class_that_is_too_small_is_named() -> None:
    with pytest.raises(ValueError, match="Class “b” has 2 pictures to split; it needs at least 3"):
        split(small_set({"a": 5, "b": 2}), 0)
