"""The deadline of a request to the inference process."""

import time
from dataclasses import dataclass


class TooLate(Exception):
    """Nobody waits for the answer any more; the text is for the visitor."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The answer was not there after {seconds:g} s. This machine is busy; try again in a moment.")


@dataclass(frozen=True)
class Deadline:
    """When an answer must stand: `end` on the monotonic clock, `seconds` after the request came."""

    seconds: float
    end: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(seconds, time.monotonic() + seconds)

    def check(self) -> None:
        """Raise TooLate where the deadline has passed; called between the steps of the work."""
        if time.monotonic() > self.end:
            raise TooLate(self.seconds)
