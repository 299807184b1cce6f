"""Towers in a real browser: they grow, they are trained, looked into, and their blocks are cut."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import server
from tests.browser.own_dashboard import own_dashboard

pytestmark = pytest.mark.usefixtures("patient")
home, address = own_dashboard("residual")
SECONDS_TO_TRAIN = 240  # half a minute where nothing else is done


def test_towers_grow_and_shipped_ones_lose_their_blocks(visit: Callable[..., Page]) -> None:
    page = visit("residual")
    tower = page.get_by_role("img", name=re.compile("Residual tower of 56 layers, 853,018 parameters"))
    expect(tower.locator("rect")).to_have_count(56)
    expect(tower.locator("path")).to_have_count(27)
    expect(page.get_by_role("img", name=re.compile("Plain tower of 56 layers, 853,018")).locator("path")).to_have_count(
        0
    )
    slider = page.get_by_role("slider").first
    slider.focus()
    slider.press("ArrowRight")
    expect(page.get_by_role("img", name=re.compile("Residual tower of 110 layers"))).to_be_visible()
    expect(page.locator(".thaw-answer")).to_contain_text("Plain networks fit worse with")

    page.get_by_role("button", name=re.compile("^Block 5 of Plain, 20 layers")).click()
    expect(page.get_by_role("status").filter(has_text="8.6 % without block 5 (−90.0 points)")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Block 5 of Residual, 20 layers")).press("Enter")
    page.get_by_role("button", name=re.compile("^Block 7 of Residual, 20 layers")).press("Enter")
    expect(page.get_by_role("status").filter(has_text="without blocks 5, 7")).to_contain_text("%")
    page.get_by_role("button", name="Put all blocks back").click()
    expect(page.get_by_role("status").filter(has_text="without block")).to_have_count(0)


@pytest.mark.timeout(180 + SECONDS_TO_TRAIN)
def test_from_choices_to_an_answer_that_its_link_opens_again(visit: Callable[..., Page]) -> None:
    page = visit("residual")
    page.get_by_text("Train towers yourself").click()
    server.settle(page)
    training = page.locator(".st-key-residual-train")
    for depth in ("20", "56", "14"):
        training.get_by_text(depth, exact=True).click()
        server.settle(page)
    for label, value in (("Epochs", "2"), ("Seeds", "2")):
        page.get_by_label(label, exact=True).fill(value)
        page.get_by_label(label, exact=True).press("Enter")
        server.settle(page)
    expect(training.get_by_text("20 runs: with the first seed each tower at 4 rates")).to_be_visible()
    training.get_by_role("button", name="Train the towers").click()
    page.wait_for_url("**id=*")
    expect(page.get_by_role("status").filter(has_text="runs finished")).to_be_visible()
    expect(page.get_by_text("How they learn").first).to_be_visible()
    expect(page.get_by_text("Keep it")).to_be_visible(timeout=1_000 * SECONDS_TO_TRAIN)
    expect(page.locator(".thaw-answer")).to_contain_text(re.compile("14 (and 8 )?layers"))
    page.get_by_role("button", name=re.compile("^Block 1 of Residual, 14 layers")).click()
    page.get_by_role("button", name=re.compile("^Block 2 of Residual, 14 layers")).click()
    expect(page.get_by_role("status").filter(has_text="without blocks 1, 2")).to_contain_text("%")
    with page.expect_download() as told:
        page.get_by_role("button", name="Runs as CSV").click()
    assert Path(told.value.path()).read_text().count("\n") == 1 + 20

    again = visit(page.url.partition("localhost:")[2].partition("/")[2])
    expect(again.locator(".thaw-answer")).to_be_visible()
    again.goto(again.url.partition("residual")[0] + "runs")
    again.get_by_text("Towers", exact=True).click()
    expect(again.get_by_text("Digits · 8, 14 layers · plain, residual × 2 seeds").first).to_be_visible()


def test_the_page_fits_every_screen(visit: Callable[..., Page]) -> None:
    page = visit("residual")
    expect(page.get_by_text("What is one block worth?")).to_be_visible()
    for look in server.looks(page):
        assert page.evaluate(server.FITS), look
