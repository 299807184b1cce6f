"""The cache: rows computed once, told apart by what they depend on, bounded in memory and on disk."""

import time
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from model_zoo.prefix_cache import Account, Key, PrefixCache, weights_hash

ROW_BYTES = 4 * 100


def key(**changes: str) -> Key:
    values = {"prefix": "p", "pictures": "s", "view": "0", "precision": "fp32", "normalisation": "n"}
    return Key(size=64, **values | changes)


class Maker:
    """Makes rows that say which picture they belong to, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, index: Tensor) -> Tensor:
        self.asked += index.tolist()
        return index.float()[:, None].expand(-1, 100).clone()


def rows(cache: PrefixCache, which: Key, index: list[int], make: Maker, **changes: object) -> Tensor:
    return cache.rows(which, torch.tensor(index), 10, make, **{"account": Account()} | changes)


def test_only_missing_rows_are_computed_and_every_row_is_the_right_one() -> None:
    cache, make = PrefixCache(1 << 20), Maker()
    rows(cache, key(), [3, 1], make)
    found = rows(cache, key(), [1, 7, 3], make)
    assert make.asked == [3, 1, 7]
    assert found[:, 0].tolist() == [1, 7, 3]


@pytest.mark.parametrize("field", ["prefix", "pictures", "view", "precision", "normalisation", "pooling"])
def test_whatever_an_activation_depends_on_tells_entries_apart(field: str) -> None:
    cache, make = PrefixCache(1 << 20), Maker()
    rows(cache, key(), [1], make)
    rows(cache, key(**{field: "other"}), [1], make)
    assert make.asked == [1, 1]


def test_the_least_recently_used_entry_makes_room() -> None:
    cache, make = PrefixCache(2 * ROW_BYTES), Maker()
    for view in ("0", "1", "0", "2"):
        rows(cache, key(view=view), [5], make)
    assert cache.holds(key(view="0"), torch.tensor([5]))
    assert not cache.holds(key(view="1"), torch.tensor([5]))


def test_what_a_dropped_source_cost_is_still_charged_to_whoever_reads_what_was_made_of_it() -> None:
    cache, make, first, second = PrefixCache(2 * ROW_BYTES), Maker(), Account(), Account()
    rows(cache, key(prefix="source"), [5], make, account=first)
    rows(cache, key(prefix="made"), [5], make, account=first, source=key(prefix="source"))
    rows(cache, key(prefix="other"), [5], make)
    assert not cache.holds(key(prefix="source"), torch.tensor([5]))
    rows(cache, key(prefix="made"), [5], make, account=second, source=key(prefix="source"))
    assert second.alone == pytest.approx(first.alone)
    assert second.paid == 0


def test_an_entry_takes_no_more_memory_than_what_was_asked_for() -> None:
    cache, make = PrefixCache(1 << 20), Maker()
    cache.rows(key(), torch.tensor([7, 3]), 100_000, make, account=Account())
    assert cache._entries[key()].rows.untyped_storage().nbytes() <= 3 * ROW_BYTES


def test_what_was_kept_on_disk_is_found_by_another_process_and_costs_the_same(tmp_path: Path) -> None:
    first, make, before, after = PrefixCache(1 << 20, tmp_path), Maker(), Account(), Account()
    rows(first, key(), [2, 4], make, account=before)
    first.keep()
    found = rows(PrefixCache(1 << 20, tmp_path), key(), [4], make, account=after)
    assert make.asked == [2, 4]
    assert found[0, 0] == 4
    assert after.alone == pytest.approx(before.alone / 2)
    assert after.paid == 0


def test_rows_from_disk_come_in_the_order_that_is_asked_for_as_they_did_before(tmp_path: Path) -> None:
    first, make = PrefixCache(1 << 20, tmp_path), Maker()
    rows(first, key(), [4, 2], make)
    first.keep()
    second = PrefixCache(1 << 20, tmp_path)
    assert rows(second, key(), [4, 2], make)[:, 0].tolist() == [4, 2]
    rows(second, key(), [3], make)
    second.keep()  # its rows lie in another order now
    found = rows(PrefixCache(1 << 20, tmp_path), key(), [3, 4, 2], make)
    assert found[:, 0].tolist() == [3, 4, 2]
    assert make.asked == [4, 2, 3]


NEAR, FAR = key(prefix="near"), key(prefix="far")
NEAR_SECONDS, FAR_SECONDS = 0.02, 0.005  # a row


def far(cache: PrefixCache, index: list[int], account: Account) -> None:
    """Ask for rows that are made of maps, which are not kept on disk and are the dearer part."""

    def maps(missing: Tensor) -> Tensor:
        time.sleep(NEAR_SECONDS * len(missing))
        return missing.float()[:, None, None].expand(-1, 2, 2).clone()

    def flat(missing: Tensor) -> Tensor:
        before = cache.rows(NEAR, missing, 10, maps, account=account)
        time.sleep(FAR_SECONDS * len(missing))
        return before.flatten(1)

    cache.rows(FAR, torch.tensor(index), 10, flat, account=account, source=NEAR)


def test_what_came_from_disk_costs_all_that_it_was_made_of_and_so_do_rows_added_to_it(tmp_path: Path) -> None:
    first, later = PrefixCache(1 << 20, tmp_path), PrefixCache(1 << 20, tmp_path)
    before, after, other = Account(), Account(), Account()
    far(first, [1, 2], before)
    first.keep()
    far(later, [1, 2], after)
    assert after.paid == 0
    assert after.alone == pytest.approx(before.alone)
    assert after.alone > 2 * (NEAR_SECONDS + FAR_SECONDS)
    far(later, [1, 2, 3, 4], after)
    assert after.alone == pytest.approx(before.alone + after.paid)
    far(later, [1, 2, 3, 4], other)
    assert other.paid == 0
    assert other.alone == pytest.approx(before.alone + after.paid)


def test_the_disk_is_bounded_and_the_oldest_file_goes(tmp_path: Path) -> None:
    cache, make = PrefixCache(1 << 20, tmp_path, disk_bytes=10_000), Maker()
    for view in range(8):
        rows(cache, key(view=str(view)), [0, 1, 2, 3], make)
        cache.keep()
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 10_000
    assert (tmp_path / f"{key(view='7').digest()}.safetensors").exists()


def test_a_damaged_file_is_computed_again(tmp_path: Path) -> None:
    cache, make = PrefixCache(1 << 20, tmp_path), Maker()
    rows(cache, key(), [2], make)
    cache.keep()
    next(tmp_path.iterdir()).write_bytes(b"cut off")
    assert rows(PrefixCache(1 << 20, tmp_path), key(), [2], make)[0, 0] == 2
    assert make.asked == [2, 2]


def test_a_run_pays_for_each_row_once_its_source_included() -> None:
    cache, near, far = PrefixCache(1 << 20), key(prefix="near"), key(prefix="far")
    first, second, make = Account(), Account(), Maker()

    def from_near(index: Tensor) -> Tensor:
        return rows(cache, near, index.tolist(), make, account=first) + 1

    for account in (first, second, second):
        cache.rows(far, torch.tensor([1, 2]), 10, from_near, account=account, source=near)
    assert first.paid == pytest.approx(first.alone)
    assert second.paid == 0
    assert second.alone == pytest.approx(first.alone)


def test_entries_of_one_run_are_forgotten_and_shared_ones_stay() -> None:
    cache, make = PrefixCache(1 << 20), Maker()
    rows(cache, key(prefix="own"), [1], make, shared=False)
    rows(cache, key(), [1], make)
    cache.forget()
    assert not cache.holds(key(prefix="own"), torch.tensor([1]))
    assert cache.holds(key(), torch.tensor([1]))


def test_equal_weights_have_equal_hashes_and_statistics_count() -> None:
    one, other = nn.BatchNorm2d(3), nn.BatchNorm2d(3)
    assert weights_hash(one) == weights_hash(other)
    other.running_mean += 0.1
    assert weights_hash(one) != weights_hash(other)
