"""The shipped captioner: what it says, and that it looks where things are."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from model_zoo.data import scenes
from model_zoo.events import drained
from model_zoo.rnn.captioning import KINDS, MOST_GIVEN, UNLIKE, captions, card, load, pixels, predict
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


def test_what_is_not_said_of_a_beam_is_as_it_was_chosen_with_the_networks() -> None:
    chosen = load("attention")
    other = replace(chosen, how="beam:length_power=2,most=4")
    picture = seen(DOG)[None]
    plain, short = (drained(captions(each, picture))[0][0] for each in (chosen, other))
    assert plain.text == drained(captions(chosen, picture, chosen.how))[0][0].text
    assert len(short.text.split()) <= 4 < len(plain.text.split())
    said_otherwise = drained(captions(other, picture, f"{chosen.how},most=24"))[0][0]
    assert said_otherwise == plain
    drawn = drained(captions(other, picture, "sample:temperature=0.05"))[0][0]
    assert len(drawn.text.split()) > 4, "drawing has knobs of its own"


def test_it_goes_on_from_what_is_typed_and_names_the_words_that_it_does_not_know() -> None:
    told = predict(seen(DOG), beginning="Two Zyzzyvas are")
    assert told.text.startswith("two zyzzyvas are ")
    assert [word.given for word in told.said[:4]] == [True, True, True, False]
    assert told.note == "The network has no word for “zyzzyvas”."
    assert told.sentences[0].text == told.text
    place, path = max(i for i, node in enumerate(told.tree) if node.kept and not node.text), []
    while (place := told.tree[place].parent) >= 0:
        path.append(told.tree[place].text)
    assert path[::-1][:3] == ["two", "zyzzyvas", "are"]
    assert predict(seen(DOG), beginning="두 아이가").note == "The network has no word for “두”, “아이가”."
    with pytest.raises(ValueError, match=f"may have {MOST_GIVEN} words; this one has 40"):
        predict(seen(DOG), beginning="a dog " * 20)


def test_it_looks_through_the_encoder_that_it_learned_with() -> None:
    assert card()["encoder"] == load("attention").encoder.digest


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
