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


@dataclass(frozen=True)
class Reading:
    """One way to read the whole: a label for every token, and the probability of just these, a fraction."""

    labels: tuple[str, ...]
    probability: float


@dataclass(frozen=True)
class Prediction:
    """What was found in `text`, the input as the network read it.

    `positive` is the probability that the whole is positive, `running` that of every beginning, one a token, `before`
    that of no token at all. `effects` says of every one of `words` by how much `positive` grows with it. `labels` and
    `scores` are of the tokens, `readings` the likeliest ways to label them all. `note` says what was not read.
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

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Prediction":
        made = {"tokens": Span, "words": Span, "readings": _reading, "states": _states}
        parts = {key: tuple(map(_of(make), told[key])) for key, make in made.items()}
        plain = {key: tuple(told[key]) for key in ("running", "effects", "labels", "scores")}
        return cls(**told | parts | plain)


def _of(make: Any) -> Any:
    return (lambda each: make(**each)) if isinstance(make, type) else make


def _reading(told: dict[str, Any]) -> Reading:
    return Reading(tuple(told["labels"]), told["probability"])


def _states(told: dict[str, Any]) -> States:
    gates = {name: _rows(rows) for name, rows in told["gates"].items()}
    return States(told["name"], told["start"], tuple(told["units"]), told["of"], _rows(told["hidden"]), gates)


def _rows(rows: list[list[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, rows))
