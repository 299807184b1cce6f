"""The features page without a browser: what it shares with the compare page, what it queues, what it refuses."""

import json
from collections.abc import Callable
from dataclasses import asdict
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from model_zoo import backbones
from model_zoo.estimates import remembered_file
from model_zoo.events import Finished
from model_zoo.experiments.store import Store
from tests.dashboard.test_compare import PORTRAIT, SPEED, only, told

Open = Callable[..., AppTest]


@pytest.fixture
def ready(thaw_home: object, queue: Store, open_app: Open) -> AppTest:
    """Give the page of a link whose network has been timed and whose pictures are described."""
    remembered_file("auto", "resnet_mini", 64, "auto").write_text(json.dumps(asdict(SPEED)))
    app = open_app("features", data="materials:per_class=40", classifiers="svm_linear,knn:neighbours=3")
    queue.append(only(queue, "pictures").id, Finished(PORTRAIT))
    return app.run()


def start(app: AppTest):
    return app.button(key="features.start")


def turn(app: AppTest, page: str) -> None:
    """Open another page from the menu, in the same session."""
    app.query_params.clear()
    app._page_hash = calc_hash(page)
    app.run()


def test_a_bare_page_times_the_network_and_asks_for_pictures(open_app: Open, queue: Store) -> None:
    app = open_app("features")
    assert not app.exception
    assert start(app).disabled
    assert "Choose pictures first." in told(app)
    assert [job.kind for job in queue.jobs(None)] == ["trial"]


def test_pictures_chosen_on_compare_are_chosen_here_and_the_other_way_round(open_app: Open, queue: Store) -> None:
    app = open_app("compare", data="digits", seeds="2", epochs="9", preset="ladder")
    turn(app, "features")
    assert app.query_params["data"] == "digits"
    assert app.query_params["seeds"] == "2"
    assert "epochs" not in app.query_params, "what is not asked here stands in no link"
    app.session_state["features.opened"] = "classifiers"
    app.run()
    app.number_input(key="features.seeds").set_value(4).run()
    assert app.query_params["seeds"] == "4"
    turn(app, "compare")
    assert not app.exception
    assert app.query_params["seeds"] == "4"
    assert (app.query_params["epochs"], app.query_params["preset"]) == ("9", "ladder"), "the rest is as it was"
    assert len(queue.jobs(None, "pictures")) == 1


def test_the_start_queues_what_was_estimated_and_opens_its_page(ready: AppTest, queue: Store) -> None:
    assert not start(ready).disabled
    assert "6 fits" in told(ready)
    start(ready).click().run()
    assert not ready.exception
    job = only(queue, "features")
    assert ready.query_params == {"id": job.id}
    assert job.spec["classifiers"] == ["svm_linear", "knn:neighbours=3"]
    assert (job.spec["stages"], job.spec["seeds"], job.spec["pooling"]) == (["stage4"], 3, "average")
    assert 0 < job.estimate_seconds < 30
    assert job.lane == "quick"


def test_a_long_one_waits_in_the_lane_of_the_device(ready: AppTest, queue: Store) -> None:
    ready.query_params["classifiers"] = "xgboost:trees=5000"
    ready.session_state["features.choices"] = {"classifiers": "xgboost:trees=5000", "tune": "true"}
    ready.run()
    start(ready).click().run()
    assert only(queue, "features").lane == "device"


def test_tuning_and_pooling_change_the_address_and_what_is_queued(ready: AppTest, queue: Store) -> None:
    ready.toggle(key="features.tune").set_value(True).run()
    ready.session_state["features.opened"] = "layers"
    ready.run()
    ready.segmented_control(key="features.pooling").set_value("gem").run()
    assert not ready.exception
    assert (ready.query_params["tune"], ready.query_params["pooling"]) == ("true", "gem")
    start(ready).click().run()
    spec = only(queue, "features").spec
    assert (spec["tune"], spec["pooling"]) == (True, "gem")


def test_what_it_takes_is_told_beside_the_time(ready: AppTest) -> None:
    assert "6 fits, 30 MB of memory, 3 MB of disk" in told(ready)


def test_a_layer_too_large_to_be_flattened_is_refused_before_the_start(ready: AppTest) -> None:
    ready.session_state["features.choices"] = {"classifiers": "knn", "pooling": "flatten"}
    ready.run()
    assert start(ready).disabled
    assert "stage4 flattened has 24,576 values a picture; the most is 16,384. Take average pooling" in told(ready)


@pytest.mark.parametrize(("what", "words"), [("memory", "The classifiers need about"), ("disk", "The embeddings need")])
def test_too_little_room_is_refused_before_the_start(
    ready: AppTest, monkeypatch: pytest.MonkeyPatch, what: str, words: str
) -> None:
    scarce = SimpleNamespace(available=10**6 if what == "memory" else 10**10, free=10**6 if what == "disk" else 10**10)
    monkeypatch.setattr("components.features.start.psutil.virtual_memory", lambda: scarce)
    monkeypatch.setattr("components.features.start.shutil.disk_usage", lambda _: scarce)
    ready.run()
    assert start(ready).disabled
    assert f"{words} 0.0 GB of {what} and 0.0 GB are free. Take fewer pictures" in told(ready)


@pytest.mark.parametrize("step", ["data", "backbone", "layers", "classifiers", ""])
def test_every_step_opens(ready: AppTest, step: str) -> None:
    ready.session_state["features.opened"] = step
    ready.run()
    assert not ready.exception


def test_nothing_ticked_cannot_start(ready: AppTest) -> None:
    ready.session_state["features.choices"] = {"classifiers": ""}
    ready.run()
    assert start(ready).disabled
    assert "Tick at least one classifier." in told(ready)


def test_an_address_that_cannot_be_read_is_answered_in_sentences(open_app: Open) -> None:
    app = open_app("features", data="<script>", classifiers="svm_liner,knn", stages="stage9", pooling="sum")
    assert not app.exception
    said = app.info[0].value
    assert r"There is no picture set “\<script\>”" in said
    assert r"Did you mean “svm\_linear”?" in said
    assert "There is no layer “stage9” to read from" in said
    assert r"pooling must be average, max, gem, flatten, got “sum”" in said
    assert start(app).disabled


def test_a_layer_that_another_network_does_not_have_is_let_go(open_app: Open) -> None:
    ours = set(backbones.get("resnet_mini").stage_names)
    other = next(name for name in backbones.REGISTRY if set(backbones.get(name).stage_names) - ours)
    strange = next(stage for stage in backbones.get(other).stage_names if stage not in ours)
    app = open_app("features", data="digits", backbone=other, stages=f"{strange},stage1")
    assert not app.exception
    assert not app.info
    app.session_state["compare.choices"] = app.session_state["compare.choices"] | {"backbone": "resnet_mini"}
    app.session_state["compare.changed"] = True
    app.run()
    assert not app.exception
    assert app.query_params["backbone"] == "resnet_mini"
    assert app.query_params["stages"] == "stage1"
