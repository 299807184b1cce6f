"""The page of everything done so far."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from components import job_list
from model_zoo.events import Cancelled, Failed
from model_zoo.experiments.store import Store
from tests.dashboard import comparisons
from tests.dashboard.test_comparison import words

Open = Callable[..., AppTest]


def test_nothing_done_yet_invites_to_a_first_race(open_app: Open, queue: Store) -> None:
    app = open_app("runs")
    assert "Nothing has run yet." in words(app)
    app.button(key="runs.first").click().run()
    (job,) = queue.jobs(None)
    assert app.query_params == {"id": job.id}


def test_the_newest_stands_first_with_its_winner(open_app: Open, queue: Store) -> None:
    over, waiting = comparisons.finished(queue), comparisons.queued(queue)
    app = open_app("runs")
    said = words(app)
    assert not app.exception
    assert "best: Full fine-tuning ·\N{NO-BREAK SPACE}rate\N{NO-BREAK SPACE}0.1, 92.0 %" in said
    opened = [button.key for button in app.button if button.key.startswith("runs.open.")]
    assert opened == [f"runs.open.{waiting}", f"runs.open.{over}"]
    app.button(key=f"runs.open.{over}").click().run()
    assert app.query_params["id"] == over
    assert "thaw-answer" in words(app)


def test_other_jobs_are_shown_when_asked_for(open_app: Open, queue: Store) -> None:
    comparisons.queued(queue)
    queue.enqueue("pictures", {"data": "digits", "size": 64}, lane="io")
    queue.enqueue("trial", {"backbone": "resnet_mini", "size": 64}, lane="quick")
    queue.enqueue("weights", {"backbone": "resnet18"}, lane="io")
    app = open_app("runs")
    assert "Digits at 64 pixels" not in words(app)
    app.segmented_control(key="runs.what").select("Everything").run()
    for name in ("Prepare pictures · Digits at 64 pixels", "Time a network · ResNet mini at 64 pixels"):
        assert name in words(app)
    assert "Download weights · " in words(app)


def test_a_kind_of_job_that_is_no_more_is_listed_by_its_name(open_app: Open, queue: Store) -> None:
    queue.enqueue("forgotten", {"data": "digits"}, lane="io")
    app = open_app("runs")
    app.segmented_control(key="runs.what").select("Everything").run()
    assert not app.exception
    assert "<b>forgotten</b>" in words(app)


def test_one_whose_upload_was_deleted_is_listed_and_escaped(open_app: Open, queue: Store) -> None:
    id = comparisons.begun(queue, seeds=(), data="upload:" + "a" * 32)
    queue.append(id, Failed("<b>gone</b>"))
    said = words(open_app("runs"))
    assert "Compare strategies · An upload that was deleted" in said
    assert "&lt;b&gt;gone&lt;/b&gt;" in said


def test_where_nothing_is_decided_no_winner_is_called_the_best(open_app: Open, queue: Store) -> None:
    pairs = [{"a": "full:rate=0.1", "b": "linear_probe", "difference": 0.01, "ci": [-0.1, 0.1], "decided": False}]
    comparisons.finished(queue, verdict={"recommended": "full:rate=0.1", "sentence": "None.", "pairs": pairs})
    said = words(open_app("runs"))
    assert "undecided, ahead: Full fine-tuning" in said
    assert "best:" not in said


def test_what_a_cancelled_job_never_made_is_not_said_to_be_kept(open_app: Open, queue: Store) -> None:
    id = comparisons.begun(queue, seeds=())
    queue.append(id, Cancelled("What was finished until then is kept."))
    assert "kept" not in words(open_app("runs")).replace("Pictures and uploads stay", "")


def test_what_trying_again_cannot_mend_is_not_offered(open_app: Open, queue: Store) -> None:
    id = comparisons.begun(queue, seeds=())
    queue.append(id, Failed("There is one class only."))
    assert not [button for button in open_app("runs").button if button.key == f"runs.resume.{id}"]


def test_one_that_crashed_is_tried_again_from_the_list(open_app: Open, queue: Store) -> None:
    id = comparisons.begun(queue, seeds=())
    queue.append(id, Failed("no", trace="Traceback"))
    app = open_app("runs")
    assert app.button(key=f"runs.resume.{id}").label == "Try again"
    app.button(key=f"runs.resume.{id}").click().run()
    assert queue.job(id, None).state == "waiting"


def test_deleting_takes_the_line_and_the_folder_and_asks_first(open_app: Open, queue: Store) -> None:
    kept, gone = comparisons.finished(queue), comparisons.finished(queue)
    folder = queue.folder(gone)
    app = open_app("runs")
    assert "Delete this for good?" in words(app)
    assert folder.exists(), "opening the page deletes nothing"
    app.button(key=f"runs.sure.{gone}").click().run()
    assert [job.id for job in queue.jobs(None)] == [kept]
    assert not folder.exists()
    assert not [button for button in app.button if gone in button.key]


def test_a_line_that_another_tab_deleted_is_gone_without_a_traceback(open_app: Open, queue: Store) -> None:
    id = comparisons.finished(queue)
    app = open_app("runs")
    queue.delete(id, None)
    app.button(key=f"runs.sure.{id}").click().run()
    assert not app.exception
    assert "Nothing has run yet." in words(app)


def test_more_than_twenty_are_turned_over_in_pages(open_app: Open, queue: Store) -> None:
    for _ in range(21):
        comparisons.queued(queue)
    app = open_app("runs")
    assert len([button for button in app.button if button.key.startswith("runs.open.")]) == 20
    assert app.get("pagination")[0].proto.num_pages == 2


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=5, seconds=50), "6 min ago"),
        (timedelta(hours=3, minutes=1), "3 h ago"),
        (timedelta(hours=3), "3 h ago"),
    ],
)
def test_the_time_is_told_as_people_say_it(ago: timedelta, said: str) -> None:
    assert job_list.when(datetime.now(UTC) - ago) == said


def test_what_is_older_than_a_day_has_a_date() -> None:
    assert job_list.when(datetime(2024, 3, 5, 12, tzinfo=UTC)) == "5 March 2024"
