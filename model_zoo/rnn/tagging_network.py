"""In step: a network that reads words and gives each a tag, with a CRF on top (Lample et al. 2016, arXiv:1603.01360).

A word is its embedding, if it is frequent, beside what a convolution finds in its characters (Ma & Hovy 2016,
arXiv:1603.01354) and how it is cased.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model_zoo.rnn import tags
from model_zoo.rnn.cells import Cell, Recurrent
from model_zoo.rnn.crf import CRF
from model_zoo.rnn.vocabulary import CASES, EDGE, PADDING, UNKNOWN, Batch, Vocabulary

SHORT = 9  # characters, with both edges


@dataclass(frozen=True)
class Shape:
    """What a network is built from; travels with its weights. `filters` is for each of the `widths`."""

    inputs: int = 64
    character_inputs: int = 32
    filters: int = 48
    widths: tuple[int, ...] = (3, 5)
    case_inputs: int = 8
    hidden_size: int = 128
    layers: int = 1
    cell: Cell = "lstm"
    bidirectional: bool = True
    dropout: float = 0.4


class TaggingNetwork(nn.Module):
    """Word features, recurrent layers that read both ways, a linear layer, and a CRF over the vocabulary's tags."""

    def __init__(self, shape: Shape, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(len(vocabulary.words) + 1, shape.inputs)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.characters = Characters(len(vocabulary.characters) + EDGE + 1, shape)
        self.cases = nn.Embedding(CASES, shape.case_inputs)
        inputs = shape.inputs + self.characters.outputs + shape.case_inputs
        self.recurrent = Recurrent(
            shape.cell, inputs, shape.hidden_size, shape.layers, shape.bidirectional, shape.dropout
        )
        self.dropout = nn.Dropout(shape.dropout)
        self.head = nn.Linear(self.recurrent.outputs, len(vocabulary.tags))
        self.crf = CRF(
            torch.tensor([tags.starts(tag) for tag in vocabulary.tags]),
            torch.tensor([[tags.follows(before, tag) for tag in vocabulary.tags] for before in vocabulary.tags]),
        )

    def forward(self, batch: Batch, hidden: Tensor | None = None) -> Tensor:
        """Give the emissions (B, T, K) of every tag; words where `hidden` (B, T) is true are read as unknown."""
        states = self.recurrent(self.dropout(self.features(batch, hidden)), batch.lengths).float()
        return self.head(self.dropout(states))

    def features(self, batch: Batch, hidden: Tensor | None = None) -> Tensor:
        """Give what the recurrent layers read, (B, T, F)."""
        words = batch.words if hidden is None else batch.words.masked_fill(hidden, UNKNOWN)
        written = torch.cat((self.characters(batch.spelled), self.cases(batch.cases)), 1)  # (U, F')
        return torch.cat((self.embedding(words), written[batch.which]), 2)


class Characters(nn.Module):
    """Convolutions over the characters of words (U, L), each at its strongest place in the word: (U, outputs)."""

    def __init__(self, characters: int, shape: Shape) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, shape.character_inputs, padding_idx=PADDING)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(shape.character_inputs, shape.filters, width, padding="same") for width in shape.widths
        )
        self.dropout = nn.Dropout(shape.dropout / 2)
        self.outputs = shape.filters * len(shape.widths)

    def forward(self, spelled: Tensor) -> Tensor:
        """Read words that are padded on the right; the short ones apart from the long ones, which spares padding."""
        found = self.embedding.weight.new_empty(len(spelled), self.outputs)
        lengths = (spelled != PADDING).sum(1)
        for some in (lengths <= SHORT, lengths > SHORT):
            if some.any():
                found[some] = self._read(spelled[some, : int(lengths[some].max())])
        return found

    def _read(self, spelled: Tensor) -> Tensor:
        """Read words; padding reaches no result, since nothing negative is a strongest place."""
        x = self.dropout(self.embedding(spelled)).transpose(1, 2)  # (U, C, L)
        inside = (spelled != PADDING)[:, None]
        return torch.cat([(layer(x).relu() * inside).amax(2) for layer in self.convolutions], 1)
