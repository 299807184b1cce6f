"""What a killed process costs a visitor: nothing that was finished. Real SIGKILLs, seen through a real browser."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from components.inference import Inference
from model_zoo.events import EpochEnd, RunEnd, Started
from model_zoo.experiments import leases
from model_zoo.experiments.store import Store
from model_zoo.specs import ComparisonSpec
from tests.browser import server
from tests.browser.ending import end_all, workers
from tests.finished_job import picture_file
from tests.told_speed import tell_speed

SECONDS = 60_000  # ms; two cores may be shared with a training network
SEEN_WITHIN = 10_000  # ms, that a page may need to see that a worker is dead
SCRATCH = ComparisonSpec("materials:per_class=6", strategies=("from_scratch",), epochs=8, seeds=2, size=48)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kills")


@pytest.fixture(autouse=True)
def store(home: Path, thaw_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Give the store of the dashboard's home; afterwards all that runs there is ended."""
    monkeypatch.setenv("THAW_HOME", str(home))
    tell_speed(SCRATCH.size)
    opened = Store()
    expect.set_options(timeout=SECONDS)
    yield opened
    expect.set_options(timeout=5_000)
    end_all(opened)


@pytest.fixture
def show(browser: Browser) -> Iterator[Callable[[str], Page]]:
    opened: list[Page] = []

    def open_page(address: str) -> Page:
        opened.append(server.open_page(browser, address))
        return opened[-1]

    yield open_page
    for page in opened:
        page.close()


def test_a_killed_worker_is_seen_within_seconds_and_resume_goes_on_with_what_was_finished(
    home: Path, store: Store, show: Callable[[str], Page]
) -> None:
    job = store.enqueue("compare", SCRATCH.to_json(), lane="device")
    with server.dashboard(home) as address:
        page = show(f"{address}/comparison?id={job}")
        _until(lambda: any(isinstance(event, RunEnd) for event in _told(store, job)))
        _until(lambda: _told(store, job, EpochEnd)[-1].seed == 1)
        [worker] = workers(store)
        os.killpg(worker.pid, signal.SIGKILL)

        expect(page.get_by_text("The worker died")).to_be_visible(timeout=SEEN_WITHIN)
        expect(page.get_by_text("1 of 2 runs finished by then and are kept.")).to_be_visible()
        before = store.last_event_id()
        [kept] = _told(store, job, RunEnd)
        page.get_by_role("button", name="Resume").click()
        expect(page.locator(".thaw-answer")).to_be_visible()

    again = [event for number, event in store.events(job, None) if number > before]
    assert {event.seed for event in again if isinstance(event, EpochEnd)} == {1}, "the finished run is not run again"
    assert store.job(job, None).result["runs"][0] == kept.row


def test_a_race_outlives_the_web_process_and_the_link_finds_it_again(
    home: Path, store: Store, show: Callable[[str], Page]
) -> None:
    job = store.enqueue("compare", SCRATCH.to_json() | {"seed": 7}, lane="device")
    with server.dashboard(home) as address:
        left_open = show(f"{address}/comparison?id={job}")
        _until(lambda: _told(store, job, EpochEnd))
        [worker] = workers(store)
        _web_process(address).kill()
        told = len(_told(store, job, EpochEnd))
        _until(lambda: len(_told(store, job, EpochEnd)) > told + 1)  # with no page to ask for it
        _hold(worker.process(), home)  # so that the race is not over before the pages are back

    with server.dashboard(home, port=urlsplit(address).port):
        page = show(f"{address}/comparison?id={job}")
        expect(page.get_by_role("status").filter(has_text="left")).to_be_visible()
        expect(page.get_by_text("0 of 2 runs finished")).to_be_visible()
        assert [lease.pid for lease in workers(store)] == [worker.pid]
        worker.process().resume()
        for tab in (page, left_open):
            expect(tab.locator(".thaw-answer")).to_be_visible()
    assert leases.find(store.engine, "device").worker == worker.worker
    assert len(_told(store, job, Started)) == 1, "nobody began it anew"
    assert _worker_processes(home) == [worker.pid]


def test_a_killed_inference_process_is_started_again_for_the_next_picture(
    home: Path, store: Store, show: Callable[[str], Page]
) -> None:
    spec = SCRATCH.to_json() | {"strategies": ["linear_probe"], "epochs": 1, "seeds": 1}
    job = store.enqueue("compare", spec, lane="device")
    with server.dashboard(home) as address:
        page = show(f"{address}/comparison?id={job}")
        first = _try(page, 1)
        killed = Inference().health()["pid"]
        os.kill(killed, signal.SIGKILL)
        second = _try(page, 2, but_not=first)
    assert second != first
    assert Inference().health()["pid"] != killed


def _try(page: Page, seed: int, but_not: str = "") -> str:
    """Drop a picture and wait for its answer; gives the Grad-CAM picture, which is not `but_not`."""
    new = {"name": f"{seed}.png", "mimeType": "image/png", "buffer": picture_file(seed)}
    page.locator("input[type=file]").set_input_files(new)
    overlay = page.locator(".cards li img")
    expect(overlay).to_have_count(1)
    expect(overlay).not_to_have_attribute("src", but_not)
    expect(page.get_by_role("alert")).to_have_count(0)
    return overlay.get_attribute("src")


def _told(store: Store, job: str, kind: type = object) -> list:
    return [event for _, event in store.events(job, None) if isinstance(event, kind)]


def _until(condition: Callable[[], object], seconds: float = SECONDS / 1000) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.05)


def _hold(worker: psutil.Process, home: Path) -> None:
    """Stop a process for a while, at a moment when it is not writing to the database."""
    with closing(sqlite3.connect(home / "thaw.sqlite", timeout=0.2)) as database:
        for _ in range(50):
            worker.suspend()
            try:
                database.execute("BEGIN IMMEDIATE").connection.rollback()
                return
            except sqlite3.OperationalError:  # locked
                worker.resume()
    raise AssertionError("the worker never stopped writing")


def _web_process(address: str) -> psutil.Process:
    """Find the dashboard among the children of this process; some of them may have ended without being waited for."""
    port = f"--server.port={urlsplit(address).port}"
    found = [child for child in psutil.Process().children() if port in (child.as_dict(["cmdline"])["cmdline"] or ())]
    return found[0]


def _worker_processes(home: Path) -> list[int]:
    """Find the processes that work at the device lane of `home`, with or without a lease."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "environ"]):
        line, around = process.info["cmdline"] or [], process.info["environ"] or {}
        if line[-2:] == ["--lane", "device"] and around.get("THAW_HOME") == str(home):
            found.append(process.pid)
    return found
