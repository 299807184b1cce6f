"""Worker processes: started once, killed, taken over, cancelled by force; and the watcher that sees it all."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from model_zoo.events import Finished, Note, Progress
from model_zoo.experiments import leases
from model_zoo.experiments.executor import Executor, ProcessExecutor
from model_zoo.experiments.store import Store
from model_zoo.experiments.watcher import Watcher
from tests.experiments.conftest import WORK

Until = Callable[..., None]


@pytest.fixture
def executor(store: Store) -> ProcessExecutor:
    return ProcessExecutor(store, command=WORK, cancel_grace_seconds=0.5)


def _state(store: Store, id: str) -> str:
    return store.job(id, None).state


def _has_begun(store: Store, id: str) -> bool:
    return (store.folder(id) / "begun").exists()


def test_a_killed_worker_is_seen_within_seconds_and_its_job_goes_on_where_it_stood(
    store: Store, executor: ProcessExecutor, until: Until
) -> None:
    id = store.enqueue("count", {"to": 5, "die_at": 3}, lane="device")
    executor.ensure()
    until(lambda: _state(store, id) == "interrupted")
    executor.ensure()
    assert _state(store, id) == "interrupted"  # nobody starts it again unasked

    store.resume(id, None)
    until(lambda: executor.ensure() or _state(store, id) == "finished")
    assert store.job(id, None).result == {"from": 2, "to": 5}
    notes = [event.sentence for _, event in store.events(id, None) if isinstance(event, Note)]
    assert notes == ["1", "2", "3", "4", "5"]


def test_a_job_that_never_yields_is_cancelled_by_killing_its_worker_and_the_next_one_runs(
    store: Store, executor: ProcessExecutor, until: Until
) -> None:
    id = store.enqueue("deaf", {}, lane="device")
    after = store.enqueue("count", {"to": 1}, lane="device")
    executor.ensure()
    until(lambda: _has_begun(store, id))
    store.request_cancel(id, None)
    assert store.job(id, None).cancelling
    until(lambda: executor.ensure() or _state(store, id) == "cancelled")
    until(lambda: executor.ensure() or _state(store, after) == "finished")


def test_what_dies_along_with_a_deaf_job_is_queued_again_by_itself(
    store: Store, executor: ProcessExecutor, until: Until
) -> None:
    race = store.enqueue("count", {"to": 40, "seconds": 0.05}, lane="device")
    executor.ensure()
    until(lambda: len(store.events(race, None)) > 1)  # it has counted
    deaf = store.enqueue("deaf", {}, lane="quick")
    until(lambda: _has_begun(store, deaf))
    store.request_cancel(deaf, None)
    until(lambda: executor.ensure() or _state(store, race) == "finished")
    assert _state(store, deaf) == "cancelled"
    assert store.job(race, None).result["from"] > 0  # it went on from its checkpoint


def test_a_restarted_web_process_never_starts_a_second_worker(store: Store, until: Until) -> None:
    id = store.enqueue("deaf", {}, lane="device")
    store.enqueue("count", {"to": 1}, lane="device")
    code = (
        "import sys; from model_zoo.experiments.store import Store; "
        "from model_zoo.experiments.executor import ProcessExecutor; ProcessExecutor(Store(), sys.argv[1:]).ensure()"
    )
    subprocess.run([sys.executable, "-c", code, *WORK], check=True, timeout=60)  # the first web process, gone by now
    until(lambda: _has_begun(store, id))
    worker = leases.find(store.engine, "device")
    assert worker is not None

    restarted = ProcessExecutor(store, command=WORK)
    for _ in range(3):
        restarted.ensure()
    assert restarted._children == {}
    assert _state(store, id) == "running"
    assert psutil.Process(worker.pid).ppid() != os.getpid()
    assert os.getsid(worker.pid) == worker.pid


def test_of_two_workers_started_at_once_one_leaves(store: Store, start_worker: Callable[..., subprocess.Popen]) -> None:
    ids = [store.enqueue("count", {"to": 3}, lane="device") for _ in range(3)]
    workers = [start_worker(idle_seconds=3) for _ in range(2)]
    said = sorted(worker.communicate(timeout=60)[0].strip() for worker in workers)
    assert said == ["held by another", "worked"]
    assert {_state(store, id) for id in ids} == {"finished"}
    assert leases.find(store.engine, "device") is None  # given back


def test_a_worker_takes_over_the_lease_of_one_that_was_killed(
    store: Store, start_worker: Callable[..., subprocess.Popen], until: Until
) -> None:
    id = store.enqueue("deaf", {"once": True}, lane="device")
    first = start_worker()
    until(lambda: _has_begun(store, id))
    os.killpg(first.pid, signal.SIGKILL)
    until(lambda: _state(store, id) == "interrupted", seconds=10)
    store.resume(id, None)
    start_worker()
    until(lambda: _state(store, id) == "finished")


def test_a_cancel_that_outlives_its_worker_is_carried_out_all_the_same(
    store: Store, executor: ProcessExecutor, until: Until
) -> None:
    id = store.enqueue("deaf", {}, lane="device")
    executor.ensure()
    until(lambda: _has_begun(store, id))
    store.delete(id, None)
    holder = leases.find(store.engine, "device")
    assert holder is not None
    os.kill(holder.pid, signal.SIGKILL)
    until(lambda: not holder.is_alive, seconds=10)
    executor.ensure()
    assert not (store.folder("x").parent / id).exists()


def test_a_worker_that_crashes_at_once_is_not_started_again_and_again(store: Store, until: Until) -> None:
    store.enqueue("count", {"to": 1}, lane="io")
    broken = ProcessExecutor(store, command=[sys.executable, "-c", "raise SystemExit('no such library')"])
    started: set[int] = set()

    def ensure() -> bool:
        broken.ensure()
        started.add(broken._children["io"].process.pid)
        return bool(broken.trouble("io"))

    until(ensure)
    assert 2 <= len(started) <= 3
    log = Path(broken.trouble("io").split("; ")[1].removesuffix(" says why."))
    assert "no such library" in log.read_text()


def test_the_real_command_starts_a_niced_worker_with_a_log(store: Store, until: Until) -> None:
    id = store.enqueue("no_such_kind", {}, lane="io")
    executor = ProcessExecutor(store)
    executor.ensure()
    until(lambda: executor.ensure() or _state(store, id) == "failed")
    holder = leases.find(store.engine, "io")
    assert holder is not None
    assert psutil.Process(holder.pid).nice() >= 10
    assert "There is no kind of job" in (Path(os.environ["THAW_HOME"]) / "logs" / "work-io.log").read_text()


class _Counts:
    def __init__(self) -> None:
        self.calls = 0

    def ensure(self) -> None:
        self.calls += 1


def test_the_version_moves_with_every_change_and_rests_otherwise(store: Store) -> None:
    executor = _Counts()
    watcher = Watcher(store, executor)

    def moves() -> bool:
        before = watcher.version
        watcher.look()
        return watcher.version > before

    watcher.look()
    assert not moves()
    id = store.enqueue("count", {}, lane="device")
    for change in (
        lambda: store.progress(id, Progress("Counting", 0.1)),
        lambda: store.progress(id, Progress("Counting", 0.2)),
        lambda: store.append(id, Note("said")),
        lambda: store.append(id, Finished()),
        lambda: store.delete(id, None),
    ):
        assert moves()
        assert not moves()
        change()
    assert moves()
    assert executor.calls == 13


def test_the_version_moves_when_a_worker_dies_without_a_word(
    store: Store, start_worker: Callable[..., subprocess.Popen], until: Until
) -> None:
    id = store.enqueue("deaf", {}, lane="device")
    worker = start_worker()
    until(lambda: store.job(id, None).progress is not None)
    watcher = Watcher(store, _Counts())
    watcher.look()
    seen = watcher.version
    os.killpg(worker.pid, signal.SIGKILL)
    until(lambda: watcher.look() or watcher.version > seen, seconds=10)
    assert _state(store, id) == "interrupted"


def test_a_started_watcher_runs_jobs_by_itself(store: Store, executor: Executor, until: Until) -> None:
    watcher = Watcher(store, executor, look_seconds=0.1).start()
    assert watcher.start() is watcher
    id = store.enqueue("count", {"to": 2}, lane="device")
    until(lambda: _state(store, id) == "finished")
    watcher.stop()
    assert watcher.version > 0


def test_workers_are_woken_before_a_job_comes_and_leave_when_none_does(store: Store, until: Until) -> None:
    executor = ProcessExecutor(store, command=(*WORK, "--idle-seconds", "1.5"))
    executor.wake()
    until(lambda: all(leases.find(store.engine, lane) for lane in ("io", "device")))
    first = [leases.find(store.engine, lane).worker for lane in ("io", "device")]
    executor.wake()
    assert [leases.find(store.engine, lane).worker for lane in ("io", "device")] == first
    until(lambda: not any(leases.find(store.engine, lane) for lane in ("io", "device")))
