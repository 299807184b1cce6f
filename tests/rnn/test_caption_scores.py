"""Scores of captions against what can be worked out by hand."""

from math import exp, sqrt

import pytest

from model_zoo.rnn.caption_scores import NAMES, PUBLISHED, score, words


def test_perfect_captions_have_all_of_bleu_and_other_captions_none() -> None:
    said = ["a black dog runs on green grass", "two men ride a red bicycle"]
    perfect = score(said, [[said[0], "a dog"], [said[1]]])
    assert list(perfect) == ["pictures", *NAMES]
    assert perfect["pictures"] == 2
    assert [perfect[f"bleu_{order}"] for order in (1, 2, 3, 4)] == pytest.approx([100] * 4)
    none = score(["x y z w v", "x y z w v"], [[said[0]], [said[1]]])
    assert set(none.values()) == {2, 0}


def test_words_that_are_repeated_count_as_often_as_a_reference_has_them() -> None:
    assert score(["the the the"], [["the cat"]])["bleu_1"] == pytest.approx(100 / 3, abs=1e-3)


def test_short_captions_pay_for_it_by_the_reference_that_is_nearest_in_length() -> None:
    assert score(["a dog"], [["a dog runs fast"]])["bleu_1"] == pytest.approx(100 * exp(1 - 4 / 2), abs=1e-3)
    assert score(["a dog"], [["a dog runs fast", "a dog runs"]])["bleu_1"] == pytest.approx(100 * exp(-1 / 2), abs=1e-3)


def test_orders_are_weighed_alike_and_nothing_is_smoothed() -> None:
    found = score(["a dog runs"], [["a dog sleeps"]])
    assert found["bleu_2"] == pytest.approx(100 * sqrt(2 / 3 * 1 / 2), abs=1e-3)
    assert found["bleu_3"] == 0


def test_bleu_is_of_the_corpus_and_not_the_mean_of_pictures() -> None:
    found = score(["a dog", "x y z w"], [["a dog"], ["p q r s"]])
    assert found["bleu_1"] == pytest.approx(100 * 2 / 6, abs=1e-3)


def test_capitals_and_punctuation_do_not_count_and_apostrophes_do() -> None:
    assert words("A DOG'S bone, half-eaten … 2 of them!") == ["a", "dog's", "bone", "half", "eaten", "2", "of", "them"]
    assert score(["a dog's bone"], [["A dog's  bone."]])["bleu_3"] == pytest.approx(100)


def test_pictures_may_have_different_numbers_of_references_in_any_order() -> None:
    many, one = ["a dog runs on the grass", "x", "the dog is brown"], ["two men ride a bicycle"]
    said = ["the dog runs on grass", "two men ride bicycles"]
    assert score(said, [many, one]) == score(said, [many[::-1], one])
    assert score(said[::-1], [one, many]) == score(said, [many, one])


def test_cider_weighs_words_as_its_paper_does() -> None:
    # Each word is in one of two pictures, so all weigh ln 2, which falls out of every cosine. Only n-grams of 1 and 2
    # exist. "a b" is its reference: cosines 1, 1. "c e" shares one of two words, no pair: 1/2, 0.
    found = score(["a b", "c e"], [["a b"], ["c d"]])
    assert found["cider"] == pytest.approx(10 * ((1 + 1) / 4 + (1 / 2) / 4) / 2, abs=1e-3)


def test_cider_clips_what_is_repeated_and_asks_for_the_length() -> None:
    # "c d d" against "c d": words (1, 2) · (1, 1) clipped to 2 of √5·√2; pairs 1 of √2; one pair too many, σ = 6.
    found = score(["a b", "c d d"], [["a b"], ["c d"]])
    second = (2 / sqrt(10) + 1 / sqrt(2)) / 4 * exp(-1 / 72)
    assert found["cider"] == pytest.approx(10 * (2 / 4 + second) / 2, abs=1e-3)


def test_cider_gives_nothing_for_words_that_stand_under_every_picture() -> None:
    assert score(["the", "the"], [["the dog"], ["the cat"]])["cider"] == 0


@pytest.mark.parametrize(
    ("captions", "references", "sentence"),
    [
        (["a"], [], "1 captions, 0 lists"),
        ([], [], "no caption to score"),
        (["a", "b"], [["a"], []], "Caption 2 has no reference"),
        (["a"], [["개"]], "Caption 1 has no reference with a word in Latin letters"),
    ],
)
def test_what_cannot_be_scored_is_a_sentence(captions: list[str], references: list[list[str]], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        score(captions, references)


def test_an_empty_caption_scores_nothing_and_hurts_nobody() -> None:
    assert score(["", "a dog"], [["a dog"], ["a dog"]])["bleu_1"] == pytest.approx(100 * exp(1 - 4 / 2), abs=1e-3)


def test_the_published_figures_are_in_percent_and_attention_is_ahead() -> None:
    with_, without = PUBLISHED[1], PUBLISHED[2]
    assert all(1 < row.bleu_4 < row.bleu_1 < 100 for row in PUBLISHED)
    assert with_.bleu_1 > without.bleu_1
