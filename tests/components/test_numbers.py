"""Numbers as people say them."""

import pytest

from components import numbers


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.04 s"),
        (1.25, "1.2 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (100, "1 min 40 s"),
        (3599.9, "1 h"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert numbers.duration(seconds) == said


def test_accuracies_are_written_in_percent_with_a_true_minus() -> None:
    assert numbers.percent(0.9312) == "93.1 %"
    assert numbers.points(-0.024) == "−2.4 points"
    assert numbers.points(0.024) == "+2.4 points"


@pytest.mark.parametrize(("number", "said"), [(642, "642"), (9_949, "9.9 k"), (1_000, "1 k"), (4_507_072, "4.5 M")])
def test_counts(number: int, said: str) -> None:
    assert numbers.count(number) == said


def test_the_interval_over_seeds_is_students_and_stays_in_range() -> None:
    low, high = numbers.interval_over_seeds([0.80, 0.82, 0.84])
    assert (low, high) == pytest.approx((0.82 - 4.303 * 0.02 / 3**0.5, 0.82 + 4.303 * 0.02 / 3**0.5))
    assert numbers.interval_over_seeds([0.95, 0.99])[1] == 1.0
    assert numbers.interval_over_seeds([0.9]) is None
