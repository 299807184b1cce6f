"""The store: what visitors see of jobs, ask of them, and may not see."""

from datetime import UTC, datetime, timedelta
from math import isnan, nan

import pytest

from model_zoo.events import Cancelled, EpochEnd, Failed, Finished, Note, Progress, Started
from model_zoo.experiments import leases
from model_zoo.experiments.queue import Queue
from model_zoo.experiments.store import Store, UnknownJob


@pytest.fixture
def worker(store: Store) -> str:
    lease = leases.take(store.engine, "device")
    assert lease is not None
    return lease.worker


def _claimed(store: Store, worker: str, **options: str) -> str:
    id = store.enqueue("count", {"to": 3}, lane="device", **options)
    job = Queue(store).claim(("device",), worker)
    assert job is not None
    assert job.id == id
    return id


def test_a_new_job_waits_and_keeps_what_it_was_asked(store: Store) -> None:
    id = store.enqueue("compare", {"data": "digits", "names": ["日本"]}, lane="device", estimate_seconds=12.5)
    job = store.job(id, None)
    assert (job.state, job.position, job.spec) == ("waiting", 0, {"data": "digits", "names": ["日本"]})
    assert (job.kind, job.lane, job.owner, job.estimate_seconds) == ("compare", "device", None, 12.5)
    assert abs(job.created - datetime.now(UTC)) < timedelta(seconds=10)


def test_ids_carry_128_random_bits_and_fit_into_a_link(store: Store) -> None:
    ids = {store.enqueue("count", {}, lane="io") for _ in range(50)}
    assert len(ids) == 50
    assert all(len(id) == 22 and id.replace("-", "").replace("_", "").isalnum() for id in ids)


def test_positions_count_the_jobs_before_in_the_same_lane(store: Store, worker: str) -> None:
    running = _claimed(store, worker)
    waiting = [store.enqueue("count", {}, lane="device") for _ in range(2)]
    other = store.enqueue("count", {}, lane="io")
    assert [store.job(id, None).position for id in (running, *waiting, other)] == [None, 1, 2, 0]
    assert {job.id: job.position for job in store.jobs(None)}[waiting[1]] == 2


def test_a_job_of_an_unknown_lane_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="lane must be io, quick, device, got “fast”"):
        store.enqueue("count", {}, lane="fast")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ending", "state", "sentence"),
    [
        (Finished({"a": 1}), "finished", ""),
        (Failed("There is one class only.", "Traceback…"), "failed", "There is one class only."),
        (Cancelled("Two runs are kept."), "cancelled", "Two runs are kept."),
    ],
)
def test_the_ending_event_decides_the_state(store: Store, worker: str, ending, state: str, sentence: str) -> None:
    id = _claimed(store, worker)
    assert store.job(id, None).state == "running"
    store.append(id, ending)
    job = store.job(id, None)
    assert (job.state, job.sentence, job.position, job.is_over) == (state, sentence, None, True)
    assert job.result == ({"a": 1} if state == "finished" else None)
    assert job.ended is not None


def test_nothing_follows_an_ending(store: Store, worker: str) -> None:
    id = _claimed(store, worker)
    store.append(id, Finished())
    with pytest.raises(ValueError, match=r"has ended \(finished\); Cancelled cannot follow"):
        store.append(id, Cancelled())


def test_a_job_whose_worker_gave_its_lease_back_without_an_ending_is_interrupted(store: Store, worker: str) -> None:
    id = _claimed(store, worker)
    holder = leases.find(store.engine, "device")
    assert holder is not None
    leases.release(store.engine, holder)
    job = store.job(id, None)
    assert job.state == "interrupted"
    assert "resume" in job.sentence


def test_events_come_back_equal_in_order_and_from_where_one_left_off(store: Store) -> None:
    id, other = (store.enqueue("compare", {}, lane="device") for _ in range(2))
    epoch = EpochEnd("full#0", "full", 0, 0, 1.0, 0.5, 1.1, 0.4, 2.0, [0.1], [1.0], [0.0], 10, True)
    said = [Started({"runs": 3}), Note("left out", "a.jpg"), epoch]
    ids = [store.append(id, event) for event in said]
    store.append(other, Note("not mine"))
    assert store.events(id, None) == list(zip(ids, said, strict=True))
    assert store.events(id, None, after=ids[1]) == [(ids[2], epoch)]
    assert store.last_event_id() > ids[2] > ids[1] > ids[0] > 0


def test_a_loss_that_diverged_can_be_written_down(store: Store) -> None:
    id = store.enqueue("compare", {}, lane="device")
    store.append(id, Started({"loss": nan}))
    assert isnan(store.events(id, None)[0][1].plan["loss"])


def test_progress_is_one_row_and_no_event(store: Store) -> None:
    id = store.enqueue("count", {}, lane="device")
    for step in range(3):
        store.progress(id, Progress("Counting", step / 3, seconds_left=4.0))
    assert store.job(id, None).progress == Progress("Counting", 2 / 3, seconds_left=4.0)
    assert store.events(id, None) == []
    with pytest.raises(UnknownJob):
        store.progress("nobody", Progress("Counting"))


def test_an_owner_sees_and_touches_only_what_is_theirs(store: Store) -> None:
    hers, nobodys = store.enqueue("count", {}, lane="device", owner="ada"), store.enqueue("count", {}, lane="device")
    assert [job.id for job in store.jobs("ada")] == [hers]
    assert [job.id for job in store.jobs("bob")] == []
    assert {job.id for job in store.jobs(None)} == {hers, nobodys}
    for touch in (store.job, store.events, store.request_cancel, store.resume, store.delete):
        for id, viewer in ((hers, "bob"), (nobodys, "ada")):
            with pytest.raises(UnknownJob, match=f"There is no job “{id}”"):
                touch(id, viewer)
    assert {job.state for job in store.jobs(None)} == {"waiting"}


def test_jobs_are_listed_newest_first_and_by_kind(store: Store) -> None:
    ids = [store.enqueue(kind, {}, lane="io") for kind in ("pictures", "compare", "pictures")]
    assert [job.id for job in store.jobs(None)] == ids[::-1]
    assert [job.id for job in store.jobs(None, kind="pictures")] == [ids[2], ids[0]]


def test_a_waiting_job_is_cancelled_at_once_and_never_claimed(store: Store, worker: str) -> None:
    id = store.enqueue("count", {}, lane="device")
    store.request_cancel(id, None)
    assert store.job(id, None).state == "cancelled"
    assert Queue(store).claim(("device",), worker) is None


def test_a_running_job_is_cancelled_by_its_worker_only(store: Store, worker: str) -> None:
    id = _claimed(store, worker)
    store.request_cancel(id, None)
    job = store.job(id, None)
    assert (job.state, job.cancelling) == ("running", True)
    assert Queue(store).asked_to_stop(worker) == {id}


def test_a_job_that_is_resumed_after_a_cancel_is_not_cancelled_again_by_the_same_worker(
    store: Store, worker: str
) -> None:
    id = _claimed(store, worker)
    store.request_cancel(id, None)
    store.append(id, Cancelled())
    store.resume(id, None)
    claimed = Queue(store).claim(("device",), worker)
    assert claimed is not None
    assert claimed.id == id
    assert Queue(store).asked_to_stop(worker) == set()
    store.request_cancel(id, None)
    assert Queue(store).asked_to_stop(worker) == {id}


def test_cancelling_what_has_ended_changes_nothing(store: Store, worker: str) -> None:
    id = _claimed(store, worker)
    store.append(id, Finished())
    store.request_cancel(id, None)
    assert store.job(id, None).state == "finished"


def test_a_resumed_job_waits_again_behind_the_others(store: Store, worker: str) -> None:
    id = _claimed(store, worker)
    other = store.enqueue("count", {}, lane="device")
    store.progress(id, Progress("Counting"))
    store.append(id, Failed("The disk was full."))
    store.resume(id, None)
    job = store.job(id, None)
    assert (job.state, job.position, job.progress, job.sentence) == ("waiting", 1, None, "")
    assert [store.events(id, None)[0][1]] == [Failed("The disk was full.")]
    claimed = Queue(store).claim(("device",), worker)
    assert claimed is not None
    assert claimed.id == other


def test_only_a_job_that_stopped_early_can_be_resumed(store: Store, worker: str) -> None:
    id = _claimed(store, worker)
    with pytest.raises(ValueError, match="this one is running"):
        store.resume(id, None)
    store.append(id, Finished())
    with pytest.raises(ValueError, match="this one is finished"):
        store.resume(id, None)


def test_deleting_a_job_deletes_its_folder_its_events_and_nothing_else(store: Store, worker: str) -> None:
    id, other = _claimed(store, worker), store.enqueue("count", {}, lane="device")
    for one in (id, other):
        (store.folder(one) / "result.json").write_text("{}")
    store.progress(id, Progress("Counting"))
    store.append(id, Finished())
    store.delete(id, None)
    assert [job.id for job in store.jobs(None)] == [other]
    assert [folder.name for folder in store.folder(other).parent.iterdir()] == [other]
    with pytest.raises(UnknownJob):
        store.events(id, None)


def test_a_running_job_vanishes_from_sight_at_once_and_from_disk_when_its_worker_let_go(
    store: Store, worker: str
) -> None:
    id = _claimed(store, worker)
    folder = store.folder(id)
    store.delete(id, None)
    assert store.jobs(None) == []
    assert folder.exists()
    assert Queue(store).asked_to_stop(worker) == {id}
    store.append(id, Cancelled())
    store.clear_deleted()
    assert not folder.exists()


def test_event_ids_never_come_again_after_a_delete(store: Store) -> None:
    id, other = (store.enqueue("count", {}, lane="io") for _ in range(2))
    last = store.append(id, Finished())
    store.delete(id, None)
    assert store.append(other, Note("later")) > last
