"""The frame around every page, in a real browser, wide and narrow, light and dark."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

import dashboard
from components.theme import DARK, LIGHT, contrast
from model_zoo.experiments import leases
from model_zoo.experiments.store import Store
from tests.browser import server
from tests.browser.ending import workers

PATHS = ["" if name == dashboard.HOME else name for name in dashboard.names()]
_FAINTEST = """() => [...document.querySelectorAll('[data-testid="stMain"] :is(p, li, h1, h2, h3, label, td, th)')]
  .filter((e) => e.textContent.trim() && e.checkVisibility())
  .map((e) => {
    let paper = null, opacity = 1;
    for (let x = e; x; x = x.parentElement) {
      const style = getComputedStyle(x);
      opacity *= Number(style.opacity);
      if (!paper && !/rgba\\(.*, 0(\\.\\d+)?\\)|transparent/.test(style.backgroundColor)) paper = style.backgroundColor;
    }
    return { words: e.textContent.slice(0, 60), ink: getComputedStyle(e).color, paper, opacity };
  })"""

_DRESSED = "[...document.querySelectorAll('style')].some((each) => each.textContent.includes('stCaptionContainer'))"


@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_its_screen_and_can_be_read(visit: Callable[..., Page], path: str) -> None:
    page = visit(path)
    for look in server.looks(page):
        page.wait_for_function(_DRESSED, timeout=60_000)  # Streamlit loads what shows HTML after the words
        page.wait_for_function("!document.querySelector('[data-stale=true]')", timeout=60_000)  # what is old is faded
        assert page.evaluate(server.FITS), look
        expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
        assert page.locator('[data-testid="stException"]').count() == 0
        for text in page.evaluate(_FAINTEST):
            ink, paper = _hex(text["ink"]), _hex(text["paper"])
            seen = _over(ink, paper, text["opacity"] * _alpha(text["ink"]))
            if seen == paper:
                continue  # Streamlit hides the ends of a slider so until it is pointed at
            assert contrast(seen, paper) >= 4.5, f"“{text['words']}” is {seen} on {paper}, {look}"


def test_a_page_follows_the_visitors_theme(visit: Callable[..., Page]) -> None:
    for dark, palette in ((False, LIGHT), (True, DARK)):
        colour = visit(dark=dark).locator(".stApp").evaluate("e => getComputedStyle(e).backgroundColor")
        assert _hex(colour) == palette.background.lower()


def test_the_wall_of_strategies_is_drawn_and_described(visit: Callable[..., Page]) -> None:
    page = visit()
    pictures = page.get_by_role("img", name="Heat map")
    assert pictures.count() >= 12
    expect(pictures.first).to_have_accessible_name("Heat map. stem to stage4: frozen; head: at the whole rate.")
    for look in server.looks(page):
        assert pictures.first.bounding_box()["width"] > 100, look


def test_the_page_asks_no_other_machine(visit: Callable[..., Page], address: str) -> None:
    page = visit()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("networkidle")
    machines = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
    assert machines == {urlsplit(address).netloc}


@pytest.fixture
def store(dashboard_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Give the dashboard's store; afterwards whatever was started is ended."""
    monkeypatch.setenv("THAW_HOME", str(dashboard_home))
    opened = Store()
    yield opened
    for job in opened.jobs(None):
        opened.request_cancel(job.id, None)
    for worker in workers(opened):
        leases.end_worker(worker)
    opened.engine.dispose()


def test_the_first_race_is_one_key_press_away(visit: Callable[..., Page], store: Store) -> None:
    page = visit()
    button = page.get_by_role("button", name="Start a first race")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/comparison?id=*")
    job = store.job(parse_qs(urlsplit(page.url).query)["id"][0], None)
    assert job.spec["strategies"] == ["linear_probe", "full:rate=0.1", "freeze_first:k=2"]
    expect(page.locator(".lines .line")).to_have_count(3)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(1)


def test_whoever_would_rather_choose_first_can(visit: Callable[..., Page], store: Store) -> None:
    page = visit()
    page.get_by_role("link", name="Choose for yourself").click()
    page.wait_for_url("**/compare?*")
    query = parse_qs(urlsplit(page.url).query)
    assert (query["preset"], query["data"]) == (["classics"], ["materials"])


def _channels(colour: str) -> list[float]:
    return [float(part) for part in colour[colour.index("(") + 1 : -1].replace("/", ",").split(",")]


def _hex(colour: str) -> str:
    return "#" + "".join(f"{round(channel):02x}" for channel in _channels(colour)[:3])


def _alpha(colour: str) -> float:
    return (_channels(colour) + [1.0])[3]


def _over(ink: str, paper: str, share: float) -> str:
    pairs = [(int(ink[i : i + 2], 16), int(paper[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)
