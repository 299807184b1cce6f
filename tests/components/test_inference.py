"""The client against real inference processes: started, asked, killed, and started again."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest
import torch
from torch import nn

from components.inference import Inference, InferenceError, RunAnswer
from model_zoo import backbones
from model_zoo.backbones.networks.residual import WIDTHS
from model_zoo.data.decode import decode
from model_zoo.data.views import normalise
from model_zoo.service_address import COMMAND, FOLDER, lock_path, log_path, socket_path
from tests.finished_job import CLASSES, SIZE, finished_job, picture_file

JOB = "fedcba9876543210fedcba9876543210"
TWO_NETWORKS = ("--memory-bytes", "45000000")  # a network of the job has 18.1 MB


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One home for the tests that share a process: starting one takes seconds."""
    yield tmp_path_factory.mktemp("shared")
    for process in processes():
        process.kill()
        process.wait(10)


@pytest.fixture(scope="module")
def networks(shared_home: Path) -> list[nn.Sequential]:
    return finished_job(shared_home, JOB)


@pytest.fixture
def inference(
    thaw_home: Path, shared_home: Path, networks: list[nn.Sequential], monkeypatch: pytest.MonkeyPatch
) -> Inference:
    monkeypatch.setenv("THAW_HOME", str(shared_home))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return Inference(options=TWO_NETWORKS)


def processes() -> list[psutil.Process]:
    """The living inference processes that this test started."""
    children = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in children if "model_zoo.service" in child.cmdline()]


def kill() -> int:
    (process,) = processes()
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    return process.pid


def wait_for(condition: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def check(answers: list[RunAnswer], networks, picture: bytes) -> None:
    backbone = backbones.get("resnet_mini")
    x = normalise(torch.from_numpy(decode(picture, SIZE).pixels)[None], backbone.mean, backbone.deviation)
    for answer in answers:
        with torch.no_grad():
            wanted = dict(zip(CLASSES, networks[answer.run](x)[0].softmax(0).tolist(), strict=True))
        assert {guess.name: guess.probability for guess in answer.guesses} == pytest.approx(wanted, abs=1e-5)
        assert answer.overlay.startswith(b"\x89PNG")


def test_the_first_question_starts_a_process_that_answers_within_its_memory(networks, inference: Inference):
    assert inference.health() is None

    answers = inference.classify(JOB, picture_file(), runs="all")

    check(answers, networks, picture_file())
    assert [(a.run, a.strategy, a.seed) for a in answers] == [
        (0, "from_scratch", 0),
        (1, "from_scratch", 1),
        (2, "full:rate=0.1", 0),
    ]
    health = inference.health()
    assert health["models"] == 2  # of three: the least recently used was dropped
    assert health["bytes"] <= 45_000_000
    assert len(processes()) == 1
    assert processes()[0].nice() >= 5


def test_a_process_killed_between_questions_is_replaced(networks, inference: Inference):
    inference.classify(JOB, picture_file())
    killed = kill()

    check(inference.classify(JOB, picture_file(1)), networks, picture_file(1))

    assert inference.health()["pid"] != killed


def test_a_process_killed_while_it_works_is_replaced_and_the_question_is_still_answered(networks, inference: Inference):
    inference.classify(JOB, picture_file())
    kill()
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(inference.classify, JOB, picture_file(2), "all")
        wait_for(lambda: (inference.health() or {}).get("busy"))  # it has the question, and still loads torch
        killed = kill()

        check(asked.result(), networks, picture_file(2))

    assert inference.health()["pid"] != killed


def test_many_sessions_at_once_share_one_process(networks, inference: Inference):
    inference.classify(JOB, picture_file())
    kill()
    together = threading.Barrier(6)

    def ask(seed: int) -> list[RunAnswer]:
        together.wait()
        return Inference().classify(JOB, picture_file(seed))

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(ask, range(6)))

    for seed, answer in enumerate(answers):
        check(answer, networks, picture_file(seed))
    assert len(processes()) == 1


def test_a_second_process_for_the_same_home_ends_at_once(networks, inference: Inference):
    inference.classify(JOB, picture_file())
    first = inference.health()["pid"]

    second = subprocess.run(COMMAND, cwd=FOLDER, capture_output=True, text=True, timeout=60)

    assert (second.returncode, second.stdout) == (0, f"Another inference process holds {lock_path()}.\n")
    assert inference.health()["pid"] == first == int(lock_path().read_text())


def test_refusals_come_as_sentences_with_their_status(networks, inference: Inference):
    with pytest.raises(InferenceError, match="This picture is no picture|This picture is cut off") as bad_picture:
        inference.classify(JOB, b"no picture at all")
    with pytest.raises(InferenceError, match="“../../etc” is no comparison") as bad_job:
        inference.classify("../../etc", picture_file())
    with pytest.raises(InferenceError, match="has the runs 0 to 2, not “9”") as bad_run:
        inference.filters(JOB, 9)
    with pytest.raises(InferenceError, match="was not there after 0.01 s") as too_late:
        Inference(seconds=0.01).classify(JOB, picture_file(), runs="all")
    with pytest.raises(
        InferenceError, match="There is no backbone “resnet_mimi”. Did you mean “resnet_mini”"
    ) as unknown:
        inference.classify_backbone("resnet_mimi", picture_file())

    statuses = [error.value.status for error in (bad_picture, bad_job, bad_run, too_late, unknown)]
    assert statuses == [400, 404, 404, 504, 400]


def test_filters_come_as_two_pictures_and_how_far_each_moved(inference: Inference):
    shown = inference.filters(JOB, 0)

    assert shown.before.startswith(b"\x89PNG")
    assert shown.after.startswith(b"\x89PNG")
    assert shown.before != shown.after
    assert len(shown.moved) == WIDTHS[0]


def test_an_idle_process_ends_and_the_next_question_starts_another(thaw_home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("THAW_HOME", str(thaw_home / ("deep/" * 30)))  # its socket lies among the temporary files
    inference = Inference(options=("--idle-seconds", "2"))

    def ask() -> None:
        with pytest.raises(InferenceError, match="has not finished yet, or was deleted"):
            inference.filters("nothing", 0)

    ask()
    wait_for(lambda: inference.health() is None)
    assert not socket_path().exists()
    ask()
    wait_for(lambda: inference.health() is None)


def test_a_process_that_was_ending_while_it_was_asked_is_asked_again(monkeypatch: pytest.MonkeyPatch):
    answers = [httpx.Response(500, text="Internal Server Error"), httpx.Response(200, json={"tags": [], "scores": []})]
    transport = httpx.MockTransport(lambda request: answers.pop(0))
    monkeypatch.setattr(Inference, "_wake", lambda self: None)
    monkeypatch.setattr(
        "components.inference._client", lambda seconds: httpx.Client(transport=transport, base_url="http://inference")
    )
    assert Inference().transitions("ner") == ([], [])
    answers += [httpx.Response(500, text="Internal Server Error")] * 2
    with pytest.raises(InferenceError, match="ended twice at this question"):
        Inference().transitions("ner")


def test_a_process_that_cannot_start_is_reported_with_its_log():

    with pytest.raises(InferenceError, match="could not start. Its log, .*inference.log, says why"):
        Inference(options=("--no-such-option",)).filters(JOB, 0)

    assert "--no-such-option" in log_path().read_text()


def test_a_process_that_does_not_answer_is_waited_for_only_so_long(thaw_home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("components.inference.COMMAND", ("sleep", "60"))

    with pytest.raises(InferenceError, match="did not answer within 0.3 s"):
        Inference(seconds_to_start=0.3).filters(JOB, 0)

    for child in psutil.Process().children():
        if child.status() != psutil.STATUS_ZOMBIE and child.cmdline() == ["sleep", "60"]:
            os.kill(child.pid, signal.SIGKILL)


def test_a_log_that_has_grown_long_is_put_aside(thaw_home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("components.inference.LARGEST_LOG", 100)
    log_path().write_text("x" * 200)

    with pytest.raises(InferenceError, match="could not start"):
        Inference(options=("--no-such-option",)).filters(JOB, 0)

    assert "x" not in log_path().read_text()[:100].replace("usage: python -m model_zoo.service", "")
    assert log_path().with_suffix(".old.log").read_text() == "x" * 200
