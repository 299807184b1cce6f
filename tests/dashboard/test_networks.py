"""The networks page without a browser: bare, measured, without weights, and with jobs that really ran."""

from collections.abc import Callable

import pytest
import torch
from streamlit.testing.v1 import AppTest

from components.inference import Architecture, Inference, InferenceError
from components.networks import architecture_view, asked, first_layer, name_it
from model_zoo import backbones
from model_zoo.events import Failed, Finished
from model_zoo.experiments import leases
from model_zoo.experiments.job import KINDS, Context
from model_zoo.experiments.jobs import excite
from model_zoo.experiments.queue import Queue
from model_zoo.experiments.store import Store
from model_zoo.explain import maximise
from model_zoo.home import home

SHIPPED = next(iter(backbones.REGISTRY))
ROW = backbones.get(SHIPPED)
DATA, SIZE = "digits", ROW.size


class InThisProcess(Inference):
    """Answers as the inference process does, without one."""

    def _ask(self, method: str, path: str, query: dict[str, str], body: bytes = b"") -> dict:
        from model_zoo import service_answers
        from model_zoo.service_deadline import Deadline
        from model_zoo.service_models import Shelf

        try:
            if path == "/architecture":
                return service_answers.show_architecture(query["backbone"], query["size"])
            if path == "/backbone_filters":
                return service_answers.show_backbone_filters(Shelf(2**30), query["backbone"])
            return service_answers.classify_backbone(Shelf(2**30), query["backbone"], body, Deadline.after(60))
        except ValueError as error:
            raise InferenceError(str(error), 400) from error


@pytest.fixture(autouse=True)
def inference(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (architecture_view, first_layer, name_it):
        monkeypatch.setattr(module, "Inference", InThisProcess)
    torch.set_num_threads(1)
    asked._known.clear()


@pytest.fixture
def measured(open_app: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """Open the page and let it ask, as a browser does after the first drawing."""

    def opened(**query: str) -> AppTest:
        app = open_app("networks", **query)
        for _ in range(4):  # architecture, filters, the example, and the page that shows them
            app.run()
        assert not app.exception
        return app

    return opened


def shown(app: AppTest) -> str:
    return " ".join(element.value for kind in ("markdown", "caption", "error", "info") for element in app.get(kind))


def drawn(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def ran(store: Store, kind: str, spec: dict) -> None:
    """Run a job to its end, as a worker does."""
    id = store.enqueue(kind, spec, lane="quick")
    lease = leases.find(store.engine, "device") or leases.take(store.engine, "device")
    assert lease is not None
    assert Queue(store).claim(("quick",), lease.worker) is not None
    folder = home("jobs") / id
    folder.mkdir(parents=True)
    for event in KINDS[kind].run(spec, Context(id, folder)):
        if isinstance(event, Finished):
            store.append(id, event)


def test_the_first_drawing_asks_nobody_and_shows_what_the_registry_knows(open_app, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(InThisProcess, "_ask", fail)
    app = open_app("networks")

    assert not app.exception
    assert all(name in drawn(app) for name in ROW.stage_names)
    assert "Working out shapes and multiply-adds" in shown(app)


def test_a_measured_network_shows_shapes_costs_filters_and_what_it_calls_the_example(measured) -> None:
    app = measured()
    html = drawn(app)
    assert f"{ROW.pretrained_classes:,} values" in html
    assert "multiply-adds, " in shown(app)
    assert "first-layer filters of" in html
    assert "It says " in html
    assert app.button(key="networks.excite.begin").label == "Show it these pictures"


def test_a_link_carries_network_size_stage_and_channel(measured) -> None:
    app = measured(backbone=SHIPPED, stage=ROW.stage_names[1], channel="3", size=str(ROW.largest))
    assert app.number_input(key="networks.channel").value == 3
    assert f"of {ROW.stage_names[1]}**" in shown(app)
    assert f"A picture of {ROW.largest} px" in shown(app)

    app.number_input(key="networks.channel").set_value(5).run()
    assert app.query_params["channel"] in ("5", ["5"])


def test_a_channel_that_another_stage_does_not_have_gives_way_to_the_first(measured) -> None:
    app = measured(stage="head", channel=str(ROW.pretrained_classes - 1))
    app.segmented_control(key="networks.stage").set_value(ROW.stage_names[0]).run()
    assert not app.exception
    assert app.number_input(key="networks.channel").value == 0


def test_a_network_without_weights_is_drawn_and_its_download_offered(measured, queue: Store) -> None:
    app = measured(backbone="vgg16")
    assert "15 G multiply-adds" in shown(app)
    assert "The weights of VGG-16 are not on this machine yet" in shown(app)
    assert "What excites a channel" not in [heading.value for heading in app.subheader]

    app.button(key="networks.weights.begin").click().run()
    (job,) = queue.jobs(None, "weights")
    assert job.spec == {"backbone": "vgg16"}


def test_the_pictures_that_excite_a_channel_stand_on_the_page_once_the_job_is_done(
    measured, queue: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excite, "MOST", 24)
    spec = {"backbone": SHIPPED, "data": DATA, "size": SIZE}
    ran(queue, "excite", spec)
    app = measured(pictures=DATA)
    assert "pictures were shown at" in shown(app)
    assert "at a glance" in shown(app)
    assert drawn(app).count("<figure") == 9


def test_a_click_queues_the_job_and_a_second_visitor_finds_it_running(measured, queue: Store) -> None:
    app = measured()
    app.button(key="networks.excite.begin").click().run()
    (job,) = queue.jobs(None, "excite")
    assert job.spec == {"backbone": SHIPPED, "data": "materials", "size": SIZE}
    assert "networks.excite.begin" not in [button.key for button in measured().button]

    app.button(key="networks.excite.cancel").click().run()
    assert queue.job(job.id, None).state == "cancelled"


def test_what_was_drawn_for_a_channel_is_kept_with_how_it_answers(
    measured, queue: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maximise, "STEPS", 3)
    app = measured(stage="head", channel="2")
    app.button(key="networks.maximise.begin").click().run()
    (job,) = queue.jobs(None, "maximise")
    queue.request_cancel(job.id, None)
    ran(queue, "maximise", job.spec)
    app = measured(stage="head", channel="2")
    assert "in this picture with" in shown(app)
    assert "Draw it again, from other noise" in [button.label for button in app.button]


def test_a_job_that_failed_says_why_and_can_be_tried_again(measured, queue: Store) -> None:
    id = queue.enqueue("excite", {"backbone": SHIPPED, "data": "materials", "size": SIZE}, lane="quick")
    queue.append(id, Failed("The disk is full. Make room, then try again."))
    app = measured()
    assert "The disk is full" in shown(app)
    assert app.button(key="networks.excite.begin").label == "Try again"


def test_an_inference_process_that_does_not_answer_is_said_and_can_be_asked_again(measured, monkeypatch) -> None:
    def silent(self: Inference, backbone: str, size: int) -> Architecture:
        raise InferenceError("The inference process does not answer.")

    monkeypatch.setattr(InThisProcess, "architecture", silent)
    app = measured()
    assert "The inference process does not answer" in shown(app).replace("\\", "")
    assert all(name in drawn(app) for name in ROW.stage_names), "what is known is still drawn"
    monkeypatch.undo()
    for module in (architecture_view, first_layer, name_it):
        monkeypatch.setattr(module, "Inference", InThisProcess)

    app.button(key="networks.architecture.again").click().run()
    for _ in range(3):
        app.run()
    assert "multiply-adds, " in shown(app)
