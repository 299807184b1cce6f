"""What a worker's second thread does: it says that the worker lives, and delivers progress that was held back."""

import logging
import time
from threading import Event, Lock, Thread
from types import TracebackType

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from model_zoo.events import Progress
from model_zoo.experiments import leases
from model_zoo.experiments.leases import Lease
from model_zoo.experiments.store import Store

BEAT_SECONDS = 1.0
PROGRESS_SECONDS = 0.5  # progress is written at most this often

log = logging.getLogger(__name__)


class ProgressDesk:
    """Takes progress as often as a job yields it, and writes the latest about twice a second."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._pending: dict[str, Progress] = {}
        self._written: dict[str, float] = {}  # seconds, monotonic

    def offer(self, job: str, progress: Progress) -> None:
        """Take the job's progress, and write it if the last writing is long enough ago."""
        with self._lock:
            self._pending[job] = progress
            self._write_due()

    def flush(self) -> None:
        """Write what is due, so that the last progress before a long silence is seen."""
        with self._lock:
            self._write_due()

    def forget(self, job: str) -> None:
        """The job is over: drop what is pending."""
        with self._lock:
            self._pending.pop(job, None)
            self._written.pop(job, None)

    def _write_due(self) -> None:
        now = time.monotonic()
        for job in [job for job in self._pending if now - self._written.get(job, -1e9) >= PROGRESS_SECONDS]:
            self._store.progress(job, self._pending.pop(job))
            self._written[job] = now


class Heart:
    """Beats while the block runs, from a thread of its own, so that a worker in a long batch does not look dead."""

    def __init__(self, engine: Engine, lease: Lease, desk: ProgressDesk) -> None:
        self.lease, self.lost = lease, False
        self._engine, self._desk = engine, desk
        self._stop = Event()
        self._thread = Thread(target=self._beat, name="heart", daemon=True)

    def __enter__(self) -> "Heart":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._stop.wait(BEAT_SECONDS):
            try:
                self.lost = not leases.beat(self._engine, self.lease)
                self._desk.flush()
            except SQLAlchemyError:  # such as a full disk: the next beat may get through
                log.exception("A heartbeat of lane %s could not be written.", self.lease.lane)
