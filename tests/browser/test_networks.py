"""The networks page in a real browser: choose a network, a channel, pictures, and have a picture of yours named."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from model_zoo import backbones
from tests.browser import server
from tests.browser.own_dashboard import own_dashboard
from tests.finished_job import picture_file

SHIPPED = next(iter(backbones.REGISTRY))
ROW = backbones.get(SHIPPED)
DRAWN = "img => img.decode().then(() => img.naturalWidth)"
PASTE = """png => {
  const bytes = Uint8Array.from(atob(png), (c) => c.charCodeAt(0)), data = new DataTransfer();
  data.items.add(new File([bytes], "picture.png", { type: "image/png" }));
  document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""

pytestmark = pytest.mark.usefixtures("patient")
home, address = own_dashboard("networks")


def test_from_a_network_to_a_channel_its_pictures_and_the_name_of_mine(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit(f"networks?pictures=digits&size={ROW.smallest}")
    expect(page.get_by_text("multiply-adds,").first).to_be_visible()  # measured: its own inference process has started
    expect(page.locator(".strip li")).to_have_count(1 + len(ROW.stages))
    assert page.locator(".thaw-first img").evaluate(DRAWN) > 100

    page.get_by_role("button", name="Show it these pictures").click()
    rows = page.locator(".rows .row")
    expect(rows.first).to_be_visible()
    assert rows.nth(1).locator("img").first.evaluate(DRAWN) == ROW.smallest
    rows.nth(2).click()
    expect(page.get_by_text("Channel 2 of ").first).to_be_visible()
    page.wait_for_url("**channel=2**")
    server.settle(page)
    page.get_by_test_id("stButtonGroup").first.get_by_text(ROW.stage_names[1], exact=True).click()
    page.wait_for_url(f"**stage={ROW.stage_names[1]}**")

    page.get_by_role("button", name="Draw what it looks for").click()
    expect(page.get_by_text("in this picture with")).to_be_visible()

    file = tmp_path / "mine.png"
    file.write_bytes(picture_file())
    page.get_by_text("Upload", exact=True).click()
    page.locator('input[type="file"]').last.set_input_files(file)
    expect(page.locator(".thaw-named ol li")).to_have_count(5)
    assert page.locator(".thaw-named img").evaluate(DRAWN) > 100

    again = visit(page.url.partition("localhost:")[2].partition("/")[2])
    expect(again.get_by_text(f"Channel 2 of {ROW.stage_names[1]}").first).to_be_visible()


def test_a_pasted_picture_is_named(visit: Callable[..., Page]) -> None:
    import base64

    page = visit("networks")
    expect(page.locator(".thaw-named ol li")).to_have_count(5)
    page.get_by_text("Paste", exact=True).click()
    expect(page.get_by_text("Copy a picture, then press")).to_be_visible()
    expect(page.locator(".thaw-named")).to_have_count(0)
    page.evaluate(PASTE, base64.b64encode(picture_file(3)).decode())
    expect(page.get_by_text("Pasted. Paste another one to replace it.")).to_be_visible()
    expect(page.locator(".thaw-named ol li")).to_have_count(5)


def test_the_page_fits_every_screen(visit: Callable[..., Page]) -> None:
    page = visit("networks?backbone=mobilenet_v3_small")
    expect(page.get_by_text("are not on this machine yet")).to_be_visible()
    expect(page.get_by_text("multiply-adds,").first).to_be_visible()
    for look in server.looks(page):
        assert page.evaluate(server.FITS), look
