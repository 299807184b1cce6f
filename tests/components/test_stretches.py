"""Labels of frames as stretches, as subtitles and as a table."""

import re

import pytest

from components.frames.stretches import Stretch, stretches, table, vtt, when


def test_frames_are_cut_where_the_label_changes() -> None:
    assert stretches(()) == ()
    assert stretches(("7",)) == (Stretch(0, 0, "7"),)
    assert stretches(("7", "7", "", "7", "1")) == (
        Stretch(0, 1, "7"), Stretch(2, 2, ""), Stretch(3, 3, "7"), Stretch(4, 4, "1"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0:00.00"),
        (3.48, "0:03.48"),
        (59.999, "1:00.00"),
        (83.5, "1:23.50"),
        (3723.45, "1:02:03.45"),
        (-1, "0:00.00"),
    ],
)
def test_a_moment_is_written_as_players_do(seconds: float, words: str) -> None:
    assert when(seconds) == words


def test_every_stretch_with_a_label_is_one_cue_from_its_first_frame_to_the_next_stretch() -> None:
    seconds = (0.0, 0.04, 0.1, 3600.5, 3661.25)
    assert vtt(("a", "a", "", "b", "b"), seconds, 3661.5) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:00.100\na\n\n01:00:00.500 --> 01:01:01.500\nb\n"
    )
    assert vtt(("", ""), (0, 1), 2) == "WEBVTT\n"


def test_no_label_can_break_out_of_its_cue() -> None:
    written = vtt(("<b>&\n\n00:00 --> 00:01\r\nx",), (0,), 1)
    assert written.endswith("\n&lt;b&gt;&amp; 00:00 --&gt; 00:01 x\n")
    assert written.count("-->") == 1


def test_a_cue_is_never_empty_of_time() -> None:
    assert "00:00:01.000 --> 00:00:01.001" in vtt(("a", "b"), (0, 1), 1)


def test_the_table_counts_frames_as_the_page_does() -> None:
    assert table(("a", ""), (0.25, 1.0), (0.0, 0.04)) == [
        {"frame": 1, "seconds": 0.0, "label": "a", "probability": 0.25},
        {"frame": 2, "seconds": 0.04, "label": "", "probability": 1.0},
    ]
    assert table(("a",), (), (0.0,))[0]["probability"] is None


def test_counts_that_differ_are_told() -> None:
    with pytest.raises(ValueError, match=re.escape("got 1 seconds, 2 labels.")):
        vtt(("a", "b"), (0.0,), 1)
    with pytest.raises(ValueError, match="2 seconds, 2 labels, 1 scores"):
        table(("a", "b"), (0.5,), (0.0, 1.0))
