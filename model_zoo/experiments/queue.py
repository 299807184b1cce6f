"""The queue: the store as workers and executors see it. It knows no viewers; only the house uses it."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select, update

from model_zoo.events import Cancelled
from model_zoo.experiments.database import reading, writing
from model_zoo.experiments.job import Job, Lane
from model_zoo.experiments.leases import Lease
from model_zoo.experiments.schema import attempts, events, jobs, progress
from model_zoo.experiments.states import Standing, job_of, open_standings
from model_zoo.experiments.store import KEPT, Store, append_to, queue_attempt


@dataclass(frozen=True)
class Deaf:
    """A running job whose worker has not obeyed a request to cancel."""

    job: str
    lease: Lease


class Queue:
    """Claims, cancel requests and liveness of the jobs in a store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._engine = store.engine

    def claim(self, lanes: Iterable[Lane], worker: str) -> Job | None:
        """Give the oldest waiting job of the lanes to the worker; None if nothing waits."""
        wanted = tuple(lanes)
        if not self._is_anything_waiting(wanted):  # looking is cheap; taking the place of the writer is not
            return None
        with writing(self._engine) as connection:
            for standing in open_standings(connection):
                if standing.row["job_lane"] in wanted and _claim(connection, standing, worker):
                    return job_of(standing, None)
        return None

    def asked_to_stop(self, worker: str) -> set[str]:
        """Give the jobs at which the worker is, and which a visitor wants cancelled; earlier attempts are past."""
        with reading(self._engine) as connection:
            mine = [s.row for s in open_standings(connection) if s.row["claimed_by"] == worker]
            return {row["id"] for row in mine if row["cancel_requested"] is not None}

    def lanes_with_work(self) -> set[Lane]:
        """Give the lanes in which a job waits."""
        with reading(self._engine) as connection:
            return {s.row["job_lane"] for s in open_standings(connection) if s.state == "waiting"}

    def deaf(self, grace_seconds: float) -> list[Deaf]:
        """Give the running jobs that were asked to stop more than `grace_seconds` ago."""
        since = datetime.now(UTC) - timedelta(seconds=grace_seconds)
        with reading(self._engine) as connection:
            asked = [s for s in open_standings(connection) if (s.row["cancel_requested"] or datetime.now(UTC)) < since]
            return [Deaf(s.row["id"], s.lease) for s in asked if s.state == "running" and s.lease]

    def bury(self, worker: str) -> None:
        """After a worker was killed: cancel what was to be cancelled, queue again what only died along with it."""
        with writing(self._engine) as connection:
            for standing in open_standings(connection):
                if standing.row["claimed_by"] != worker or standing.state != "interrupted":
                    continue
                if standing.row["cancel_requested"] is None:
                    queue_attempt(connection, standing.row["id"], standing.row["owner"])
                else:
                    append_to(connection, standing, Cancelled(KEPT))

    def settle(self) -> None:
        """Cancel the jobs whose worker died before it could obey a request to cancel; clear deleted ones."""
        with reading(self._engine) as connection:
            left = [s for s in open_standings(connection) if s.row["cancel_requested"] and s.state == "interrupted"]
        for standing in left:
            self.bury(standing.row["claimed_by"])
        self.store.clear_deleted()

    def pulse(self) -> Hashable:
        """Give a value that differs from the one before whenever anything has changed, liveness included."""
        with reading(self._engine) as connection:
            newest = select(
                select(func.max(events.c.id)).scalar_subquery(),
                select(func.max(attempts.c.id)).scalar_subquery(),
                select(func.max(progress.c.at)).scalar_subquery(),
                select(func.count()).select_from(jobs).where(jobs.c.deleted.is_(None)).scalar_subquery(),
            )
            states = tuple((s.row["id"], s.state, s.row["cancel_requested"]) for s in open_standings(connection))
            return (*connection.execute(newest).one(), states)

    def _is_anything_waiting(self, lanes: tuple[Lane, ...]) -> bool:
        unclaimed = select(attempts.c.id).join(jobs, jobs.c.id == attempts.c.job)
        unclaimed = unclaimed.where(
            attempts.c.worker.is_(None), attempts.c.cancel_requested.is_(None), jobs.c.lane.in_(lanes)
        )
        with reading(self._engine) as connection:
            return connection.execute(unclaimed.limit(1)).first() is not None


def _claim(connection: Connection, standing: Standing, worker: str) -> bool:
    free = update(attempts).where(attempts.c.worker.is_(None), attempts.c.cancel_requested.is_(None))
    taken = free.where(attempts.c.id == standing.row["attempt"]).values(worker=worker, claimed=datetime.now(UTC))
    return connection.execute(taken).rowcount == 1
