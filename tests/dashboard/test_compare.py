"""The compare page without a browser: what it queues, what it refuses, and what it never loses."""

import io
import json
from collections.abc import Callable
from dataclasses import asdict
from types import SimpleNamespace

import psutil
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from model_zoo.data import uploads
from model_zoo.estimates import Speed, remembered_file
from model_zoo.events import Failed, Finished
from model_zoo.experiments.job import Job
from model_zoo.experiments.store import Store
from tests.dashboard import comparisons
from tests.data.makers import class_files, zipped

Open = Callable[..., AppTest]
FIRST_RACE = {"preset": "classics", "data": "materials"}
CLASSES = 10
SPEED = Speed("cpu, 2 threads", "fp32", "contiguous", (0.004,) * 6, (0.001,) * 6, (98_304,) * 5, 0.0002, 2_000_000)
PORTRAIT = {
    "data": "materials:per_class=40",
    "origin": "Materials drawn by Thaw",
    "pictures": 400,
    "size": 64,
    "pictures_file": f"{'0' * 32}.safetensors",
    "classes": [f"class {number}" for number in range(CLASSES)],
    "counts": [40] * CLASSES,
    "split": {"train": 240, "validation": 80, "test": 80, "sentence": "60/20/20 were drawn.", "redrawn": True},
    "split_counts": {"train": [24] * CLASSES, "validation": [8] * CLASSES, "test": [8] * CLASSES},
    "samples": [[number] for number in range(CLASSES)],
    "original_sizes": None,
    "duplicates": {"groups": 0, "across_parts": 0, "across_classes": 0, "named": []},
    "left_out": [{"name": "<b>.jpg", "sentence": "“<b>.jpg” is no picture."}],
    "left_out_count": 1,
    "remarks": [],
}


@pytest.fixture
def ready(thaw_home: object, queue: Store, open_app: Open) -> AppTest:
    """Give the page of a first race whose network has been timed and whose pictures are described."""
    remembered_file("auto", "resnet_mini", 64, "auto").write_text(json.dumps(asdict(SPEED)))
    app = open_app("compare", **FIRST_RACE)
    queue.append(only(queue, "pictures").id, Finished(PORTRAIT))
    return app.run()


def only(queue: Store, kind: str) -> Job:
    (job,) = queue.jobs(None, kind)
    return job


def start(app: AppTest):
    return app.button(key="compare.start")


def told(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def test_a_bare_page_times_the_network_and_asks_for_pictures(open_app: Open, queue: Store) -> None:
    app = open_app("compare")
    assert start(app).disabled
    assert "Choose pictures first." in told(app)
    assert [job.kind for job in queue.jobs(None)] == ["trial"]


def test_a_first_race_is_prepared_as_soon_as_it_arrives(open_app: Open, queue: Store) -> None:
    app = open_app("compare", **FIRST_RACE)
    assert start(app).disabled
    pictures, trial = only(queue, "pictures"), only(queue, "trial")
    assert pictures.spec == {"data": "materials:per_class=40", "size": 64, "seed": 0}
    assert (pictures.lane, trial.lane) == ("io", "quick")
    assert trial.spec["backbone"] == "resnet_mini"
    assert len(queue.jobs(None)) == 2
    app.run()
    assert len(queue.jobs(None)) == 2, "a page that runs again asks for nothing twice"


def test_the_start_queues_what_was_estimated_and_opens_its_page(ready: AppTest, queue: Store) -> None:
    assert not start(ready).disabled
    assert "about" in told(ready)
    start(ready).click().run()
    job = only(queue, "compare")
    assert ready.query_params == {"id": job.id}
    assert job.spec["strategies"] == ["linear_probe", "full:rate=0.1", "freeze_first:k=2"]
    assert (job.spec["epochs"], job.spec["seeds"], job.spec["size"]) == (6, 3, 64)
    assert job.estimate_seconds > 0
    assert job.lane == ("quick" if job.estimate_seconds < 30 else "device")


def test_a_long_race_waits_in_the_lane_of_the_device(ready: AppTest, queue: Store) -> None:
    ready.session_state["compare.opened"] = "budget"
    ready.run()
    before = told(ready)
    ready.number_input(key="compare.epochs").set_value(100).run()
    assert told(ready) != before
    start(ready).click().run()
    job = only(queue, "compare")
    assert job.spec["epochs"] == 100
    assert job.estimate_seconds > 30
    assert job.lane == "device"


def test_what_does_not_fit_in_memory_cannot_start_and_hears_what_would(
    ready: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=450_000_000))
    ready.run()
    assert start(ready).disabled
    assert "are free. The first 2 of these 3 strategies would fit." in told(ready)


def test_pictures_that_cannot_be_used_are_answered_and_lead_back_to_their_step(open_app: Open, queue: Store) -> None:
    app = open_app("compare", **FIRST_RACE)
    first = only(queue, "pictures")
    queue.append(first.id, Failed("Class “<b>” has 1 picture to split; it needs at least 3."))
    app.run()
    assert start(app).disabled
    assert r"\<b\>" in app.error[0].value, "what visitors write is no markup"
    assert not [button for button in app.button if button.key == "compare.pictures.again"]
    before = app.query_params
    app.button(key="compare.pictures.back").click().run()
    assert app.session_state["compare.opened"] == "data"
    assert app.query_params == before, "all that was chosen stays"
    assert len(app.error) == 1
    assert not [button for button in app.button if button.key == "compare.pictures.back"]


def test_a_preparation_that_crashed_is_tried_again(open_app: Open, queue: Store) -> None:
    app = open_app("compare", **FIRST_RACE)
    queue.append(only(queue, "pictures").id, Failed("Something inside Thaw went wrong.", trace="Traceback"))
    app.run()
    app.button(key="compare.pictures.again").click().run()
    assert len(queue.jobs(None, "pictures")) == 2
    assert not app.error


def test_a_download_that_failed_can_be_tried_again_whatever_it_said(open_app: Open, queue: Store) -> None:
    from components.jobs import can_go_on

    id = queue.enqueue("weights", {"backbone": "resnet18"}, lane="io")
    queue.append(id, Failed("This machine is offline."))
    assert can_go_on(queue.job(id, None))


def test_only_the_latest_of_two_uploads_that_failed_is_spoken_of(open_app: Open, queue: Store) -> None:
    app = open_app("compare", **FIRST_RACE)
    queue.append(only(queue, "pictures").id, Failed("Class “a” has 1 picture to split; it needs at least 3."))
    app.session_state["compare.opened"] = "data"
    app.run()
    assert len(app.error) == 1
    app.session_state["compare.own"] = True
    app.session_state["compare.upload.trouble"] = "“cat.png” is neither ZIP nor TAR."
    app.run()
    assert [error.value for error in app.error] == [r"“cat\.png” is neither ZIP nor TAR\."]
    app.segmented_control(key="compare.way").select("A folder").run()
    assert "neither" not in app.error[0].value, "who turns to another way is not told of the last one any more"


def test_what_waits_says_what_is_before_it_and_can_be_cancelled_once(open_app: Open, queue: Store) -> None:
    queue.enqueue("pictures", {"data": "digits", "size": 96}, lane="io")
    app = open_app("compare", **FIRST_RACE)
    app.session_state["compare.opened"] = "data"
    app.run()
    assert "waits behind 1 other job. Next: Prepare pictures · Digits at 96 pixels." in told(app)
    assert len([button for button in app.button if button.label == "Cancel"]) == 1


def test_another_choice_of_pictures_ends_the_preparation_of_the_one_before(open_app: Open, queue: Store) -> None:
    app = open_app("compare", **FIRST_RACE)
    first = only(queue, "pictures")
    app.session_state["compare.opened"] = "data"
    app.run()
    app.select_slider(key="compare.per_class").set_value(100).run()
    assert queue.job(first.id, None).state == "cancelled"
    waiting = [job for job in queue.jobs(None, "pictures") if job.state == "waiting"]
    assert [job.spec["data"] for job in waiting] == ["materials:per_class=100"]
    assert app.query_params["data"] == "materials:per_class=100"


def test_a_set_that_was_described_before_is_not_described_again(ready: AppTest, open_app: Open, queue: Store) -> None:
    import numpy as np

    from model_zoo.data.kept import Arrays, keep

    keep(Arrays(np.zeros((1, 3, 64, 64), np.uint8), np.zeros(1), ("a",), ("a/1",), np.zeros(1), "here"), "0" * 32)
    other = open_app("compare", **FIRST_RACE)
    assert len(queue.jobs(None, "pictures")) == 1
    assert not start(other).disabled


def test_an_address_that_cannot_be_read_is_answered_in_sentences(open_app: Open) -> None:
    app = open_app("compare", data="<script>", strategies="full:rate=0,lora", epochs="many")
    said = app.info[0].value
    assert r"There is no picture set “\<script\>”" in said
    assert "rate of full must be 0" in said
    assert "epochs must be a whole number, got “many”" in said
    assert start(app).disabled


def test_a_preset_replaces_what_is_ticked_and_stands_in_the_address(ready: AppTest) -> None:
    ready.button(key="compare.preset.ladder").click().run()
    assert ready.query_params["preset"] == "ladder"
    assert "strategies" not in ready.query_params


def test_choices_come_back_when_the_page_is_opened_from_the_menu(ready: AppTest) -> None:
    ready.button(key="compare.preset.ladder").click().run()
    for page in ("home", "compare"):
        ready.query_params.clear()
        ready._page_hash = calc_hash(page)
        ready.run()
    assert ready.query_params["preset"] == "ladder"
    assert ready.query_params["data"] == "materials:per_class=40"


@pytest.fixture
def uploaded(thaw_home: object, queue: Store, open_app: Open) -> tuple[AppTest, str]:
    """Give the data step of an upload that is prepared, and its reference."""
    reference = uploads.keep_archive(io.BytesIO(zipped(class_files())), "my <b>cats.zip")
    app = open_app("compare", data=reference)
    queue.append(only(queue, "pictures").id, Finished(PORTRAIT))
    app.session_state["compare.opened"] = "data"
    return app.run(), reference


def test_an_upload_is_deleted_after_asking_and_what_used_it_is_named(
    uploaded: tuple[AppTest, str], queue: Store
) -> None:
    app, reference = uploaded
    used = comparisons.queued(queue, data=reference)
    queue.request_cancel(used, None)  # it is over
    app.run()
    asked = next(element.value for element in app.markdown if "for good?" in element.value)
    assert asked.startswith(r"**Delete “my \<b\>cats\.zip” for good?**")
    users = next(element.value for element in app.markdown if "used them" in element.value)
    assert users.startswith("1 comparison used them. It will keep their numbers, curves and networks")
    assert uploads.find(reference.removeprefix("upload:")), "opening the page deletes nothing"
    app.button(key="compare.delete.sure").click().run()
    assert not app.exception
    assert "data" not in app.query_params
    assert "Choose pictures first." in told(app)
    with pytest.raises(ValueError, match="There is no upload"):
        uploads.find(reference.removeprefix("upload:"))
    assert queue.job(used, None).spec["data"] == reference, "the comparison is left alone"


def test_an_upload_that_something_under_way_needs_cannot_be_deleted(
    uploaded: tuple[AppTest, str], queue: Store
) -> None:
    app, reference = uploaded
    comparisons.queued(queue, data=reference)
    app.run()
    assert not [button for button in app.button if button.key == "compare.delete.sure"]
    assert any("under way needs them" in caption.value for caption in app.caption)


def test_files_left_out_are_named_with_the_reason(ready: AppTest) -> None:
    ready.session_state["compare.opened"] = "data"
    ready.run()
    assert "<b>&lt;b&gt;.jpg</b> is no picture." in told(ready)
    assert ready.expander[0].label == "1 file was left out"
