"""How a job's state follows from its rows: from the events of its latest attempt, and from whether its worker lives."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, select

from model_zoo.events import ENDINGS, Cancelled, Event, Failed, Finished, Progress, from_json
from model_zoo.experiments.job import Job, Lane, State
from model_zoo.experiments.leases import Lease, from_row
from model_zoo.experiments.schema import attempts, events, jobs, leases, progress

ENDING_NAMES = tuple(kind.__name__ for kind in ENDINGS)
INTERRUPTED = (
    "The process that worked on this was ended from outside, or the machine was switched off. "
    "What it had finished is kept; resume to go on from there."
)
_ENDED: dict[type, State] = {Finished: "finished", Failed: "failed", Cancelled: "cancelled"}


@dataclass(frozen=True)
class Standing:
    """A job's row joined with its latest attempt, that attempt's ending event and the lease of its worker.

    Liveness is looked at once, when first asked for.
    """

    row: RowMapping

    @cached_property
    def ending(self) -> Event | None:
        return from_json(self.row["ending"]) if self.row["ending"] else None

    @cached_property
    def lease(self) -> Lease | None:
        return from_row(self.row) if self.row["pid"] is not None else None

    @cached_property
    def state(self) -> State:
        if self.ending is not None:
            return _ENDED[type(self.ending)]
        if self.row["claimed_by"] is None:
            return "waiting"
        return "running" if self.lease is not None and self.lease.is_alive else "interrupted"


def select_standings(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Select the rows of Standings, oldest attempt first."""
    newest = select(func.max(attempts.c.id)).where(attempts.c.job == jobs.c.id).correlate(jobs).scalar_subquery()
    ends = and_(events.c.attempt == attempts.c.id, events.c.kind.in_(ENDING_NAMES))
    tables = (
        jobs.join(attempts, attempts.c.id == newest)
        .outerjoin(leases, leases.c.worker == attempts.c.worker)
        .outerjoin(events, ends)
        .outerjoin(progress, progress.c.job == jobs.c.id)
    )
    columns = (
        *(jobs.c[name] for name in ("id", "owner", "kind", "spec", "created", "estimate_seconds", "deleted")),
        jobs.c.lane.label("job_lane"),
        attempts.c.id.label("attempt"),
        attempts.c.worker.label("claimed_by"),
        *(attempts.c[name] for name in ("claimed", "cancel_requested")),
        *(leases.c[name] for name in ("lane", "worker", "host", "pid", "born", "heartbeat")),
        events.c.data.label("ending"),
        events.c.at.label("ended"),
        progress.c.data.label("progress"),
    )
    return select(*columns).select_from(tables).where(*conditions).order_by(attempts.c.id)


def open_standings(connection: Connection) -> list[Standing]:
    """Give the jobs of everyone whose latest attempt has no ending event, in the order in which they queue."""
    rows = connection.execute(select_standings(events.c.id.is_(None))).mappings()
    return [Standing(row) for row in rows]


def positions(standings: Iterable[Standing]) -> dict[str, int]:
    """Count for each waiting job the jobs before it in its lane, the running ones included."""
    before: dict[str, int] = {}
    found: dict[str, int] = {}
    for standing in standings:
        lane, state = standing.row["job_lane"], standing.state
        if state == "waiting":
            found[standing.row["id"]] = before.get(lane, 0)
        if state in ("waiting", "running"):
            before[lane] = before.get(lane, 0) + 1
    return found


def job_of(standing: Standing, position: int | None) -> Job:
    """Make the job that a visitor sees."""
    row, state, ending = standing.row, standing.state, standing.ending
    return Job(
        id=row["id"],
        kind=row["kind"],
        spec=row["spec"],
        owner=row["owner"],
        lane=cast(Lane, row["job_lane"]),
        created=row["created"],
        estimate_seconds=row["estimate_seconds"],
        state=state,
        progress=cast(Progress, from_json(row["progress"])) if row["progress"] else None,
        position=position,
        sentence=_sentence(state, ending),
        result=ending.result if isinstance(ending, Finished) else None,
        claimed=row["claimed"],
        ended=row["ended"],
        cancelling=state == "running" and row["cancel_requested"] is not None,
    )


def _sentence(state: State, ending: Event | None) -> str:
    if isinstance(ending, Failed):
        return ending.sentence
    if isinstance(ending, Cancelled):
        return ending.kept
    return INTERRUPTED if state == "interrupted" else ""
