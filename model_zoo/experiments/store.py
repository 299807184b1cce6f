"""The store: what jobs there are, what has become of them, and what visitors ask of them.

Every question takes a viewer: None is local, sees all and may delete all; an owner sees what is theirs.
Any number of threads and processes may use stores on one database at once.
"""

import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from model_zoo.events import Cancelled, Event, Progress, from_json, to_json
from model_zoo.experiments.database import open_database, reading, writing
from model_zoo.experiments.job import LANES, Job, Lane
from model_zoo.experiments.schema import attempts, events, jobs, progress
from model_zoo.experiments.states import Standing, job_of, open_standings, positions, select_standings
from model_zoo.home import home

KEPT = "What was finished until then is kept."
RESUMABLE = ("interrupted", "failed", "cancelled")


class UnknownJob(ValueError):
    """An id that no job has, or none that this viewer may see."""

    def __init__(self, job: str) -> None:
        super().__init__(f"There is no job “{job}”: it was deleted, or its link is incomplete.")


class Store:
    """Jobs and their events in the database of `url` (default: DATABASE_URL, then SQLite under THAW_HOME)."""

    def __init__(self, url: str | None = None) -> None:
        self.url = url
        self.engine = open_database(url)

    def enqueue(
        self,
        kind: str,
        spec: dict[str, Any],
        *,
        lane: Lane,
        owner: str | None = None,
        estimate_seconds: float | None = None,
    ) -> str:
        """Put a job at the end of its lane; gives its id, 128 random bits as text."""
        if lane not in LANES:
            raise ValueError(f"lane must be {', '.join(LANES)}, got “{lane}”.")
        job = token_urlsafe(16)
        row = {"id": job, "owner": owner, "kind": kind, "lane": lane, "spec": spec, "created": datetime.now(UTC)}
        with writing(self.engine) as connection:
            connection.execute(insert(jobs).values(row | {"estimate_seconds": estimate_seconds}))
            queue_attempt(connection, job, owner)
        return job

    def job(self, id: str, viewer: str | None) -> Job:
        """Give the job as it stands now; raises UnknownJob."""
        with reading(self.engine) as connection:
            standing = _ask(connection, id, viewer)
            waits = standing.state == "waiting"
            return job_of(standing, positions(open_standings(connection)).get(id) if waits else None)

    def jobs(self, viewer: str | None, kind: str | None = None) -> list[Job]:
        """Give all jobs that the viewer may see, newest first."""
        conditions = _visible(viewer) + ([] if kind is None else [jobs.c.kind == kind])
        newest_first = select_standings(*conditions).order_by(None).order_by(jobs.c.created.desc())
        with reading(self.engine) as connection:
            found = [Standing(row) for row in connection.execute(newest_first).mappings()]
            places = positions(open_standings(connection))
        return [job_of(standing, places.get(standing.row["id"])) for standing in found]

    def append(self, id: str, event: Event) -> int:
        """Add an event to the job's latest attempt; gives its id, larger than any before. Nothing follows an ending."""
        with writing(self.engine) as connection:
            standing = _find(connection, id)
            if standing.ending is not None:
                raise ValueError(f"Job “{id}” has ended ({standing.state}); {type(event).__name__} cannot follow.")
            return append_to(connection, standing, event)

    def progress(self, id: str, now: Progress) -> None:
        """Say how far the job is; replaces what was said before."""
        with writing(self.engine) as connection:
            row = {"data": to_json(now), "at": datetime.now(UTC)}
            if connection.execute(update(progress).where(progress.c.job == id).values(row)).rowcount == 0:
                owner = _find(connection, id).row["owner"]
                connection.execute(insert(progress).values(row | {"job": id, "owner": owner}))

    def events(self, id: str, viewer: str | None, after: int = 0) -> list[tuple[int, Event]]:
        """Give the job's events with ids above `after`, in order; those of attempts before a resume come first."""
        with reading(self.engine) as connection:
            _ask(connection, id, viewer)
            wanted = select(events.c.id, events.c.data).where(events.c.job == id, events.c.id > after)
            return [(row.id, from_json(row.data)) for row in connection.execute(wanted.order_by(events.c.id))]

    def last_event_id(self) -> int:
        """Give the id of the newest event of all jobs, 0 if there is none. It costs next to nothing."""
        with reading(self.engine) as connection:
            return connection.execute(select(func.max(events.c.id))).scalar() or 0

    def request_cancel(self, id: str, viewer: str | None) -> None:
        """End the job: at once where no worker is at it, else when its worker next looks. Ended jobs stay so."""
        with writing(self.engine) as connection:
            _cancel(connection, _ask(connection, id, viewer))

    def resume(self, id: str, viewer: str | None) -> None:
        """Queue the job again; it is given the same folder, so a kind that keeps checkpoints goes on from them."""
        with writing(self.engine) as connection:
            standing = _ask(connection, id, viewer)
            if standing.state not in RESUMABLE:
                raise ValueError(f"A job can be resumed once it stopped before its end; this one is {standing.state}.")
            connection.execute(delete(progress).where(progress.c.job == id))
            queue_attempt(connection, id, standing.row["owner"])

    def delete(self, id: str, viewer: str | None) -> None:
        """Delete the job and its folder. A running one is cancelled first, and goes as soon as its worker let go."""
        with writing(self.engine) as connection:
            standing = _ask(connection, id, viewer)
            connection.execute(update(jobs).where(jobs.c.id == id).values(deleted=datetime.now(UTC)))
            _cancel(connection, standing)
        self.clear_deleted()

    def clear_deleted(self) -> None:
        """Remove rows and folders of deleted jobs that no worker is at."""
        with reading(self.engine) as connection:
            marked = connection.execute(select_standings(jobs.c.deleted.is_not(None))).mappings()
            gone = [row["id"] for row in marked if Standing(row).state != "running"]
        for id in gone:
            with suppress(FileNotFoundError):  # another process may be clearing the same folder
                shutil.rmtree(self.folder(id))
            with writing(self.engine) as connection:
                for table in (progress, events, attempts):
                    connection.execute(delete(table).where(table.c.job == id))
                connection.execute(delete(jobs).where(jobs.c.id == id))

    def folder(self, id: str) -> Path:
        """Give the job's own folder, made if it is not there."""
        return home("jobs", id)


def queue_attempt(connection: Connection, job: str, owner: str | None) -> None:
    """Make a new attempt at the job, which waits at the end of its lane."""
    connection.execute(insert(attempts).values(job=job, owner=owner, queued=datetime.now(UTC)))


def append_to(connection: Connection, standing: Standing, event: Event) -> int:
    """Add an event to the job's latest attempt, which must not have ended."""
    data = to_json(event)
    names = {"job": standing.row["id"], "attempt": standing.row["attempt"], "owner": standing.row["owner"]}
    row = names | {"at": datetime.now(UTC), "kind": data["event"], "data": data}
    key = connection.execute(insert(events).values(row)).inserted_primary_key
    return int(cast(Any, key)[0])


def _cancel(connection: Connection, standing: Standing) -> None:
    if standing.ending is not None:
        return
    asked = update(attempts).where(attempts.c.id == standing.row["attempt"], attempts.c.cancel_requested.is_(None))
    connection.execute(asked.values(cancel_requested=datetime.now(UTC)))
    if standing.state == "waiting":
        append_to(connection, standing, Cancelled())
    elif standing.state == "interrupted":
        append_to(connection, standing, Cancelled(KEPT))


def _visible(viewer: str | None) -> list[ColumnElement[bool]]:
    theirs = [] if viewer is None else [jobs.c.owner == viewer]
    return [jobs.c.deleted.is_(None), *theirs]


def _ask(connection: Connection, id: str, viewer: str | None) -> Standing:
    return _one(connection, id, *_visible(viewer))


def _find(connection: Connection, id: str) -> Standing:
    return _one(connection, id)


def _one(connection: Connection, id: str, *conditions: ColumnElement[bool]) -> Standing:
    row = connection.execute(select_standings(jobs.c.id == id, *conditions)).mappings().one_or_none()
    if row is None:
        raise UnknownJob(id)
    return Standing(row)
