"""When depth is said to hurt, and when nothing is said."""

import pytest
from scipy import stats

from model_zoo.residual.findings import differences, from_json, sentence, to_json
from model_zoo.residual.towers import spelled

TRAIN = 1_000


def rows(shortcut: str, errors: dict[int, list[float]], gain: float = 0.1) -> list[dict]:
    return [
        {
            "strategy": spelled(depth, shortcut),
            "seed": seed,
            "train_error": error,
            "late_gain": gain,
            "diverged": False,
        }
        for depth, of_depth in errors.items()
        for seed, error in enumerate(of_depth)
    ]


PLAIN = rows("none", {8: [0.0, 0.001, 0.0], 56: [0.5, 0.45, 0.55]})
RESIDUAL = rows("identity", {8: [0.0, 0.001, 0.0], 56: [0.001, 0.0, 0.001]})


def test_degradation_is_told_where_it_is_and_nothing_where_it_is_not() -> None:
    plain, residual = differences([*PLAIN, *RESIDUAL], TRAIN)
    assert (plain.shortcut, plain.depth, plain.against, plain.decided) == ("none", 56, 8, True)
    assert (residual.shortcut, residual.decided) == ("identity", False)
    said = sentence([plain, residual])
    assert "Plain networks fit worse from 56 layers on: training error 50.0 %, against 0.0 % with 8" in said
    assert "Residual networks fit with 56 layers as with 8: no difference you can trust" in said


def test_the_interval_is_students_over_seeds() -> None:
    [found] = differences(PLAIN, TRAIN)
    differ = [0.5, 0.449, 0.55]
    low, high = stats.t.interval(0.95, 2, loc=sum(differ) / 3, scale=stats.sem(differ))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.gains == pytest.approx(0.1)


def test_three_seeds_that_scatter_decide_nothing() -> None:
    [found] = differences(rows("none", {8: [0.0, 0.0, 0.0], 56: [0.6, 0.0, 0.02]}), TRAIN)
    assert not found.decided
    assert found.difference > 0.2


def test_equal_errors_are_no_certainty() -> None:
    [found] = differences(rows("none", {8: [0.0, 0.0, 0.0], 56: [0.001, 0.001, 0.001]}), TRAIN)
    assert not found.decided, "one picture more is within the spread of one picture"


def test_the_level_is_shared_out_over_the_depths() -> None:
    near = {8: [0.0, 0.0, 0.0], 20: [0.02, 0.03, 0.025], 32: [0.001, 0.0, 0.0], 44: [0.0, 0.001, 0.0]}
    alone = differences(rows("none", {8: near[8], 20: near[20]}), TRAIN)[0]
    among = differences(rows("none", near), TRAIN)[0]
    assert alone.low == among.low
    many = near | {depth: [0.0, 0.0, 0.001] for depth in (14, 26, 38, 50, 56, 62)}
    assert alone.decided
    assert not next(each for each in differences(rows("none", many), TRAIN) if each.depth == 20).decided


def test_deeper_towers_that_fit_better_are_called_so() -> None:
    found = differences(rows("identity", {8: [0.2, 0.21, 0.2], 20: [0.01, 0.012, 0.01]}), TRAIN)
    assert "Residual networks fit better with depth: training error 1.1 % with 20 layers" in sentence(found)


def test_one_seed_or_one_depth_says_nothing() -> None:
    assert differences(rows("none", {8: [0.1], 20: [0.5]}), TRAIN) == []
    assert differences(rows("none", {8: [0.1, 0.1]}), TRAIN) == []
    assert "take two of each" in sentence([])


def test_runs_that_diverged_do_not_count_and_towers_that_only_did_are_named() -> None:
    lost = [row | {"diverged": row["seed"] == 0} for row in PLAIN]
    [found] = differences(lost, TRAIN)
    assert found.error == pytest.approx(0.5)
    assert "Plain, 110 layers: the loss left all bounds at every rate, so it is not counted" in sentence(
        [], ["Plain, 110 layers"]
    )


def test_findings_travel_as_json() -> None:
    found = differences([*PLAIN, *RESIDUAL], TRAIN)
    assert from_json(to_json(found)) == found
