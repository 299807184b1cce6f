"""Who stands where: while it runs, and when it has ended."""

import pytest

from components.configurations import marks
from components.leaderboard import _axis, _row
from components.standings import RunBar, basis, standings
from tests.components.made_up import ACCURACY, CONFIGURATIONS, epoch_end, race, ranking, runs


def test_before_the_first_epoch_the_order_is_that_of_the_spec() -> None:
    lines = standings(CONFIGURATIONS, (0, 1), 3, [])
    assert [line.configuration for line in lines] == list(CONFIGURATIONS)
    assert lines[0].validation is None
    assert lines[0].runs == (RunBar(0, 0.0), RunBar(1, 0.0))


def test_until_a_seed_has_ended_the_first_counts_with_its_best_epoch_so_far() -> None:
    events = [
        epoch_end("linear_probe", 0, 0, validation_accuracy=0.9),
        epoch_end("linear_probe", 0, 1, validation_accuracy=0.8),
        epoch_end("linear_probe", 1, 0, validation_accuracy=0.7),
        epoch_end("from_scratch", 0, 0, validation_accuracy=0.85),
    ]
    first, second, last = standings(CONFIGURATIONS, (0, 1), 4, events)
    assert (first.configuration, first.validation) == ("linear_probe", 0.9)  # 0.7 of the second seed is left out
    assert (second.configuration, second.validation) == ("from_scratch", 0.85)
    assert first.runs == (RunBar(0, 0.5), RunBar(1, 0.25))
    assert first.seconds == pytest.approx(4.0)  # of two epochs
    assert last.validation is None
    assert basis(CONFIGURATIONS, (0, 1), events).words == "best epoch so far, first of 2 seeds"


def test_a_seed_that_only_some_have_finished_changes_no_mean() -> None:
    rows = [row for row in runs(3) if row["seed"] < 2]
    fast = next(row for row in runs(3) if row["strategy"] == "from_scratch") | {"seed": 2, "validation_accuracy": 1.0}
    before, after = (standings(CONFIGURATIONS, (0, 1, 2), 3, race(3), told) for told in (rows, [*rows, fast]))
    assert [line.validation for line in after] == [line.validation for line in before]
    counted = basis(CONFIGURATIONS, (0, 1, 2), race(3), [*rows, fast])
    assert (counted.seeds, counted.finished) == ((0, 1), True)
    assert counted.words == "best epoch of each run, 2 of 3 seeds"
    assert basis(CONFIGURATIONS, (0, 1), race(), runs()).words == "best epoch of each run, mean of 2 seeds"


def test_an_accuracy_of_nothing_at_all_still_stands_before_none() -> None:
    events = [epoch_end("from_scratch", 0, 0, validation_accuracy=0.0)]
    assert standings(CONFIGURATIONS, (0,), 3, events)[0].configuration == "from_scratch"


def test_what_has_ended_tells_its_own_numbers() -> None:
    lines = standings(CONFIGURATIONS, (0, 1), 3, race(), runs(), ranking())
    assert [line.configuration for line in lines] == ["full:rate=0.1", "linear_probe", "from_scratch"]
    best = lines[0]
    assert (best.validation, best.seconds, best.trained_parameters) == (ACCURACY["full:rate=0.1"], 80.0, 4_500_000)
    assert best.test_interval == pytest.approx((0.89, 0.95))
    assert all(run.done == 1.0 for line in lines for run in line.runs)


def test_ties_go_to_fewer_trained_parameters() -> None:
    tied = [run | {"validation_accuracy": 0.9} for run in runs()]
    assert standings(CONFIGURATIONS, (0, 1), 3, [], tied)[0].configuration == "linear_probe"


def test_the_bar_shows_test_accuracy_as_soon_as_there_is_one() -> None:
    lines = standings(CONFIGURATIONS, (0, 1), 3, race(), runs(), ranking())
    low, high = _axis(lines, tested=True)
    assert (low, high) == (0.6, 1.0)
    row = _row(lines[0], marks(CONFIGURATIONS, False)["full:rate=0.1"], True, low, high)
    assert row["place"] == pytest.approx([(0.92 - 0.6) / 0.4, (0.89 - 0.6) / 0.4, (0.95 - 0.6) / 0.4])
    assert (row["validation"], row["test"], row["interval"]) == ("93.0 %", "92.0 %", "89.0 % to 95.0 %")
