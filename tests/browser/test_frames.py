"""The page of frames in a real browser: a drawn clip, then a film of mine, marked, learned from, and another one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from components.inference import Inference
from model_zoo.data.moving import RATE, draw
from model_zoo.data.video import write
from tests.browser import server
from tests.browser.own_dashboard import own_dashboard

SECONDS_TO_TRAIN = 180
COUNT = 120
TALL, LANE = {"width": 1280, "height": 1300}, 15  # the page without scrolling; px into a row, where it is pressed
MARKS = ((0.02, 0.14, "calm"), (0.18, 0.3, "wild"), (0.4, 0.55, "calm"), (0.6, 0.75, "wild"))  # shares of the clip

pytestmark = pytest.mark.usefixtures("patient")


def _load() -> None:
    """Load the networks before pages are timed, however busy the machine is."""
    Inference(seconds=120).frames(3)


home, address = own_dashboard("frames", _load)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    for seed in (1, 2):
        write(draw(seed, COUNT).frames, RATE, folder / f"film-{seed}.mp4", 3)
    return sorted(folder.iterdir())


def now(page: Page, key: str) -> float:
    """Give where the player stands, in seconds."""
    return page.locator(f".st-key-{key} video").evaluate("video => video.currentTime")


def test_a_drawn_clip_plays_in_step_with_its_labels(visit: Callable[..., Page]) -> None:
    page = visit("frames?seed=3")
    page.set_viewport_size(TALL)
    rows = page.get_by_role("slider", name="GRU, both ways")
    expect(rows).to_be_visible()
    expect(page.get_by_text("Frames of this clip with the right label")).to_be_visible()
    box = rows.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + LANE)
    expect(page.get_by_text("Frame 126 of 250").or_(page.get_by_text("Frame 125 of 250"))).to_be_visible()
    page.wait_for_function("document.querySelector('.st-key-frames-drawn-player video').currentTime > 4.9")
    before = now(page, "frames-drawn-player")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"document.querySelector('.st-key-frames-drawn-player video').currentTime > {before} + 0.02")
    assert now(page, "frames-drawn-player") - before == pytest.approx(1 / RATE, abs=0.02)

    page.get_by_role("slider", name="Smoothing").press("ArrowRight")
    server.settle(page)
    expect(page.get_by_role("slider", name="GRU, both ways, raw")).to_be_visible()
    with page.expect_download() as told:
        page.get_by_role("button", name="WebVTT").click()
    assert Path(told.value.path()).read_text().startswith("WEBVTT\n\n00:00:00.000 --> ")

    page.get_by_role("button", name="Another clip").click()
    server.settle(page)
    expect(page.get_by_text("Frames of this clip with the right label")).to_be_visible()
    assert "seed=3" not in page.url


@pytest.mark.timeout(180 + SECONDS_TO_TRAIN)
def test_from_a_film_to_marks_to_labels_of_every_frame_and_of_another_film(
    visit: Callable[..., Page], films: list[Path], tmp_path: Path
) -> None:
    page = visit("frames?source=own")
    page.set_viewport_size(TALL)
    expect(page.get_by_text("Mark a few stretches of it")).to_be_visible()
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(films[0].read_bytes()[:900])
    page.locator('input[type="file"]').set_input_files(broken)
    expect(page.get_by_test_id("stAlert")).to_contain_text("broken.mp4")
    page.get_by_role("button", name="Choose another clip").click()
    server.settle(page)
    page.locator('input[type="file"]').set_input_files(films[0])
    expect(page.get_by_text(f"{COUNT} frames, 25 a second, 192 × 192 px.")).to_be_visible()
    for first, last, label in MARKS:
        _mark(page, first, last, label)
    expect(page.get_by_text("15 frames").first).to_be_visible()

    for name in ("Fine-tuned GRU", "GRU, both ways"):
        page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True).click()
        server.settle(page)
    for label in ("Epochs", "Seeds"):
        page.get_by_label(label, exact=True).fill("2")
        page.get_by_label(label, exact=True).press("Enter")
        server.settle(page)
    page.get_by_role("button", name="Train them").click()
    page.wait_for_url("**id=*")
    expect(page.locator(".thaw-answer")).to_contain_text("%", timeout=SECONDS_TO_TRAIN * 1000)
    expect(page.get_by_text("whose neighbours were learned from")).to_be_visible()
    for row in ("Your marks", "GRU", "Without recurrence"):
        expect(page.get_by_role("slider", name=row, exact=True)).to_be_visible()
    with page.expect_download() as told:
        page.get_by_role("button", name="CSV", exact=True).first.click()
    lines = Path(told.value.path()).read_text("utf-8-sig").splitlines()
    assert lines[0] == "frame,seconds,label,probability,GRU,Without recurrence"
    assert len(lines) == 1 + COUNT
    assert {line.split(",")[2] for line in lines[1:]} <= {"calm", "wild"}

    training = page.url
    page.locator('input[type="file"]').set_input_files(films[1])
    expect(page.get_by_text("Labelled by networks that learned from marks")).to_be_visible()
    expect(page.get_by_role("slider", name="Without recurrence", exact=True)).to_be_visible()
    page.get_by_role("button", name="To their training").click()
    page.wait_for_url("**id=*")
    expect(page.locator(".thaw-answer")).to_be_visible()
    assert page.url.partition("id=")[2] == training.partition("id=")[2]
    page.get_by_role("button", name="Mark more").click()
    server.settle(page)
    expect(page.get_by_text("Mark what happens in it")).to_be_visible()
    expect(page.get_by_text("0:00.08 calm").first).to_be_visible()


def _mark(page: Page, first: float, last: float, label: str) -> None:
    """Drag over a stretch of the row of marks, and name it."""
    row = page.get_by_role("slider", name="Your marks")
    box = row.bounding_box()
    assert box is not None
    across, middle = (box["x"] + box["width"] * share for share in (first, last)), box["y"] + LANE
    begins, ends = across
    page.mouse.move(begins, middle)
    page.mouse.down()
    page.mouse.move((begins + ends) / 2, middle)
    page.mouse.move(ends, middle)
    page.mouse.up()
    server.settle(page)
    page.get_by_role("combobox", name="Label").fill(label)
    page.get_by_role("combobox", name="Label").press("Enter")
    server.settle(page)
    page.locator(".st-key-frames-marking-mark button").click()
    server.settle(page)


def test_the_page_fits_every_screen(visit: Callable[..., Page]) -> None:
    page = visit("frames?seed=3")
    expect(page.get_by_text("Frames of this clip with the right label")).to_be_visible()
    for look in server.looks(page):
        assert page.evaluate(server.FITS), look
