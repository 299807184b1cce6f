"""The timeline beside a real video: a click, a drag, keys and playback, and what Python learns of it.

Streamlit runs this file, too: it is the page that is tested.
"""

import json
import os
from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from playwright.sync_api import Browser, Page, expect

from components.frames.timeline import Track, timeline
from tests.browser import server

HOSTILE = "<img src=x onerror=document.title='hacked'>"
LASTS = (100,) * 20 + (200,) * 20  # milliseconds of each frame
STARTS = tuple(accumulate(LASTS, initial=0))
SEEN = ("one",) * 8 + ("two",) * 4 + (HOSTILE,) * 18 + ("one",) * 10
VIDEO = "document.querySelector('.st-key-test-player video')"
TIME = f"{VIDEO}.currentTime"


def draw() -> None:
    more = st.toggle("another row")
    with st.container(key="test.player"):
        if st.toggle("video", value=True):
            st.video(os.environ["THAW_TEST_CLIP"], width=160)
    tracks = [Track("Seen", SEEN, (0.75,) * 40, tuple(label == "two" for label in SEEN))]
    tracks += [Track("Marks", ("",) * 40)] if more else []
    colours = {"one": "#0066BD", "two": "#8F2A08", HOSTILE: "#0B5E52"}
    seconds = [start / 1000 for start in STARTS[:-1]]
    chosen = timeline(
        tracks, seconds, STARTS[-1] / 1000, colours, player="test.player", key="test.timeline", choosing=True
    )
    st.code(json.dumps(chosen and [chosen.first, chosen.last]))


@pytest.fixture(scope="module")
def clip_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("timeline")
    film(home / "clip.mp4")
    with server.dashboard(home, script=str(Path(__file__)), THAW_TEST_CLIP=str(home / "clip.mp4")) as address:
        yield address


@pytest.fixture(scope="module")
def opened(browser: Browser, clip_address: str) -> Iterator[Page]:
    page = server.open_page(browser, clip_address)
    page.wait_for_function(f"{VIDEO}.readyState >= 2")
    yield page
    page.close()


@pytest.fixture
def page(opened: Page) -> Page:
    """Give the page with nothing chosen, at the first frame; opening one for every test would take long."""
    row(opened).focus()
    press(opened, "Escape", "Home")
    becomes(opened, None)
    at(opened, 0)
    return opened


def film(path: Path) -> None:
    """Write a video whose frames last as LASTS says; VP9, which every Chromium plays."""
    import av

    with av.open(str(path), "w") as out:
        stream = out.add_stream("libvpx-vp9", rate=10, options={"deadline": "realtime", "cpu-used": "8", "g": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for place, start in enumerate(STARTS[:-1]):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 6 * place, dtype=np.uint8))
            frame.pts, frame.time_base = start, Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())


def at(page: Page, frame: int) -> None:
    """Expect the video inside this frame, and the page to say so."""
    expect(page.get_by_text(f"Frame {frame + 1} of 40", exact=True)).to_be_visible()
    start, end = STARTS[frame : frame + 2]
    inside = f"!video.seeking && 1000 * video.currentTime >= {start} && 1000 * video.currentTime < {end}"
    page.wait_for_function(f"(video => video && {inside})({VIDEO})")


def place(page: Page, frame: int) -> tuple[float, float]:
    box = row(page).bounding_box()
    middle = (STARTS[frame] + STARTS[frame + 1]) / 2 / STARTS[-1]
    return box["x"] + box["width"] * middle, box["y"] + 15


def row(page: Page):
    return page.get_by_role("slider", name="Seen")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def becomes(page: Page, chosen: list[int] | None) -> None:
    expect(page.locator("code")).to_have_text(json.dumps(chosen))


def test_a_click_on_a_stretch_moves_the_video_into_that_frame(page: Page) -> None:
    for frame in (9, 33, 0, 39):
        page.mouse.click(*place(page, frame))
        at(page, frame)
    becomes(page, None)


def test_keys_and_buttons_move_by_exactly_one_frame_ten_or_to_a_change(page: Page) -> None:
    row(page).focus()
    for key, frame in (("ArrowRight", 1), ("Shift+ArrowRight", 11), ("ArrowLeft", 10), ("PageDown", 12), ("PageUp", 8)):
        press(page, key)
        at(page, frame)
    expect(row(page)).to_have_attribute("aria-valuetext", "Frame 9 of 40, 0:00.80, two, 75 %, differs")
    press(page, *["ArrowRight"] * 12)  # faster than the video can follow
    at(page, 20)
    press(page, "End")
    at(page, 39)
    for name, frame in (("Previous change of label", 30), ("One frame on", 31), ("One frame back", 30)):
        page.get_by_role("button", name=name).click()
        at(page, frame)


def test_a_drag_chooses_frames_and_a_handle_moves_one_end(page: Page) -> None:
    page.mouse.move(*place(page, 24))
    page.mouse.down()
    page.mouse.move(*place(page, 10))
    at(page, 10)
    page.mouse.move(*place(page, 5))
    page.mouse.up()
    becomes(page, [5, 24])
    expect(page.get_by_text("0:00.50 – 0:03.00 · 20 frames", exact=True)).to_be_visible()
    handle = page.locator(".handle").first.bounding_box()
    page.mouse.move(handle["x"] + 12, handle["y"] + 60)
    page.mouse.down()
    page.mouse.move(*place(page, 30))
    page.mouse.up()
    becomes(page, [24, 30])


def test_brackets_choose_frames_and_escape_lets_go(page: Page) -> None:
    row(page).focus()
    press(page, "ArrowRight", "ArrowRight", "[", "Shift+ArrowRight", "]")
    becomes(page, [2, 12])
    press(page, "ArrowRight", "[")  # behind the end, which comes along
    becomes(page, [13, 13])
    page.get_by_role("button", name="Ends here").click()
    press(page, "Escape")
    becomes(page, None)
    expect(page.get_by_role("button", name="Clear")).to_be_disabled()


def test_the_page_follows_the_video_as_it_plays_and_when_it_is_moved(page: Page) -> None:
    row(page).focus()
    press(page, " ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_function(f"{TIME} > 0.8")
    press(page, " ")
    page.wait_for_function(f"{VIDEO}.paused")
    now = 1000 * page.evaluate(TIME)
    at(page, next(frame for frame in range(40) if now < STARTS[frame + 1]))
    page.evaluate(f"{TIME} = 3.1")
    at(page, 25)


def test_the_play_head_outlives_other_rows_another_player_and_none(page: Page) -> None:
    page.mouse.click(*place(page, 27))
    at(page, 27)
    page.evaluate("row => row.marked = true", row(page).element_handle())
    press(page, "]")
    becomes(page, [27, 27])
    assert row(page).evaluate("row => row.marked"), "a rerun with the same rows draws nothing anew"
    page.get_by_text("another row").click()
    expect(page.get_by_role("slider", name="Marks")).to_be_visible()
    at(page, 27)
    page.get_by_text("video", exact=True).click()
    expect(page.locator("video")).to_have_count(0)
    row(page).focus()
    press(page, "ArrowRight")
    expect(page.get_by_text("Frame 29 of 40")).to_be_visible()
    page.get_by_text("video", exact=True).click()
    at(page, 28)


def test_labels_that_try_to_be_markup_stay_text(page: Page) -> None:
    page.mouse.move(*place(page, 20))
    expect(page.locator(".tip b")).to_have_text(HOSTILE)
    expect(page.locator(".tip")).to_contain_text("0:01.20 – 0:04.00 · 18 frames75 % sure on average")
    expect(page.locator(".label", has_text="onerror")).to_have_count(1)
    assert page.title() != "hacked"


if __name__ == "__main__":  # Streamlit runs it so
    draw()
