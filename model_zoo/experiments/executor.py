"""Executors: who sees to it that waiting jobs are run. Here: worker processes of this machine, or the caller itself."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Protocol

import model_zoo
from model_zoo.experiments import leases
from model_zoo.experiments.job import KINDS, JobKind
from model_zoo.experiments.queue import Queue
from model_zoo.experiments.store import Store
from model_zoo.experiments.worker import TAKES, Worker, WorkerLane
from model_zoo.home import home

WORK = (sys.executable, "-m", "model_zoo", "work")
CANCEL_GRACE_SECONDS = 5.0  # after that, a worker that does not obey is killed
LONGEST_PAUSE_SECONDS = 60.0  # between starts of a worker that crashes again and again
LARGEST_LOG_BYTES = 5_000_000

log = logging.getLogger(__name__)


class Executor(Protocol):
    """Who runs jobs; another one could hand them to a cluster."""

    def ensure(self) -> None:
        """See to it that waiting jobs get a worker, and that cancelled ones end. Cheap; call it often."""


class InlineExecutor:
    """Runs waiting jobs in the calling thread, for tests: `ensure` returns when nothing waits any more."""

    def __init__(self, store: Store, kinds: Mapping[str, JobKind] = KINDS) -> None:
        self._store, self._kinds = store, kinds

    def ensure(self) -> None:
        for lane in TAKES:
            Worker(lane, self._store, self._kinds, idle_seconds=0).run()


@dataclass
class _Child:
    process: subprocess.Popen[bytes]
    crashes: int  # in a row, before this one
    started: float  # seconds, monotonic


class ProcessExecutor:
    """Starts one niced worker process a lane, in a session of its own, so that it outlives this process.

    The lease in the database keeps a second one from working, also after a restart of this process.
    """

    def __init__(
        self, store: Store, command: Sequence[str] = WORK, cancel_grace_seconds: float = CANCEL_GRACE_SECONDS
    ) -> None:
        self._store, self._queue, self._command = store, Queue(store), tuple(command)
        self._grace_seconds = cancel_grace_seconds
        self._lock = Lock()
        self._children: dict[WorkerLane, _Child] = {}

    def ensure(self) -> None:
        with self._lock:
            self._end_deaf_workers()
            self._queue.settle()
            wanted = self._queue.lanes_with_work()
            for lane, takes in TAKES.items():
                if wanted.intersection(takes) and self._may_start(lane):
                    self._start(lane)

    def wake(self) -> None:
        """Start the workers of all lanes, for one who is about to need them. Cheap; they end when no job comes."""
        with self._lock:
            for lane in TAKES:
                if self._may_start(lane):
                    self._start(lane)

    def trouble(self, lane: WorkerLane) -> str:
        """Say, for a visitor whose job waits, that the lane's worker crashes again and again; empty if it does not."""
        child = self._children.get(lane)
        if child is None or child.crashes < 2:
            return ""
        return f"The worker for this job crashed {child.crashes} times when it started; {_log_file(lane)} says why."

    def _end_deaf_workers(self) -> None:
        for deaf in self._queue.deaf(self._grace_seconds):
            if leases.end_worker(deaf.lease):
                log.warning("Job %s did not stop when asked to; its worker %s was killed.", deaf.job, deaf.lease.pid)
                self._queue.bury(deaf.lease.worker)

    def _may_start(self, lane: WorkerLane) -> bool:
        holder = leases.find(self._store.engine, lane)
        if holder is not None and holder.is_alive:
            return False
        child = self._children.get(lane)
        if child is None:
            return True
        if child.process.poll() is None:  # starting, or just about to end
            return False
        pause = min(2.0 ** _crashes(child), LONGEST_PAUSE_SECONDS) if _crashes(child) else 0.0
        return time.monotonic() - child.started >= pause

    def _start(self, lane: WorkerLane) -> None:
        before = self._children.get(lane)
        with _open_log(lane) as output:
            process = subprocess.Popen(
                [*self._command, "--lane", lane],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=self._environment(),
            )
        self._children[lane] = _Child(process, _crashes(before) if before else 0, time.monotonic())

    def _environment(self) -> dict[str, str]:
        here = str(Path(model_zoo.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
        database = {} if self._store.url is None else {"DATABASE_URL": self._store.url}
        patient = {"OMP_WAIT_POLICY": "passive"}  # threads that wait sleep; spinning would starve the pages
        return {**patient, **os.environ, "PYTHONPATH": path, **database}


def _crashes(child: _Child) -> int:
    """Count the crashes in a row up to this child, which has ended. One that was killed did not crash by itself."""
    return 0 if child.process.returncode in (0, -signal.SIGKILL) else child.crashes + 1


def _log_file(lane: WorkerLane) -> Path:
    return home("logs") / f"work-{lane}.log"


def _open_log(lane: WorkerLane) -> BinaryIO:
    file = _log_file(lane)
    if file.exists() and file.stat().st_size > LARGEST_LOG_BYTES:
        file.replace(file.with_suffix(".old.log"))
    return file.open("ab")
