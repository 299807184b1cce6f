"""What the inference process answers about a clip of digits."""

import base64
import io
import time

import av
import pytest

from model_zoo.data.moving import draw
from model_zoo.rnn import frames
from model_zoo.rnn.frame_labels import FrameLabels
from model_zoo.service_deadline import Deadline, TooLate
from model_zoo.service_frames import COUNT, LARGEST_SEED, show_frames


@pytest.fixture(scope="module")
def answer() -> dict:
    return show_frames("11", Deadline.after(60))


def test_the_film_has_every_frame_and_the_labels_are_those_that_are_true_of_it(answer: dict) -> None:
    with av.open(io.BytesIO(base64.b64decode(answer["film"]))) as film:
        assert sum(1 for _ in film.decode(video=0)) == COUNT
    drawn = draw(11, COUNT)
    tasks = {task: FrameLabels.from_json(each) for task, each in answer["tasks"].items()}
    assert (tasks["digit"].truth, tasks["motion"].truth) == (drawn.digits, drawn.motions)
    for found in tasks.values():
        assert set(found.chances) == set(frames.card()["shapes"])
        for chances in found.chances.values():
            assert len(chances) == COUNT
            assert all(sum(row) == pytest.approx(1, abs=0.01) for row in chances)


@pytest.mark.parametrize("seed", ["", "-1", "x", "1.5", str(LARGEST_SEED + 1), "<b>"])
def test_what_is_no_seed_is_refused_with_a_sentence(seed: str) -> None:
    with pytest.raises(ValueError, match="A clip is drawn by a whole number"):
        show_frames(seed, Deadline.after(60))


def test_a_deadline_that_has_passed_ends_the_work() -> None:
    deadline = Deadline.after(0.01)
    time.sleep(0.02)
    with pytest.raises(TooLate):
        show_frames("12", deadline)
