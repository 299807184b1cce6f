"""The database: migrations, many writers, and addresses that lead nowhere."""

import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from model_zoo.events import Note
from model_zoo.experiments.database import open_database, reading, writing
from model_zoo.experiments.schema import METADATA
from model_zoo.experiments.store import Store

WRITE = """
import sys
from model_zoo.events import Note, Progress
from model_zoo.experiments.store import Store
store = Store()
for number in range(60):
    store.append(sys.argv[1], Note(str(number), about=sys.argv[2]))
    store.progress(sys.argv[1], Progress(sys.argv[2]))
"""


def test_migrations_turn_an_empty_database_into_the_schema_that_the_code_expects(store: Store) -> None:
    with reading(store.engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        assert set(METADATA.tables) < set(inspect(connection).get_table_names())


def test_every_table_has_a_nullable_owner() -> None:
    assert all(table.c.owner.nullable for table in METADATA.tables.values())


def test_sqlite_runs_in_wal_mode_with_foreign_keys(store: Store) -> None:
    with reading(store.engine) as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_several_processes_open_a_new_database_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THAW_HOME", str(tmp_path))
    code = "from model_zoo.experiments.store import Store; Store().enqueue('count', {}, lane='io')"
    both = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert len(Store().jobs(None)) == 2


def test_writers_in_two_processes_and_two_threads_lose_nothing(store: Store) -> None:
    job = store.enqueue("count", {}, lane="device")

    def write(name: str) -> None:
        for number in range(60):
            store.append(job, Note(str(number), about=name))

    threads = [Thread(target=write, args=[name]) for name in ("first thread", "second thread")]
    processes = [subprocess.Popen([sys.executable, "-c", WRITE, job, name]) for name in ("one", "two")]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]

    found = store.events(job, None)
    ids = [id for id, _ in found]
    assert ids == sorted(set(ids))
    for name in ("one", "two", "first thread", "second thread"):
        assert [int(note.sentence) for _, note in found if note.about == name] == list(range(60))


def test_a_failed_transaction_leaves_nothing_behind(store: Store) -> None:
    def fail() -> None:
        with writing(store.engine) as connection:
            connection.execute(text("INSERT INTO leases SELECT 'io', null, 'w', 'h', 1, 1, '2026-01-01', '2026-01-01'"))
            raise RuntimeError("on the way")

    pytest.raises(RuntimeError, fail)
    with reading(store.engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM leases")).scalar() == 0


def test_a_database_of_a_newer_version_is_refused_with_the_way_out(store: Store) -> None:
    with writing(store.engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ValueError, match="written by a newer Thaw.*update Thaw, or set THAW_HOME"):
        open_database(f"{store.engine.url}?timeout=5")


@pytest.mark.parametrize("url", ["nonsense", "oracel://scott:tiger@host/name"])
def test_an_address_that_leads_nowhere_is_named_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL must be a URL that SQLAlchemy knows") as refused:
        open_database(url)
    assert "tiger" not in str(refused.value)
