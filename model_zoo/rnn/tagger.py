"""Tag sentences with a network that a recipe has trained, as it is shipped."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from model_zoo.home import WEIGHTS
from model_zoo.rnn.cells import Steps
from model_zoo.rnn.crf import FORBIDDEN
from model_zoo.rnn.prediction import Reading, Span
from model_zoo.rnn.tagging_network import Shape, TaggingNetwork
from model_zoo.rnn.tags import OUTSIDE
from model_zoo.rnn.text import bucketed
from model_zoo.rnn.vocabulary import Vocabulary
from model_zoo.rnn.words import words

Task = Literal["ner", "pos"]
MOST_WORDS_A_BATCH = 4_096
LONGEST = 400  # words that are read as one; what is longer is read in pieces
ENDS = {".", "!", "?", "…", ";"}  # of which the last in reach ends a piece


@dataclass(frozen=True)
class Tagged:
    """The likeliest tags of a sentence together, a word each, and the probability of each on its own."""

    tags: list[str]
    scores: list[float]


@dataclass(frozen=True)
class Tagger:
    """A network with the vocabulary that it reads by."""

    network: TaggingNetwork
    vocabulary: Vocabulary

    @property
    def parameters(self) -> int:
        """Count the numbers that are learned."""
        return sum(each.numel() for each in self.network.parameters())

    def words(self, text: str) -> list[Span]:
        """Cut raw text into words as the training sentences were: in names, hyphens join."""
        return words(text, hyphens=OUTSIDE not in self.vocabulary.tags)

    def tag(self, sentences: Sequence[Sequence[str]]) -> list[Tagged]:
        """Tag sentences of any lengths, in their order; an empty one gets no tags."""
        pieces = [(row, piece) for row, sentence in enumerate(sentences) for piece in cut(sentence)]
        found: list[Tagged] = [Tagged([], []) for _ in pieces]
        for group in bucketed([len(piece) for _, piece in pieces], MOST_WORDS_A_BATCH):
            for place, one in zip(group, self._tagged([pieces[i][1] for i in group]), strict=True):
                found[place] = one
        joined: list[Tagged] = [Tagged([], []) for _ in sentences]
        for (row, _), one in zip(pieces, found, strict=True):
            joined[row].tags.extend(one.tags)
            joined[row].scores.extend(one.scores)
        return joined

    def readings(self, sentence: Sequence[str], k: int) -> list[Reading]:
        """Give the k likeliest readings of one sentence, best first, or all where there are fewer.

        Of a sentence longer than LONGEST words, only the first piece.
        """
        piece = next(iter(cut(sentence)), None)
        if piece is None:
            return []
        emissions, lengths = self._emissions([piece])
        tags, logs = self.network.crf.best(emissions, lengths, k)
        rows = zip(tags[0].tolist(), logs[0].tolist(), strict=True)
        return [Reading(tuple(self._named(row)), math.exp(log)) for row, log in rows if log > FORBIDDEN / 2]

    @torch.no_grad()
    def steps(self, sentence: Sequence[str]) -> list[Steps]:
        """Tell what the recurrent layers do at every word of one sentence, or of its first piece, layer by layer."""
        self.network.eval()
        batch = self.vocabulary.batch(cut(sentence)[:1])
        return self.network.recurrent.steps(self.network.features(batch), batch.lengths)

    def _tagged(self, pieces: list[Sequence[str]]) -> list[Tagged]:
        if not pieces:
            return []
        emissions, lengths = self._emissions(pieces)
        best = self.network.crf.best(emissions, lengths)[0][:, 0]  # (B, T)
        scores = self.network.crf.marginals(emissions, lengths).gather(2, best[..., None])[..., 0]
        rows = zip(best.tolist(), scores.tolist(), lengths.tolist(), strict=True)
        return [Tagged(self._named(row[:length]), score[:length]) for row, score, length in rows]

    @torch.no_grad()
    def _emissions(self, pieces: list[Sequence[str]]) -> tuple[Tensor, Tensor]:
        self.network.eval()
        batch = self.vocabulary.batch(pieces)
        return self.network(batch), batch.lengths

    def _named(self, row: list[int]) -> list[str]:
        return [self.vocabulary.tags[place] for place in row]


def cut(sentence: Sequence[str]) -> list[Sequence[str]]:
    """Cut what is longer than LONGEST words, where a sentence ends in the second half of a piece if any does."""
    pieces, rest = [], sentence
    while len(rest) > LONGEST:
        ends = [place for place in range(LONGEST // 2, LONGEST) if rest[place] in ENDS]
        beyond = ends[-1] + 1 if ends else LONGEST
        pieces.append(rest[:beyond])
        rest = rest[beyond:]
    return [*pieces, rest] if rest else pieces


def save(tagger: Tagger, file: Path) -> None:
    """Write a tagger in half precision, its shape and vocabulary in the file's metadata."""
    from safetensors.torch import save_file

    state = {name: value.half().contiguous() for name, value in tagger.network.state_dict().items()}
    known = tagger.vocabulary
    save_file(
        state,
        file,
        metadata={
            "shape": json.dumps(asdict(tagger.network.shape)),
            "words": " ".join(known.words),
            "characters": known.characters,
            "tags": " ".join(known.tags),
        },
    )
    file.chmod(0o644)


def load(task: Task, folder: Path = WEIGHTS) -> Tagger:
    """Load the tagger that is shipped for `task`; a FileNotFoundError says how to train it where it is missing."""
    return read(folder / f"tagging_{task}.safetensors")


@cache
def read(file: Path) -> Tagger:
    """Read what `save` wrote, in full precision."""
    from safetensors import safe_open

    if not file.exists():
        recipe = f"python -m model_zoo.recipes.tagging {file.stem.removeprefix('tagging_')}"
        raise FileNotFoundError(f"{file.name} is missing from {file.parent}. Train it again with {recipe}.")
    with safe_open(file, "pt") as opened:
        told = opened.metadata()
        state = {name: opened.get_tensor(name).float() for name in opened.keys()}  # noqa: SIM118, it is no dict
    shape = json.loads(told["shape"])
    known = Vocabulary(tuple(told["words"].split(" ")), told["characters"], tuple(told["tags"].split(" ")))
    network = TaggingNetwork(Shape(**shape | {"widths": tuple(shape["widths"])}), known)
    network.load_state_dict(state)
    return Tagger(network.eval(), known)
