"""Recurrent layers: padding reaches nothing, and what they tell of their insides is what happened."""

import pytest
import torch

from model_zoo.rnn.cells import GATES, Recurrent, reversed_in_time

CELLS = ("rnn", "gru", "lstm")


def reader(cell: str, bidirectional: bool = True) -> Recurrent:
    torch.manual_seed(0)
    return Recurrent(cell, inputs=5, hidden_size=7, layers=2, bidirectional=bidirectional).eval()


@pytest.mark.parametrize("cell", CELLS)
def test_a_sequence_alone_and_padded_beside_longer_ones_gives_the_same(cell: str) -> None:
    x, lengths = torch.randn(3, 9, 5), torch.tensor([9, 4, 1])
    together = reader(cell)(x, lengths)
    for row, length in enumerate(lengths.tolist()):
        alone = reader(cell)(x[row : row + 1, :length])
        torch.testing.assert_close(together[row : row + 1, :length], alone)


@pytest.mark.parametrize("cell", CELLS)
def test_steps_tell_of_the_last_layer_what_the_layers_give(cell: str) -> None:
    x, lengths = torch.randn(3, 9, 5), torch.tensor([9, 4, 1])
    told = reader(cell).steps(x, lengths)
    assert [(one.layer, one.backwards) for one in told] == [(0, False), (0, True), (1, False), (1, True)]
    given = reader(cell)(x, lengths)
    torch.testing.assert_close(torch.cat((told[2].hidden, told[3].hidden), 2), given)
    assert all(set(one.gates) == set(GATES[cell]) for one in told)


def test_the_gates_of_an_lstm_are_those_that_move_its_memory() -> None:
    layers, x = reader("lstm", bidirectional=False), torch.randn(1, 6, 5)
    told, cells = layers.steps(x)[0], layers.forwards[0]
    state = (torch.zeros(1, 1, 7), torch.zeros(1, 1, 7))
    for step in range(6):
        before = state[1][0, 0]
        output, state = cells(x[:, step : step + 1], state)
        gates = {name: gate[0, step] for name, gate in told.gates.items()}
        torch.testing.assert_close(output[0, 0], gates["output"] * state[1][0, 0].tanh())
        written = (state[1][0, 0] - gates["forget"] * before) / gates["input"]  # the candidate, a tanh
        assert written.abs().max() <= 1 + 1e-4


def test_the_update_gate_of_a_gru_says_how_much_of_the_past_stays() -> None:
    layers, x = reader("gru", bidirectional=False), torch.randn(1, 6, 5)
    told = layers.steps(x)[0]
    before = torch.cat((torch.zeros(1, 1, 7), told.hidden[:, :-1]), 1)
    candidate = (told.hidden - told.gates["update"] * before) / (1 - told.gates["update"])
    assert candidate.abs().max() <= 1 + 1e-4


@pytest.mark.parametrize("cell", CELLS)
def test_reading_on_from_a_state_is_reading_it_all_at_once(cell: str) -> None:
    layers, x = reader(cell, bidirectional=False), torch.randn(2, 8, 5)
    first, state = layers.carry(x[:, :3], None)
    second, _ = layers.carry(x[:, 3:], state)
    torch.testing.assert_close(torch.cat((first, second), 1), layers(x))


def test_each_sequence_is_turned_round_within_its_own_length() -> None:
    x = torch.arange(8).view(2, 4, 1)
    assert reversed_in_time(x, torch.tensor([4, 2]))[:, :, 0].tolist() == [[3, 2, 1, 0], [5, 4, 6, 7]]
    assert reversed_in_time(x, None)[:, :, 0].tolist() == [[3, 2, 1, 0], [7, 6, 5, 4]]
