"""What networks say of every frame of a clip, as plain data; and how labels are smoothed. No heavy library."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from model_zoo.rnn.prediction import States

DECIMALS = 4  # of a probability that travels
LEAST = 1e-6  # a probability below it counts as it, in logarithms
OWN = "own"  # the task of labels that a visitor has made


@dataclass(frozen=True)
class FrameLabels:
    """A task on one clip: `chances` by network, [frame][class], fractions; `truth` where it is known.

    `states` are those of the network `told_of`.

    `seconds` says when each frame is shown, `length` when the last one ends.
    """

    task: str
    classes: tuple[str, ...]
    seconds: tuple[float, ...]
    length: float
    chances: Mapping[str, Sequence[Sequence[float]]]
    truth: tuple[str, ...] = ()
    states: tuple[States, ...] = ()
    told_of: str = ""

    def labels(self, network: str, cost: float = 0.0) -> tuple[str, ...]:
        """Give the label of every frame; with a `cost` of every change, those that are likeliest together."""
        chances = np.asarray(self.chances[network])
        return tuple(self.classes[place] for place in smoothed(chances, cost))

    def scores(self, network: str, labels: Sequence[str]) -> tuple[float, ...]:
        """Give the probability of each of `labels`, a frame each."""
        places = {name: place for place, name in enumerate(self.classes)}
        return tuple(row[places[label]] for row, label in zip(self.chances[network], labels, strict=True))

    def right(self, labels: Sequence[str]) -> float:
        """Give the share of frames whose label is true."""
        return sum(map(str.__eq__, labels, self.truth)) / max(1, len(self.truth))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "FrameLabels":
        plain = {name: tuple(told[name]) for name in ("classes", "seconds", "truth")}
        return cls(**{**told, **plain, "states": tuple(map(States.from_json, told["states"]))})


def smoothed(chances: np.ndarray, cost: float) -> list[int]:
    """Give the classes that are likeliest together where every change of class costs `cost` nats (Viterbi 1967).

    `chances` is (T, K). Without a cost, each frame has its own likeliest class.
    """
    if not cost:
        return chances.argmax(1).tolist()
    told = np.log(np.maximum(chances, LEAST))  # (T, K)
    came_from = np.empty(told.shape, np.int64)
    best = told[0]
    stays = np.arange(told.shape[1])
    for time, row in enumerate(told[1:], 1):
        other = int(best.argmax())
        changes = best < best[other] - cost
        came_from[time] = np.where(changes, other, stays)
        best = np.where(changes, best[other] - cost, best) + row
    path = [int(best.argmax())]
    for row in came_from[:0:-1]:
        path.append(int(row[path[-1]]))
    return path[::-1]
