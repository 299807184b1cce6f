"""A comparison that really ran, in a real browser: the answer, the evidence, a new picture, what to keep, the runs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect
from safetensors import safe_open

from components.inference import Inference
from model_zoo.experiments.store import Store
from model_zoo.specs import ComparisonSpec
from tests.browser import server
from tests.finished_job import picture_file
from tests.told_speed import tell_speed

Open = Callable[..., Page]
SPEC = ComparisonSpec("materials:per_class=5", strategies=("linear_probe", "full:rate=0.1"), epochs=2, seeds=2, size=48)
SECONDS = 90_000  # ms; two cores may be shared with a training network


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a home; the inference process that pages start in it ends with the tests."""
    folder = tmp_path_factory.mktemp("result")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THAW_HOME", str(folder))
        patch.delenv("DATABASE_URL", raising=False)
        yield folder
        if found := Inference().health():
            os.kill(found["pid"], signal.SIGTERM)


@pytest.fixture(scope="module")
def job(home: Path) -> str:
    """Let a worker run a small comparison to its end; gives its id."""
    tell_speed(SPEC.size)
    store = Store()
    id = store.enqueue("compare", SPEC.to_json(), lane="device")
    command = [sys.executable, "-m", "model_zoo", "work", "--lane", "device", "--idle-seconds", "0", "--niceness", "0"]
    subprocess.run(
        command, cwd=server.ROOT, check=True, timeout=SECONDS / 1000, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    ended = store.job(id, None)
    assert ended.state == "finished", ended.sentence
    store.engine.dispose()
    return id


@pytest.fixture(scope="module")
def running(home: Path, job: str) -> Iterator[str]:
    with server.dashboard(home) as address:
        yield address


@pytest.fixture
def show(browser: Browser, running: str) -> Iterator[Open]:
    opened: list[Page] = []

    def open_page(path: str, **look: bool) -> Page:
        opened.append(server.open_page(browser, f"{running}/{path}", **look))
        return opened[-1]

    yield open_page
    for page in opened:
        page.close()


def test_the_answer_is_the_first_thing_on_the_page_and_fits_a_phone(show: Open, home: Path, job: str) -> None:
    sentence = json.loads((home / "jobs" / job / "result.json").read_text())["verdict"]["sentence"]
    for narrow in (False, True):
        page = show(f"comparison?id={job}", narrow=narrow, dark=narrow)
        answer = page.locator(".thaw-answer")
        expect(answer).to_be_in_viewport()
        assert " ".join(answer.inner_text().split()) == " ".join(sentence.split())
        expect(page.locator(".lines .line")).to_have_count(2)
        assert page.locator('[data-testid="stException"]').count() == 0
    for tab in ("Cost", "What moved", "Overfitting", "Mistakes"):
        page.get_by_role("tab", name=tab).click()
        server.settle(page)
        assert page.evaluate(server.FITS), tab


def test_a_cell_of_the_confusion_matrix_shows_its_pictures(show: Open, job: str) -> None:
    page = show(f"comparison?id={job}&comparison.evidence=Mistakes")
    cell = page.locator(".cell:not(.none)").first
    words = cell.get_attribute("aria-label")
    count = int(words.split(": ")[1].split(" ")[0])
    true = words.split(",")[0]
    cell.click()
    expect(page.get_by_text(f"{count} picture")).to_be_visible()
    pictures = page.get_by_role("list", name="Pictures", exact=True).get_by_role("listitem")
    expect(pictures).to_have_count(count)
    for picture in pictures.all():
        expect(picture.locator(".true")).to_have_text(true)


def test_a_new_picture_is_answered_by_every_strategy_and_nonsense_by_a_sentence(show: Open, job: str) -> None:
    page = show(f"comparison?id={job}", narrow=True)
    drop = page.locator("input[type=file]")
    drop.set_input_files({"name": "new.png", "mimeType": "image/png", "buffer": picture_file()})
    cards = page.locator(".cards li")
    expect(cards).to_have_count(2, timeout=SECONDS)
    expect(page.locator(".said")).to_contain_text("strategies say")
    for card in cards.all():
        expect(card.locator(".guess")).to_have_count(5)
        card.scroll_into_view_if_needed()
        assert card.locator("img").evaluate("img => img.decode().then(() => img.naturalWidth > 200)"), (
            "Grad-CAM is drawn"
        )
    assert page.evaluate(server.FITS)
    drop.set_input_files({"name": "new.png", "mimeType": "image/png", "buffer": b"nothing of the kind"})
    expect(page.get_by_role("alert")).to_contain_text("is no picture", timeout=SECONDS)
    expect(cards).to_have_count(0)


def test_filters_are_shown_before_and_after_and_those_of_a_frozen_layer_did_not_move(show: Open, job: str) -> None:
    page = show(f"comparison?id={job}&comparison.evidence=First+layer")
    expect(page.get_by_alt_text("Filters before training, in rows")).to_be_visible(timeout=SECONDS)
    _choose(page, "Strategy", "Linear probe")
    expect(page.get_by_text("this layer stayed frozen")).to_be_visible(timeout=SECONDS)
    before, after = (page.get_by_alt_text(f"Filters {when} training, in rows") for when in ("before", "after"))
    assert before.get_attribute("src") == after.get_attribute("src")


def test_numbers_and_the_network_are_kept(show: Open, job: str, tmp_path: Path) -> None:
    page = show(f"comparison?id={job}")
    with page.expect_download() as epochs:
        page.get_by_role("button", name="Epochs as CSV").click()
    table = epochs.value.path().read_text("utf-8").splitlines()
    assert len(table) == 1 + len(SPEC.strategies) * SPEC.seeds * SPEC.epochs
    with page.expect_download() as network:
        page.get_by_role("button", name="Download it").click()
    network.value.save_as(tmp_path / "network.safetensors")
    with safe_open(tmp_path / "network.safetensors", "np") as file:
        about = file.metadata()
    assert len(json.loads(about["classes"])) == 10
    assert about["size"] == str(SPEC.size)
    assert about["strategy"] in SPEC.strategies


def test_the_runs_page_opens_it_fills_the_compare_page_and_deletes_it_after_asking(
    show: Open, home: Path, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THAW_HOME", str(home))
    store = Store()
    gone = store.enqueue("compare", SPEC.to_json(), lane="device")
    store.request_cancel(gone, None)  # before a worker takes it up
    page = show("runs", narrow=True)
    expect(page.get_by_role("button", name="Open")).to_have_count(2)
    assert page.evaluate(server.FITS)
    page.get_by_role("button", name="Delete").first.click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("button", name="Open")).to_have_count(1)
    assert [left.id for left in store.jobs(None)] == [job]
    store.engine.dispose()
    page.wait_for_timeout(1500)  # until the list has been drawn without it
    page.get_by_role("button", name="Run again").click()
    page.wait_for_url("**/compare?*")
    assert parse_qs(urlsplit(page.url).query)["data"] == [SPEC.data]
    page.go_back()
    page.get_by_role("button", name="Open").click()
    page.wait_for_url(f"**/comparison?id={job}")
    expect(page.locator(".thaw-answer")).to_be_visible()


def _choose(page: Page, box: str, option: str) -> None:
    """Choose in the first select box of this name; one that opens while the page is still drawn closes again."""
    server.settle(page)
    page.get_by_role("combobox", name=box).first.click()
    with suppress(TimeoutError):
        page.get_by_role("option", name=option).wait_for(timeout=3000)
    if not page.get_by_role("option", name=option).is_visible():
        server.settle(page)
        page.get_by_role("combobox", name=box).first.click()
    page.get_by_role("option", name=option).click()
