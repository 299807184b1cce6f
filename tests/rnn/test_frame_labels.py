"""Labels of frames as plain data, and how they are smoothed."""

import itertools
import json
import math

import numpy as np
import pytest

from model_zoo.rnn.frame_labels import FrameLabels, smoothed
from model_zoo.rnn.prediction import States

CHANCES = ((0.9, 0.1), (0.4, 0.6), (0.8, 0.2), (0.1, 0.9), (0.2, 0.8))


def told() -> FrameLabels:
    states = (States("layer 1, forwards", 0, (3,), 8, ((0.5,), (0.25,)), {"reset": ((1.0,), (0.0,))}),)
    return FrameLabels("own", ("up", "down"), (0.0, 0.1, 0.2, 0.3, 0.4), 0.5, {"gru": CHANCES}, ("up",) * 5, states)


def test_without_a_cost_every_frame_has_its_own_likeliest_label() -> None:
    assert told().labels("gru") == ("up", "down", "up", "down", "down")
    assert told().right(told().labels("gru")) == pytest.approx(2 / 5)


def test_the_dearer_a_change_the_fewer_there_are() -> None:
    assert told().labels("gru", 1.0) == ("up", "up", "up", "down", "down")
    assert len(set(told().labels("gru", 50.0))) == 1


@pytest.mark.parametrize("cost", [0.3, 1.0, 2.5])
def test_smoothed_labels_are_the_best_of_all_that_could_be(cost: float) -> None:
    chances = np.random.default_rng(3).dirichlet(np.ones(3), 7)

    def worth(path: tuple[int, ...]) -> float:
        changes = sum(a != b for a, b in itertools.pairwise(path))
        return sum(math.log(chances[time, place]) for time, place in enumerate(path)) - cost * changes

    best = max(itertools.product(range(3), repeat=7), key=worth)
    assert tuple(smoothed(chances, cost)) == best


def test_scores_are_those_of_the_labels_also_where_these_are_smoothed() -> None:
    found = told()
    assert found.scores("gru", found.labels("gru", 1.0)) == (0.9, 0.4, 0.8, 0.9, 0.8)


def test_one_frame_is_a_clip() -> None:
    assert smoothed(np.array([[0.2, 0.8]]), 2.0) == [1]


def test_labels_travel_as_json() -> None:
    again = FrameLabels.from_json(json.loads(json.dumps(told().to_json())))
    assert again.labels("gru", 1.0) == told().labels("gru", 1.0)
    assert (again.states, again.truth, again.seconds) == (told().states, told().truth, told().seconds)
