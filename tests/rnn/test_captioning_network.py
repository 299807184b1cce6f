"""The network that captions: what it looks at, and that all its ways to read a caption agree."""

import pytest
import torch

from model_zoo.rnn.captioning_network import CaptionNetwork, Memory, Shape

PLACES, FEATURES, WORDS = 9, 12, 20


def network(attention: bool) -> CaptionNetwork:
    torch.manual_seed(0)
    return CaptionNetwork(Shape(WORDS, FEATURES, width=8, hidden_size=16, attention=attention)).eval()


@pytest.mark.parametrize("attention", [True, False])
def test_step_by_step_it_says_what_it_says_at_once(attention: bool) -> None:
    speaker, grid = network(attention), torch.randn(3, PLACES, FEATURES)
    words = torch.randint(0, WORDS, (3, 6))
    logits, looks = speaker(grid, words)
    seen, memory = speaker.look(grid)
    for place in range(6):
        said, memory = speaker.step(words[:, place], seen, memory)
        torch.testing.assert_close(said.logits, logits[:, place])
        torch.testing.assert_close(said.attention, looks[:, place])


def test_a_picture_is_captioned_alone_as_among_others() -> None:
    speaker, grid = network(True), torch.randn(4, PLACES, FEATURES)
    words = torch.randint(0, WORDS, (4, 5))
    together, _ = speaker(grid, words)
    alone = torch.cat([speaker(grid[i : i + 1], words[i : i + 1])[0] for i in range(4)])
    torch.testing.assert_close(together, alone)


def test_attention_sums_to_one_and_follows_what_moves() -> None:
    speaker, grid = network(True), torch.randn(2, PLACES, FEATURES)
    words = torch.randint(0, WORDS, (2, 5))
    _, looks = speaker(grid, words)
    torch.testing.assert_close(looks.sum(2), torch.ones(2, 5))
    order = torch.randperm(PLACES)
    _, moved = speaker(grid[:, order], words)
    torch.testing.assert_close(moved, looks[:, :, order])


def test_without_attention_only_the_mean_of_the_picture_counts() -> None:
    speaker, grid = network(False), torch.randn(1, PLACES, FEATURES)
    words = torch.randint(0, WORDS, (1, 5))
    logits, looks = speaker(grid, words)
    shuffled, _ = speaker(grid[:, torch.randperm(PLACES)], words)
    torch.testing.assert_close(logits, shuffled)
    assert looks.shape == (1, 5, 0)


def test_the_gates_that_are_told_are_those_that_were_at_work() -> None:
    speaker, grid = network(True), torch.randn(1, PLACES, FEATURES)
    words = torch.randint(0, WORDS, (1, 4))
    close = speaker.closely(grid, words)
    seen, memory = speaker.look(grid)
    for place in range(4):
        before, (_, memory) = memory, speaker.step(words[:, place], seen, memory)
        torch.testing.assert_close(close.steps.hidden[:, place], memory.hidden)
        torch.testing.assert_close(
            close.steps.gates["output"][:, place] * memory.cell.tanh(), memory.hidden, msg="h = o · tanh(c)"
        )
        kept = memory.cell - close.steps.gates["forget"][:, place] * before.cell
        assert (kept.abs() <= close.steps.gates["input"][:, place] + 1e-6).all(), "what is new is i · tanh(…)"


def test_a_beam_has_rows_of_its_own_for_every_picture() -> None:
    speaker, grid = network(True), torch.randn(2, PLACES, FEATURES)
    step, state = speaker.speaker(grid, 3)
    logits, after = step(torch.zeros(6, dtype=torch.long), state)
    assert logits.shape == (6, WORDS)
    torch.testing.assert_close(logits[0], logits[2])
    assert not torch.allclose(logits[2], logits[3])
    assert Memory(*after).hidden.shape == (6, 16)
