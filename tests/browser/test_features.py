"""The features page in a real browser, from pictures chosen on the compare page to a lasso around some of them."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from model_zoo.data.drawn.camera import CLASSES, draw
from tests.browser import server
from tests.browser.own_dashboard import own_dashboard
from tests.told_speed import tell_speed

EACH, SIZE = 12, 48  # pictures a class, and px
DRAWN = "img => img.decode().then(() => img.naturalWidth)"
INKED = "c => new Set(new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer)).size"

pytestmark = pytest.mark.usefixtures("patient")


def _tell_speeds() -> None:
    tell_speed(SIZE)
    tell_speed(64)


home, address = own_dashboard("features", _tell_speeds)


@pytest.fixture(scope="module")
def result(browser: Browser, address: str, home: Path, patient: None) -> str:
    """Go from the compare page to a leaderboard; gives the path of the page where it stands."""
    page = server.open_page(browser, f"{address}/compare?data=materials:per_class={EACH}&size={SIZE}&seeds=2&epochs=1")
    page.get_by_role("link", name="Features").click()
    step = page.get_by_role("button", name="Step 1, Data: Materials")
    expect(step).to_be_visible()
    page.wait_for_url(f"**/features?*size={SIZE}*")
    _choose(page)
    start = page.get_by_role("button", name="Classify")
    expect(start).to_be_enabled()
    start.click()
    page.wait_for_url("**/features_result?id=*")
    expect(page.locator(".lines .line")).to_have_count(4)
    expect(page.locator(".thaw-answer")).to_be_visible()
    path = page.url.rpartition("/")[2]
    page.close()
    return path


def _choose(page: Page) -> None:
    """Take two layers and two classifiers, one of them with another setting."""
    page.get_by_role("button", name="Step 3, Layers").click()
    page.get_by_role("checkbox", name="stage2").check(force=True)
    expect(page.get_by_role("button", name="Step 3, Layers: 2 layers")).to_be_visible()
    page.get_by_role("button", name="Step 4, Classifiers").click()
    for name in ("RBF-kernel SVM", "Logistic regression", "XGBoost"):
        server.settle(page)
        page.get_by_role("checkbox", name=name).uncheck()
    server.settle(page)
    page.get_by_role("button", name="Nearest neighbours: about").click()
    page.get_by_role("spinbutton", name="neighbours").fill("3")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("checkbox", name="Nearest neighbours, neighbours 3")).to_be_checked()
    expect(page.get_by_role("button", name="Step 4, Classifiers: 2 × 2 seeds")).to_be_visible()


def test_a_leaderboard_stands_and_everybody_with_the_link_reads_the_same(
    visit: Callable[..., Page], result: str, home: Path
) -> None:
    told = json.loads((home / "jobs" / result.partition("id=")[2] / "result.json").read_text())
    assert told["spec"]["classifiers"] == ["svm_linear", "knn:neighbours=3"]
    assert told["spec"]["stages"] == ["stage2", "stage4"]
    page = visit(result)
    expect(page.locator(".thaw-answer")).to_contain_text(told["verdict"]["sentence"].split(".")[0].split(":")[0])
    lines = page.locator(".lines .line")
    expect(lines).to_have_count(4)
    for line, entry in zip(lines.all_inner_texts(), told["ranking"], strict=True):
        assert f"{100 * entry['test_accuracy']:.1f} %" in line
        assert f"{100 * entry['macro_f1']:.1f} %" in line
    assert page.locator('[data-testid="stException"]').count() == 0


def test_a_lasso_takes_pictures_and_the_keyboard_does_too(visit: Callable[..., Page], result: str) -> None:
    page = visit(result)
    page.get_by_role("tab", name="The space").click()
    page.get_by_role("button", name="Draw the map with PCA").click()
    over = page.get_by_role("application", name="Map of the embeddings of 120 pictures")
    expect(over).to_be_visible()
    server.settle(page)
    assert page.locator("canvas.points").evaluate(INKED) > 3, "points are drawn, in more than one colour"

    _lasso(page, over)
    said = page.get_by_text("of 120 pictures taken")
    expect(said).to_be_visible()
    taken = int(said.inner_text().split(" ")[0])
    assert 0 < taken < 120
    expect(page.get_by_role("heading", name=f"{taken} picture")).to_be_visible()
    shown = page.get_by_role("list", name="Pictures taken from the map").get_by_role("listitem")
    expect(shown).to_have_count(min(taken, 24))
    assert shown.first.locator("img").evaluate(DRAWN) == SIZE

    over.focus()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Draw around points to see their pictures")).to_be_visible()
    expect(shown).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_text("12 of 120 pictures taken")).to_be_visible()
    expect(shown).to_have_count(12)

    page.get_by_role("radio", name="Pictures").click()
    assert page.locator("canvas.points").evaluate(INKED) > 500, "thumbnails stand in place of points"
    with page.expect_download() as data:
        page.get_by_role("button", name="Save the map as CSV").click()
    assert len(data.value.path().read_text("utf-8-sig").splitlines()) == 1 + 120


def _lasso(page: Page, over: Locator) -> None:
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box is not None
    x, y, wide, high = box["x"], box["y"], box["width"], box["height"]
    page.mouse.move(x + 0.35 * wide, y + 0.2 * high)
    page.mouse.down()
    for right, down in ((0.62, 0.2), (0.62, 0.75), (0.35, 0.75), (0.35, 0.25)):
        page.mouse.move(x + right * wide, y + down * high, steps=5)
    page.mouse.up()


def test_a_new_picture_hears_every_classifier_and_finds_its_place(visit: Callable[..., Page], result: str) -> None:
    page = visit(result)
    new = {"name": "new.png", "mimeType": "image/png", "buffer": _picture()}
    page.locator("input[type=file]").last.set_input_files(new)
    expect(page.locator(".cards li")).to_have_count(4)
    near = page.get_by_role("list", name="Nearest training pictures").get_by_role("listitem")
    expect(near).to_have_count(9)
    assert near.first.locator("img").evaluate(DRAWN) == SIZE


def test_a_picture_from_the_webcam_hears_every_classifier(visit: Callable[..., Page], result: str) -> None:
    page = visit(result)
    page.get_by_text("Use the webcam", exact=True).click()
    server.photograph(page)
    expect(page.locator(".cards li")).to_have_count(4)
    expect(page.get_by_role("list", name="Nearest training pictures").get_by_role("listitem")).to_have_count(9)


def test_few_pictures_are_tried_and_layers_compared(visit: Callable[..., Page], result: str) -> None:
    page = visit(f"{result}&features.evidence=How+many+pictures%3F")
    page.get_by_role("button", name="Draw the learning curves").click()
    expect(page.locator('[aria-label*="Lines of test accuracy against training pictures"]').first).to_be_visible()
    page.get_by_role("tab", name="Which layer?").click()
    expect(page.locator('[aria-label*="linear probe after each stage"]').first).to_be_visible()
    page.get_by_role("tab", name="Mistakes").click()
    expect(page.get_by_role("grid", name="Confusion matrix, rows true, columns predicted")).to_be_visible()
    with page.expect_download() as pipeline:
        page.get_by_role("button", name="Download it").click()
    assert pipeline.value.suggested_filename.endswith(".skops")
    assert pipeline.value.path().stat().st_size > 1000


def test_both_pages_fit_every_screen(visit: Callable[..., Page], result: str) -> None:
    page = visit("features?data=digits")
    expect(page.get_by_role("checkbox", name="Linear SVM")).to_be_visible()
    for look in server.looks(page):
        assert page.evaluate(server.FITS), look
    page = visit(f"{result}&features.evidence=The+space")
    expect(page.locator(".thaw-answer")).to_be_visible()
    for look in server.looks(page):
        assert page.evaluate(server.FITS), look


def _picture() -> bytes:
    stream = io.BytesIO()
    Image.fromarray(draw(CLASSES.index("wood"), EACH, seed=7, size=96).transpose(1, 2, 0)).save(stream, "PNG")
    return stream.getvalue()
