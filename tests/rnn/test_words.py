"""Cutting raw text into words: as the treebanks do it, and every word where it stands."""

import time

import pytest

from model_zoo.rnn.words import words

CUT = {
    "I don't think it's John's.": "I do n't think it 's John 's .",
    "We CAN'T, won’t and cannot!": "We CA N'T , wo n’t and can not !",
    'He said: "Why (not)?"': 'He said : " Why ( not ) ? "',
    "See http://a.org/b?c=d, or mail me@x.co.uk.": "See http://a.org/b?c=d , or mail me@x.co.uk .",
    "It cost $1,000.50 at 10:30, 20% off...": "It cost $ 1,000.50 at 10:30 , 20 % off ...",
    "@bob #sale :-) <3": "@bob #sale :-) <3",
    "Dr. Who left the U.S. today.": "Dr. Who left the U.S. today .",
    "AT&T bought rock'n'roll": "AT&T bought rock'n'roll",
    "안녕하세요 😀 שלום!": "안녕하세요 😀 שלום !",
}


@pytest.mark.parametrize("text", CUT)
def test_text_is_cut_as_treebanks_cut_it(text: str) -> None:
    assert " ".join(word.text for word in words(text)) == CUT[text]


def test_hyphens_are_words_for_parts_of_speech_and_part_of_the_word_in_names() -> None:
    assert [word.text for word in words("a well-known man")] == ["a", "well", "-", "known", "man"]
    assert [word.text for word in words("Jean-Luc left", hyphens=False)] == ["Jean-Luc", "left"]


@pytest.mark.parametrize(
    "text",
    ["", " \n\t ", "a\u200bb\x00c", "\ud83d lone", "é e\u0301 don't!", "<script>alert('x')</script>", "x" * 5_000],
)
def test_every_word_stands_where_it_says_and_nothing_is_lost_but_space(text: str) -> None:
    found = words(text)
    assert all(text[word.start : word.end] == word.text for word in found)
    assert all(before.end <= after.start for before, after in zip(found, found[1:], strict=False))
    kept = "".join(word.text for word in found)
    assert kept == "".join(c for c in text if not c.isspace() and c not in "\u200b\x00\ud83d")


def test_fifty_thousand_hostile_characters_are_cut_in_seconds() -> None:
    begun = time.process_time()
    for pattern in ("a-", "a'", "1,", "a@b.", "a@", "((", "www.", "A.", "ab.", "x", "1"):
        words(pattern * (50_000 // len(pattern)) + "a")
    assert time.process_time() - begun < 10
