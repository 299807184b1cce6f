"""One to many: a network that looks at a picture and says what it shows, word by word.

With attention it looks anew before each word, through a gate that says how much it needs to see (Xu et al. 2015, Show,
Attend and Tell, arXiv:1502.03044). Without, it has seen the picture once, before the first word (Vinyals et al. 2014,
Show and Tell, arXiv:1411.4555).
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.rnn.cells import Steps
from model_zoo.rnn.decoding import State, Step


@dataclass(frozen=True)
class Shape:
    """What a network is built from; travels with its weights. `features` are the channels of the encoder's grid."""

    words: int
    features: int
    width: int = 160  # of a word, and of what is seen at a place
    hidden_size: int = 320
    attention: bool = True
    dropout: float = 0.4


class Seen(NamedTuple):
    """A picture as the decoder uses it: `keys` are asked, `values` answer, (B, P, width) for P places each."""

    keys: Tensor
    values: Tensor


class Memory(NamedTuple):
    """What the decoder knows between two words: hidden and cell state (B, hidden)."""

    hidden: Tensor
    cell: Tensor


class Said(NamedTuple):
    """One step: logits (B, words), where it looked (B, P), and how far the gate was open (B,)."""

    logits: Tensor
    attention: Tensor
    openness: Tensor


class Close(NamedTuple):
    """What happened at each of T steps: logits (T, words), attention (T, P), openness (T,), and the LSTM's inside."""

    logits: Tensor
    attention: Tensor
    openness: Tensor
    steps: Steps


class CaptionNetwork(nn.Module):
    """An LSTM that says words; its softmax is tied to the embedding (Press & Wolf 2017)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width, hidden = shape.width, shape.hidden_size
        self.embedding = nn.Embedding(shape.words, width)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.see = nn.Sequential(nn.LayerNorm(shape.features), nn.Linear(shape.features, width))
        self.begin = nn.Linear(width, 2 * hidden)
        self.cell = nn.LSTMCell(2 * width if shape.attention else width, hidden)
        if shape.attention:
            self.keys, self.query = nn.Linear(width, width), nn.Linear(hidden, width)
            self.score = nn.Linear(width, 1, bias=False)
            self.gate = nn.Linear(hidden, width)
        self.back = nn.Linear(hidden + (2 if shape.attention else 1) * width, width)
        self.bias = nn.Parameter(torch.zeros(shape.words))
        self.dropout = nn.Dropout(shape.dropout)

    def look(self, grid: Tensor) -> tuple[Seen, Memory]:
        """Take in a grid of features (B, P, features)."""
        whole = F.dropout(grid.new_ones(len(grid), 1, grid.shape[2]), self.shape.dropout / 2, self.training)
        values = self.see(grid * whole)  # a feature is left out of all places, or of none
        hidden, cell = self.begin(values.mean(1)).tanh().chunk(2, 1)
        keys = self.keys(values) if self.shape.attention else values
        return Seen(keys, values), Memory(hidden, cell)

    def step(self, words: Tensor, seen: Seen, memory: Memory) -> tuple[Said, Memory]:
        """Read one word for each picture, (B,), look, and say how likely each next one is."""
        said, _, memory = self._step(words, seen, memory)
        return said, memory

    def forward(self, grid: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
        """Give logits (B, T, words) of what follows each of words (B, T), and where it looked (B, T, P)."""
        seen, memory = self.look(grid)
        hidden, reads, looks = [], [], []
        for word in self.dropout(self.embedding(words)).unbind(1):
            (attention, _), *context = self._context(seen, memory)
            reads.append(torch.cat((word, *context), 1))
            memory = Memory(*self.cell(reads[-1], memory))
            hidden.append(memory.hidden)
            looks.append(attention)
        return self._likely(torch.stack(hidden, 1), torch.stack(reads, 1)), torch.stack(looks, 1)

    def speaker(self, grid: Tensor, width: int) -> tuple[Step, State]:
        """Give what decoding asks for: the next step, and the state before the first word, `width` rows a picture."""
        looked, memory = self.look(grid)
        seen = Seen(*(part.repeat_interleave(width, 0) for part in looked))

        def step(words: Tensor, state: State) -> tuple[Tensor, State]:
            said, after = self.step(words, seen, Memory(*state))
            return said.logits, tuple(after)

        return step, tuple(part.repeat_interleave(width, 0) for part in memory)

    def closely(self, grid: Tensor, words: Tensor) -> Close:
        """Read the words (1, T) of one picture's caption, and tell what happens at each."""
        seen, memory = self.look(grid)
        steps, inside = [], []
        for place in range(words.shape[1]):
            before = memory
            said, read, memory = self._step(words[:, place], seen, before)
            steps.append(said)
            inside.append((memory.hidden, *self._gates(read, before)))
        hidden, *gates = (torch.stack(parts, 1) for parts in zip(*inside, strict=True))
        named = dict(zip(("input", "forget", "output"), gates, strict=True))
        told = (torch.cat(parts) for parts in zip(*steps, strict=True))
        return Close(*told, Steps(0, False, hidden, named))

    def _context(self, seen: Seen, memory: Memory) -> tuple:
        """Look at the picture: (attention (B, P), openness (B,)), and what was seen (B, width) where it can look."""
        if not self.shape.attention:
            nothing = seen.keys.new_zeros(len(seen.keys))
            return ((nothing[:, None][:, :0], nothing),)
        asked = (seen.keys + self.query(memory.hidden)[:, None]).tanh()
        attention = self.score(asked)[..., 0].softmax(1)  # (B, P)
        gate = self.gate(memory.hidden).sigmoid()
        context = gate * torch.einsum("bp,bpw->bw", attention, seen.values)
        return (attention, gate.mean(1)), context

    def _step(self, words: Tensor, seen: Seen, memory: Memory) -> tuple[Said, Tensor, Memory]:
        """Do what `step` does; gives also what the LSTM read, the word and what was seen."""
        (attention, openness), *context = self._context(seen, memory)
        read = torch.cat((self.dropout(self.embedding(words)), *context), 1)
        memory = Memory(*self.cell(read, memory))
        return Said(self._likely(memory.hidden, read), attention, openness), read, memory

    def _gates(self, read: Tensor, memory: Memory) -> tuple[Tensor, ...]:
        """Give the gates of the LSTM at one step, (B, hidden) each; torch keeps them to itself."""
        cell = self.cell
        all_ = F.linear(read, cell.weight_ih, cell.bias_ih) + F.linear(memory.hidden, cell.weight_hh, cell.bias_hh)
        write, forget, _, output = all_.sigmoid().chunk(4, 1)
        return write, forget, output

    def _likely(self, hidden: Tensor, read: Tensor) -> Tensor:
        guess = F.gelu(self.back(self.dropout(torch.cat((hidden, read), -1))))
        return F.linear(self.dropout(guess), self.embedding.weight, self.bias)
