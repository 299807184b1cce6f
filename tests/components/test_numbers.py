"""Numbers as people say them."""

import pytest

from components import numbers


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "a few seconds"),
        (9.96, "a few seconds"),
        (12, "10 s"),
        (48, "50 s"),
        (89.9, "90 s"),
        (100, "2 min"),
        (44 * 60 + 56, "45 min"),
        (3599.9, "1 h"),
        (7460, "2 h 5 min"),
        (7300, "2 h"),
    ],
)
def test_times_are_told_as_people_say_them(seconds: float, said: str) -> None:
    assert numbers.duration(seconds) == said


def test_nobody_says_about_a_few_seconds() -> None:
    assert [numbers.about(seconds) for seconds in (4, 26, 126)] == ["a few seconds", "about 25 s", "about 2 min"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.04 s"),
        (1.25, "1.2 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (100, "1.7 min"),
        (2696, "45 min"),
        (3599.9, "1 h"),
        (36000, "10 h"),
    ],
)
def test_times_that_are_compared_have_two_digits(seconds: float, said: str) -> None:
    assert numbers.measured(seconds) == said


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
