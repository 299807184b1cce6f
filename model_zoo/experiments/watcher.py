"""The watcher: the one thread of the web process that looks at the store, for everyone else."""

import logging
from threading import Event, Lock, Thread

from sqlalchemy.exc import SQLAlchemyError

from model_zoo.experiments.executor import Executor
from model_zoo.experiments.queue import Queue
from model_zoo.experiments.store import Store

LOOK_SECONDS = 0.5

log = logging.getLogger(__name__)


class Watcher:
    """Looks twice a second whether anything has changed, and keeps the executor at it.

    `version` moves whenever an event, a job's progress or its state has changed, a worker's death included;
    pages compare it with the one they drew.
    """

    def __init__(self, store: Store, executor: Executor, look_seconds: float = LOOK_SECONDS) -> None:
        self.version = 0
        self._queue, self._executor, self._look_seconds = Queue(store), executor, look_seconds
        self._seen: object = None
        self._stopping = Event()
        self._starting = Lock()
        self._thread: Thread | None = None

    def start(self) -> "Watcher":
        """Begin to watch; does nothing if it watches already."""
        with self._starting:
            if self._thread is None:
                self._thread = Thread(target=self._watch, name="watcher", daemon=True)
                self._thread.start()
        return self

    def stop(self) -> None:
        """Watch no more; workers go on."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def look(self) -> None:
        """Look once: move `version` if anything has changed, then let the executor do what there is to do."""
        seen = self._queue.pulse()
        if seen != self._seen:
            self._seen = seen
            self.version += 1
        self._executor.ensure()

    def _watch(self) -> None:
        while not self._stopping.wait(self._look_seconds):
            try:
                self.look()
            except (SQLAlchemyError, OSError):  # such as a full disk: the next look may work
                log.exception("The watcher could not look.")
