"""Marked stretches of a clip, as networks that label frames learn them: in step."""

import json
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.data.splits import REDRAWN_BELOW
from model_zoo.rnn import frames, watchers
from model_zoo.rnn.frames_network import FrameReader, Glance, Look, Shape
from model_zoo.rnn.marks import CONTEXT, STRETCHES, Mark, Piece, pieces
from model_zoo.rnn.parts import Parts
from model_zoo.rnn.text import bucketed
from model_zoo.rnn.watchers import SHIPPED

LOOK = Look(narrow=24, shapes=32, places=8, outputs=48)  # of a glance that has to learn from few frames
MOST_MEASURED = 1_000  # frames that say how large features usually are
MOST_FRAMES_AT_ONCE = 2_048


class OwnNetwork(nn.Module):
    """A glance and a reader of its glances: the logits (B, T, classes) of features (B, T, WIDTH)."""

    def __init__(self, glance: Glance, reader: FrameReader) -> None:
        super().__init__()
        self.glance, self.reader = glance, reader

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        glances = self.glance(features.flatten(0, 1)).unflatten(0, features.shape[:2])
        return self.reader(glances, lengths)[0]


class FrameLesson:
    """Pieces of marked stretches, read with what is around them; see `learning.Lesson`. Features are (T, WIDTH)."""

    unit, right = "pieces", "the share of a piece's frames whose label is right"
    drawn = "Of every label about a fifth each was drawn to validate and to test, whole stretches where it has three"
    at_once, language, left_out = 8, "", 0

    def __init__(self, features: Tensor, marks: Sequence[Mark], classes: tuple[str, ...]) -> None:
        self.classes, self._features = classes, features
        self.pieces = pieces(marks, classes)
        self._usual = Glance(LOOK)  # how large features usually are, for all that begin anew
        self._usual.measure(features[:: max(1, len(features) // MOST_MEASURED)])
        windows = [self._window(piece) for piece in self.pieces]
        self.sizes = [beyond - first for first, beyond in windows]

    @property
    def marked(self) -> int:
        """Count the marked frames."""
        return sum(map(len, self.pieces))

    def parts(self, seed: int) -> Parts:
        """Keep whole stretches apart where a label has enough of them; else pieces that follow one another."""
        chosen: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
        generator = torch.Generator().manual_seed(seed)
        for label in range(len(self.classes)):
            mine = [place for place, piece in enumerate(self.pieces) if piece.label == label]
            for part, places in _divided(mine, [self.pieces[place].stretch for place in mine], generator).items():
                chosen[part] += places
        train, validation, test = (torch.tensor(sorted(chosen[part])) for part in ("train", "validation", "test"))
        return Parts(train, validation, test, redrawn=len(test) < REDRAWN_BELOW)

    def network(self, text: str, seed: int) -> OwnNetwork:
        row, options = watchers.get(text)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            if row.name == SHIPPED:
                return self._shipped()
            glance = Glance(LOOK)
            glance.mean, glance.deviation = self._usual.mean.clone(), self._usual.deviation.clone()
            ways = {"bidirectional": options.bidirectional, "layers": options.layers} if row.name != "none" else {}
            shape = Shape((len(self.classes),), row.name, inputs=LOOK.outputs, hidden_size=options.hidden_size,
                          dropout=options.dropout, **ways)  # fmt: skip
            return OwnNetwork(glance, FrameReader(shape))

    def _shipped(self) -> OwnNetwork:
        """Take over all but the head."""
        known = frames.load()
        theirs = known.readers[frames.NETWORK]
        glance = Glance(known.glance.look)
        glance.load_state_dict(known.glance.state_dict())
        reader = FrameReader(Shape(**{**vars(theirs.shape), "heads": (len(self.classes),)}))
        reader.recurrent.load_state_dict(theirs.recurrent.state_dict())
        return OwnNetwork(glance, reader)

    def layers(self, network: nn.Module) -> dict[str, nn.Module]:
        assert isinstance(network, OwnNetwork)
        return {"glance": network.glance, "recurrent": network.reader.recurrent, "head": network.reader.heads}

    def loss(self, network: nn.Module, index: Sequence[int]) -> tuple[Tensor, float]:
        logits, labels, counted = self._read(network, index)
        losses = F.cross_entropy(logits.transpose(1, 2), labels, reduction="none")  # (B, T)
        return _shares(losses, counted).mean(), float(_shares(logits.argmax(2) == labels, counted).sum())

    @torch.no_grad()
    def judged(self, network: nn.Module, index: Sequence[int]) -> tuple[Tensor, float]:
        shares, losses = torch.empty(len(index)), torch.empty(len(index))
        for group in bucketed([self.sizes[i] for i in index], MOST_FRAMES_AT_ONCE):
            logits, labels, counted = self._read(network, [index[place] for place in group])
            shares[group] = _shares(logits.argmax(2) == labels, counted)
            losses[group] = _shares(F.cross_entropy(logits.transpose(1, 2), labels, reduction="none"), counted)
        return shares, losses.mean().item()

    def tokens(self) -> str:
        return json.dumps(self.classes)

    def _window(self, piece: Piece) -> tuple[int, int]:
        return max(0, piece.first - CONTEXT), min(len(self._features), piece.beyond + CONTEXT)

    def _read(self, network: nn.Module, index: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """Give logits (B, T, K) of pieces with what is around them, their labels (B, T), and which frames count."""
        windows = [self._window(self.pieces[i]) for i in index]
        lengths = torch.tensor([beyond - first for first, beyond in windows])
        features = self._features.new_zeros(len(index), int(lengths.max()), self._features.shape[1])
        labels, counted = torch.zeros(features.shape[:2], dtype=torch.long), torch.zeros(features.shape[:2]).bool()
        for row, ((first, beyond), i) in enumerate(zip(windows, index, strict=True)):
            piece = self.pieces[i]
            features[row, : beyond - first] = self._features[first:beyond]
            labels[row] = piece.label
            counted[row, piece.first - first : piece.beyond - first] = True
        return network(features, lengths), labels, counted


def _divided(places: list[int], stretches: list[int], generator: torch.Generator) -> dict[str, list[int]]:
    """Share out the pieces of a label, 60/20/20: whole stretches, or neighbours that begin at a drawn place."""
    groups: list[list[int]] = [[place] for place in places]
    if len(set(stretches)) >= STRETCHES:
        groups = [
            [p for p, mine in zip(places, stretches, strict=True) if mine == one] for one in sorted(set(stretches))
        ]
        groups = [groups[k] for k in torch.randperm(len(groups), generator=generator).tolist()]
        groups.append(groups.pop(groups.index(max(groups, key=len))))  # the longest one is learned from
    else:
        begin = int(torch.randint(len(groups), (), generator=generator))
        groups = groups[begin:] + groups[:begin]
    fifth = max(1, round(len(groups) / 5))
    parts = {"test": groups[:fifth], "validation": groups[fifth : 2 * fifth], "train": groups[2 * fifth :]}
    return {part: [place for group in some for place in group] for part, some in parts.items()}


def _shares(values: Tensor, counted: Tensor) -> Tensor:
    """Give the mean of values (B, T) over the frames that count, (B,)."""
    return (values * counted).sum(1) / counted.sum(1)
