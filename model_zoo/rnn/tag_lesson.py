"""Sentences with a tag for every word, as recurrent networks learn them: in step."""

import json
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from model_zoo.rnn import readers
from model_zoo.rnn.labelled import Tagged
from model_zoo.rnn.parts import Parts, parts
from model_zoo.rnn.readers import FromScratch
from model_zoo.rnn.tagger import load
from model_zoo.rnn.tagging_network import Shape, TaggingNetwork
from model_zoo.rnn.tags import OUTSIDE
from model_zoo.rnn.text import bucketed
from model_zoo.rnn.vocabulary import Vocabulary

MOST_WORDS_AT_ONCE = 4_096
HIDDEN = 0.1  # of the words are read as unknown in training


class TagLesson:
    """Tagged sentences in the words of the shipped tagger that is nearest; see `learning.Lesson`.

    Words that are outside, and said to be, do not count: where nothing is named, “outside” everywhere is no feat.
    """

    unit, language, at_once = "sentences", "en", 64
    drawn = "60/20/20 were drawn"
    right = "the share of words whose tag is right, among those that are or are said to be tagged, mean over sentences"

    def __init__(self, found: Tagged) -> None:
        self._found, self.left_out = found, found.left_out
        self.classes = tuple(sorted({tag for tags in found.tags for tag in tags}))
        self._shipped = load("ner" if any(tag.startswith("B-") for tag in self.classes) else "pos")
        self.vocabulary: Vocabulary = replace(self._shipped.vocabulary, tags=self.classes)
        self.sizes = [len(words) for words in found.words]
        places = self.vocabulary.tag_places
        self._tags = [torch.tensor([places[tag] for tag in tags]) for tags in found.tags]
        self._outside = places.get(OUTSIDE, -1)

    def parts(self, seed: int) -> Parts:
        return parts(torch.zeros(len(self.sizes), dtype=torch.long), ("sentence",), seed)

    def network(self, text: str, seed: int) -> nn.Module:
        row, options = readers.get(text)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            if isinstance(options, FromScratch):
                shape = Shape(
                    hidden_size=options.hidden_size, layers=options.layers, cell=row.name,
                    bidirectional=options.bidirectional, dropout=options.dropout,
                )  # fmt: skip
                return TaggingNetwork(shape, self.vocabulary)
            network = TaggingNetwork(self._shipped.network.shape, self.vocabulary)
        self._take_over(network)
        return network

    def layers(self, network: nn.Module) -> dict[str, nn.Module]:
        assert isinstance(network, TaggingNetwork)
        return {
            "words": nn.ModuleList([network.embedding, network.characters, network.cases]),
            "recurrent": network.recurrent,
            "head": nn.ModuleList([network.head, network.crf]),
        }

    def loss(self, network: nn.Module, index: Sequence[int]) -> tuple[Tensor, float]:
        batch = self.vocabulary.batch([self._found.words[i] for i in index])
        emissions = network(batch, torch.rand(batch.words.shape) < HIDDEN).float()
        likely = network.crf.log_likelihood(emissions, batch.lengths, self._right(emissions, index))
        told = emissions.detach().argmax(2)  # without the CRF's search, which would take as long as the step
        return -likely.sum() / sum(self.sizes[i] for i in index), float(sum(self._shares(told, index)))

    def tokens(self) -> str:
        known = self.vocabulary
        return json.dumps({"words": known.words, "characters": known.characters, "tags": known.tags})

    @torch.no_grad()
    def judged(self, network: nn.Module, index: Sequence[int]) -> tuple[Tensor, float]:
        shares, loss = torch.empty(len(index)), 0.0
        for group in bucketed([self.sizes[i] for i in index], MOST_WORDS_AT_ONCE):
            some = [index[place] for place in group]
            batch = self.vocabulary.batch([self._found.words[i] for i in some])
            emissions = network(batch).float()
            shares[group] = torch.stack(self._shares(network.crf.best(emissions, batch.lengths)[0][:, 0], some))
            loss -= network.crf.log_likelihood(emissions, batch.lengths, self._right(emissions, some)).sum().item()
        return shares, loss / sum(self.sizes[i] for i in index)

    def _take_over(self, network: TaggingNetwork) -> None:
        """Give a network what the shipped one knows: all below the head, and in it the tags that both have."""
        known, own = self._shipped.network.state_dict(), network.state_dict()
        theirs = self._shipped.vocabulary.tag_places
        both = [tag for tag in self.classes if tag in theirs]
        to, of = (torch.tensor([places[tag] for tag in both]) for places in (self.vocabulary.tag_places, theirs))
        for name, part in own.items():
            if not name.startswith(("head", "crf")):
                part.copy_(known[name])
            elif name == "crf.between":
                part[to[:, None], to] = known[name][of[:, None], of]
            elif both:
                part[to] = known[name][of]

    def _shares(self, told: Tensor, index: Sequence[int]) -> list[Tensor]:
        """Say of each sentence how many of the words that count have the right tag; 1 where none does."""
        shares = []
        for row, i in enumerate(index):
            said, true = told[row, : self.sizes[i]], self._tags[i]
            counted = (said != self._outside) | (true != self._outside)
            shares.append((said == true)[counted].float().mean() if counted.any() else torch.ones(()))
        return shares

    def _right(self, emissions: Tensor, index: Sequence[int]) -> Tensor:
        """Mark the tag of each word, (B, T, K)."""
        right = torch.zeros(*emissions.shape, dtype=torch.bool)
        for row, i in enumerate(index):
            right[row, torch.arange(self.sizes[i]), self._tags[i]] = True
        return right
