"""Small kinds of job that only tests know."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from model_zoo.events import Event, Finished, Note, Progress, Started
from model_zoo.experiments.job import Context, Lane


@dataclass(frozen=True)
class Kind:
    run: Callable[[dict[str, Any], Context], Iterator[Event]]
    LANE: Lane = "device"
    TITLE: str = "A job of the tests"

    def describe(self, spec: dict[str, Any]) -> str:
        return self.TITLE


def count(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Count to `to`, a Note each, from where the file in the job's folder says; `die_at` kills the process, once."""
    file, fuse = context.folder / "count.txt", context.folder / "burnt"
    begin = int(file.read_text()) if file.exists() else 0
    yield Started({"from": begin})
    for number in range(begin + 1, spec["to"] + 1):
        time.sleep(spec.get("seconds", 0))
        if number == spec.get("die_at") and not fuse.exists():
            fuse.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        file.write_text(str(number))
        yield Note(f"{number}")
        yield Progress("Counting", number / spec["to"])
    yield Finished({"from": begin, "to": spec["to"]})


def deaf(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Yield once, then never again; a resumed one finishes."""
    file = context.folder / "begun"
    if spec.get("once") and file.exists():
        yield Finished()
        return
    file.touch()
    yield Progress("Deaf from now on")
    time.sleep(600)


def breaks(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    yield Started()
    raise {"ValueError": ValueError, "RuntimeError": RuntimeError}[spec["error"]](spec["sentence"])


def silent(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    yield Started()


def chatty(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Yield far more progress than anyone should write down."""
    for step in range(2000):
        yield Progress(f"Step {step}", step / 2000)
    yield Finished()


KINDS = {
    "count": Kind(count),
    "quick_count": Kind(count, LANE="quick"),
    "deaf": Kind(deaf),
    "breaks": Kind(breaks),
    "silent": Kind(silent),
    "chatty": Kind(chatty),
}
