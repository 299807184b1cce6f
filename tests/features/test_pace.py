"""How far a row of steps is told to be."""

import pytest

from model_zoo.features import pace
from model_zoo.features.pace import Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give what the clock reads, in a list of one."""
    now = [0.0]
    monkeypatch.setattr(pace.time, "perf_counter", lambda: now[0])
    return now


def test_steps_that_are_left_out_are_neither_done_nor_to_come(clock: list[float]) -> None:
    steps = Pace([1.0, 4.0, 4.0, 3.0], began=clock[0])
    steps.next()
    assert steps.progress("").done == pytest.approx(1 / 12)
    steps.skip(2)
    told = steps.progress("")
    assert told.done == pytest.approx(1 / 4)
    assert told.seconds_left == pytest.approx(3 * 2 / 3)  # one second's work took none, beside the two believed


def test_what_is_to_come_is_as_much_slower_as_what_was(clock: list[float]) -> None:
    steps = Pace([16.0, 5.0], began=clock[0])
    clock[0] = 18.0
    told = steps.progress("fitting", 0.5)
    assert told.done == pytest.approx(8 / 21)
    assert told.seconds_left == pytest.approx(13 * (18 + 2) / (8 + 2))


def test_short_steps_do_not_rule_what_is_told_of_long_ones(clock: list[float]) -> None:
    steps = Pace([1.0, 199.0], began=clock[0])
    clock[0] = 10.0  # ten times as long as told: libraries were loaded, too
    steps.next()
    assert steps.progress("training").seconds_left == pytest.approx(199 * (10 + 16) / (1 + 16))
