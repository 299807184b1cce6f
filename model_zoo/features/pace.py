"""How far a row of steps is, and how long it still takes: what is to come is as much slower than told as what was."""

import time
from dataclasses import dataclass, field

from model_zoo.events import Progress

# the estimate counts as much as so many seconds of work, or that share of all, so that the first steps do not rule
SECONDS_BELIEVED, SHARE_BELIEVED = 2.0, 0.08


@dataclass
class Pace:
    """Steps with the seconds `expected` of each; `next` ends one, `skip` leaves some out."""

    expected: list[float]
    step: int = 0
    began: float = field(default_factory=time.perf_counter)

    def next(self) -> None:
        self.step += 1

    def skip(self, steps: int = 1) -> None:
        """Leave out steps that there is no need to take: neither done, nor to come."""
        self.expected[self.step : self.step + steps] = [0.0] * steps
        self.step += steps

    def progress(self, doing: str, share: float = 0.0) -> Progress:
        """Say how far all is, with `share` of the step at hand done."""
        done = sum(self.expected[: self.step]) + share * sum(self.expected[self.step : self.step + 1])
        whole = max(sum(self.expected), 1e-9)
        believed = max(SECONDS_BELIEVED, SHARE_BELIEVED * whole)
        slower = (time.perf_counter() - self.began + believed) / (done + believed)
        return Progress(doing, min(1.0, done / whole), max(0.0, whole - done) * slower)
