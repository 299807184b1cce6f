"""The tables: jobs, their attempts, their events, their latest progress, and the leases of workers.

No column says that something runs. An attempt is one try at a job: enqueuing makes the first, resuming another.
What an attempt has come to follows from its events and from whether the worker that claimed it lives.
"""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

ID_LENGTH = 40


class Utc(TypeDecorator[datetime]):
    """A moment: aware in Python, without zone and in UTC in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Json(TypeDecorator[Any]):
    """Plain data as JSON text; unlike the JSON types of databases it takes the NaN of a loss that diverged."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        return json.dumps(value, ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def _number() -> Column[int]:
    """A key that counts up and is never given out twice, not even after the newest row was deleted."""
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


def _owner() -> Column[str]:
    return Column("owner", String(ID_LENGTH), nullable=True)


def _job(**options: Any) -> Column[str]:
    return Column("job", String(ID_LENGTH), ForeignKey("jobs.id"), nullable=False, **options)


METADATA = MetaData()

jobs = Table(
    "jobs",
    METADATA,
    Column("id", String(ID_LENGTH), primary_key=True),
    _owner(),
    Column("kind", String(ID_LENGTH), nullable=False),
    Column("lane", String(ID_LENGTH), nullable=False),
    Column("spec", Json, nullable=False),
    Column("estimate_seconds", Float),
    Column("created", Utc, nullable=False),
    Column("deleted", Utc),  # asked for; the rows go once no worker is at it
    Index("jobs_created", "created"),
)

attempts = Table(
    "attempts",
    METADATA,
    _number(),
    _job(),
    _owner(),
    Column("queued", Utc, nullable=False),
    Column("worker", String(ID_LENGTH)),  # who claimed it; empty while it waits
    Column("claimed", Utc),
    Column("cancel_requested", Utc),
    Index("attempts_job", "job"),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    METADATA,
    _number(),
    _job(),
    Column("attempt", BigInteger().with_variant(Integer, "sqlite"), ForeignKey("attempts.id"), nullable=False),
    _owner(),
    Column("at", Utc, nullable=False),
    Column("kind", String(ID_LENGTH), nullable=False),
    Column("data", Json, nullable=False),
    Index("events_job", "job"),
    Index("events_attempt_kind", "attempt", "kind"),
    sqlite_autoincrement=True,
)

progress = Table(
    "progress",
    METADATA,
    _job(primary_key=True),
    _owner(),
    Column("at", Utc, nullable=False),
    Column("data", Json, nullable=False),
)

leases = Table(
    "leases",
    METADATA,
    Column("lane", String(ID_LENGTH), primary_key=True),
    _owner(),
    Column("worker", String(ID_LENGTH), nullable=False),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("born", Float, nullable=False),  # when the process began, in seconds after the machine's start
    Column("taken", Utc, nullable=False),
    Column("heartbeat", Utc, nullable=False),
    Index("leases_worker", "worker"),
)
