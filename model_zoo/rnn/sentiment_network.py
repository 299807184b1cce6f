"""Many to one: a network that reads a text and says how positive it is, at the end and after every token on the way."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model_zoo.rnn.cells import Cell, Recurrent


@dataclass(frozen=True)
class Shape:
    """What a network is built from; travels with its weights."""

    tokens: int
    inputs: int = 96
    hidden_size: int = 384
    layers: int = 1
    cell: Cell = "lstm"
    bidirectional: bool = False
    dropout: float = 0.4
    head_width: int = 48
    outputs: int = 1  # logits; one says how positive, several are of as many classes


class SentimentNetwork(nn.Module):
    """Embedding, recurrent layers, and a head that reads their last, highest and mean state (Howard & Ruder 2018)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.tokens, shape.inputs)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.recurrent = Recurrent(
            shape.cell, shape.inputs, shape.hidden_size, shape.layers, shape.bidirectional, shape.dropout
        )
        self.dropout = nn.Dropout(shape.dropout)
        self.head = nn.Sequential(
            nn.Linear(3 * self.recurrent.outputs, shape.head_width),
            nn.GELU(),
            nn.Dropout(0.1),
            nn.Linear(shape.head_width, shape.outputs),
        )

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Give logits (B,) of being positive, or (B, outputs) of classes, for tokens (B, T) of `lengths` (B,)."""
        return self.judged(self.states(tokens, lengths), lengths)

    def judged(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Give the logits (B,) of texts of `lengths` (B,) by their states (B, T, H)."""
        beyond = torch.arange(states.shape[1], device=states.device) >= lengths[:, None]
        last = states[torch.arange(len(states)), lengths - 1]
        if self.shape.bidirectional:  # the last state of what reads backwards is the first
            half = self.shape.hidden_size
            last = torch.cat((last[:, :half], states[:, 0, half:]), 1)
        highest = states.masked_fill(beyond[:, :, None], -torch.inf).amax(1)
        mean = states.masked_fill(beyond[:, :, None], 0.0).sum(1) / lengths[:, None]
        return self._read_off(torch.cat((last, highest, mean), 1))

    def running(self, tokens: Tensor) -> Tensor:
        """Give the logits (B, T) after every token, each as if the text ended there; one way only."""
        if self.shape.bidirectional:
            raise ValueError("A network that reads both ways has to be asked about every beginning of the text.")
        states = self.states(tokens, None)
        count = torch.arange(1, tokens.shape[1] + 1, device=tokens.device)[:, None]
        return self._read_off(torch.cat((states, states.cummax(1).values, states.cumsum(1) / count), 2))

    def states(self, tokens: Tensor, lengths: Tensor | None) -> Tensor:
        """Give what the recurrent layers make of tokens: (B, T, H), in full precision."""
        return self.recurrent(self.embedding(tokens), lengths).float()

    def _read_off(self, pooled: Tensor) -> Tensor:
        logits = self.head(self.dropout(pooled))
        return logits[..., 0] if self.shape.outputs == 1 else logits
