"""Texts with a class each, as recurrent networks learn them: many to one."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.rnn import readers, sentiment
from model_zoo.rnn.labelled import Labelled
from model_zoo.rnn.parts import Parts, parts
from model_zoo.rnn.readers import FromScratch
from model_zoo.rnn.sentiment_network import SentimentNetwork, Shape
from model_zoo.rnn.text import bucketed, encode, padded

MOST_TOKENS_AT_ONCE = 16_384


class TextLesson:
    """Labelled texts in the tokens of the shipped network of their language; see `learning.Lesson`."""

    unit, right, at_once = "texts", "the share of texts whose class is right", 64
    drawn = "60/20/20 were drawn"

    def __init__(self, texts: Labelled, language: str) -> None:
        self.classes, self.left_out, self.language = texts.classes, texts.left_out, language
        self._labels, self._judge = torch.tensor(texts.labels), sentiment.load(language)
        self._rows = [row[-readers.LONGEST :] for row in encode(self._judge.tokenizer, texts.texts)]
        self.sizes = [len(row) for row in self._rows]

    def parts(self, seed: int) -> Parts:
        return parts(self._labels, self.classes, seed)

    def network(self, text: str, seed: int) -> nn.Module:
        row, options = readers.get(text)
        shipped, vocabulary = self._judge.network, self._judge.tokenizer.get_vocab_size()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            if isinstance(options, FromScratch):
                shape = Shape(
                    vocabulary, readers.INPUTS, options.hidden_size, options.layers, row.name, options.bidirectional,
                    options.dropout, outputs=len(self.classes),
                )  # fmt: skip
                return SentimentNetwork(shape)
            network = SentimentNetwork(Shape(**{**vars(shipped.shape), "outputs": len(self.classes)}))
        network.embedding.load_state_dict(shipped.embedding.state_dict())
        network.recurrent.load_state_dict(shipped.recurrent.state_dict())
        return network

    def layers(self, network: nn.Module) -> dict[str, nn.Module]:
        return {name: layer for name, layer in network.named_children() if name != "dropout"}

    def loss(self, network: nn.Module, index: Sequence[int]) -> tuple[Tensor, float]:
        labels = self._labels[list(index)]
        logits = network(*padded([self._rows[i] for i in index]))
        return F.cross_entropy(logits, labels), float((logits.argmax(1) == labels).sum())

    def tokens(self) -> str:
        return self._judge.tokenizer.to_str()

    @torch.no_grad()
    def judged(self, network: nn.Module, index: Sequence[int]) -> tuple[Tensor, float]:
        logits, labels = torch.empty(len(index), len(self.classes)), self._labels[list(index)]
        for group in bucketed([self.sizes[i] for i in index], MOST_TOKENS_AT_ONCE):
            logits[group] = network(*padded([self._rows[index[place]] for place in group]))
        return (logits.argmax(1) == labels).float(), F.cross_entropy(logits, labels).item()
