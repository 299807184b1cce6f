"""The sentiment page in a real browser: from an example to an answer, to words of mine, to a file of many texts."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from components.inference import Inference
from model_zoo.rnn import sentiment
from tests.browser import server
from tests.browser.own_dashboard import own_dashboard

HOSTILE = "<script>document.title='hacked'</script> <img src=x onerror=\"document.title='hacked'\"> & \"so\" on"
FOREIGN = """() => {  // what a hostile text would have made, in the page and in every own widget
  const roots = [document], found = [];
  for (const root of roots) {
    for (const node of root.querySelectorAll("*")) if (node.shadowRoot) roots.push(node.shadowRoot);
    found.push(...root.querySelectorAll("img[src='x'], [onerror]"));
    found.push(...[...root.querySelectorAll("script")].filter((node) => node.textContent.includes("hacked")));
  }
  return found.length;
}"""
VERDICT = re.compile(r"^(Positive|Negative), (over )?\d+ %\.$|^It cannot tell: \d+ % for positive\.$")
CHANGE = re.compile(r"^From .+ % to .+ % positive: (no change|.+ points)\.$")
COUNT = 60

pytestmark = pytest.mark.usefixtures("patient")


def _load() -> None:
    """Load both networks before pages are timed, however busy the machine is."""
    for language in sentiment.LANGUAGES:
        Inference(seconds=120).sentiment("good", language)


home, address = own_dashboard("sentiment", _load)


def box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="A review")


def words(page: Page) -> Locator:
    return page.get_by_role("radiogroup", name="Words").get_by_role("radio")


def reads(page: Page, text: str) -> None:
    """Wait until the page answers about `text`: its words stand there, and a verdict."""
    expect(words(page)).to_have_text(text.split())
    expect(page.locator(".thaw-verdict p")).to_have_text(VERDICT)


def test_from_an_example_to_words_of_mine_and_what_if(visit: Callable[..., Page]) -> None:
    page = visit("sentiment")
    reads(page, sentiment.EXAMPLES["en"][0])
    expect(page.get_by_role("img", name="The network wired many to one")).to_be_visible()

    korean = sentiment.EXAMPLES["ko"][2]
    page.get_by_role("radio", name=korean).first.click()
    reads(page, korean)
    expect(box(page)).to_have_value(korean)
    expect(page.get_by_text("Read as Korean, found by its letters.")).to_be_visible()

    box(page).fill("")
    expect(page.get_by_text("Type a review above")).to_be_visible()
    box(page).press_sequentially("A warm film, but dull", delay=20)  # neither Enter nor another click: it answers live
    reads(page, "A warm film, but dull")
    assert parse_qs(urlsplit(page.url).query)["text"] == ["A warm film, but dull"]

    words(page).first.focus()
    page.keyboard.press("ArrowLeft")  # round to the last word
    page.keyboard.press("Enter")
    instead = page.get_by_role("textbox", name="Instead of “dull”")
    instead.press_sequentially("est", delay=20)
    told = page.locator(".thaw-what-if p")
    expect(told).to_have_text(CHANGE)
    page.get_by_role("button", name="Leave it out").click()
    expect(instead).to_have_value("")
    expect(told).to_have_text(CHANGE)
    page.get_by_role("button", name="Go on with the changed text").click()
    expect(box(page)).to_have_value("A warm film, but")
    reads(page, "A warm film, but")

    slider = page.get_by_role("slider", name="Token")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.get_by_text("% positive so far").locator("u")).to_have_text("A")


def test_markup_in_a_text_is_shown_as_text_and_never_run(visit: Callable[..., Page]) -> None:
    page = visit("sentiment")
    box(page).fill(HOSTILE)
    reads(page, HOSTILE)
    page.get_by_text("The same as a table").click()
    expect(page.locator(".thaw-effects td").first).to_have_text(HOSTILE.split()[0])
    words(page).nth(2).click()
    page.get_by_role("textbox", name="Instead of").fill("<img src=x onerror=document.title='hacked'>")
    expect(page.locator(".thaw-what-if p")).to_have_text(CHANGE)
    server.settle(page)
    assert page.evaluate(FOREIGN) == 0
    assert "hacked" not in page.title()

    again = visit(page.url.partition("localhost:")[2].partition("/")[2])
    reads(again, HOSTILE)
    assert again.evaluate(FOREIGN) == 0
    assert "hacked" not in again.title()


def test_from_a_file_of_texts_to_a_table_that_is_searched_and_downloaded(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit("sentiment?text=")
    wrong = tmp_path / "wrong.csv"
    wrong.write_bytes(b"text\n")
    page.locator('input[type="file"]').set_input_files(wrong)
    expect(page.get_by_text("wrong.csv needs a first line with the names of its columns")).to_be_visible()

    file = tmp_path / "reviews.csv"
    rows = [[str(i), f'A film, "number {i}"', "here"] for i in range(COUNT - 1)] + [["60", HOSTILE, "there"]]
    with file.open("w", newline="", encoding="utf-16") as stream:
        csv.writer(stream).writerows([["id", "said", "place"], *rows])
    page.locator('input[type="file"]').set_input_files(file)
    expect(page.get_by_text(f"{COUNT} texts, UTF-16")).to_be_visible()
    expect(page.get_by_role("combobox", name="Column of texts")).to_have_value("said")

    page.get_by_role("button", name=f"Judge these {COUNT} texts").click()
    expect(page.get_by_text(f"of {COUNT} texts are more positive than negative")).to_be_visible()
    expect(page.locator(".st-key-sentiment-distribution .js-plotly-plot")).to_be_visible()
    texts = page.locator(".thaw-judged td:nth-child(2)")
    expect(texts).to_have_count(25)
    page.get_by_role("searchbox", name="Search").press_sequentially("ONERROR", delay=20)
    expect(texts).to_have_text([HOSTILE])
    page.get_by_role("searchbox", name="Search").fill("")
    expect(texts).to_have_count(25)

    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download these {COUNT} texts as CSV").click()
    kept = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
    assert [row["text"] for row in kept] == [said for _, said, _ in rows]
    assert all(0 <= float(row["positive"]) <= 1 for row in kept)
    assert page.evaluate(FOREIGN) == 0

    again = visit(page.url.partition("localhost:")[2].partition("/")[2])
    expect(again.locator(".thaw-judged td:nth-child(2)")).to_have_count(25)


def test_the_answered_page_fits_every_screen(visit: Callable[..., Page]) -> None:
    page = visit("sentiment")
    reads(page, sentiment.EXAMPLES["en"][0])
    for look in server.looks(page):
        assert page.evaluate(server.FITS), look
