"""Leases: at most one worker a lane, and how anyone can tell whether it lives.

On the worker's own machine its process decides (pid and start time, so that a reused pid is not taken for it);
from elsewhere only its heartbeat can be seen. A lease changes hands by compare-and-swap, never by reading and hoping.
"""

import os
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import psutil
from sqlalchemy import Engine, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from model_zoo.experiments.database import reading, writing
from model_zoo.experiments.schema import leases

STALE_SECONDS = 30  # without a heartbeat, a worker on another machine counts as dead
BIRTH_TOLERANCE_SECONDS = 1.0
DYING_SECONDS = 5.0  # how long to wait for a killed process to be gone


@dataclass(frozen=True)
class Lease:
    """Who holds a lane: `worker` is drawn anew for each worker; `born` counts seconds from the machine's start."""

    lane: str
    worker: str
    host: str
    pid: int
    born: float
    heartbeat: datetime

    @property
    def is_alive(self) -> bool:
        if self.host == socket.gethostname():
            return self.process() is not None
        return datetime.now(UTC) - self.heartbeat < timedelta(seconds=STALE_SECONDS)

    def process(self) -> psutil.Process | None:
        """Give the worker's process on this machine, or None if it is gone (or a zombie, or another one by now)."""
        try:
            process = psutil.Process(self.pid)
            if abs(_born(process) - self.born) > BIRTH_TOLERANCE_SECONDS or process.status() == psutil.STATUS_ZOMBIE:
                return None
            return process
        except psutil.NoSuchProcess:
            return None


def take(engine: Engine, lane: str) -> Lease | None:
    """Take the lane's lease, if it is free or its holder is dead; None if a living worker has it."""
    holder = find(engine, lane)
    if holder is not None and holder.is_alive:
        return None
    mine = _mine(lane)
    row = _row(mine) | {"taken": mine.heartbeat}
    try:
        with writing(engine) as connection:
            if holder is None:
                connection.execute(insert(leases).values(row))
                return mine
            return mine if connection.execute(_as_it_was(holder).values(row)).rowcount == 1 else None
    except IntegrityError:  # someone else was first
        return None


def find(engine: Engine, lane: str) -> Lease | None:
    """Give the lane's lease, whether or not its holder lives; None if nobody ever took it or it was given back."""
    with reading(engine) as connection:
        row = connection.execute(select(leases).where(leases.c.lane == lane)).mappings().one_or_none()
    return None if row is None else from_row(row)


def beat(engine: Engine, lease: Lease) -> bool:
    """Say that the holder lives; False if someone else has taken the lease meanwhile."""
    mine = and_(leases.c.lane == lease.lane, leases.c.worker == lease.worker)
    with writing(engine) as connection:
        return connection.execute(update(leases).where(mine).values(heartbeat=datetime.now(UTC))).rowcount == 1


def release(engine: Engine, lease: Lease) -> None:
    """Give the lease back."""
    with writing(engine) as connection:
        connection.execute(delete(leases).where(leases.c.lane == lease.lane, leases.c.worker == lease.worker))


def end_worker(lease: Lease) -> bool:
    """Kill the worker and everything in its process group; False if it is out of reach: ourselves, or elsewhere."""
    process = lease.process() if lease.host == socket.gethostname() else None
    if process is None or process.pid == os.getpid():
        return False
    with suppress(ProcessLookupError, psutil.NoSuchProcess):  # it may end by itself meanwhile
        if os.getpgid(process.pid) == process.pid:  # started by an executor, it leads a group of its own
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    return _is_gone(lease)


def from_row(row: Any) -> Lease:
    """Make a lease from a row that has the columns of the table of leases."""
    return Lease(row["lane"], row["worker"], row["host"], row["pid"], row["born"], row["heartbeat"])


def _is_gone(lease: Lease) -> bool:
    deadline = time.monotonic() + DYING_SECONDS
    while lease.is_alive and time.monotonic() < deadline:
        time.sleep(0.02)
    return not lease.is_alive


def _mine(lane: str) -> Lease:
    process = psutil.Process()
    return Lease(lane, token_hex(16), socket.gethostname(), process.pid, _born(process), datetime.now(UTC))


def _born(process: psutil.Process) -> float:
    # Both terms follow the clock when it is set; their difference does not.
    return process.create_time() - psutil.boot_time()


def _row(lease: Lease) -> dict[str, Any]:
    names = ("lane", "worker", "host", "pid", "born", "heartbeat")
    return {name: getattr(lease, name) for name in names}


def _as_it_was(holder: Lease) -> Any:
    unchanged = and_(
        leases.c.lane == holder.lane, leases.c.worker == holder.worker, leases.c.heartbeat == holder.heartbeat
    )
    return update(leases).where(unchanged)
