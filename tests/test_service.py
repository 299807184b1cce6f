"""The inference process from inside: what it answers, refuses, keeps and drops."""

import asyncio
import base64
import io
import json
import os
import socket
from pathlib import Path

import httpx
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from model_zoo import backbones
from model_zoo.backbones import shipped
from model_zoo.data.decode import decode
from model_zoo.data.limits import LIMITS
from model_zoo.data.views import normalise
from model_zoo.explain.filters import filters, grid
from model_zoo.explain.gradcam import gradcam, overlay
from model_zoo.service import Options, Service
from model_zoo.service_address import LONGEST_PATH, lock_path, socket_path
from model_zoo.service_models import Fitted, Shelf
from tests.finished_job import CLASSES, RUNS, SIZE, finished_job, picture_file, random_network, result_file

JOB = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def service(thaw_home: Path):
    service = Service(Options())
    yield service
    service.worker.shutdown()


class Client:
    """Speaks to the app without a process and without a socket."""

    def __init__(self, service: Service) -> None:
        self.transport = httpx.ASGITransport(service.app(), raise_app_exceptions=False)

    def post(self, path: str, params: dict, content: bytes) -> httpx.Response:
        return asyncio.run(self._request("POST", path, params, content))

    def get(self, path: str, params: dict) -> httpx.Response:
        return asyncio.run(self._request("GET", path, params, b""))

    async def _request(self, method: str, path: str, params: dict, content: bytes) -> httpx.Response:
        async with httpx.AsyncClient(transport=self.transport, base_url="http://inference") as client:
            return await client.request(method, path, params=params, content=content)


@pytest.fixture
def client(service: Service) -> Client:
    return Client(service)


def pixels(picture: bytes, size: int) -> torch.Tensor:
    return torch.from_numpy(decode(picture, size).pixels)


def test_the_best_seed_of_each_strategy_answers_as_a_direct_forward_pass_does(thaw_home: Path, client: Client):
    networks, picture = finished_job(thaw_home, JOB), picture_file()
    backbone = backbones.get("resnet_mini")

    answers = client.post("/classify", params={"job": JOB}, content=picture).json()["answers"]

    assert [(a["run"], a["strategy"], a["seed"]) for a in answers] == [(1, "from_scratch", 1), (2, "full:rate=0.1", 0)]
    for answer in answers:
        x = normalise(pixels(picture, SIZE)[None], backbone.mean, backbone.deviation)
        with torch.no_grad():
            probabilities = networks[answer["run"]](x)[0].softmax(0)
        wanted = {CLASSES[i]: p for i, p in enumerate(probabilities.tolist())}
        assert {g["name"]: g["probability"] for g in answer["guesses"]} == pytest.approx(wanted, abs=1e-5)
        shown = [g["probability"] for g in answer["guesses"]]
        assert shown == sorted(shown, reverse=True)


def test_the_overlay_is_grad_cam_of_the_likeliest_class_on_the_picture_as_the_network_saw_it(
    thaw_home: Path, client: Client
):
    networks, picture, backbone = finished_job(thaw_home, JOB), picture_file(), backbones.get("resnet_mini")

    answer = client.post("/classify", params={"job": JOB}, content=picture).json()["answers"][0]

    seen = pixels(picture, SIZE)
    look = gradcam(networks[1], normalise(seen[None], backbone.mean, backbone.deviation)[0])
    assert answer["guesses"][0]["name"] == CLASSES[look.label]
    wanted = np.asarray(Image.open(io.BytesIO(overlay(seen, look.map)))).astype(int)
    found = np.asarray(Image.open(io.BytesIO(base64.b64decode(answer["overlay"])))).astype(int)
    assert np.abs(found - wanted).max() <= 1


def test_all_runs_answer_where_all_are_asked(thaw_home: Path, client: Client):
    finished_job(thaw_home, JOB)

    answers = client.post("/classify", params={"job": JOB, "runs": "all"}, content=picture_file()).json()["answers"]

    assert [(a["strategy"], a["seed"]) for a in answers] == [(strategy, seed) for strategy, seed, _ in RUNS]


def test_filters_are_shown_from_the_start_the_run_had_to_its_end(thaw_home: Path, client: Client):
    networks = finished_job(thaw_home, JOB)

    answer = client.get("/filters", params={"job": JOB, "run": 1}).json()

    start = backbones.get("resnet_mini").network(len(CLASSES), seed=1, pretrained=False)  # from_scratch, seed 1
    wanted = filters(start, networks[1])
    assert answer["moved"] == pytest.approx(wanted.moved.tolist())
    assert base64.b64decode(answer["before"]) == grid(wanted.before)
    assert base64.b64decode(answer["after"]) == grid(wanted.after)


def test_what_was_before_training_is_what_the_comparison_began_with_not_what_is_shipped_today(
    thaw_home: Path, client: Client
) -> None:
    networks = finished_job(thaw_home, JOB)
    refused = client.get("/filters", params={"job": JOB, "run": 2})
    assert "was not kept" in refused.json()["sentence"]
    began = {name: value + 0.5 for name, value in networks[2][0].state_dict().items()}
    save_file(began, thaw_home / "jobs" / JOB / "start.safetensors")

    answer = client.get("/filters", params={"job": JOB, "run": 2}).json()

    start = backbones.get("resnet_mini").network(len(CLASSES), seed=0, pretrained=False)
    start[0].load_state_dict(began)
    assert answer["moved"] == pytest.approx(filters(start, networks[2]).moved.tolist())


def test_a_pretrained_network_answers_in_the_classes_on_its_card(
    thaw_home: Path, client: Client, monkeypatch: pytest.MonkeyPatch
):
    network, names = random_network(200, seed=3), [f"class {i}" for i in range(200)]
    monkeypatch.setattr(shipped, "WEIGHTS", thaw_home)
    save_file({k: v.half() if v.is_floating_point() else v for k, v in network.state_dict().items()},
              thaw_home / "resnet_mini.safetensors")  # fmt: skip
    ask = {"backbone": "resnet_mini"}
    untold = client.post("/classify_backbone", params=ask, content=picture_file())
    (thaw_home / "resnet_mini.json").write_text(json.dumps({"classes": names}))

    answer = client.post("/classify_backbone", params=ask, content=picture_file()).json()["answer"]

    assert (untold.status_code, "the 200 classes of ResNet mini" in untold.json()["sentence"]) == (404, True)
    backbone = backbones.get("resnet_mini")
    with torch.no_grad():
        logits = network(normalise(pixels(picture_file(), 64)[None], backbone.mean, backbone.deviation))[0]
    assert answer["guesses"][0]["name"] == names[int(logits.argmax())]
    assert len(answer["guesses"]) == 5
    assert Image.open(io.BytesIO(base64.b64decode(answer["overlay"]))).size == (224, 224)


@pytest.mark.parametrize(
    "job", ["../secret", "..", ".", "", "a/b", "a\\b", "/etc", "a\0b", "x" * 65, "ä", "..%2fsecret"]
)
def test_an_id_that_could_leave_the_folder_of_jobs_is_refused(thaw_home: Path, client: Client, job: str):
    result_file(thaw_home, "../secret")  # beside the folder of jobs, and readable

    for answer in (
        client.post("/classify", params={"job": job}, content=picture_file()),
        client.get("/filters", params={"job": job, "run": "0"}),
    ):
        assert answer.status_code == 404
        assert "is no comparison" in answer.json()["sentence"]


@pytest.mark.parametrize("run", ["3", "-1", "", "../0", "0 ", "١"])
def test_a_run_that_does_not_exist_is_refused_with_the_bounds(thaw_home: Path, client: Client, run: str):
    result_file(thaw_home, JOB)

    answer = client.get("/filters", params={"job": JOB, "run": run})

    assert (answer.status_code, answer.json()["sentence"]) == (
        404,
        f"This comparison has the runs 0 to 2, not “{run}”.",
    )


def test_a_job_that_is_gone_unfinished_or_damaged_is_answered_with_what_to_do(thaw_home: Path, client: Client):
    finished_job(thaw_home, JOB)
    (thaw_home / "jobs" / JOB / "runs" / "1" / "model.safetensors").write_bytes(b"not tensors at all")
    (thaw_home / "jobs" / JOB / "runs" / "2" / "model.safetensors").unlink()

    def sentence(job: str, run: str) -> str:
        return client.get("/filters", params={"job": job, "run": run}).json()["sentence"]

    assert "has not finished yet, or was deleted. Open one from the runs page" in sentence("abc", "0")
    assert "from_scratch with seed 1 is damaged" in sentence(JOB, "1")
    assert "full:rate=0.1 with seed 0 is not there any more. Run the comparison again" in sentence(JOB, "2")


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "is no picture"), (b"GIF89a but no more", "This picture"), (picture_file()[:2000], "is cut off")],
)
def test_a_picture_that_cannot_be_read_is_refused_with_the_reason(
    thaw_home: Path, client: Client, content: bytes, reason: str
):
    finished_job(thaw_home, JOB)

    answer = client.post("/classify", params={"job": JOB}, content=content)

    assert answer.status_code == 400
    assert reason in answer.json()["sentence"]
    assert answer.json()["sentence"].endswith("Try another one.")


def test_a_body_beyond_the_limit_is_refused_before_it_is_whole(
    thaw_home: Path, client: Client, monkeypatch: pytest.MonkeyPatch
):
    limit = 2_000
    monkeypatch.setattr("model_zoo.service.LIMITS", type(LIMITS)(picture_bytes=limit))

    answer = client.post("/classify", params={"job": JOB}, content=b"x" * (limit + 1))

    assert (answer.status_code, answer.json()["sentence"]) == (
        413,
        "This picture is larger than 2.0 KiB. Try a smaller one.",
    )


def test_a_request_ends_at_its_deadline_and_the_next_one_is_answered(thaw_home: Path, client: Client):
    finished_job(thaw_home, JOB)
    ask = {"job": JOB, "runs": "all"}

    late = client.post("/classify", params=ask | {"seconds": "0.02"}, content=picture_file())
    answered = client.post("/classify", params=ask, content=picture_file())

    assert late.status_code == 504
    assert "was not there after 0.02 s" in late.json()["sentence"]
    assert answered.status_code == 200


def test_no_request_gets_more_time_than_the_process_grants(thaw_home: Path):
    finished_job(thaw_home, JOB)
    service = Service(Options(deadline_seconds=0.02))
    client = Client(service)

    for asked in ("1000", "inf", "nan", "soon"):
        answer = client.post("/classify", params={"job": JOB, "seconds": asked}, content=picture_file())
        assert (answer.status_code, "after 0.02 s" in answer.json()["sentence"]) == (504, True), asked
    service.worker.shutdown()


def test_what_fails_inside_is_answered_in_words_and_not_with_a_traceback(thaw_home: Path, client: Client):
    (thaw_home / "jobs" / JOB).mkdir(parents=True)
    (thaw_home / "jobs" / JOB / "result.json").write_text('{"runs": [{"strategy": 5}]}')

    answer = client.get("/filters", params={"job": JOB, "run": "0"})

    assert answer.status_code == 500
    assert answer.json()["sentence"].startswith("The inference process failed at this. Its log, ")


def test_the_shelf_drops_the_least_recently_used_network_when_memory_is_full():
    shelf, loaded = Shelf(most_bytes=100), []

    def get(name: str, size: int) -> None:
        def load() -> Fitted:
            loaded.append(name)
            layer = torch.nn.Sequential(torch.nn.Linear(size // 4, 1, bias=False))
            return Fitted(layer, "", (), 1, (0.0,), (1.0,))

        shelf.get(name, size, load)

    get("a", 40), get("b", 40), get("a", 40), get("c", 40)  # b has waited longest, and goes
    assert (len(shelf), shelf.bytes) == (2, 80)
    get("a", 40), get("c", 40)
    assert loaded == ["a", "b", "c"]
    get("b", 40)
    assert loaded == ["a", "b", "c", "b"]
    get("huge", 400)  # larger than the bound: stands alone rather than never
    assert (len(shelf), shelf.bytes) == (1, 400)
    get("a", 40)
    assert (len(shelf), shelf.bytes) == (1, 40)


def test_room_is_made_before_a_network_is_loaded_and_not_after():
    shelf, held = Shelf(most_bytes=100), []

    def load() -> Fitted:
        held.append(shelf.bytes)
        return Fitted(torch.nn.Sequential(torch.nn.Linear(15, 1, bias=False)), "", (), 1, (0.0,), (1.0,))

    for name in ("a", "b", "c"):
        shelf.get(name, 60, load)

    assert held == [0, 0, 0]


def test_a_network_that_was_trained_again_is_read_again(thaw_home: Path, client: Client):
    finished_job(thaw_home, JOB)
    file = thaw_home / "jobs" / JOB / "runs" / "1" / "model.safetensors"
    before = client.get("/filters", params={"job": JOB, "run": "1"}).json()
    aside = file.with_suffix(".part")
    aside.write_bytes((thaw_home / "jobs" / JOB / "runs" / "0" / "model.safetensors").read_bytes())
    aside.rename(file)

    assert client.get("/filters", params={"job": JOB, "run": "1"}).json()["after"] != before["after"]


def test_the_socket_of_a_deep_home_gets_a_short_path_that_can_be_bound(
    thaw_home: Path, monkeypatch: pytest.MonkeyPatch
):
    plain = socket_path()
    monkeypatch.setenv("THAW_HOME", str(thaw_home / ("deep/" * 40)))
    short = socket_path()

    assert plain.parent == (thaw_home / "service").resolve() or len(str(thaw_home)) > 60
    assert len(os.fsencode(short)) <= LONGEST_PATH
    assert short != plain
    assert short == socket_path()
    assert short.parent.stat().st_mode & 0o077 == 0
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(short))
    short.unlink()


def test_the_socket_lies_in_a_folder_that_only_its_owner_may_enter(thaw_home: Path):
    assert lock_path().parent.stat().st_mode & 0o077 == 0


def test_a_private_folder_open_to_others_is_not_used(thaw_home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("THAW_HOME", str(thaw_home / ("deep/" * 40)))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(thaw_home))
    folder = thaw_home / f"thaw-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)

    with pytest.raises(ValueError, match="can be written by others. Remove it, or set THAW_HOME"):
        socket_path()
