"""Own widgets in a real browser: by pointer, by touch, by keyboard; and names that try to be markup."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import server
from tests.browser.widgets import HOSTILE, STAGES

Show = Callable[..., Page]


@pytest.fixture(scope="module")
def widgets_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server.dashboard(tmp_path_factory.mktemp("widgets"), script="tests/browser/widgets.py") as address:
        yield address


@pytest.fixture
def show(browser: Browser, widgets_address: str) -> Iterator[Show]:
    opened: list[Page] = []

    def open_widget(name: str, **look: bool) -> Page:
        opened.append(server.open_page(browser, f"{widgets_address}/?show={name}", **look))
        return opened[-1]

    yield open_widget
    for page in opened:
        page.close()


def told(page: Page) -> object:
    return json.loads(page.locator("code").inner_text())


def becomes(page: Page, value: object) -> None:
    expect(page.locator("code")).to_have_text(json.dumps(value))


def cell(page: Page, stage: str, epoch: int) -> Locator:
    return page.get_by_role("gridcell", name=f"{stage}, epoch {epoch}:")


def centre(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


START = {"stem": [0.0] * 4, "stage1": [0.0] * 4, "stage2": [0.0] * 4, "head": [1.0] * 4}


def test_dragging_paints_every_cell_on_the_way_and_undo_takes_the_stroke_back(show: Show) -> None:
    page = show("painter")
    assert told(page) == START
    page.get_by_text("0.1 · a tenth").click()
    page.mouse.move(*centre(cell(page, "stage1", 2)))
    page.mouse.down()
    page.mouse.move(*centre(cell(page, "stage1", 4)))  # one jump over epoch 3
    page.mouse.move(*centre(cell(page, "stage2", 4)))
    page.mouse.up()
    becomes(page, START | {"stage1": [0.0, 0.1, 0.1, 0.1], "stage2": [0.0, 0.0, 0.0, 0.1]})
    page.get_by_role("button", name="Undo").click()
    becomes(page, START)
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_the_keyboard_alone_paints(show: Show) -> None:
    page = show("painter")
    cell(page, "stem", 1).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("3")  # chooses a tenth, and paints
    page.keyboard.press("Shift+ArrowDown")
    becomes(page, START | {"stem": [0.0, 0.1, 0.0, 0.0], "stage1": [0.0, 0.1, 0.0, 0.0]})
    page.keyboard.press("ArrowDown")
    page.keyboard.press("r")
    page.keyboard.press("End")
    page.keyboard.press("5")
    page.keyboard.press("c")
    filled = {"stem": [0.0, 0.1, 0.0, 1.0], "stage1": [0.0, 0.1, 0.0, 1.0], "stage2": [0.1, 0.1, 0.1, 1.0]}
    becomes(page, START | filled)
    expect(cell(page, "stage2", 4)).to_be_focused()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    becomes(page, START | filled | {"stem": [0.0, 0.1, 0.0, 0.0], "stage1": [0.0, 0.1, 0.0, 0.0], "stage2": [0.1] * 4})


def test_a_finger_paints_on_a_phone(browser: Browser, widgets_address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{widgets_address}/?show=painter")
    server.settle(page)
    page.touchscreen.tap(*centre(cell(page, "stem", 1)))
    becomes(page, START | {"stem": [1.0, 0.0, 0.0, 0.0]})
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    context.close()


def test_a_painting_outlives_a_longer_budget_and_starts_over_from_another_origin(show: Show) -> None:
    page = show("painter")
    page.get_by_role("rowheader", name="stage2").click()
    becomes(page, START | {"stage2": [1.0] * 4})
    page.get_by_text("longer").click()
    longer = {stage: [1.0 if stage in ("stage2", "head") else 0.0] * 6 for stage in STAGES}
    becomes(page, longer)
    expect(cell(page, "stage2", 6)).to_have_text("1")
    page.get_by_text("start warm").click()
    becomes(page, {stage: [0.3] * 6 for stage in STAGES})
    expect(cell(page, "stem", 1)).to_have_text("0.3")


def test_a_cell_of_the_matrix_is_picked_by_click_and_by_keyboard_and_let_go(show: Show) -> None:
    page = show("matrix")
    page.get_by_role("gridcell").nth(6).click()  # third row, first column
    becomes(page, [2, 0])
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    becomes(page, [1, 1])
    expect(page.get_by_role("gridcell", selected=True)).to_have_count(1)
    page.keyboard.press("Escape")
    becomes(page, None)


def test_a_matrix_of_a_hundred_classes_scrolls_inside_itself_on_a_phone(show: Show) -> None:
    page = show("matrix&more=100", narrow=True)
    assert page.get_by_role("gridcell").count() == 103**2
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    page.get_by_role("gridcell").first.focus()
    page.keyboard.press("End")
    expect(page.get_by_role("gridcell").nth(102)).to_be_in_viewport()


@pytest.mark.parametrize("widget", ["matrix", "gallery", "space"])
def test_names_that_look_like_markup_stay_text(show: Show, widget: str) -> None:
    page = show(widget)
    for name in HOSTILE:
        expect(page.get_by_text(name, exact=True).first).to_be_attached()
    assert page.title() != "hacked"
    assert page.locator("img[src=x]").count() == 0


def test_the_gallery_is_walked_with_arrow_keys(show: Show) -> None:
    page = show("gallery")
    pictures = page.get_by_role("listitem")
    assert page.locator("li img").evaluate_all("found => found.every(img => img.naturalWidth === 48)")
    pictures.first.focus()
    page.keyboard.press("ArrowRight")
    expect(pictures.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(pictures.last).to_be_focused()


def test_ten_thousand_points_are_taken_by_a_lasso_or_by_their_class(show: Show) -> None:
    page = show("space&more=10000")
    map_ = page.get_by_role("application", name="A map for a test")
    box = map_.bounding_box()
    left, top, right, bottom = box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]
    corners = [(left + 2, top + 2), (right - 2, top + 2), (right - 2, bottom - 2), (left + 2, bottom - 2)]
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in (*corners[1:], corners[0]):
        page.mouse.move(*corner, steps=8)
    page.mouse.up()
    becomes(page, [10_000, [0, 1, 2]])
    page.get_by_role("button", name=f"Take all of {HOSTILE[1]}").click()
    becomes(page, [3_333, [1, 4, 7]])
    map_.focus()
    page.keyboard.press("Escape")
    becomes(page, [0, []])
    slowest = page.evaluate(
        "() => { const { space } = [...document.querySelectorAll('*')].map((e) => e.shadowRoot).find((r) => r?.space);"
        " const times = [0, 1, 2, 3, 4].map(() => { const t = performance.now(); space.draw();"
        " return performance.now() - t; }); return Math.max(...times); }"
    )
    assert slowest < 500, "milliseconds without a graphics card, on a core that is shared"


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_lines_of_the_leaderboard_glide_when_overtaken_unless_motion_is_unwanted(
    browser: Browser, widgets_address: str, motion: str
) -> None:
    context = browser.new_context(reduced_motion=motion)
    page = context.new_page()
    page.goto(f"{widgets_address}/?show=board")
    server.settle(page)
    lines = page.locator(".lines .line")
    expect(lines.locator(".name")).to_have_text(["Linear probe", "Full fine-tuning · rate 0.1", "From scratch"])
    lines.evaluate_all(
        "found => { window.glides = 0; for (const line of found) { const play = line.animate.bind(line);"
        " line.kept = true; line.animate = (...how) => { window.glides++; return play(...how); }; } }"
    )
    page.get_by_text("overtake").click()
    expect(lines.locator(".name")).to_have_text(["Full fine-tuning · rate 0.1", "Linear probe", "From scratch"])
    assert lines.evaluate_all("found => found.every(line => line.kept)")  # moved, not drawn anew
    assert page.evaluate("window.glides") == (2 if motion == "no-preference" else 0)
    context.close()


def test_what_ends_just_before_it_is_drawn_again_does_not_stay_on_the_page(show: Show) -> None:
    page = show("live")
    expect(page.get_by_text("it is over")).to_be_visible()
    expect(page.get_by_text("turn ")).to_have_count(0)


def test_a_chart_is_described_and_saved_as_png_and_csv(show: Show) -> None:
    page = show("chart")
    described = page.locator('[aria-label*="Lines of validation accuracy"]')
    assert "Linear probe 80.0 % in epoch 3" in described.first.get_attribute("aria-label")
    with page.expect_download() as data:
        page.get_by_role("button", name="as CSV").click()
    table = data.value.path().read_text("utf-8-sig").splitlines()
    assert table[0] == "strategy,epoch,validation_accuracy,low,high,seeds"
    assert len(table) == 1 + 3 * 3
    with page.expect_download() as picture:
        page.get_by_role("button", name="as PNG").click()
    assert picture.value.suggested_filename == "validation accuracy.png"
    assert picture.value.path().read_bytes().startswith(b"\x89PNG")


def test_heat_maps_fit_a_phone_and_follow_the_theme(show: Show) -> None:
    grounds = []
    for dark in (False, True):
        page = show("heat", narrow=True, dark=dark)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
        picture = page.get_by_role("img", name="Heat map. stem to head: at the whole rate.")
        assert picture.bounding_box()["width"] > 300
        grounds.append(picture.locator("div div div").first.evaluate("e => getComputedStyle(e).backgroundImage"))
    assert "repeating-linear-gradient" in grounds[0]  # hatched
    assert grounds[0] != grounds[1]
