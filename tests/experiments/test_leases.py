"""Leases: one living worker a lane, and no doubt about whether it lives."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from model_zoo.experiments import leases
from model_zoo.experiments.database import writing
from model_zoo.experiments.schema import leases as table
from model_zoo.experiments.store import Store

TAKE = """
import sys, time
from model_zoo.experiments import leases
from model_zoo.experiments.store import Store
engine = Store().engine
while time.time() < float(sys.argv[1]):
    pass
print("taken" if leases.take(engine, "device") else "held", flush=True)
sys.stdin.read()
"""


def test_of_processes_that_reach_for_a_lease_at_the_same_moment_one_gets_it(store: Store) -> None:
    _leave_a_dead_holder(store)  # the harder case: all of them see that it may be taken over
    moment = str(datetime.now().timestamp() + 3)
    words = [sys.executable, "-c", TAKE, moment]
    racers = [subprocess.Popen(words, stdin=-1, stdout=-1, text=True) for _ in range(3)]
    said = [racer.stdout.readline().strip() for racer in racers]  # all of them still live when the last one has tried
    [racer.communicate() for racer in racers]
    assert sorted(said) == ["held", "held", "taken"]


@pytest.mark.parametrize("before", ["dead holder", "free"])
def test_one_who_looked_before_another_took_the_lease_comes_too_late(
    store: Store, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    seen = _leave_a_dead_holder(store) if before == "dead holder" else None
    with monkeypatch.context() as patch:
        patch.setattr(leases, "find", lambda engine, lane: seen)  # what both saw when they looked
        first, second = leases.take(store.engine, "device"), leases.take(store.engine, "device")
    assert first is not None
    assert second is None
    assert leases.find(store.engine, "device") == first


def test_a_living_holder_keeps_its_lease_and_other_lanes_are_free(store: Store) -> None:
    mine = leases.take(store.engine, "device")
    assert mine is not None
    assert leases.take(store.engine, "device") is None
    assert leases.take(store.engine, "io") is not None
    assert leases.find(store.engine, "device") == mine


def test_a_lease_given_back_can_be_taken(store: Store) -> None:
    mine = leases.take(store.engine, "device")
    assert mine is not None
    leases.release(store.engine, mine)
    assert leases.take(store.engine, "device") is not None


def test_a_dead_holder_is_taken_over_and_cannot_beat_any_more(store: Store) -> None:
    dead = _leave_a_dead_holder(store)
    mine = leases.take(store.engine, "device")
    assert mine is not None
    assert mine.pid == os.getpid()
    assert not leases.beat(store.engine, dead)
    assert leases.beat(store.engine, mine)
    leases.release(store.engine, dead)
    assert leases.find(store.engine, "device") is not None


def test_a_reused_pid_is_not_taken_for_the_worker(store: Store) -> None:
    mine = leases.take(store.engine, "device")
    assert mine is not None
    assert mine.is_alive
    assert not replace(mine, born=mine.born - 60).is_alive


def test_a_zombie_is_dead(store: Store, until: Callable[..., None]) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1)
    holder = _held_by(store, child.pid)
    assert holder.is_alive
    child.kill()
    until(lambda: not holder.is_alive, seconds=10)  # it was not waited for yet
    child.communicate()


def test_on_another_machine_the_heartbeat_decides(store: Store) -> None:
    mine = leases.take(store.engine, "device")
    assert mine is not None
    elsewhere = replace(mine, host="elsewhere", pid=1)
    assert elsewhere.is_alive
    assert not replace(elsewhere, heartbeat=datetime.now(UTC) - timedelta(seconds=31)).is_alive


def test_no_one_kills_itself_or_a_process_elsewhere(store: Store) -> None:
    mine = leases.take(store.engine, "device")
    assert mine is not None
    assert not leases.end_worker(mine)
    assert not leases.end_worker(replace(mine, host="elsewhere", pid=os.getppid()))


def _leave_a_dead_holder(store: Store) -> leases.Lease:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1)
    holder = _held_by(store, child.pid)
    child.communicate()
    return holder


def _held_by(store: Store, pid: int) -> leases.Lease:
    mine = leases.take(store.engine, "device")
    assert mine is not None
    born = leases._born(leases.psutil.Process(pid))
    with writing(store.engine) as connection:
        connection.execute(update(table).values(pid=pid, born=born))
    return replace(mine, pid=pid, born=born)
