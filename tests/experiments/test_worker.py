"""The worker, in this process: what it writes down, whom it lets in, and how it ends things."""

import json
import logging
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from model_zoo.events import Cancelled, Event, Failed, Finished, Note, Progress, Started
from model_zoo.experiments import leases, worker
from model_zoo.experiments.executor import InlineExecutor
from model_zoo.experiments.job import KINDS as REAL_KINDS
from model_zoo.experiments.job import Context, JobKind
from model_zoo.experiments.queue import Queue
from model_zoo.experiments.store import Store
from model_zoo.experiments.worker import Worker
from tests.experiments.kinds import KINDS, Kind


def _run(store: Store, **more: Kind) -> None:
    InlineExecutor(store, KINDS | more).ensure()


def _events(store: Store, id: str) -> list[Event]:
    return [event for _, event in store.events(id, None)]


def test_a_job_runs_to_its_result_and_every_event_is_kept(store: Store) -> None:
    id = store.enqueue("count", {"to": 2}, lane="device")
    _run(store)
    result = {"from": 0, "to": 2}
    assert _events(store, id) == [Started({"from": 0}), Note("1"), Note("2"), Finished(result)]
    job = store.job(id, None)
    assert (job.state, job.result) == ("finished", result)
    assert (store.folder(id) / "count.txt").read_text() == "2"


def test_jobs_of_a_lane_run_in_the_order_in_which_they_came(store: Store) -> None:
    ids = [store.enqueue("count", {"to": 1}, lane="io") for _ in range(3)]
    _run(store)
    starts = [next(number for number, _ in store.events(id, None)) for id in ids]
    assert starts == sorted(starts)


def test_a_value_error_becomes_the_visitors_sentence(store: Store) -> None:
    id = store.enqueue("breaks", {"error": "ValueError", "sentence": "There is one class only."}, lane="device")
    _run(store)
    assert store.job(id, None).state == "failed"
    assert _events(store, id)[-1] == Failed("There is one class only.")


def test_any_other_error_becomes_a_general_sentence_and_its_trace_is_kept_and_logged(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    id = store.enqueue("breaks", {"error": "RuntimeError", "sentence": "secret detail"}, lane="device")
    with caplog.at_level(logging.ERROR):
        _run(store)
    failed = _events(store, id)[-1]
    assert isinstance(failed, Failed)
    assert "secret detail" not in failed.sentence
    assert "(RuntimeError)" in failed.sentence
    assert "secret detail" in failed.trace
    assert "secret detail" in caplog.text


def test_after_a_failed_job_the_next_one_runs(store: Store) -> None:
    store.enqueue("breaks", {"error": "RuntimeError", "sentence": ""}, lane="device")
    id = store.enqueue("count", {"to": 1}, lane="device")
    _run(store)
    assert store.job(id, None).state == "finished"


def test_a_job_that_ends_without_a_result_has_failed(store: Store) -> None:
    id = store.enqueue("silent", {}, lane="device")
    _run(store)
    failed = _events(store, id)[-1]
    assert isinstance(failed, Failed)
    assert "silent ended without" in failed.trace


def test_a_kind_that_nobody_knows_fails_with_a_sentence(store: Store) -> None:
    from model_zoo.experiments.job import KINDS as REAL

    id = store.enqueue("weigths", {}, lane="io")
    InlineExecutor(store, REAL).ensure()
    assert "There is no kind of job “weigths”" in store.job(id, None).sentence


def test_progress_is_written_about_twice_a_second_however_often_it_comes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Progress] = []
    monkeypatch.setattr(store, "progress", lambda id, now: written.append(now))
    store.enqueue("chatty", {}, lane="device")
    _run(store)
    assert written[0] == Progress("Step 0", 0.0)
    assert len(written) <= 5


def test_cancel_between_events_stops_the_job_and_lets_it_clean_up(store: Store) -> None:
    cleaned: list[str] = []

    def stubborn(spec: dict[str, Any], context: Context) -> Iterator[Event]:
        try:
            store.request_cancel(context.job, None)
            (context.folder / "half.json").write_text(json.dumps(spec))
            yield Note("the last thing heard")
            yield Finished()
        finally:
            cleaned.append(context.job)

    id = store.enqueue("stubborn", {}, lane="device")
    _run(store, stubborn=Kind(stubborn))
    assert _events(store, id) == [
        Note("the last thing heard"),
        Cancelled("What was finished until then is kept."),
    ]
    assert cleaned == [id]


def test_a_job_deleted_while_it_runs_is_stopped_and_leaves_no_folder(store: Store) -> None:
    def doomed(spec: dict[str, Any], context: Context) -> Iterator[Event]:
        (context.folder / "big.bin").write_bytes(b"0" * 1000)
        store.delete(context.job, None)
        yield Note("deleted meanwhile")
        raise AssertionError("it should have been stopped")

    id = store.enqueue("doomed", {}, lane="device")
    _run(store, doomed=Kind(doomed))
    assert store.jobs(None) == []
    assert not (store.folder("x").parent / id).exists()


def test_a_quick_job_is_let_in_between_the_events_of_a_long_one(store: Store) -> None:
    quick: list[str] = []

    def long(spec: dict[str, Any], context: Context) -> Iterator[Event]:
        yield Started()
        quick.append(store.enqueue("quick_count", {"to": 1}, lane="quick"))
        for _ in range(2):
            yield Note("still at it")
        yield Finished()

    store.enqueue("long", {}, lane="device")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "LOOK_SECONDS", 0)
        _run(store, long=Kind(long))
    order = _order(store)
    long_id = order[0][0]
    assert order.index((quick[0], "Finished")) < order.index((long_id, "Finished"))
    assert order[-1] == (long_id, "Finished")


def test_a_long_job_can_be_cancelled_while_a_quick_one_is_let_in(store: Store) -> None:
    def long(spec: dict[str, Any], context: Context) -> Iterator[Event]:
        store.enqueue("meddler", {"long": context.job}, lane="quick")
        yield Started()
        yield Note("never said")

    def meddler(spec: dict[str, Any], context: Context) -> Iterator[Event]:
        store.request_cancel(spec["long"], None)
        yield Started()
        yield Finished({"long": store.job(spec["long"], None).state})

    store.enqueue("long", {}, lane="device")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "LOOK_SECONDS", 0)
        _run(store, long=Kind(long), meddler=Kind(meddler, LANE="quick"))
    meddled, cancelled = store.jobs(None)
    assert meddled.result == {"long": "cancelled"}
    assert cancelled.state == "cancelled"
    assert [type(event) for event in _events(store, cancelled.id)] == [Started, Cancelled]


def test_an_idle_device_worker_takes_quick_jobs_first(store: Store) -> None:
    slow = store.enqueue("count", {"to": 1}, lane="device")
    quick = store.enqueue("quick_count", {"to": 1}, lane="quick")
    _run(store)
    order = [id for id, event in _order(store) if event == "Started"]
    assert order == [quick, slow]


def test_a_worker_leaves_at_once_where_a_living_one_holds_the_lane(store: Store) -> None:
    assert leases.take(store.engine, "device") is not None
    id = store.enqueue("count", {"to": 1}, lane="device")
    assert not Worker("device", store, KINDS, idle_seconds=0).run()
    assert store.job(id, None).state == "waiting"


def test_a_worker_whose_lease_was_taken_from_afar_writes_nothing_more(store: Store) -> None:
    def robbed(spec: dict[str, Any], context: Context) -> Iterator[Event]:
        mine._heart.lost = True
        yield Note("as if another machine had taken over")
        yield Finished()

    id = store.enqueue("robbed", {}, lane="device")
    mine = Worker("device", store, {"robbed": Kind(robbed)}, idle_seconds=0)
    assert mine.run()
    assert store.job(id, None).state == "interrupted"
    assert [type(event) for event in _events(store, id)] == [Note]


def test_a_resumed_job_is_given_its_folder_again(store: Store) -> None:
    def once(spec: dict[str, Any], context: Context) -> Iterator[Event]:
        file = context.folder / "checkpoint"
        if not file.exists():
            file.write_text("half")
            raise ValueError("The disk was full.")
        yield Finished({"checkpoint": file.read_text()})

    id = store.enqueue("once", {}, lane="io")
    _run(store, once=Kind(once, LANE="io"))
    assert store.job(id, None).state == "failed"
    store.resume(id, None)
    _run(store, once=Kind(once, LANE="io"))
    assert store.job(id, None).result == {"checkpoint": "half"}


def test_two_workers_never_claim_the_same_job(store: Store) -> None:
    store.enqueue("count", {"to": 1}, lane="io")
    first, second = Queue(store).claim(("io",), "a"), Queue(store).claim(("io",), "b")
    assert first is not None
    assert second is None


def _order(store: Store) -> list[tuple[str, str]]:
    """All events of all jobs in the order in which they were written, as (job, kind)."""
    ids = [job.id for job in store.jobs(None)]
    numbered = sorted((number, id, type(event).__name__) for id in ids for number, event in store.events(id, None))
    return [(id, kind) for _, id, kind in numbered]


def test_an_early_worker_imports_what_its_own_jobs_need_while_none_is_there(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("needed_here", "needed_elsewhere"):
        (tmp_path / f"{name}.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    named = {"not_there": "quick", "needed_here": "quick", "needed_elsewhere": "io"}
    kinds = {name: SimpleNamespace(LANE=lane, LIBRARIES=(name,)) for name, lane in named.items()} | KINDS
    Worker("device", store, kinds, idle_seconds=0.5).run()
    assert "needed_here" not in sys.modules
    Worker("device", store, kinds, idle_seconds=0.5, early=True).run()
    assert "needed_here" in sys.modules
    assert "needed_elsewhere" not in sys.modules


@pytest.mark.parametrize("kind", [kind for kind in REAL_KINDS.values() if hasattr(kind, "LIBRARIES")])
def test_what_kinds_name_as_libraries_is_there(kind: JobKind) -> None:
    assert all(find_spec(library) for library in kind.LIBRARIES)
