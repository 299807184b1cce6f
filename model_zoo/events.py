"""What work yields while it goes on. Plain data: each event travels as JSON and comes back equal."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar, get_args

E = TypeVar("E")
F = TypeVar("F")
T = TypeVar("T")


@dataclass(frozen=True)
class Started:
    """Work has begun; `plan` says in numbers what will be done."""

    plan: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How far the work is: `done` in [0, 1] (None if nobody can tell), and what it is doing, in words."""

    doing: str
    done: float | None = None
    seconds_left: float | None = None
    run: str = ""


@dataclass(frozen=True)
class Note:
    """Something a visitor should know that is no error, such as a picture left out and why."""

    sentence: str
    about: str = ""


@dataclass(frozen=True)
class EpochEnd:
    """One epoch of one run of a comparison. Accuracies are fractions; lists have one value a stage, input first."""

    run: str
    strategy: str
    seed: int
    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float
    rates: list[float]
    gradient_norms: list[float]
    drift: list[float]
    peak_memory_bytes: int
    memory_measured: bool


@dataclass(frozen=True)
class Probed:
    """What was measured inside a network after `epoch` epochs, 0 before training; see model_zoo.residual.inside."""

    run: str
    epoch: int
    gradient_norms: list[float]
    spreads: list[float]
    residuals: list[float]


@dataclass(frozen=True)
class RunEnd:
    """One run of a comparison has ended; `row` is its line in the table of runs."""

    run: str
    row: dict[str, Any]


@dataclass(frozen=True)
class Finished:
    """The work is done; `result` is what it gives."""

    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed:
    """The work ended in an error; `sentence` is for the visitor, `trace` for the log."""

    sentence: str
    trace: str = ""


@dataclass(frozen=True)
class Cancelled:
    """The visitor ended the work; `kept` says what remains of it."""

    kept: str = ""


Event = Started | Progress | Note | EpochEnd | Probed | RunEnd | Finished | Failed | Cancelled
ENDINGS = (Finished, Failed, Cancelled)
_KINDS = {kind.__name__: kind for kind in get_args(Event)}


def to_json(event: Event) -> dict[str, Any]:
    """Give the event as a JSON object; its kind stands under `event`."""
    return {"event": type(event).__name__, **asdict(event)}


def from_json(data: dict[str, Any]) -> Event:
    """Make the event again that `to_json` wrote."""
    values = dict(data)
    return _KINDS[values.pop("event")](**values)


def drained(work: Generator[E, None, T], see: Callable[[E], Any] = lambda event: None) -> T:
    """Go through `work` to its end, `see` each event, and give what it returns."""
    while True:
        try:
            event = next(work)
        except StopIteration as end:
            return end.value
        see(event)


def mapped(work: Generator[E, None, T], change: Callable[[E], F | None]) -> Generator[F, None, T]:
    """Go through `work` to its end, tell what `change` makes of each event, and give what it returns.

    Nothing is told of an event of which `change` makes None. `work` is closed when this is.
    """
    with closing(work):
        while True:
            try:
                event = next(work)
            except StopIteration as end:
                return end.value
            changed = change(event)
            if changed is not None:
                yield changed
