"""The sentiment mode, on the shipped networks: what it says of a text, and of every part of it."""

import json

import pytest

from model_zoo.rnn import sentiment
from model_zoo.rnn.mode import MODES
from model_zoo.rnn.prediction import Prediction

GOOD = "A wonderful film, warm and funny; I loved every minute of it."
ODD = [
    "",
    " \n\t",
    "🙂",
    "a",
    "مرحبا بالعالم",
    "\x00\x1b[31m\u202e",
    "<script>alert(1)</script>",
    "좋",
    "ㅋㅋㅋ",
    "e\u0301" * 50,
]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (GOOD, "en"),
        ("정말 좋은 영화", "ko"),
        ("이 movie 진짜 best", "ko"),
        ("", "en"),
        ("ㅠㅠ", "ko"),
        ("A film called 괴물", "en"),
    ],
)
def test_the_language_is_found_by_its_letters(text: str, language: str) -> None:
    assert sentiment.language_of(text) == language


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (GOOD, "A boring, badly acted waste of time. The worst film of the year."),
        ("정말 재미있고 감동적인 최고의 영화", "지루하고 재미없는 최악의 영화. 시간 낭비"),
    ],
)
def test_praise_is_positive_and_complaint_is_not(good: str, bad: str) -> None:
    assert sentiment.predict(good).positive > 0.8
    assert sentiment.predict(bad).positive < 0.2


def test_the_same_text_alone_and_among_others_has_the_same_answer() -> None:
    judge = sentiment.load("en")
    texts = [GOOD, "", "bad", "word " * 300, GOOD + " " + GOOD]
    alone = [sentiment.positive(judge, [text])[0] for text in texts]
    assert sentiment.positive(judge, texts) == pytest.approx(alone, abs=1e-3)
    assert sentiment.predict(GOOD).positive == pytest.approx(alone[0], abs=1e-3)


def test_the_verdict_after_the_last_token_is_the_verdict_and_each_is_that_of_a_beginning() -> None:
    told = sentiment.predict(GOOD)
    assert told.running[-1] == told.positive
    place = next(number for number, token in enumerate(told.tokens) if token.text == "film")
    beginning = GOOD[: told.tokens[place].end]
    assert told.running[place] == pytest.approx(sentiment.positive(sentiment.load("en"), [beginning])[0], abs=1e-3)
    assert told.before == pytest.approx(sentiment.positive(sentiment.load("en"), [""])[0], abs=1e-3)


def test_the_effect_of_a_word_is_what_its_absence_changes() -> None:
    told = sentiment.predict(GOOD)
    effects = {word.text: effect for word, effect in zip(told.words, told.effects, strict=True)}
    without = sentiment.positive(sentiment.load("en"), [GOOD.replace(" wonderful", "")])[0]
    assert effects["wonderful"] == pytest.approx(told.positive - without, abs=1e-3)
    assert [word.text for word in told.words] == GOOD.split()


@pytest.mark.parametrize("text", [*ODD, GOOD])
def test_every_part_of_an_answer_stands_where_it_says_and_travels_as_json(text: str) -> None:
    told = sentiment.predict(text)
    assert 0 <= told.positive <= 1
    assert len(told.running) == len(told.tokens)
    assert len(told.effects) == len(told.words)
    for span in (*told.tokens, *told.words):
        assert told.text[span.start : span.end] == span.text
    assert "".join(token.text for token in told.tokens).replace(" ", "") == told.text.replace(" ", "")
    assert Prediction.from_json(json.loads(json.dumps(told.to_json()))) == told


def test_of_a_very_long_text_the_last_tokens_are_read_and_the_answer_says_so() -> None:
    told = sentiment.predict("terrible " * 20_000 + GOOD)
    assert told.note == f"Only the last {sentiment.LONGEST:,} of 20,015 tokens were read."
    assert len(told.tokens) == sentiment.LONGEST
    (states,) = told.states
    assert (states.start, len(states.hidden)) == (sentiment.LONGEST - 300, 300)


def test_gates_are_told_for_the_units_that_change_most() -> None:
    (states,) = sentiment.predict(GOOD).states
    assert set(states.gates) == {"input", "forget", "output"}
    assert len(states.units) == len(states.hidden[0]) == 24 < states.of
    assert all(0 <= value <= 1 for rows in states.gates.values() for row in rows for value in row)


def test_an_unknown_language_and_missing_weights_are_sentences(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    with pytest.raises(ValueError, match="must be one of en, ko, got “fr”"):
        sentiment.load("fr")
    monkeypatch.setattr(sentiment, "WEIGHTS", tmp_path)
    with pytest.raises(ValueError, match="Korean sentiment needs .*sentiment_ko.json, which is not there"):
        sentiment.load.__wrapped__("ko")


def test_the_mode_is_found_with_its_wiring() -> None:
    assert MODES["sentiment"].WIRING == "many to one"
