"""Going through work that yields events and returns something in the end."""

from collections.abc import Generator

from model_zoo.events import drained, mapped


def counting(closed: list[str]) -> Generator[int, None, str]:
    try:
        yield from range(5)
    finally:
        closed.append("closed")
    return "all"


def test_events_are_changed_or_left_out_and_what_is_returned_is_kept() -> None:
    told: list[str] = []
    given = drained(mapped(counting([]), lambda number: f"{number}!" if number % 2 else None), told.append)
    assert told == ["1!", "3!"]
    assert given == "all"


def test_work_ends_where_nobody_wants_to_hear_more() -> None:
    closed: list[str] = []
    work = counting(closed)
    changed = mapped(work, str)
    assert next(changed) == "0"
    changed.close()
    assert closed == ["closed"]
