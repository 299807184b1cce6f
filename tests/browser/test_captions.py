"""The captions page in a real browser: from an example to its words, to a beginning and a picture of mine."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from components.captions.examples import EXAMPLES, content
from components.inference import Inference
from model_zoo.data import scenes
from model_zoo.rnn.prediction import Prediction
from tests.browser import server
from tests.browser.own_dashboard import own_dashboard
from tests.browser.test_networks import PASTE

BRIGHTEST = """(canvas, [row, column, rows, columns]) => {  // the overlay at a place, as a share of its strongest
  const { width, height } = canvas, alpha = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const at = (y, x) => alpha[4 * (Math.floor(y) * width + Math.floor(x)) + 3];
  let most = 1;
  for (let i = 3; i < alpha.length; i += 4) most = Math.max(most, alpha[i]);
  return at((row + 0.5) / rows * height, (column + 0.5) / columns * width) / most;
}"""
END, FILE = "(end)", ".st-key-captions-upload input[type=file]"

pytestmark = pytest.mark.usefixtures("patient")


def _load() -> None:
    """Load both networks before pages are timed, however busy the machine is."""
    for kind in ("attention", "plain"):
        Inference(seconds=120).caption(content("dog"), kind)


home, address = own_dashboard("captions", _load)


def answered(picture: bytes, kind: str = "attention", how: str = "beam", beginning: str = "") -> Prediction:
    """Ask the inference process what the page asks it."""
    return Inference().caption(picture, kind, how, beginning)


def words(page: Page) -> Locator:
    return page.get_by_role("radiogroup", name="The caption").get_by_role("radio")


def says(page: Page, said: Prediction) -> None:
    """Wait until the page says just this."""
    expect(words(page)).to_have_text([word.text or END for word in said.said])


def test_from_an_example_to_where_it_looked_to_words_and_pictures_of_mine(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit("captions")
    said = answered(content("dog"))
    says(page, said)
    expect(page.get_by_role("img", name="The network wired one to many")).to_be_visible()

    peaks = [max(word.attention) for word in said.said]
    place = peaks.index(max(peaks))
    words(page).nth(place).hover()
    expect(page.locator("figure")).to_have_class("looking")
    expect(page.locator(".panel .head")).to_contain_text(f"“{said.said[place].text or END}”: the network gave it")
    rows, columns = said.grid
    row, column = divmod(said.said[place].attention.index(peaks[place]), columns)
    assert page.locator("figure canvas").evaluate(BRIGHTEST, [row, column, rows, columns]) > 0.6

    words(page).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(words(page).nth(1)).to_be_checked()
    expect(page.locator(".panel li.chosen")).to_contain_text(said.said[1].text)
    page.keyboard.press("Escape")
    expect(page.locator("figure")).not_to_have_class("looking")

    page.locator(".scroll[role=application]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".hovered")).to_contain_text("for this word, log-probability")

    page.get_by_role("textbox", name="Begin the sentence yourself").press_sequentially("two children", delay=20)
    says(page, answered(content("dog"), beginning="two children"))
    expect(page.locator("button.given")).to_have_text(["two", "children"])
    page.wait_for_url("**begin=two+children**")

    page.get_by_role("radio", name="Sampling").click()
    page.get_by_role("button", name="Draw again").click()
    page.wait_for_url("**how=sample*seed*1**")
    says(page, answered(content("dog"), how="sample:seed=1", beginning="two children"))

    again = visit(page.url.partition("localhost:")[2].partition("/")[2])
    says(again, answered(content("dog"), how="sample:seed=1", beginning="two children"))

    file = tmp_path / "mine.png"
    file.write_bytes(scenes.png("surfer", 0.3))
    page.get_by_role("radio", name="Upload").click()
    page.locator(FILE).set_input_files(file)
    says(page, answered(file.read_bytes(), how="sample:seed=1", beginning="two children"))
    expect(page.get_by_role("img", name="Your picture")).to_be_visible()
    expect(page.locator(".thaw-named ol li").first).to_be_visible()


def test_a_broken_picture_is_told_in_a_sentence_and_a_pasted_one_is_spoken_of(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit("captions?begin=a+man")
    says(page, answered(content("dog"), beginning="a man"))
    broken = tmp_path / "broken.png"
    broken.write_bytes(content("ball")[:5000])
    page.get_by_role("radio", name="Upload").click()
    page.locator(FILE).set_input_files(broken)
    expect(page.get_by_text("This picture is cut off. Try another one.")).to_be_visible()
    expect(words(page)).to_have_count(0)

    page.get_by_role("radio", name="Paste").click()
    expect(page.get_by_text("Copy a picture, then press")).to_be_visible()
    page.evaluate(PASTE, base64.b64encode(content("ball")).decode())
    expect(words(page).first).to_have_text("a")
    expect(page.locator("button.given")).to_have_text(["a", "man"])


def test_another_example_and_the_network_without_attention_are_chosen_by_key(visit: Callable[..., Page]) -> None:
    page = visit("captions")
    says(page, answered(content("dog")))
    page.get_by_role("radio", name=EXAMPLES["dog"].title).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    says(page, answered(content("ball")))
    page.wait_for_url("**picture=ball**")
    page.get_by_role("radio", name="Without attention").click()
    says(page, answered(content("ball"), "plain"))
    expect(page.get_by_text("This network saw the picture once")).to_be_visible()
    expect(page.locator("figure")).not_to_have_class("looking")


def test_words_come_one_after_another_for_whoever_likes_motion(browser: Browser, address: str) -> None:
    context = browser.new_context(reduced_motion="no-preference")
    page = context.new_page()
    page.goto(f"{address}/captions")
    page.wait_for_selector("button.later", state="attached", timeout=90_000)
    expect(page.locator("button.later")).to_have_count(0)
    expect(words(page).last).to_have_text(END)
    context.close()


def test_the_answered_page_fits_every_screen(visit: Callable[..., Page]) -> None:
    page = visit("captions?picture=china")
    says(page, answered(content("china")))
    expect(page.locator(".thaw-named ol li").first).to_be_visible()
    for look in server.looks(page):
        assert page.evaluate(server.FITS), look
