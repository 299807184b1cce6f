"""A store of its own for each test, and worker processes that do not outlive it."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, make_url, text

from model_zoo.experiments import leases
from model_zoo.experiments.store import Store

WORK = (sys.executable, str(Path(__file__).with_name("work.py")))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("THAW_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if server := os.environ.get("THAW_TEST_DATABASE"):  # e.g. postgresql+psycopg://user:password@host/name
        monkeypatch.setenv("DATABASE_URL", _fresh_database(server))
    store = Store()
    yield store
    for lane in ("io", "device"):
        holder = leases.find(store.engine, lane)
        if holder is not None:
            leases.end_worker(holder)


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait until a condition holds; fail with its last value if it does not within `seconds`."""

    def wait(condition: Callable[[], object], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not come about in time"
            time.sleep(0.05)

    return wait


@pytest.fixture
def start_worker() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a worker process with the kinds of the tests."""
    started: list[subprocess.Popen[str]] = []

    def start(lane: str = "device", idle_seconds: float = 20) -> subprocess.Popen[str]:
        words = [*WORK, "--lane", lane, "--idle-seconds", str(idle_seconds)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True, env=os.environ)
        started.append(process)
        return process

    yield start
    for process in started:
        if psutil.pid_exists(process.pid) and process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _fresh_database(server: str) -> str:
    """Make a database of its own on a server; gives its URL."""
    name = f"thaw_{uuid.uuid4().hex}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)
