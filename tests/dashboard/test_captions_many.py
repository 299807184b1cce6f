"""Many pictures on the captions page, without a browser: a job that really ran, over networks that learned nothing."""

import io
from collections.abc import Callable
from dataclasses import asdict

import pytest
from streamlit.testing.v1 import AppTest

from components.captions import many, many_rows
from model_zoo.data import texts, uploads
from model_zoo.events import Failed, Finished
from model_zoo.experiments import leases
from model_zoo.experiments.job import KINDS, Context
from model_zoo.experiments.jobs.caption_pictures import CaptionsSpec
from model_zoo.experiments.queue import Queue
from model_zoo.experiments.store import Store
from model_zoo.home import home
from tests.data.makers import picture, zipped

KIND = "caption_pictures"
HOSTILE = "<img src=x onerror=alert(1)>.png"
FILES = {f"photos/{place:02}.png": picture(place) for place in range(30)} | {HOSTILE: picture(40), "bad.jpg": b"text"}
TABLE = b"image,caption\n00.png,<b>the dog</b> runs\n01.png,a red ball\nelsewhere.png,a man\n"


def _page() -> None:
    from components.captions.many import many

    many()


@pytest.fixture
def opened() -> Callable[..., AppTest]:
    for cache in (many.look, many.compare, many_rows.rows):
        cache.clear()

    def open_with(**query: str) -> AppTest:
        app = AppTest.from_function(_page, default_timeout=30)
        app.query_params.update(query)
        app.run()
        assert not app.exception
        return app

    return open_with


@pytest.fixture
def data() -> str:
    return uploads.keep_archive(io.BytesIO(zipped(FILES)), "my_photos.zip", "pictures")


def shown(app: AppTest) -> str:
    kinds = ("markdown", "caption", "error", "info")
    return " ".join(element.value for kind in kinds for element in app.get(kind)).replace("\\", "")


def drawn(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def ran(store: Store, **spec: str) -> str:
    """Run a job to its end, as a worker does."""
    id = store.enqueue(KIND, asdict(CaptionsSpec(**spec)), lane="quick")
    lease = leases.find(store.engine, "device") or leases.take(store.engine, "device")
    assert lease is not None
    assert Queue(store).claim(("quick",), lease.worker) is not None
    folder = home("jobs") / id
    folder.mkdir(parents=True)
    for event in KINDS[KIND].run(asdict(CaptionsSpec(**spec)), Context(id, folder)):
        if isinstance(event, Finished):
            store.append(id, event)
    return id


def test_pictures_are_asked_for_first(opened) -> None:
    app = opened()
    assert "Send a ZIP or TAR of pictures" in shown(app)
    assert [button.key for button in app.button] == []


def test_what_was_sent_is_told_and_captioned_in_a_job_with_an_estimate(opened, data: str, queue: Store) -> None:
    app = opened(data=data, network="plain")
    assert "my_photos.zip" in shown(app)
    assert "32 pictures" in shown(app)
    assert "By the network without attention" in shown(app)
    button = app.button(key=f"networks.{KIND}.begin")
    assert button.label == "Caption these 32 pictures"
    button.click().run()
    (job,) = queue.jobs(None, KIND)
    assert (job.lane, job.spec) == ("quick", asdict(CaptionsSpec(data, "plain")))
    app.button(key=f"networks.{KIND}.cancel").click().run()
    assert queue.job(job.id, None).state == "cancelled"
    assert app.button(key=f"networks.{KIND}.begin").label == "Try again"


def test_a_network_that_is_not_known_gives_way_to_the_one_that_looks(opened, data: str) -> None:
    assert "By the network with attention" in shown(opened(data=data, network="<b>"))


@pytest.mark.usefixtures("captioning_weights")
def test_captioned_pictures_stand_a_page_at_a_time_and_can_be_searched(opened, data: str, queue: Store) -> None:
    ran(queue, data=data)
    app = opened(data=data)
    assert "**31 pictures have a caption**" in shown(app)
    assert [each.label for each in app.expander][0:1] == ["Compare with what people wrote"]
    assert "“bad.jpg” is no picture" in shown(app)
    assert drawn(app).count("<figure") == drawn(app).count("data:image/jpeg;base64,") == 24
    app.text_input(key="captions.many.search").set_value("onerror").run()
    assert drawn(app).count("<figure") == 1
    assert "<img src=x" not in drawn(app)
    app.text_input(key="captions.many.search").set_value("nothing of the kind").run()
    assert "No caption and no file name is like that." in shown(app)


@pytest.mark.usefixtures("captioning_weights")
def test_scores_of_both_networks_stand_above_the_published_ones(opened, data: str, queue: Store) -> None:
    references = texts.keep(TABLE, "refs.csv")
    app = opened(data=data, references=references)
    assert "2 captions of 2 of these pictures" in shown(app)
    assert app.button(key=f"networks.{KIND}.begin").label == "Caption these 32 pictures, and compare"
    for network in ("attention", "plain"):
        ran(queue, data=data, network=network, references=references)
    app = opened(data=data, references=references)
    table = drawn(app)
    places = [
        table.index(name) for name in ("These pictures, with", "These pictures, without", "Show, Attend and Tell")
    ]
    assert places == sorted(places)
    assert "<td>67.0</td>" in table
    assert "29 pictures without references left aside. 1 picture of the table not among these." in shown(app)
    assert "&lt;b&gt;the dog" in table
    app.button(key="captions.many.alone").click().run()
    assert "references" not in app.query_params


def test_a_table_that_knows_none_of_the_pictures_says_so_and_nothing_is_begun(opened, data: str) -> None:
    app = opened(data=data, references=texts.keep(b"image,caption\nx.png,a dog\n", "refs.csv"))
    assert "refs.csv knows none of these pictures" in shown(app)
    assert [button.key for button in app.button if button.key.startswith("networks.")] == []


@pytest.mark.usefixtures("captioning_weights")
def test_deleting_the_pictures_leaves_their_captions(opened, data: str, queue: Store) -> None:
    ran(queue, data=data)
    app = opened(data=data)
    app.button(key="captions.many.delete.sure").click().run()
    assert "data" not in app.query_params
    app = opened(data=data)
    assert "**31 pictures have a caption**" in shown(app)
    assert "The pictures were deleted; what was said of them is kept." in drawn(app)
    assert "data:image" not in drawn(app)
    app.button(key="captions.many.others").click().run()
    assert "Send a ZIP or TAR of pictures" in shown(app)


@pytest.mark.parametrize("data", ["upload:" + "0" * 32, "upload:../../etc", "materials", "<script>"])
def test_a_link_to_pictures_that_are_not_here_says_so_and_asks_for_others(opened, data: str) -> None:
    app = opened(data=data)
    assert "There is no upload" in shown(app)
    assert "Send a ZIP or TAR of pictures" in shown(app)


def test_a_job_that_failed_says_why_and_can_be_tried_again(opened, data: str, queue: Store) -> None:
    id = queue.enqueue(KIND, asdict(CaptionsSpec(data)), lane="quick")
    queue.append(id, Failed("The disk is full. Make room, then try again."))
    app = opened(data=data)
    assert "The disk is full" in shown(app)
    assert app.button(key=f"networks.{KIND}.begin").label == "Try again"
