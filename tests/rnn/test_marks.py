"""What a visitor says of stretches of a clip."""

import pytest

from model_zoo.rnn.marks import (
    APART,
    CONTEXT,
    LONGEST,
    Mark,
    apart,
    frames_read,
    marked,
    merged,
    pieces,
    read,
    spell,
)
from model_zoo.rnn.watchers import WatchersSpec

CLIP = "0" * 32


def test_stretches_are_cut_into_pieces_that_cover_them_and_nothing_else() -> None:
    found = pieces([Mark(0, 99, "a"), Mark(100, 102, "b")], ("a", "b"))
    assert [frame for piece in found for frame in range(piece.first, piece.beyond)] == list(range(103))
    assert max(map(len, found)) <= LONGEST
    assert len([piece for piece in found if piece.label == 1]) == 3


def test_stretches_that_touch_or_nearly_touch_are_not_kept_apart() -> None:
    far = [Mark(start, start + 9, label) for start, label in enumerate_far("aaabbb")]
    assert apart(far)
    assert not apart(far[1:])
    near = [Mark(0, 9, "a"), Mark(10, 19, "a"), Mark(20 + APART, 40, "a"), Mark(60, 70, "a"), *far[3:]]
    assert not apart(near[:3] + near[4:])
    assert merged(near)[0] == Mark(0, 19, "a")


def enumerate_far(labels: str) -> list[tuple[int, str]]:
    return [(100 + place * (10 + APART + 1), label) for place, label in enumerate(labels)]


@pytest.mark.parametrize(
    ("new", "left"),
    [
        (Mark(3, 5, "b"), (Mark(0, 2, "a"), Mark(3, 5, "b"), Mark(6, 9, "a"))),
        (Mark(0, 20, "b"), (Mark(0, 20, "b"),)),
        (Mark(20, 30, "b"), (Mark(0, 9, "a"), Mark(20, 30, "b"))),
        (Mark(10, 12, "a"), (Mark(0, 12, "a"),)),
        (Mark(4, 6, "a"), (Mark(0, 9, "a"),)),
    ],
)
def test_what_was_marked_before_gives_way_to_a_new_mark(new: Mark, left: tuple[Mark, ...]) -> None:
    assert marked((Mark(0, 9, "a"),), new) == left


def test_marks_travel_in_a_line_and_what_is_none_is_left_out() -> None:
    marks = (Mark(0, 9, "hand-up, 1"), Mark(12, 40, "손"), Mark(50, 50, "<b>"))
    assert read(spell(marks)) == marks
    assert read("0-9-a~x-3-b~7-2-c~-1-4-d~9999999-9999999-e~20-30-~40-50") == (Mark(0, 9, "a"),)
    assert read(spell((Mark(0, 1, "a~b"),))) == (Mark(0, 1, "a-b"),)
    assert read("") == ()


def test_what_is_read_is_counted_with_what_is_around_it() -> None:
    assert frames_read([Mark(0, 24, "a"), Mark(100, 124, "b")]) == 50 + 10 * 2 * CONTEXT


def marks(*rows: tuple[int, int, str]) -> tuple[Mark, ...]:
    return tuple(Mark(*row) for row in rows)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (marks((0, 9, "a")), "the marks have 1"),
        (marks((0, 9, "a"), (5, 19, "b")), "Frame 6 is marked “a” and “b”"),
        (marks((0, 9, "a"), (10, 11, "b")), "“b” is marked on 2 frames; each label needs at least 3"),
        (marks((0, 9, "a"), (20, 10, "b")), "got 20 to 10"),
        (marks((0, 9, "a"), (10, 19, "")), "A label has 1 to 40 characters"),
    ],
)
def test_marks_that_are_no_lesson_are_refused_with_a_sentence(given: tuple[Mark, ...], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        WatchersSpec(CLIP, given)
