"""The recipe of the captioner, run for a moment on made-up grids of which each says one word."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from model_zoo.events import drained
from model_zoo.recipes.captioning import usual
from model_zoo.recipes.captioning_figures import middle
from model_zoo.recipes.captioning_lesson import Lesson, Plan, learn, lesson, split, vocabulary
from model_zoo.rnn.captioning import END, UNKNOWN, unlikeness
from model_zoo.rnn.captioning_network import Shape

CAPTIONS = [["A dog runs left .", "a dog"], ["a cat sits on the right", "a cat sits"]] * 20
PLAN = Plan(epochs=12, batch=8, rate=1e-2, fewest=2)


def grids() -> Tensor:
    """Give grids of dogs and cats by turns: what they are stands at one of four places."""
    drawn = torch.randn(40, 4, 6, generator=torch.Generator().manual_seed(0)) * 0.1
    drawn[::2, 1, 0] = 3.0
    drawn[1::2, 2, 1] = 3.0
    return drawn


def test_words_are_what_stands_often_and_the_rest_is_unknown() -> None:
    words = vocabulary([*CAPTIONS, ["an aardvark runs"]], 2)
    assert words[:3] == ("<end>", "<unknown>", "a")
    assert "aardvark" not in words
    taught = lesson((grids(), grids()), [["an aardvark runs"]], words, PLAN)
    assert taught.captions == [(0, [UNKNOWN, UNKNOWN, words.index("runs")])]


def test_captions_are_counted_in_small_letters_without_points() -> None:
    assert split("A man's dog , n.2 .") == ["a", "man's", "dog", "n", "2"]


def _taught() -> tuple[Lesson, Shape]:
    words = vocabulary(CAPTIONS, 2)
    return lesson((grids(), grids()), CAPTIONS, words, PLAN), Shape(len(words), 6, 8, 16, dropout=0.0)


def test_in_the_mirror_left_is_right() -> None:
    taught, _ = _taught()
    words = vocabulary(CAPTIONS, 2)
    assert taught.mirrored[words.index("left")] == words.index("right")
    assert taught.mirrored[words.index("right")] == words.index("left")


def test_a_network_learns_to_say_what_the_picture_shows(tmp_path: Path) -> None:
    taught, shape = _taught()
    words = vocabulary(CAPTIONS, 2)
    network = drained(learn(taught, shape, PLAN, tmp_path / "run.pt"))
    logits, _ = network(grids(), torch.tensor([[END, words.index("a")]] * 40))
    said = logits[:, 1].argmax(1)
    assert (said[::2] == words.index("dog")).all()
    assert (said[1::2] == words.index("cat")).all()


def test_a_killed_run_goes_on_from_its_epoch_and_ends_where_an_unbroken_one_does(tmp_path: Path) -> None:
    taught, shape = _taught()
    plan = Plan(epochs=3, batch=8, fewest=2)
    unbroken = drained(learn(taught, shape, plan, tmp_path / "unbroken.pt"))
    work = learn(taught, shape, plan, tmp_path / "killed.pt")
    reports = [next(work)[0], next(work)[0]]  # one an epoch: the first has been kept
    work.close()
    assert reports[1].startswith("epoch 2")
    rest: list[str] = []
    resumed = drained(learn(taught, shape, plan, tmp_path / "killed.pt"), lambda told: rest.append(told[0]))
    assert [told.split(",")[0] for told in rest] == ["epoch 2", "epoch 3"]
    for name, part in unbroken.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], part)
    with pytest.raises(ValueError, match="belongs to another plan"):
        drained(learn(taught, shape, Plan(epochs=4), tmp_path / "killed.pt"))


def test_what_is_unlike_the_pictures_of_training_is_farther_away_than_what_is_like_them() -> None:
    generator = torch.Generator().manual_seed(1)
    mixing = torch.randn(60, 60, generator=generator)
    like = [torch.randn(300, 4, 60, generator=generator) @ mixing for _ in range(2)]
    description = usual(like[0])
    near, far = unlikeness(like[1], description), unlikeness(like[1] + 9.0, description)
    assert far.median() > 2 * near.median()
    assert near.median().item() == pytest.approx(unlikeness(like[0], description).median().item(), rel=0.2)


def test_the_middle_of_a_squashed_picture_is_stretched_back() -> None:
    picture = torch.zeros(1, 3, 128, 128, dtype=torch.uint8)
    picture[..., 16:112] = 200  # the three middle quarters of the width
    assert (middle(picture) >= 190).all()
