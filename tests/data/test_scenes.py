"""Drawn scenes: the same every time, with a thing in them that can be moved."""

import numpy as np
import pytest

from model_zoo.data import scenes
from model_zoo.data.canvas import curve
from model_zoo.data.decode import decode


def pixels(name: str, at: float | None = None) -> np.ndarray:
    return np.asarray(scenes.draw(name, at), dtype=np.int32)  # (H, W, 3)


@pytest.mark.parametrize("name", scenes.SCENES)
def test_a_scene_is_the_same_every_time_and_another_one_where_its_thing_is_moved(name: str) -> None:
    first = pixels(name)
    assert first.shape == (scenes.HEIGHT, scenes.WIDTH, 3)
    assert np.array_equal(first, pixels(name))
    left, right = pixels(name, 0.25), pixels(name, 0.75)
    changed = np.abs(left - right).max(2) > 40
    middle = scenes.WIDTH // 2
    assert changed[:, :middle].mean() > 0.02, "it has left the one side"
    assert changed[:, middle:].mean() > 0.02, "and come to the other"


@pytest.mark.parametrize("at", [0.2, 0.5, 0.8])
def test_the_ball_lies_where_it_is_asked_to(at: float) -> None:
    red = (pixels("ball", at) * (1, -1, -1)).sum(2) > 60
    assert np.nonzero(red)[1].mean() / scenes.WIDTH == pytest.approx(at, abs=0.02)


def test_scenes_differ_and_are_files_that_an_upload_may_be() -> None:
    found = {decode(scenes.png(name), 32, squash=True).pixels.tobytes() for name in scenes.SCENES}
    assert len(found) == len(scenes.SCENES)


def test_a_scene_that_nobody_has_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="no scene “cat”; there are dog, ball"):
        scenes.draw("cat")


def test_a_curve_goes_through_its_points() -> None:
    points = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]
    assert [curve(points)[8 * place] for place in range(4)] == points
