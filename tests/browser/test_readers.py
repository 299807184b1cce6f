"""Your own texts in a real browser: a table, its columns, networks that learn from it, and what to keep."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import server
from tests.browser.own_dashboard import own_dashboard

MOODS = "review,mood\n" + "".join(
    f"the {noun} was {word} number {number},{mood}\n"
    for number, noun in enumerate(["film", "plot", "actor", "scene", "music"] * 4)
    for word, mood in (("lovely", "good"), ("dreadful", "bad"))
)

pytestmark = pytest.mark.usefixtures("patient")
home, address = own_dashboard("readers")


def test_from_a_table_to_the_network_that_reads_it_best(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit("readers")
    expect(page.get_by_text("A hundred texts show something")).to_be_visible()
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"only a head\n")
    page.locator('input[type="file"]').set_input_files(broken)
    expect(page.get_by_text("needs a first line with the names of its columns")).to_be_visible()

    file = tmp_path / "moods.csv"
    file.write_text(MOODS)
    page.locator('input[type="file"]').set_input_files(file)
    expect(page.get_by_text("40 texts with 2 labels: good 20, bad 20.")).to_be_visible()
    for name in ("Fine-tuned LSTM", "LSTM"):
        page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True).click()
    for label in ("Epochs", "Seeds"):
        page.get_by_label(label, exact=True).fill("2")
        page.get_by_label(label, exact=True).press("Enter")
        server.settle(page)
    page.get_by_role("button", name="Train them").click()
    page.wait_for_url("**id=*")
    expect(page.get_by_text("Keep it")).to_be_visible()
    expect(page.locator(".thaw-answer")).to_contain_text("%")
    with page.expect_download() as told:
        page.get_by_role("button", name="Runs as CSV").click()
    assert Path(told.value.path()).read_text().count("\n") == 1 + 2 * 2
    server.settle(page)
    with page.expect_download() as told:
        page.get_by_role("button", name="Best network").click()
    assert b'"classes"' in Path(told.value.path()).read_bytes()[:4096]

    again = visit(page.url.partition("localhost:")[2].partition("/")[2])
    expect(again.locator(".thaw-answer")).to_be_visible()
    again.goto(again.url.partition("readers")[0] + "runs")
    again.get_by_text("Networks on texts", exact=True).click()
    expect(again.get_by_text("moods.csv · 2 networks × 2 seeds").first).to_be_visible()


def test_the_page_fits_every_screen(visit: Callable[..., Page]) -> None:
    page = visit("readers")
    expect(page.get_by_text("A hundred texts show something")).to_be_visible()
    for look in server.looks(page):
        assert page.evaluate(server.FITS), look
