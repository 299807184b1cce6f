"""Jobs: everything that takes longer than a glance. One module a kind in `jobs/`; the name of the file is its name.

A kind's module has TITLE, LANE, `describe(spec)` and `run(spec, context)`; heavy libraries are imported inside `run`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Protocol, cast

from model_zoo.events import Event, Progress
from model_zoo.registry import Registry

Lane = Literal["io", "quick", "device"]
LANES: tuple[Lane, ...] = ("io", "quick", "device")
State = Literal["waiting", "running", "interrupted", "finished", "failed", "cancelled"]


@dataclass(frozen=True)
class Context:
    """What a job is given besides its spec: its id, and the folder that is its own, also when it is resumed."""

    job: str
    folder: Path


@dataclass(frozen=True)
class Job:
    """A job as a visitor sees it, at one moment.

    `position` counts the jobs before it in its lane, the running one included; None unless it waits.
    `progress` is None until there is some. `sentence` says how it ended, where that was not by finishing.
    `claimed` is when a worker took it up, `ended` when its last event came. Times are in UTC.
    """

    id: str
    kind: str
    spec: dict[str, Any]
    owner: str | None
    lane: Lane
    created: datetime
    estimate_seconds: float | None
    state: State
    progress: Progress | None = None
    position: int | None = None
    sentence: str = ""
    result: dict[str, Any] | None = None
    claimed: datetime | None = None
    ended: datetime | None = None
    cancelling: bool = False

    @property
    def is_over(self) -> bool:
        """Nothing more will happen to it unless a visitor asks: it ended, or its worker died."""
        return self.state not in ("waiting", "running")


class JobKind(Protocol):
    """What the module of a kind of job contributes.

    It may name LIBRARIES, modules that it imports when it runs and that take a second or more.
    """

    TITLE: str
    LANE: Lane

    def describe(self, spec: dict[str, Any]) -> str:
        """Say in one line what the job does, for lists."""

    def run(self, spec: dict[str, Any], context: Context) -> Iterator[Event]:
        """Do the work, yielding Progress often and Finished last; a ValueError carries a visitor's sentence."""


def _kind(module: ModuleType) -> dict[str, JobKind]:
    return {module.__name__.rpartition(".")[2]: cast(JobKind, module)} if hasattr(module, "LANE") else {}


KINDS: Registry[JobKind] = Registry("kind of job", "model_zoo.experiments.jobs", _kind)
