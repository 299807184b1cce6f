"""The whole journey in a real browser: from a ZIP of pictures to an answer that stays. Only the speed is told."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from model_zoo.data.drawn.camera import CLASSES, draw
from model_zoo.experiments.store import Store
from tests.browser import server
from tests.browser.ending import end_all
from tests.told_speed import tell_speed

SHOWN = ("water", "brick", "wood")
EACH, SIZE = 12, 96  # pictures a class, and px
RUNS = 3 * 2  # strategies × seeds
SECONDS = 60_000  # ms; two cores may be shared with a training network
DRAWN = "img => img.decode().then(() => img.naturalWidth)"


@pytest.fixture
def address(thaw_home: Path) -> Iterator[str]:
    tell_speed(64)
    with server.dashboard(thaw_home) as running:
        yield running
    end_all(Store())


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[[str], Page]]:
    """Open a link as somebody who was never here."""
    opened: list[Page] = []
    expect.set_options(timeout=SECONDS)

    def open_page(path: str) -> Page:
        opened.append(server.open_page(browser, f"{address}/{path}"))
        return opened[-1]

    yield open_page
    expect.set_options(timeout=5_000)
    for page in opened:
        page.close()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Give a ZIP as a Mac packs it: a wrapping folder, a shadow of it in __MACOSX, and a picture that broke."""
    file = tmp_path / "my floors.zip"
    with zipfile.ZipFile(file, "w") as packed:
        for name in SHOWN:
            for number in range(EACH):
                packed.writestr(f"floors/{name}/{number}.png", _picture(name, number))
                packed.writestr(f"__MACOSX/floors/{name}/._{number}.png", b"\x00\x05\x16\x07")
        packed.writestr(f"floors/{SHOWN[0]}/torn.jpg", b"\xff\xd8\xff\xe0 and no more")
    return file


def test_a_zip_of_pictures_becomes_an_answer_that_everybody_with_the_link_can_read(
    visit: Callable[[str], Page], archive: Path, thaw_home: Path
) -> None:
    page = visit("compare")
    page.evaluate("window.neverReloaded = true")
    _drop(page, archive)
    _choose(page)
    page.get_by_role("button", name="Start the race").click()
    page.wait_for_url("**/comparison?id=*")
    _watch(page)
    assert page.evaluate("window.neverReloaded"), "the race came to its end on the page by itself"

    result = json.loads((thaw_home / "jobs" / page.url.partition("id=")[2] / "result.json").read_text())
    assert set(result["classes"]) == set(SHOWN)
    assert len(result["runs"]) == RUNS
    told = _told(page)
    assert told["answer"] == " ".join(result["verdict"]["sentence"].split())
    assert [line.split("\n")[0] for line in told["board"]] == ["1", "2", "3"]
    for line, entry in zip(told["board"], result["ranking"], strict=True):
        assert f"{100 * entry['test_accuracy']:.1f}" in line

    _try(page)
    again = visit(page.url.rpartition("/")[2])
    assert _told(again) == told


def _drop(page: Page, archive: Path) -> None:
    """Give the ZIP to the page, which describes it and names what it could not use."""
    page.get_by_role("radio", name="Your own").click()
    page.locator('input[type="file"]').set_input_files(archive)
    expect(page.get_by_text(f"{3 * EACH} pictures in 3 classes.")).to_be_visible()
    for name in SHOWN:
        expect(page.get_by_role("listitem", name=f"{name}: {EACH} pictures")).to_be_visible()
    assert page.locator(".portrait img").first.evaluate(DRAWN) > 0
    page.get_by_text("1 file was left out").click()
    expect(page.get_by_text("torn.jpg")).to_be_visible()


def _choose(page: Page) -> None:
    """Take other strategies than those that stood there, and a small budget."""
    _step(page, 3).click()
    page.get_by_role("button", name="Rate ladder").click()
    expect(_step(page, 3)).to_have_accessible_name("Step 3, Strategies: Rate ladder")
    page.get_by_role("button", name="Three classics").click()
    expect(_step(page, 3)).to_have_accessible_name("Step 3, Strategies: Three classics")
    _step(page, 4).click()
    for name in ("Epochs", "Seeds"):
        server.settle(page)
        page.get_by_role("spinbutton", name=name).fill("2")
        page.keyboard.press("Enter")
    expect(_step(page, 4)).to_have_accessible_name("Step 4, Budget: 2 epochs × 2 seeds")
    expect(page.get_by_role("button", name="Start the race")).to_be_enabled()


def _watch(page: Page) -> None:
    """See all three strategies under way, and stay until the answer comes."""
    expect(page.locator(".lines .line")).to_have_count(3)
    expect(page.locator(".thaw-answer")).to_be_visible()
    server.settle(page)
    assert page.locator('[data-testid="stException"]').count() == 0


def _told(page: Page) -> dict[str, object]:
    """Read the answer, and the lines of the leaderboard."""
    answer = page.locator(".thaw-answer")
    expect(answer).to_be_visible()
    lines = page.locator(".lines .line")
    expect(lines).to_have_count(3)
    return {"answer": " ".join(answer.inner_text().split()), "board": lines.all_inner_texts()}


def _try(page: Page) -> None:
    """Drop a picture that was in no archive: every strategy names classes, and shows where it looked."""
    new = {"name": "new.png", "mimeType": "image/png", "buffer": _picture(SHOWN[0], EACH)}
    page.locator("input[type=file]").set_input_files(new)
    cards = page.locator(".cards li")
    expect(cards).to_have_count(3)
    for card in cards.all():
        assert {name for name in card.locator(".guess").evaluate_all("all => all.map(p => p.title)")} == set(SHOWN)
        card.scroll_into_view_if_needed()
        assert card.get_by_alt_text("found its evidence for").evaluate(DRAWN) > 0


def _step(page: Page, number: int):
    return page.get_by_role("button", name=f"Step {number}, ")


def _picture(name: str, index: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(draw(CLASSES.index(name), index, seed=7, size=SIZE).transpose(1, 2, 0)).save(stream, "PNG")
    return stream.getvalue()
