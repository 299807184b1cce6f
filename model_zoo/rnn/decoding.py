"""Say a sentence token by token: greedily, by beam search, or by drawing. For every mode that gives back many.

Beam search keeps the likeliest beginnings side by side; what has ended competes by its log-probability over
length^`length_power` (Wu et al. 2016, arXiv:1609.08144, without their constant). Drawing is from the nucleus (Holtzman
et al. 2020, arXiv:1904.09751).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from model_zoo.knobs import param

State = tuple[Tensor, ...]  # what moves from step to step, each part with a row for every beginning
Step = Callable[[Tensor, State], tuple[Tensor, State]]  # tokens (N,), state → logits (N, V), state
MOST_WIDTH = 10


@dataclass(frozen=True)
class Speaker:
    """What says the next token. `step` and `state` are for N = inputs × `width` rows, the rows of an input together.

    `begin` stands before the first token and may be the `end` too; `never` are tokens that are not said.
    """

    step: Step
    state: State
    width: int
    begin: int
    end: int
    never: tuple[int, ...] = ()


@dataclass(frozen=True)
class Search:
    """How a sentence is looked for; a beam of one is greedy."""

    width: int = param(3, "Beginnings that are kept side by side.", min=1, max=MOST_WIDTH)
    most: int = param(24, "Longest sentence, in words.", min=1, max=100)
    length_power: float = param(0.8, "Log-probabilities are divided by the length to this power.", min=0.0, max=2.0)
    unrepeated: int = param(3, "No sequence of so many words stands twice; 0 allows all.", min=0, max=10)


@dataclass(frozen=True)
class Sampling:
    """How sentences are drawn."""

    width: int = param(5, "Sentences that are drawn.", min=1, max=MOST_WIDTH)
    temperature: float = param(0.7, "Below 1 the likely becomes likelier.", min=0.05, max=3.0)
    nucleus: float = param(0.9, "Only the likeliest that together have this probability.", min=0.05, max=1.0)
    most: int = param(24, "Longest sentence, in words.", min=1, max=100)
    unrepeated: int = param(3, "No sequence of so many words stands twice; 0 allows all.", min=0, max=10)
    seed: int = param(0, "Another one draws others.", min=0, max=2**31 - 1)


METHODS = {"beam": Search, "sample": Sampling}


@dataclass(frozen=True)
class Sentence:
    """Tokens without begin and end; `log_probability` is the natural logarithm of all of them, the end included."""

    tokens: tuple[int, ...]
    log_probability: float
    score: float


class Node(NamedTuple):
    """A token that a beam weighed after `parent`, a place among the nodes (−1: the beginning). `kept` went on."""

    parent: int
    token: int
    log_probability: float
    kept: bool


def say(
    speaker: Speaker,
    inputs: int,
    how: Search | Sampling,
    prefix: Sequence[int] = (),
    tree: list[Node] | None = None,
) -> list[list[Sentence]]:
    """Give for each of the inputs its best sentences, best first, as `how` says; `tree` is of a search only."""
    return search(speaker, inputs, how, prefix, tree) if isinstance(how, Search) else draw(speaker, inputs, how, prefix)


def search(
    speaker: Speaker, inputs: int, how: Search, prefix: Sequence[int] = (), tree: list[Node] | None = None
) -> list[list[Sentence]]:
    """Give for each of the inputs its best sentences, at most `width`, best first; all begin with `prefix`.

    The nodes that the beam of the first input weighed are put into `tree`.
    """
    beams = _Beams(speaker, inputs, how, list(prefix), tree)
    while beams.alive:
        beams.advance()
    return [sorted(found, key=lambda each: -each.score)[: how.width] for found in beams.ended]


def draw(speaker: Speaker, inputs: int, how: Sampling, prefix: Sequence[int] = ()) -> list[list[Sentence]]:
    """Draw `width` sentences for each of the inputs; the likeliest first."""
    generator = torch.Generator().manual_seed(how.seed)
    rows = inputs * speaker.width
    said: list[list[int]] = [list(prefix) for _ in range(rows)]
    total, state, logits = _read(speaker, list(prefix), rows)
    open_ = torch.ones(rows, dtype=torch.bool)
    while True:
        full = len(said[0]) >= how.most
        plain = _allowed(logits, speaker, said, how.unrepeated, full).log_softmax(1)
        tokens = torch.multinomial(_nucleus(plain / how.temperature, how.nucleus), 1, generator=generator)[:, 0]
        tokens = torch.where(open_, tokens, speaker.end)
        total += torch.where(open_, logits.log_softmax(1).gather(1, tokens[:, None])[:, 0], 0.0)
        open_ &= tokens != speaker.end
        if not open_.any():
            break
        for row, token in zip(said, tokens.tolist(), strict=True):
            row.append(token)
        logits, state = speaker.step(tokens, state)
    cut = [tuple(row[: row.index(speaker.end)] if speaker.end in row else row) for row in said]
    found = [Sentence(row, each, each) for row, each in zip(cut, total.tolist(), strict=True)]
    groups = [found[first : first + speaker.width] for first in range(0, rows, speaker.width)]
    return [sorted(group, key=lambda each: -each.score) for group in groups]


class _Beams:
    """The beginnings of all inputs, (inputs, width), while they grow."""

    def __init__(self, speaker: Speaker, inputs: int, how: Search, prefix: list[int], tree: list[Node] | None) -> None:
        self.speaker, self.inputs, self.how, self.tree = speaker, inputs, how, tree
        rows = inputs * how.width
        total, self.state, self.logits = _read(speaker, prefix, rows)
        self.totals = total.view(inputs, how.width)
        self.totals[:, 1:] = -torch.inf  # all rows of an input are alike at first: one of them speaks
        self.said = [list(prefix) for _ in range(rows)]
        self.ended: list[list[Sentence]] = [[] for _ in range(inputs)]
        self.open = [True] * inputs
        self.places = [self._plant(prefix)] * how.width

    @property
    def alive(self) -> bool:
        return any(self.open)

    def advance(self) -> None:
        """Let every beginning grow by one token; what ends is put aside."""
        width, full = self.how.width, len(self.said[0]) >= self.how.most
        plain = self.logits.log_softmax(1)
        allowed = _allowed(plain, self.speaker, self.said, self.how.unrepeated, full)
        totals = self.totals[:, :, None] + allowed.view(self.inputs, width, -1)
        best, found = totals.flatten(1).topk(min(2 * width, totals[0].numel()), 1)
        beams, tokens = found // totals.shape[2], found % totals.shape[2]
        chosen = [self._choose(*each) for each in zip(range(self.inputs), best, beams, tokens, strict=True)]
        if not self.alive:
            return
        rows = torch.tensor([number * width + beam for number, each in enumerate(chosen) for beam, _, _ in each])
        spoken = torch.tensor([token for each in chosen for _, token, _ in each])
        self.totals = torch.tensor([[total for _, _, total in each] for each in chosen])
        self.said = [[*self.said[row], token] for row, token in zip(rows.tolist(), spoken.tolist(), strict=True)]
        self.logits, self.state = self.speaker.step(spoken, tuple(part[rows] for part in self.state))

    def _choose(self, number: int, best: Tensor, beams: Tensor, tokens: Tensor) -> list[tuple[int, int, float]]:
        """Sort what one input weighs into what goes on, (beam, token, total) `width` times, and what ends."""
        width, going, places = self.how.width, [], []
        candidates = list(zip(best.tolist(), beams.tolist(), tokens.tolist(), strict=True))
        for rank, (total, beam, token) in enumerate(candidates):
            if total == -torch.inf:
                continue
            ends = token == self.speaker.end
            kept = rank < width if ends else len(going) < width
            place = self._grow(number, beam, token, total, kept)
            if ends and kept:
                self._end(number, beam, total)
            elif not ends and kept:
                going.append((beam, token, total))
                places.append(place)
        if number == 0:
            self.places = places or self.places
        if len(self.ended[number]) >= width and not self._can_win(number, going) or not going:
            self.open[number] = False
        return (going + [(0, self.speaker.end, -torch.inf)] * width)[:width]

    def _end(self, number: int, beam: int, total: float) -> None:
        if self.open[number]:
            said = tuple(self.said[number * self.how.width + beam])
            score = total / (len(said) + 1) ** self.how.length_power
            self.ended[number].append(Sentence(said, total, score))

    def _can_win(self, number: int, going: list[tuple[int, int, float]]) -> bool:
        """Tell whether what goes on, if it ended at the longest for nothing, would beat the worst that is kept."""
        if not going or self.how.width == 1:  # greedy takes the end where it is the likeliest
            return False
        worst = sorted((each.score for each in self.ended[number]), reverse=True)[self.how.width - 1]
        return going[0][2] / (self.how.most + 1) ** self.how.length_power > worst

    def _plant(self, prefix: list[int]) -> int:
        """Begin the tree with the tokens that are given."""
        for place, token in enumerate(prefix if self.tree is not None else ()):
            self.tree.append(Node(place - 1, token, 0.0, True))  # type: ignore[union-attr]
        return len(prefix) - 1

    def _grow(self, number: int, beam: int, token: int, total: float, kept: bool) -> int:
        if self.tree is None or number or not self.open[0]:
            return -1
        self.tree.append(Node(self.places[beam], token, total - self.totals[0, beam].item(), kept))
        return len(self.tree) - 1


def _read(speaker: Speaker, prefix: list[int], rows: int) -> tuple[Tensor, State, Tensor]:
    """Read what is given; gives its log-probability in each row, the state after it and the logits of what follows."""
    logits, state = speaker.step(torch.full((rows,), speaker.begin), speaker.state)
    total = torch.zeros(rows)
    for token in prefix:
        total += logits.log_softmax(1)[:, token]
        logits, state = speaker.step(torch.full((rows,), token), state)
    return total, state, logits


def _allowed(logits: Tensor, speaker: Speaker, said: list[list[int]], unrepeated: int, full: bool) -> Tensor:
    """Take away what may not be said next: after the longest sentence all but the end, and what would repeat itself."""
    allowed = logits.clone()
    if full:
        keep = allowed[:, speaker.end].clone()
        allowed.fill_(-torch.inf)
        allowed[:, speaker.end] = keep
        return allowed
    allowed[:, list(speaker.never)] = -torch.inf
    for row, tokens in enumerate(said):
        banned = _repeating(tokens, unrepeated)
        if tokens:
            banned.append(tokens[-1])  # no word twice in a row
        allowed[row, [token for token in banned if token != speaker.end]] = -torch.inf
    return allowed


def _repeating(tokens: list[int], size: int) -> list[int]:
    """Find the tokens that would make a sequence of `size` stand twice."""
    if size < 1 or len(tokens) < size:
        return []
    last = tokens[len(tokens) - size + 1 :]
    starts = range(len(tokens) - size + 1)
    return [tokens[start + size - 1] for start in starts if tokens[start : start + size - 1] == last]


def _nucleus(logits: Tensor, share: float) -> Tensor:
    """Give the probabilities (N, V) of the likeliest tokens that together have `share`, the others 0."""
    probabilities, order = logits.softmax(1).sort(1, descending=True)
    beyond = probabilities.cumsum(1) - probabilities >= share
    return torch.zeros_like(probabilities).scatter(1, order, probabilities.masked_fill(beyond, 0.0))
