"""Teach a network to judge: layers wake one by one, tokens differ from epoch to epoch, averaged weights stay."""

import random
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from model_zoo.recipes.language_model import LanguagePlan
from model_zoo.rnn.cells import autocast
from model_zoo.rnn.sentiment_network import SentimentNetwork, Shape
from model_zoo.rnn.text import bucketed, encode, padded

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MOST_TOKENS_AT_ONCE = 32_768  # that are judged
STEPS_BETWEEN_REPORTS = 50


@dataclass(frozen=True)
class Plan:
    """How one language is learned; `longest` is in tokens: of a longer text, a piece drawn anew each time trains."""

    language: str
    shape: Shape
    language_plan: LanguagePlan = field(default_factory=LanguagePlan)
    epochs: int = 5
    tokens_a_batch: int = 8_192
    longest: int = 250
    hidden: float = 0.1  # of the tokens are read as END in training
    unmerged: float = 0.1  # of the steps that make long tokens out of short ones are left out, drawn anew each epoch
    tutored: float = 0.3  # of each target is what a tutor says
    networks: bool = False  # whether networks are among the tutors
    sentences: int = 60_000  # out of long reviews, with a tutor's word for a label, once a network stands
    average: float = 0.998  # of the weights' running average stays at each step
    rate: float = 2e-3
    factor: float = 2.6  # between the rates of neighbouring layers
    weight_decay: float = 0.01
    clip: float = 1.0
    repeats: int = 3  # of short sentences beside whole documents
    seed: int = 0


@dataclass(frozen=True)
class Lesson:
    """Texts as rows of tokens, each with how positive it is, (N,) in [0, 1]."""

    rows: list[list[int]]
    targets: Tensor


@dataclass(frozen=True)
class Words:
    """Texts that are cut into other tokens each time they are read, each with how positive it is, (N,) in [0, 1]."""

    tokenizer: "Tokenizer"
    texts: list[str]
    targets: Tensor
    unmerged: float

    @property
    def rows(self) -> list[list[int]]:
        """Cut the texts; each time a drawn part of the merges is left out. The library's generator has no seed."""
        self.tokenizer.model.dropout = self.unmerged or None
        try:
            return encode(self.tokenizer, self.texts)
        finally:
            self.tokenizer.model.dropout = None


def fit(
    network: SentimentNetwork, train: Lesson | Words, choose: Lesson, plan: Plan, awake: bool = False
) -> Generator[tuple[str, float], None, float]:
    """Learn to judge; yields (where, loss), gives the temperature. The average weights of the best epoch stay.

    Layers wake one by one, unless they are `awake`: then the network goes on from what it has learned before, which
    stays where no epoch is better. `choose` says which is best.
    """
    layers = [network.head, network.recurrent, network.embedding]  # in the order in which they wake
    rates = [plan.rate / plan.factor**place for place in range(len(layers))]
    groups = [{"params": layer.parameters(), "lr": rate} for layer, rate in zip(layers, rates, strict=True)]
    optimiser = torch.optim.AdamW(groups, weight_decay=plan.weight_decay)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(plan.average))
    rng = random.Random(plan.seed)
    best, kept, logits = float("inf"), {}, torch.empty(0)
    for epoch in range(plan.epochs + 1):
        if epoch or awake:
            found = judge(average.module, choose.rows)
            chosen = F.binary_cross_entropy_with_logits(found, choose.targets).item()
            yield f"epoch {epoch}, on what chooses", chosen
            if chosen < best:
                best, logits = chosen, found
                kept = {name: value.clone() for name, value in average.module.state_dict().items()}
        if epoch == plan.epochs:
            break
        network.train()
        for place, layer in enumerate(layers):
            layer.requires_grad_(awake or place <= epoch)
        rows = train.rows
        batches = bucketed([min(len(row), plan.longest) for row in rows], plan.tokens_a_batch)
        rng.shuffle(batches)
        for step, index in enumerate(batches):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * (1 - (epoch + step / len(batches)) / plan.epochs)
            found = _logits(network, [_piece(rows[i], plan, rng) for i in index])
            loss = F.binary_cross_entropy_with_logits(found, train.targets[index].to(found.device))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), plan.clip)
            optimiser.step()
            average.update_parameters(network)
            if step % STEPS_BETWEEN_REPORTS == 0:
                yield f"epoch {epoch + 1}, step {step + 1}/{len(batches)}", loss.item()
    network.load_state_dict(kept)
    return temperature(logits, choose.targets)


def _piece(row: list[int], plan: Plan, rng: random.Random) -> list[int]:
    """Cut a piece out of a long text, its end as often as all others together, and hide some of its tokens."""
    over = len(row) - plan.longest
    start = 0 if over <= 0 else over if rng.random() < 0.5 else rng.randint(0, over)
    return [0 if rng.random() < plan.hidden else token for token in row[start : start + plan.longest]]


@torch.no_grad()
def judge(network: SentimentNetwork, rows: list[list[int]]) -> Tensor:
    """Give the logits (N,) of rows of tokens, in their order."""
    network.eval()
    found = torch.empty(len(rows))
    for group in bucketed([len(row) for row in rows], MOST_TOKENS_AT_ONCE):
        found[group] = _logits(network, [rows[i] for i in group]).cpu()
    return found


def temperature(logits: Tensor, labels: Tensor) -> float:
    """Give the number by which logits are divided so that their probabilities are the likeliest."""
    ladder = torch.linspace(0.5, 4.0, 141)
    losses = [F.binary_cross_entropy_with_logits(logits / each, labels).item() for each in ladder]
    return ladder[min(range(len(losses)), key=losses.__getitem__)].item()


def _logits(network: SentimentNetwork, rows: list[list[int]]) -> Tensor:
    tokens, lengths = (part.to(network.embedding.weight.device) for part in padded(rows))
    with autocast():
        states = network.recurrent(network.embedding(tokens), lengths if network.shape.bidirectional else None)
    return network.judged(states.float(), lengths)
