"""What a sequence mode makes of one input. Plain data; pages draw the fields that are filled."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Span:
    """A piece of the text that was read: characters `start` to `end` of it, the end not included."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class States:
    """What the units of one layer do at every token, in one direction: `hidden` [token][unit], and its `gates` alike.

    `units` names them by their place in the layer: those that change most, at most a few dozen of `of`. `start` is the
    token that the first row is of.
    """

    name: str
    start: int
    units: tuple[int, ...]
    of: int
    hidden: tuple[tuple[float, ...], ...]
    gates: dict[str, tuple[tuple[float, ...], ...]]

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "States":
        gates = {name: _rows(rows) for name, rows in told["gates"].items()}
        return cls(told["name"], told["start"], tuple(told["units"]), told["of"], _rows(told["hidden"]), gates)


@dataclass(frozen=True)
class Reading:
    """One way to read the whole: a label for every token, and the probability of just these, a fraction."""

    labels: tuple[str, ...]
    probability: float


@dataclass(frozen=True)
class Alternative:
    """A word that could have come next, and its probability, a fraction."""

    text: str
    probability: float


@dataclass(frozen=True)
class Word:
    """A word that was said, and what the network weighed before it.

    `attention` is how much it looked at each place of the picture, row by row, in sum 1; empty where it cannot look.
    `openness` is how far its gate let through what it saw, 0 to 1. `alternatives` are the likeliest words, best first.
    A word that was `given` was not chosen by the network.
    """

    text: str
    log_probability: float
    attention: tuple[float, ...] = ()
    openness: float = 0.0
    alternatives: tuple[Alternative, ...] = ()
    given: bool = False


@dataclass(frozen=True)
class Sentence:
    """A whole sentence; `log_probability` is the natural logarithm of all its words and its end, `score` what it was
    chosen by.
    """

    text: str
    log_probability: float
    score: float


@dataclass(frozen=True)
class Node:
    """A word that the beam weighed after `parent`, a place among the nodes (−1: the beginning); `kept`: it went on.

    The end of a sentence is a node without text.
    """

    parent: int
    text: str
    log_probability: float
    kept: bool


@dataclass(frozen=True)
class Prediction:
    """What was found in `text`, the input as the network read it; or the sentence that it said about a picture.

    `positive` is the probability that the whole is positive, `running` that of every beginning, one a token, `before`
    that of no token at all. `effects` says of every one of `words` by how much `positive` grows with it. `labels` and
    `scores` are of the tokens, `readings` the likeliest ways to label them all. `note` says what was not read.

    `said` are the words of what was said and last its end, a word without text; `grid` the rows and columns of places
    that `attention` is of; `sentences` the best ones, the one that was said first; `tree` what the beam weighed.
    `unlike` is the share of pictures like those of training that are less unlike them than this one: above 0.99 the
    network has seen nothing like it.
    """

    text: str
    tokens: tuple[Span, ...] = ()
    language: str = ""
    positive: float | None = None
    before: float | None = None
    running: tuple[float, ...] = ()
    words: tuple[Span, ...] = ()
    effects: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    readings: tuple[Reading, ...] = ()
    states: tuple[States, ...] = ()
    note: str = ""
    said: tuple[Word, ...] = ()
    grid: tuple[int, int] = (0, 0)
    sentences: tuple[Sentence, ...] = ()
    tree: tuple[Node, ...] = ()
    unlike: float | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Prediction":
        parts = {key: tuple(map(_of(make), told[key])) for key, make in MADE.items() if key in told}
        plain = {key: tuple(told[key]) for key in ("running", "effects", "labels", "scores", "grid") if key in told}
        return cls(**told | parts | plain)


def _of(make: Any) -> Any:
    return (lambda each: make(**each)) if isinstance(make, type) else make


def _reading(told: dict[str, Any]) -> Reading:
    return Reading(tuple(told["labels"]), told["probability"])


def _word(told: dict[str, Any]) -> Word:
    alternatives = tuple(Alternative(**each) for each in told["alternatives"])
    return Word(**told | {"attention": tuple(told["attention"]), "alternatives": alternatives})


def _rows(rows: list[list[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, rows))


MADE = {  # what the parts of a prediction are made with
    "tokens": Span,
    "words": Span,
    "readings": _reading,
    "states": States.from_json,
    "said": _word,
    "sentences": Sentence,
    "tree": Node,
}
