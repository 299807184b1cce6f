"""The recipe of the captioner, run for a moment on made-up grids of which each says one word."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from model_zoo.events import drained
from model_zoo.prefix_cache import weights_hash
from model_zoo.recipes.captioning import usual
from model_zoo.recipes.captioning_eye import Eye
from model_zoo.recipes.captioning_figures import middle
from model_zoo.recipes.captioning_lesson import (
    Lesson,
    Plan,
    batch,
    batches,
    learn,
    lesson,
    partly_guessed,
    split,
    vocabulary,
)
from model_zoo.recipes.captioning_trials import doubts
from model_zoo.rnn.captioning import END, UNKNOWN, unlikeness
from model_zoo.rnn.captioning_network import CaptionNetwork, Shape
from model_zoo.rnn.encoder import Encoder

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


def test_some_of_the_words_read_are_guesses_of_its_own_and_the_first_is_not() -> None:
    taught, shape = _taught()
    network = CaptionNetwork(shape).eval()
    words = batch(taught, taught.captions[:8], None)[2]
    torch.manual_seed(0)
    guessed = partly_guessed(network, grids()[:8], words, share=0.9)
    assert (guessed[:, 0] == END).all()
    assert ((guessed == END) == (words == END)).all()  # a caption stays as long as it is
    assert 0.3 < (guessed != words)[words != END].float().mean() < 1
    assert torch.equal(partly_guessed(network, grids()[:8], words, share=0.0), words)


def test_all_captions_of_a_picture_are_in_one_batch_and_on_one_side_of_the_mirror() -> None:
    taught, _ = _taught()
    plan = replace(PLAN, together=True)
    found = batches(taught.captions, plan, random.Random(0))
    assert len(found) == len(taught.captions) // PLAN.batch
    for rows in found:
        index, mirrored, _, _ = batch(taught, rows, random.Random(1))
        assert len(index.unique()) == PLAN.batch // 2
        assert len(torch.stack((index, mirrored)).unique(dim=1).T) == PLAN.batch // 2


def test_a_trial_is_doubted_as_far_as_it_speaks_no_better_than_the_first() -> None:
    references = [[f"a {colour} dog runs over grass number {n}"] * 2 for n in range(30) for colour in ("red", "black")]
    right = [some[0] for some in references]
    wrong = [f"{caption} again and again" for caption in right]
    odd, even = ([(right, wrong)[n % 2 == part][n] for n in range(len(right))] for part in (0, 1))
    first, as_good, better = doubts([odd, even, right], references)
    assert first is None
    assert as_good > 0.2
    assert better < 0.01


def changes(before: nn.Module, after: nn.Module) -> list[str]:
    """Name the parameters and buffers of `after` that are others than those of `before`."""
    old = before.state_dict()
    return [name for name, part in after.state_dict().items() if not torch.equal(part, old[name])]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder("resnet_mini")


def _looked(encoder: Encoder, strategy: str, folder: Path) -> tuple[Eye, CaptionNetwork]:
    """Let an eye learn along from eight drawn pictures."""
    pictures = torch.randint(0, 256, (8, 3, 64, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    words = vocabulary(CAPTIONS, 2)
    taught = lesson((torch.zeros(8, 1, 1), torch.zeros(8, 1, 1)), CAPTIONS[:8], words, PLAN)
    plan = replace(PLAN, epochs=1, together=True)
    features = encoder(pictures[:1]).shape[2]
    eye = Eye(encoder, pictures, strategy, 1e-2, plan.epochs)
    return eye, drained(learn(taught, Shape(len(words), features, 8, 16), plan, folder / "run.pt", eye=eye))


def test_an_eye_that_learns_along_moves_what_its_strategy_moves_and_nothing_else(
    encoder: Encoder, tmp_path: Path
) -> None:
    before = encoder.digest
    eye, _ = _looked(encoder, "last_stages:k=1", tmp_path)
    moved = changes(encoder, eye.moved())
    assert moved
    assert all(name.startswith("last.") for name in moved)
    assert weights_hash(nn.Sequential(encoder.body, encoder.last)) == before  # it is a copy that learns
    assert eye.moved().digest != before


def test_an_eye_sees_mirrored_pictures_mirrored(encoder: Encoder) -> None:
    pictures = torch.randint(0, 256, (2, 3, 64, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    eye = Eye(encoder, pictures, "linear_probe", 1e-2, 1)
    eye.begin(0)
    seen = eye.look(torch.tensor([1, 0, 1]), torch.tensor([True, False, False]))
    with torch.inference_mode():
        expected = encoder(torch.stack((pictures[1].flip(2), pictures[0], pictures[1])))
    torch.testing.assert_close(seen, expected, rtol=1e-4, atol=1e-4)


def test_an_eye_goes_on_from_where_it_was_kept(encoder: Encoder, tmp_path: Path) -> None:
    eye, _ = _looked(encoder, "norm_only", tmp_path)
    again = Eye(encoder, eye.pictures, "norm_only", 1e-2, 1)
    again.load_state_dict(torch.load(tmp_path / "run.pt", weights_only=True)["eye"])
    assert again.moved().digest == eye.moved().digest
    names = changes(encoder, again.moved())
    assert names
    assert not any(name.endswith(("conv1.weight", "conv2.weight")) for name in names)
