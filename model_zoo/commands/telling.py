"""What the commands that compare share: they open pictures, work, and say on standard error how far they are."""

import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from model_zoo import backbones
from model_zoo.data.image_set import ImageSet
from model_zoo.events import Event, Finished, Note, Progress, drained

SECONDS_BETWEEN_LINES = 2.0


class Teller:
    """Says each event in a line, and progress not more often than one can read.

    `words` are for the events that only the command understands; None says nothing.
    """

    def __init__(self, words: Callable[[Event], str | None]) -> None:
        self._words, self._last = words, 0.0

    def __call__(self, event: Event) -> None:
        if line := self._line(event):
            print(line, file=sys.stderr)

    def _line(self, event: Event) -> str | None:
        if isinstance(event, Note):
            return f"{event.about + ': ' if event.about else ''}{event.sentence}"
        if not isinstance(event, Progress):
            return self._words(event)
        if time.monotonic() - self._last <= SECONDS_BETWEEN_LINES:
            return None
        self._last = time.monotonic()
        left = f", {event.seconds_left:.0f} s left" if event.seconds_left is not None else ""
        return f"{event.run} {event.doing}{left}".strip()


def opened(data: str, size: int, backbone: str, pretrained: bool, tell: Teller) -> ImageSet:
    """Open the pictures, and fetch the weights of the backbone before where they are wanted and not here."""
    from model_zoo.backbones import weights
    from model_zoo.data.opening import open_set

    if pretrained and not weights.weights_ready(backbones.get(backbone)):
        drained(weights.fetch(backbones.get(backbone)), tell)
    return drained(open_set(data, size), tell)


def finished(events: Iterable[Event], tell: Teller) -> dict[str, Any]:
    """Go through `events` and give the result in which they end."""
    result: dict[str, Any] = {}
    for event in events:
        tell(event)
        if isinstance(event, Finished):
            result = event.result
    return result
