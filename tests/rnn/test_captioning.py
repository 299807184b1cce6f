"""The shipped captioner: what it says, and that it looks where things are."""

import numpy as np
import pytest
import torch
from torch import Tensor

from model_zoo.data import scenes
from model_zoo.events import drained
from model_zoo.rnn.captioning import KINDS, MOST_GIVEN, UNLIKE, captions, load, pixels, predict
from model_zoo.rnn.prediction import Prediction

DOG = "dog"


def seen(name: str, at: float | None = None) -> Tensor:
    """Give a drawn scene as the network sees it, uint8 (3, S, S)."""
    return pixels(scenes.png(name, at))


def looked(told: Prediction) -> float:
    """Give how far to the right it looked for all its words, 0 to 1."""
    across = np.mean([np.reshape(word.attention, told.grid).sum(0) for word in told.said[:-1]], 0)
    return float((across * (np.arange(told.grid[1]) + 0.5) / told.grid[1]).sum())


def test_where_a_thing_moves_attention_moves_with_it() -> None:
    moved = {}
    for name in scenes.SCENES:
        left, right = (looked(predict(seen(name, at))) for at in (0.25, 0.75))
        moved[name] = right - left
    assert min(moved.values()) > 0, moved
    assert sorted(moved.values())[1] > 0.1, moved  # the ball is nothing that it knows


def test_in_a_mirror_it_looks_at_the_other_side() -> None:
    picture = seen(DOG, 0.2)
    said, mirrored = (predict(each, how="beam:width=1") for each in (picture, picture.flip(2)))
    assert looked(said) + looked(mirrored) == pytest.approx(1.0, abs=0.12)


def test_a_beam_is_at_least_as_likely_as_greedy_and_its_sentences_are_in_order() -> None:
    greedy = predict(seen(DOG), how="beam:width=1,length_power=0").sentences
    beam = predict(seen(DOG), how="beam:width=5,length_power=0").sentences
    assert len(greedy) == 1
    assert len(beam) == 5
    assert beam[0].log_probability >= greedy[0].log_probability - 1e-3
    assert [each.score for each in beam] == sorted((each.score for each in beam), reverse=True)


def test_it_goes_on_from_what_is_typed_and_names_the_words_that_it_does_not_know() -> None:
    told = predict(seen(DOG), beginning="Two Zyzzyvas are")
    assert told.text.startswith("two zyzzyvas are ")
    assert [word.given for word in told.said[:4]] == [True, True, True, False]
    assert told.note == "The network has no word for “zyzzyvas”."
    with pytest.raises(ValueError, match=f"may have {MOST_GIVEN} words; this one has 40"):
        predict(seen(DOG), beginning="a dog " * 20)


def test_other_ways_and_other_networks_are_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="must be one of attention, plain, got “neither”"):
        predict(seen(DOG), "neither")
    with pytest.raises(ValueError, match="found by beam or sample, not by “luck”"):
        predict(seen(DOG), how="luck")
    with pytest.raises(ValueError, match="beam has no knob “breadth”"):
        predict(seen(DOG), how="beam:breadth=2")


def test_only_the_network_with_attention_looks() -> None:
    looks, blind = (predict(seen(DOG), kind) for kind in KINDS)
    assert all(word.attention for word in looks.said)
    assert not any(word.attention for word in blind.said)
    assert 0 < np.mean([word.openness for word in looks.said]) < 1


def test_many_pictures_get_the_captions_that_each_gets_alone() -> None:
    pictures = torch.stack([seen(name) for name in scenes.SCENES])
    together = drained(captions(load("attention"), pictures))
    assert [best[0].text for best in together] == [predict(picture).text for picture in pictures]


def test_noise_is_told_to_be_unlike_photographs() -> None:
    noise = torch.randint(0, 256, (3, 128, 128), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    assert predict(noise).unlike > UNLIKE
