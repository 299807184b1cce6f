"""Sentences with a tag for every word, as recurrent networks learn them: in step."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import torch
from torch import Tensor, nn

from model_zoo.data.texts import decoded
from model_zoo.rnn import readers
from model_zoo.rnn.labelled import Parts, parts
from model_zoo.rnn.readers import FromScratch
from model_zoo.rnn.tagger import LONGEST, load
from model_zoo.rnn.tagging_network import Shape, TaggingNetwork
from model_zoo.rnn.tags import repaired
from model_zoo.rnn.text import bucketed
from model_zoo.rnn.vocabulary import Vocabulary, plain

FEWEST, MOST_TAGS = 20, 200  # sentences; tags
MOST_WORDS_AT_ONCE = 4_096
HIDING = 0.5  # a word that is met n times is read as unknown HIDING / (HIDING + n) of the times
COMMENT = "#"


@dataclass(frozen=True)
class Sentences:
    """Words and their tags, a sentence each; `left_out` counts copies."""

    words: tuple[tuple[str, ...], ...]
    tags: tuple[tuple[str, ...], ...]
    left_out: int


def sentences(content: bytes, name: str) -> Sentences:
    """Read CoNLL or TSV: a word and its tag a line, first and last column, sentences apart by an empty line.

    I- that goes on with nothing is read as B-. Raises ValueError with a sentence for what cannot be used.
    """
    rows: list[tuple[str, str]] = []
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    count = 0
    for number, line in enumerate([*decoded(content, name)[0].splitlines(), ""], 1):
        cells = line.split("\t") if "\t" in line else line.split()
        if line.startswith(COMMENT) and len(cells) != 2:
            continue
        if not line.strip():
            if rows:
                words, tags = zip(*rows[:LONGEST], strict=True)
                found.setdefault(words, tuple(repaired(tags)))
                count += 1
            rows = []
        elif len(cells) < 2 or not cells[0].strip() or not cells[-1].strip():
            raise ValueError(f"Line {number} of {name} has no word and tag: “{line[:40]}”. Write both, a tab between.")
        else:
            rows.append((cells[0].strip(), cells[-1].strip()))
    tags = {tag for each in found.values() for tag in each}
    if len(found) < FEWEST:
        raise ValueError(f"{name} has {len(found)} different sentences; at least {FEWEST} are needed.")
    if not 2 <= len(tags) <= MOST_TAGS:
        raise ValueError(f"{name} has {len(tags)} tags; between 2 and {MOST_TAGS} can be learned.")
    return Sentences(tuple(found), tuple(found.values()), count - len(found))


class TagLesson:
    """Tagged sentences in the words of the shipped tagger that is nearest; see `learning.Lesson`."""

    unit, language = "words", "en"

    def __init__(self, found: Sentences) -> None:
        self._found, self.left_out = found, found.left_out
        self.classes = tuple(sorted({tag for tags in found.tags for tag in tags}))
        named = any(tag.startswith("B-") for tag in self.classes)
        self._shipped = load("ner" if named else "pos")
        self.vocabulary: Vocabulary = replace(self._shipped.vocabulary, tags=self.classes)
        self.sizes = [len(words) for words in found.words]
        self._first = list(accumulate(self.sizes, initial=0))
        places = self.vocabulary.tag_places
        counts = Counter(plain(word) for words in found.words for word in words)
        rare = [0.0, *(HIDING / (HIDING + counts[word]) for word in self.vocabulary.words)]
        self._rarity = torch.tensor(rare)
        self._tags = [torch.tensor([places[tag] for tag in tags]) for tags in found.tags]

    def parts(self, seed: int) -> Parts:
        return parts(torch.zeros(len(self.sizes), dtype=torch.long), ("sentence",), seed)

    def units(self, index: Tensor) -> Tensor:
        return torch.cat([torch.arange(self._first[i], self._first[i + 1]) for i in index.tolist()])

    def network(self, text: str, seed: int) -> nn.Module:
        row, options = readers.get(text)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            if isinstance(options, FromScratch):
                shape = Shape(
                    hidden_size=options.hidden_size, layers=options.layers, cell=row.name,
                    bidirectional=options.bidirectional, dropout=options.dropout,
                )  # fmt: skip
                return TaggingNetwork(shape, self.vocabulary)
            network = TaggingNetwork(self._shipped.network.shape, self.vocabulary)
        known, own = self._shipped.network.state_dict(), network.state_dict()
        own |= {name: part for name, part in known.items() if not name.startswith(("head", "crf"))}
        if self.classes == self._shipped.vocabulary.tags:
            own = known
        network.load_state_dict(own)
        return network

    def layers(self, network: nn.Module) -> dict[str, nn.Module]:
        assert isinstance(network, TaggingNetwork)
        return {
            "words": nn.ModuleList([network.embedding, network.characters, network.cases]),
            "recurrent": network.recurrent,
            "head": nn.ModuleList([network.head, network.crf]),
        }

    def loss(self, network: nn.Module, index: Sequence[int]) -> tuple[Tensor, int]:
        batch = self.vocabulary.batch([self._found.words[i] for i in index])
        hidden = torch.rand(batch.words.shape) < self._rarity[batch.words]
        emissions = network(batch, hidden).float()
        likely = network.crf.log_likelihood(emissions, batch.lengths, self._right(emissions, index))
        loss = -likely.sum() / sum(self.sizes[i] for i in index)
        told = emissions.argmax(2)
        return loss, sum(int((told[row, : self.sizes[i]] == self._tags[i]).sum()) for row, i in enumerate(index))

    def tokens(self) -> str:
        known = self.vocabulary
        return json.dumps({"words": known.words, "characters": known.characters, "tags": known.tags})

    @torch.no_grad()
    def judged(self, network: nn.Module, index: Sequence[int]) -> tuple[Tensor, float]:
        correct: dict[int, Tensor] = {}
        loss = 0.0
        for group in bucketed([self.sizes[i] for i in index], MOST_WORDS_AT_ONCE):
            some = [index[place] for place in group]
            batch = self.vocabulary.batch([self._found.words[i] for i in some])
            emissions = network(batch).float()
            told = network.crf.best(emissions, batch.lengths)[0][:, 0]
            correct |= {i: told[row, : self.sizes[i]] == self._tags[i] for row, i in enumerate(some)}
            loss -= network.crf.log_likelihood(emissions, batch.lengths, self._right(emissions, some)).sum().item()
        return torch.cat([correct[i] for i in index]), loss / sum(self.sizes[i] for i in index)

    def _right(self, emissions: Tensor, index: Sequence[int]) -> Tensor:
        """Mark the tag of each word, (B, T, K)."""
        right = torch.zeros(*emissions.shape, dtype=torch.bool)
        for row, i in enumerate(index):
            right[row, torch.arange(self.sizes[i]), self._tags[i]] = True
        return right
