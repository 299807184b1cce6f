"""Opening the database: SQLite in WAL mode under THAW_HOME, or the server that DATABASE_URL names."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from model_zoo.home import home

FILE = "thaw.sqlite"
BUSY_SECONDS = 30  # how long a writer waits for another one
MIGRATIONS = Path(__file__).parent / "migrations"
_opening = Lock()


def open_database(url: str | None = None) -> Engine:
    """Give the engine of `url` (default: DATABASE_URL, then SQLite at home), its tables made or brought up to date.

    Every thread of a process may call it: there is one engine a URL.
    """
    with _opening:
        return _open(url or os.environ.get("DATABASE_URL") or f"sqlite:///{home() / FILE}")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that sees one state of the database throughout, and is never blocked by writers."""
    snapshot = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**snapshot) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection that alone may write until the block ends; keep it short. An exception undoes everything."""
    with engine.execution_options(writes=True).begin() as connection:
        yield connection


@lru_cache(maxsize=64)
def _open(url: str) -> Engine:
    engine = _engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        _write_ahead(engine)
    with writing(engine) as connection:
        _migrate(connection)
    return engine


def _engine(url: str) -> Engine:
    try:
        return create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise ValueError(
            "DATABASE_URL must be a URL that SQLAlchemy knows, and its driver installed, "
            f"such as postgresql+psycopg://user:password@host/name, got {_without_password(url)} ({error})."
        ) from error


def _without_password(url: str) -> str:
    try:
        return f"“{make_url(url).render_as_string(hide_password=True)}”"
    except ArgumentError:
        return "something else"


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say so, not where the driver guesses
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")


def _write_ahead(engine: Engine) -> None:
    """Put the file into WAL mode, where it stays. SQLite lets nobody wait for this switch, so a lock beside it does."""
    file = engine.url.database
    if not file or file == ":memory:":
        return
    with open(f"{file}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with closing(sqlite3.connect(file, timeout=BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later could not wait for another writer; so it takes its place at once.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ValueError(
            f"The database {connection.engine.url.render_as_string()} was written by a newer Thaw ({error}); "
            "update Thaw, or set THAW_HOME to another folder."
        ) from error
