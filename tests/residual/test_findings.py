"""When depth is said to hurt, and when nothing is said."""

import pytest
from scipy import stats

from model_zoo.residual.findings import differences, from_json, lost, sentence, to_json
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
    assert "Plain networks fit worse with 56 layers than with 8: training error 50.0 %, against 0.0 %." in said
    assert "Residual networks: between 56 and 8 layers there is no difference you can trust" in said


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
    assert "Residual networks fit better with 20 layers than with 8: training error 1.1 %" in sentence(found)


def test_one_seed_or_one_depth_says_nothing() -> None:
    assert differences(rows("none", {8: [0.1], 20: [0.5]}), TRAIN) == []
    assert differences(rows("none", {8: [0.1, 0.1]}), TRAIN) == []
    assert "take two of each" in sentence([])


def test_runs_that_diverged_do_not_count_and_are_told_of() -> None:
    gone = [row | {"diverged": row["seed"] == 0 and "56" in row["strategy"]} for row in PLAIN]
    [found] = differences(gone, TRAIN)
    assert found.error == pytest.approx(0.5)
    said = lost([spelled(56, "none"), spelled(110, "none"), spelled(8, "none")], gone)
    assert said == [
        "Plain, 56 layers: the loss left all bounds in 1 of 3 runs; the others count.",
        "Plain, 110 layers: the loss left all bounds at every rate, so it is not counted.",
    ]
    assert sentence([found], said).endswith(said[1])


def test_a_tower_that_was_still_learning_is_called_so() -> None:
    late = [row | {"late_gain": 0.42 if "56" in row["strategy"] else 0.0} for row in PLAIN]
    assert "With 56 layers the loss still fell by up to 42 % in the last quarter: more epochs may change that." in (
        sentence(differences(late, TRAIN))
    )
    assert "more epochs" not in sentence(differences(PLAIN, TRAIN))


def test_findings_travel_as_json() -> None:
    found = differences([*PLAIN, *RESIDUAL], TRAIN)
    assert from_json(to_json(found)) == found
