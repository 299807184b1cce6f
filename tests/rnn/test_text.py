"""Text as tokens: whatever a visitor types comes through, and comes back."""

import pytest

from model_zoo.rnn.normal import normalised
from model_zoo.rnn.text import bucketed, encode, padded, train_tokenizer


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(["the film was good", "the film was bad", "영화가 좋았다"] * 20, 400)


@pytest.mark.parametrize("text", ["the film", "never seen 🦙 ﷽", "안녕하세요", "<script>alert(1)</script>", "naïve"])
def test_every_text_can_be_read_and_comes_back(tokenizer, text: str) -> None:
    (row,) = encode(tokenizer, [text])
    assert tokenizer.decode(row).strip() == normalised(text)


def test_the_same_text_written_in_two_ways_is_the_same() -> None:
    assert normalised("e\u0301t\u00e9\x00\r\n  \u200bfin") == "été fin"
    assert normalised("\x07\n ") == ""


def test_rows_are_padded_on_the_right_behind_the_mark_of_a_beginning() -> None:
    tokens, lengths = padded([[5, 6, 7], [], [8]])
    assert tokens.tolist() == [[0, 5, 6, 7], [0, 0, 0, 0], [0, 8, 0, 0]]
    assert lengths.tolist() == [4, 1, 2]


def test_groups_hold_every_row_once_and_no_more_tokens_than_allowed() -> None:
    lengths = [3, 50, 1, 7, 7, 200, 2]
    groups = bucketed(lengths, 60)
    assert sorted(index for group in groups for index in group) == list(range(7))
    for group in groups:
        assert len(group) == 1 or len(group) * (max(lengths[i] for i in group) + 1) <= 60
    assert groups[-1] == [5], "one that is longer than allowed stands alone"
