"""Decoding against sentences that were counted out by hand, on a little grammar with known probabilities."""

import itertools
import math

import pytest
import torch
from torch import Tensor

from model_zoo.rnn.decoding import Node, Sampling, Search, Sentence, Speaker, State, draw, search

END, A, B, C = range(4)
# What follows each token. The likeliest first word, A, leads to unlikely sentences; the best one begins with B.
FOLLOWS = {
    END: {A: 0.6, B: 0.4},
    A: {B: 0.3, C: 0.3, END: 0.4},
    B: {END: 0.9, C: 0.1},
    C: {END: 0.5, A: 0.5},
}


def speaker(width: int, inputs: int = 1, never: tuple[int, ...] = ()) -> Speaker:
    """Speak the grammar, which remembers nothing but the last token."""
    table = torch.full((4, 4), 1e-9)
    for token, others in FOLLOWS.items():
        for other, probability in others.items():
            table[token, other] = probability

    def step(tokens: Tensor, state: State) -> tuple[Tensor, State]:
        return table[tokens].log(), state

    return Speaker(step, (torch.zeros(inputs * width),), width, END, END, never)


def probability(tokens: tuple[int, ...]) -> float:
    path = (END, *tokens, END)
    return math.prod(FOLLOWS[one].get(other, 1e-9) for one, other in itertools.pairwise(path))


def said(how: Search, inputs: int = 1, **options) -> list[list[Sentence]]:
    return search(speaker(how.width, inputs), inputs, how, **options)


def test_greedy_takes_the_likeliest_word_each_time() -> None:
    (only,) = said(Search(width=1))[0]
    assert only.tokens == (A,)
    assert only.log_probability == pytest.approx(math.log(0.6 * 0.4), abs=1e-5)


def test_a_beam_finds_the_likeliest_sentence_that_greedy_misses() -> None:
    best, *_ = said(Search(width=3, length_power=0.0))[0]
    everything = [t for size in range(1, 4) for t in itertools.product((A, B, C), repeat=size)]
    assert best.tokens == max(everything, key=probability) == (B,)
    assert best.log_probability == pytest.approx(math.log(probability((B,))), abs=1e-5)


def test_the_best_sentences_come_in_order_and_none_twice() -> None:
    found = said(Search(width=4, length_power=0.0))[0]
    assert len(found) == len({each.tokens for each in found}) == 4
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    for each in found:
        assert each.log_probability == pytest.approx(math.log(probability(each.tokens)), abs=1e-4)


def test_what_is_remembered_follows_its_beginning_and_its_input() -> None:
    drawn = torch.randn(2, 4, 4, 4, generator=torch.Generator().manual_seed(1)) * 2
    tables = drawn.log_softmax(-1)  # of an input: what follows two tokens

    def step(tokens: Tensor, state: State) -> tuple[Tensor, State]:
        before, which = state
        return tables[which, before, tokens], (tokens, which)

    state = (torch.zeros(8, dtype=torch.long), torch.arange(2).repeat_interleave(4))
    found = search(Speaker(step, state, 4, END, END), 2, Search(width=4, most=6, unrepeated=0))
    assert found[0] != found[1]
    for table, sentences in zip(tables, found, strict=True):
        for each in sentences:
            path = (END, END, *each.tokens, END)
            total = sum(table[path[i : i + 3]].item() for i in range(len(path) - 2))
            assert each.log_probability == pytest.approx(total, abs=1e-4)


def test_length_is_forgiven_by_its_power() -> None:
    short, long = (said(Search(width=4, length_power=power))[0][0] for power in (0.0, 2.0))
    assert len(long.tokens) > len(short.tokens)
    assert long.score == pytest.approx(long.log_probability / (len(long.tokens) + 1) ** 2, abs=1e-5)


def test_inputs_side_by_side_get_what_each_gets_alone() -> None:
    together = said(Search(width=3), inputs=5)
    assert all(each == together[0] for each in together)
    assert together[0] == said(Search(width=3))[0]


def test_a_sentence_goes_on_from_what_is_given() -> None:
    best, *_ = said(Search(width=2, length_power=0.0), prefix=(A, B))[0]
    assert best.tokens[:2] == (A, B)
    assert best.log_probability == pytest.approx(math.log(probability(best.tokens)), abs=1e-4)


def test_no_sequence_stands_twice_and_the_longest_sentence_ends() -> None:
    (free,) = said(Search(width=1, most=9, unrepeated=0))[0]
    assert len(free.tokens) <= 9
    loop = search(_endless(), 1, Search(width=1, most=9, unrepeated=0))[0][0].tokens
    assert loop == (A, B) * 4 + (A,), "it never ends by itself"
    once = search(_endless(), 1, Search(width=1, most=9, unrepeated=2))[0][0].tokens
    pairs = list(itertools.pairwise(once))
    assert len(pairs) == len(set(pairs))


def _endless() -> Speaker:
    table = torch.full((4, 4), -20.0)
    table[END, A] = table[A, B] = table[B, A] = 0.0
    table[:, C] = -5.0
    return Speaker(lambda tokens, state: (table[tokens], state), (torch.zeros(1),), 1, END, END)


def test_a_word_that_is_never_said_is_not_said() -> None:
    found = search(speaker(3, never=(B,)), 1, Search(width=3))[0]
    assert not any(B in each.tokens for each in found)


def test_the_tree_holds_every_sentence_that_was_kept() -> None:
    tree: list[Node] = []
    found = said(Search(width=3, length_power=0.0), tree=tree)[0]
    ends = [place for place, node in enumerate(tree) if node.token == END and node.kept]
    grown = {_path(tree, tree[place].parent) for place in ends}
    assert {each.tokens for each in found} <= grown
    for place in ends:
        total = sum(tree[each].log_probability for each in _places(tree, place))
        assert total == pytest.approx(math.log(probability(_path(tree, tree[place].parent))), abs=1e-4)


def _places(tree: list[Node], place: int) -> list[int]:
    return [] if place < 0 else [*_places(tree, tree[place].parent), place]


def _path(tree: list[Node], place: int) -> tuple[int, ...]:
    return tuple(tree[each].token for each in _places(tree, place))


def test_drawn_sentences_come_as_often_as_they_are_likely() -> None:
    how = Sampling(width=1, temperature=1.0, nucleus=1.0, unrepeated=0, seed=3)
    found = [each[0].tokens for each in draw(speaker(1, inputs=4_000), 4_000, how)]
    assert found.count((B,)) / 4_000 == pytest.approx(0.36, abs=0.03)
    assert found.count((A,)) / 4_000 == pytest.approx(0.24, abs=0.03)


def test_a_small_nucleus_and_a_low_temperature_leave_only_the_likeliest() -> None:
    narrow = draw(speaker(4), 1, Sampling(width=4, nucleus=0.05))[0]
    cold = draw(speaker(4), 1, Sampling(width=4, nucleus=1.0, temperature=0.05))[0]
    assert {each.tokens for each in (*narrow, *cold)} == {(A,)}


def test_the_same_seed_draws_the_same() -> None:
    one, same, other = (draw(speaker(5), 1, Sampling(seed=seed, temperature=2.0)) for seed in (1, 1, 2))
    assert one == same
    assert one != other
