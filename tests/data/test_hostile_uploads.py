"""Hostile uploads, from the upload to the opened set: none crashes, hangs, escapes the folder or exhausts memory."""

import io
import re
import resource
import sys
from pathlib import Path

import pytest

from model_zoo.data import opening, uploads
from model_zoo.events import Note
from tests.data.hostile import HOSTILE, OUTSIDE, Hostile
from tests.data.makers import drive, files_below, limits

SIZE = 16
MOST_GROWTH = 300 * 2**20  # bytes of memory that an upload of this table may cost its reader


def test_there_are_at_least_forty_hazards_and_no_two_are_called_alike() -> None:
    assert len({case.name for case in HOSTILE}) == len(HOSTILE) >= 40


@pytest.mark.timeout(60)
@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_upload_is_refused_or_left_out_and_the_rest_goes_on(
    case: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "outside" / "home"
    monkeypatch.setenv("THAW_HOME", str(home))
    content = case.make()
    peak = _peak_bytes()
    with limits(**case.limits):
        if case.refused:
            with pytest.raises(ValueError, match=case.refused):
                _open(content)
        else:
            _check_left_out(case, content)
    assert _peak_bytes() - peak < MOST_GROWTH
    _check_nothing_escaped(tmp_path, home)


def _check_left_out(case: Hostile, content: bytes) -> None:
    notes, images = _open(content)
    assert len(images) == case.kept
    for name, reason in case.left_out.items():
        told = [note.sentence for note in notes if name in note.about]
        assert any(re.search(reason, sentence) for sentence in told), notes
    assert bool(notes) == bool(case.left_out)


def _open(content: bytes):
    reference = uploads.keep_archive(io.BytesIO(content), "holiday.zip")
    events, images = drive(opening.open_set(reference, SIZE))
    return [event for event in events if isinstance(event, Note)], images


def _check_nothing_escaped(outside: Path, home: Path) -> None:
    written = files_below(outside)
    inside = files_below(home)
    assert written == {f"outside/home/{name}" for name in inside}
    assert all(
        re.fullmatch(r"uploads/\w{32}/(archive|upload\.json)|pictures/\w{32}\.safetensors", n) for n in inside
    ), inside
    assert not list(Path("/tmp").glob(f"*{OUTSIDE}*"))


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
