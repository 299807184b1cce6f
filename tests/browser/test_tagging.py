"""The tagging page in a real browser: names marked, other readings, parts of speech, a document and its files."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import server
from tests.browser.own_dashboard import own_dashboard

HOSTILE = '<img src=x onerror="window.hurt=1"> <script>window.hurt=1</script> Marie Curie lived in Paris.'

pytestmark = pytest.mark.usefixtures("patient")
home, address = own_dashboard("tagging")


def test_from_a_sentence_to_its_names_other_readings_and_a_document(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit("tagging")
    marks = page.locator(".thaw-tagged mark")
    expect(marks.first).to_contain_text("Marie Curie")
    expect(page.get_by_text("as shown above")).to_be_visible()
    expect(page.get_by_text("Which tag may follow which")).to_be_visible()

    box = page.get_by_label("A text in English")
    box.fill(HOSTILE)
    expect(page.locator(".thaw-tagged")).to_contain_text('<img src=x onerror="window.hurt=1">')
    expect(page.locator(".thaw-tagged mark", has_text="Marie Curie")).to_be_visible()
    assert page.evaluate("window.hurt") is None, "what a visitor types is shown, never run"

    page.get_by_test_id("stButtonGroup").get_by_text("Parts of speech", exact=True).click()
    expect(page.locator(".thaw-tagged.pos mark").first).to_be_visible()
    page.wait_for_url("**task=pos**")

    page.get_by_test_id("stButtonGroup").get_by_text("Named entities", exact=True).click()
    expect(page.locator(".thaw-tagged.ner")).to_be_visible()
    file = tmp_path / "paper.txt"
    file.write_text("Marie Curie was born in Warsaw.\n\n<b>Nothing</b> here.\n", "utf-8")
    page.locator('input[type="file"]').set_input_files(file)
    page.get_by_role("button", name="Find its named entities").click()
    expect(page.get_by_role("button", name="JSON lines")).to_be_visible()
    with page.expect_download() as told:
        page.get_by_role("button", name="JSON lines").click()
    lines = Path(told.value.path()).read_text("utf-8").splitlines()
    assert [len(json.loads(line)["tags"]) for line in lines] == [7, 0, len(json.loads(lines[2])["tokens"])]

    again = visit(page.url.partition("localhost:")[2].partition("/")[2])
    expect(again.get_by_role("button", name="CoNLL")).to_be_visible()


def test_the_page_fits_every_screen(visit: Callable[..., Page]) -> None:
    page = visit("tagging")
    expect(page.locator(".thaw-tagged mark").first).to_be_visible()
    for look in server.looks(page):
        assert page.evaluate(server.FITS), look
