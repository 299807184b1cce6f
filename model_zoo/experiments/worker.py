"""The worker: holds a lane's lease, takes its jobs one after the other, and writes down what they yield.

The device worker lets quick jobs in between the events of a long one. This is the only place that catches any
exception, and it records what it catches.
"""

import importlib
import logging
import time
import traceback
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Literal, cast

from model_zoo.events import ENDINGS, Cancelled, Event, Failed, Progress
from model_zoo.experiments import leases
from model_zoo.experiments.heart import Heart, ProgressDesk
from model_zoo.experiments.job import KINDS, Context, Job, JobKind, Lane
from model_zoo.experiments.leases import Lease
from model_zoo.experiments.queue import Queue
from model_zoo.experiments.store import KEPT, Store
from model_zoo.memory import SENTENCE, ran_out

WorkerLane = Literal["io", "device"]
TAKES: dict[WorkerLane, tuple[Lane, ...]] = {"io": ("io",), "device": ("quick", "device")}  # first come first
IDLE_SECONDS = 60.0
POLL_SECONDS = 0.2  # between looks for a waiting job
LOOK_SECONDS = 0.25  # at most this often a running job's worker looks for requests to cancel, and for quick jobs
UNSPOKEN = (JSONDecodeError, UnicodeError)  # ValueErrors whose text is for programmers
LET_IN_SECONDS = 30.0  # after so long on quick jobs, the long one goes on for a while

log = logging.getLogger(__name__)


class LeaseLost(BaseException):
    """Another machine took this worker for dead; it must not touch the jobs any more."""


@dataclass(eq=False)
class _Running:
    job: Job
    events: Generator[Event, None, None]
    over: bool = False


class Worker:
    """One lane's worker. `kinds` are the jobs it knows; it ends after `idle_seconds` without work.

    One that is `early` imports what its jobs will need while it has nothing else to do.
    """

    def __init__(
        self,
        lane: WorkerLane,
        store: Store,
        kinds: Mapping[str, JobKind] = KINDS,
        idle_seconds: float = IDLE_SECONDS,
        early: bool = False,
    ) -> None:
        self._lane, self._store, self._kinds, self._idle_seconds = lane, store, kinds, idle_seconds
        self._queue, self._desk = Queue(store), ProgressDesk(store)
        self._stack: list[_Running] = []  # the long job and, above it, the quick one let in
        self._looked = 0.0
        self._ahead = self._libraries() if early else iter(())
        self._heart: Heart

    def run(self) -> bool:
        """Work until idle; False, at once, if a living worker holds the lane."""
        lease = leases.take(self._store.engine, self._lane)
        if lease is None:
            return False
        try:
            with Heart(self._store.engine, lease, self._desk) as self._heart:
                self._work(lease)
        except LeaseLost:
            log.error("The lease of lane %s was taken over; leaving.", self._lane)
        finally:
            leases.release(self._store.engine, lease)
        return True

    def _work(self, lease: Lease) -> None:
        busy_until = time.monotonic()
        while True:
            job = self._claim(TAKES[self._lane])
            if job is not None:
                self._carry_out(job)
                busy_until = time.monotonic()
            elif time.monotonic() - busy_until >= self._idle_seconds:
                return
            elif library := next(self._ahead, ""):
                _import(library)
            else:
                time.sleep(min(POLL_SECONDS, self._idle_seconds))

    def _libraries(self) -> Iterator[str]:
        for kind in self._kinds.values():
            if kind.LANE in TAKES[self._lane]:
                yield from getattr(kind, "LIBRARIES", ())

    def _claim(self, lanes: tuple[Lane, ...]) -> Job | None:
        self._check_lease()
        claims = (self._queue.claim((lane,), self._heart.lease.worker) for lane in lanes)
        return next(filter(None, claims), None)

    def _carry_out(self, job: Job) -> None:
        log.info("Job %s (%s) begins.", job.id, job.kind)
        running = _Running(job, self._events(job))
        self._stack.append(running)
        try:
            self._step_through(running)
        except Exception as error:
            log.exception("Job %s (%s) failed.", job.id, job.kind)
            self._end(running, _failure(error))
        finally:
            self._stack.remove(running)
        self._close(running)
        log.info("Job %s is over.", job.id)
        self._store.clear_deleted()

    def _step_through(self, running: _Running) -> None:
        for event in running.events:
            self._record(running, event)
            if not running.over:
                self._look_around(running)
            if running.over:
                return
        raise RuntimeError(f"Jobs must end in Finished; {running.job.kind} ended without.")

    def _events(self, job: Job) -> Generator[Event, None, None]:
        kind = self._kinds[job.kind]
        yield from cast(Iterator[Event], kind.run(job.spec, Context(job.id, self._store.folder(job.id))))

    def _record(self, running: _Running, event: Event) -> None:
        if isinstance(event, Progress):
            self._desk.offer(running.job.id, event)
        elif isinstance(event, ENDINGS):
            self._end(running, event)
        else:
            self._store.append(running.job.id, event)

    def _end(self, running: _Running, ending: Event) -> None:
        if not running.over:
            running.over = True
            self._desk.forget(running.job.id)
            self._store.append(running.job.id, ending)

    def _look_around(self, running: _Running) -> None:
        self._check_lease()
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._obey_cancels()
        self._let_quick_jobs_in(running)
        self._looked = time.monotonic()

    def _obey_cancels(self) -> None:
        asked = self._queue.asked_to_stop(self._heart.lease.worker)
        for running in self._stack:
            if running.job.id in asked and not running.over:
                self._close(running)  # the generator stands at a yield, also that of a job below in the stack
                self._end(running, self._cancelled(running.job))

    def _let_quick_jobs_in(self, running: _Running) -> None:
        until = time.monotonic() + LET_IN_SECONDS
        while running.job.lane == "device" and not running.over and time.monotonic() < until:
            quick = self._claim(("quick",))
            if quick is None:
                return
            self._carry_out(quick)

    def _close(self, running: _Running) -> None:
        try:
            running.events.close()
        except Exception:  # the job's own clean-up failed; that it is over stands all the same
            log.exception("Job %s (%s) did not stop cleanly.", running.job.id, running.job.kind)

    def _cancelled(self, job: Job) -> Cancelled:
        return Cancelled(KEPT if any(self._store.folder(job.id).iterdir()) else "")

    def _check_lease(self) -> None:
        if self._heart.lost:
            raise LeaseLost


def _import(library: str) -> None:
    try:
        importlib.import_module(library)
    except Exception:  # nothing waits for it yet; the job that needs it will say so
        log.exception("%s cannot be imported.", library)


def _failure(error: Exception) -> Failed:
    if isinstance(error, ValueError) and not isinstance(error, UNSPOKEN):
        return Failed(str(error))
    if ran_out(error):
        sentence = SENTENCE
    else:
        sentence = (
            f"Something inside Thaw went wrong ({type(error).__name__}). What was finished until then is kept, "
            "and the log says what happened. You can resume, or start again with other settings."
        )
    return Failed(sentence, trace="".join(traceback.format_exception(error)))
