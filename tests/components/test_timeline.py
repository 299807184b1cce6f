"""What the timeline tells the browser, and what it accepts from it."""

import base64
import json
import random

import pytest
from streamlit.testing.v1 import AppTest

from components.frames.timeline import Chosen, Track, _accepted, _css_class, _told, timeline

HOSTILE = "</style><img src=x onerror=alert(1)>"
FIVE = (0.0, 0.04, 0.1, 0.14, 0.2)
TRACK = Track("Seen", ("7", "7", "", "1", "1"), (0.5, 0.994, 0.0, 2.0, float("nan")), (True, False, True, True, False))


def one(track: Track = TRACK) -> dict:
    return _told([track], FIVE, 0.25, {"7": "red"})["tracks"][0]


def test_labels_travel_as_runs_and_empty_ones_as_no_look() -> None:
    told = _told([TRACK, Track("Drawn", ("1",) * 5)], FIVE, 0.25, {"7": "red", "1": "blue"})
    assert told["looks"] == [["7", "red"], ["1", "blue"]]
    assert [track["runs"] for track in told["tracks"]] == [[2, 0, 1, -1, 2, 1], [5, 1]]


def test_a_label_without_a_colour_gets_a_plain_one() -> None:
    assert "light-dark(" in _told([TRACK], FIVE, 0.25, {"7": "red"})["looks"][1][1]


def test_confidences_travel_as_percent_and_what_is_none_as_unknown() -> None:
    assert list(base64.b64decode(one()["scores"])) == [50, 99, 0, 100, 255]
    assert one(Track("Drawn", ("1",) * 5))["scores"] == ""


def test_wrong_frames_travel_as_runs_that_begin_with_right_ones() -> None:
    assert one()["wrong"] == [0, 1, 1, 2, 1]
    assert one(Track("", ("1",) * 5, wrong=(False, True, True, True, True)))["wrong"] == [1, 4]
    assert one(Track("", ("1",) * 5))["wrong"] == []


def test_times_add_up_to_when_frames_are_shown_at_any_rate() -> None:
    seconds = [frame * 1001 / 30_000 for frame in range(5000)]
    told = _told([], seconds, seconds[-1] + 1001 / 30_000, {})
    assert sum(told["times"]) / 10_000 == pytest.approx(seconds[-1], abs=1e-4)
    assert set(told["times"][1:]) == {333, 334}


@pytest.mark.parametrize(
    ("seconds", "length", "end"),
    [((0.0, 0.1, 0.2), 0.5, 0.5), ((0.0, 0.1, 0.2), 0.2, 0.3), ((0.0,), 0.0, 0.04), ((0.0,), float("nan"), 0.04)],
)
def test_the_last_frame_always_lasts(seconds: tuple[float, ...], length: float, end: float) -> None:
    assert _told([], seconds, length, {})["length"] == pytest.approx(end)


def test_five_tracks_of_five_minutes_stay_small() -> None:
    chance, count = random.Random(0), 7_500
    labels = tuple(f"gesture {chance.randrange(40)}" for _ in range(count // 3) for _ in range(3))
    scores = tuple(chance.random() for _ in range(count))
    wrong = tuple(chance.random() < 0.1 for _ in range(count))
    tracks = [Track(str(row), labels, scores, wrong) for row in range(5)]
    told = _told(tracks, [frame / 25 for frame in range(count)], 300, dict.fromkeys(labels, "red"))
    assert len(json.dumps(told)) < 400_000


def test_the_same_frames_are_the_same_clip_whatever_their_labels() -> None:
    clips = [_told([track], FIVE, 0.25, {})["clip"] for track in (TRACK, Track("Drawn", ("1",) * 5))]
    assert clips[0] == clips[1] != _told([TRACK], FIVE, 0.3, {})["clip"]


def test_frames_of_this_clip_are_accepted() -> None:
    assert _accepted({"clip": "a", "frames": [0, 4]}, "a", 5) == Chosen(0, 4)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "text",
        [0, 4],
        {"clip": "b", "frames": [0, 4]},
        {"clip": "a", "frames": None},
        {"clip": "a", "frames": [0]},
        {"clip": "a", "frames": [4, 0]},
        {"clip": "a", "frames": [0, 5]},
        {"clip": "a", "frames": [-1, 4]},
        {"clip": "a", "frames": [0, 1.5]},
        {"clip": "a", "frames": [False, True]},
    ],
)
def test_whatever_else_a_browser_says_is_refused(wrong: object) -> None:
    assert _accepted(wrong, "a", 5) is None


@pytest.mark.parametrize(
    ("track", "message"),
    [
        (Track("Seen", ("7",)), "“Seen” has 1 labels for 5 frames."),
        (Track("Seen", ("7",) * 5, scores=(1.0,)), "“Seen” has 1 scores for 5 frames."),
        (Track("Seen", ("7",) * 5, wrong=(True,) * 6), "“Seen” has 6 wrong for 5 frames."),
    ],
)
def test_a_track_of_another_length_is_named(track: Track, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        timeline([track], FIVE, 0.25, {}, player="player", key="test")


@pytest.mark.parametrize(("seconds", "message"), [((), "at least one frame"), ((0.1, 0.0), "must rise")])
def test_frames_that_make_no_video_are_refused(seconds: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        timeline([], seconds, 1.0, {}, player="player", key="test")


def test_the_player_is_found_by_the_class_streamlit_gives_its_container() -> None:
    assert _css_class("frames.player of me ") == "st-key-frames-player-of-me"


def test_what_visitors_wrote_travels_as_data_and_never_as_markup() -> None:
    def page(hostile: str) -> None:
        import streamlit as st

        from components.frames.timeline import Track, timeline

        track = Track(hostile, (hostile,), (1.0,), (True,), hostile)
        st.text(timeline([track], [0.0], 0.04, {hostile: "red"}, player="player", key="test", choosing=True))

    app = AppTest.from_function(page, kwargs={"hostile": HOSTILE}).run()
    assert not app.exception
    assert app.text[0].value == "None"
    (shown,) = [element.proto for element in app.main if element.type == "bidi_component"]
    assert json.loads(shown.json)["tracks"][0]["title"] == HOSTILE
    assert HOSTILE not in shown.html_content + shown.css_content + shown.js_content
