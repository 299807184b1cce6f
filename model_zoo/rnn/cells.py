"""Recurrent layers: plain (Elman 1990), LSTM (Hochreiter & Schmidhuber 1997), GRU (Cho et al. 2014), in one place.

Sequences of a batch are padded on the right. What reads backwards reads each sequence from its own last step, so that
padding reaches no result.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from model_zoo import devices

CPU = torch.device("cpu")
Cell = Literal["rnn", "gru", "lstm"]
BUILD = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
GATES = {  # and their place among what torch stacks: input, forget, candidate, output; or reset, update, candidate
    "rnn": {},
    "gru": {"reset": 0, "update": 1},
    "lstm": {"input": 0, "forget": 1, "output": 3},
}
State = list[tuple[Tensor, ...]]  # of each layer, h (1, B, H), and c for an LSTM


@dataclass(frozen=True)
class Steps:
    """What one layer does in one direction, step by step: `hidden` (B, T, H), and its gates by name, each (B, T, H)."""

    layer: int
    backwards: bool
    hidden: Tensor
    gates: dict[str, Tensor]


def autocast() -> torch.autocast:
    """Give bf16 where the processor knows it; elsewhere torch has no LSTM in bf16, and all else is slower in it."""
    return devices.mixed(CPU)


class Recurrent(nn.Module):
    """Layers of cells over sequences (B, T, inputs), read forwards or both ways; gives (B, T, outputs)."""

    def __init__(
        self,
        cell: Cell,
        inputs: int,
        hidden_size: int,
        layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.cell, self.bidirectional, self.outputs = cell, bidirectional, hidden_size * (1 + bidirectional)
        widths = [inputs, *[self.outputs] * (layers - 1)]
        self.forwards = nn.ModuleList(BUILD[cell](size, hidden_size, batch_first=True) for size in widths)
        self.backwards = nn.ModuleList(
            BUILD[cell](size, hidden_size, batch_first=True) for size in widths if bidirectional
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Read sequences of `lengths` (B,), all of them full where that is None; what lies beyond them is not zero."""
        for layer in range(len(self.forwards)):
            x = self._layer(layer, self.dropout(x) if layer else x, lengths)
        return x

    def carry(self, x: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Read on from `state`, forwards only; gives the outputs and the state after the last step."""
        after: State = []
        for layer, cells in enumerate(self.forwards):
            before = None if state is None else state[layer] if self.cell == "lstm" else state[layer][0]
            x, now = cells(self.dropout(x) if layer else x, before)
            after.append(tuple(now) if self.cell == "lstm" else (now,))
        return x, after

    @torch.no_grad()
    def steps(self, x: Tensor, lengths: Tensor | None = None) -> list[Steps]:
        """Tell what happens inside, layer by layer, in the order of the sequence in both directions."""
        told = []
        for layer, cells in enumerate(self.forwards):
            told.append(self._steps(layer, cells, x, backwards=False))
            if self.bidirectional:
                turned = self._steps(layer, self.backwards[layer], reversed_in_time(x, lengths), backwards=True)
                gates = {name: reversed_in_time(gate, lengths) for name, gate in turned.gates.items()}
                told.append(Steps(layer, True, reversed_in_time(turned.hidden, lengths), gates))
            x = self._layer(layer, x, lengths)
        return told

    def _layer(self, layer: int, x: Tensor, lengths: Tensor | None) -> Tensor:
        ahead = self.forwards[layer](x)[0]
        if not self.bidirectional:
            return ahead
        back = self.backwards[layer](reversed_in_time(x, lengths))[0]
        return torch.cat((ahead, reversed_in_time(back, lengths)), 2)

    def _steps(self, layer: int, cells: nn.RNNBase, x: Tensor, backwards: bool) -> Steps:
        hidden = cells(x)[0]  # (B, T, H)
        before = torch.cat((torch.zeros_like(hidden[:, :1]), hidden[:, :-1]), 1)
        asked = x @ cells.weight_ih_l0.T + cells.bias_ih_l0 + before @ cells.weight_hh_l0.T + cells.bias_hh_l0
        parts = asked.unflatten(2, (-1, hidden.shape[2])).unbind(2)  # each (B, T, H)
        gates = {name: parts[place].sigmoid() for name, place in GATES[self.cell].items()}
        return Steps(layer, backwards, hidden, gates)


def reversed_in_time(x: Tensor, lengths: Tensor | None) -> Tensor:
    """Turn each sequence of (B, T, …) round within its own length; padding stays where it is."""
    if lengths is None:
        return x.flip(1)
    time = torch.arange(x.shape[1], device=x.device)
    place = torch.where(time < lengths[:, None], lengths[:, None] - 1 - time, time)  # (B, T)
    return x.gather(1, place[:, :, None].expand_as(x))
