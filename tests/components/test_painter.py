"""What Python accepts from the painting widget, and how paintings fit a budget."""

import pytest

from components.painter import _accepted, _colours, fitted

STAGES = ("stem", "head")
TOLD = {"origin": "a", "stages": ["stem", "head"], "revision": 3, "map": {"stem": [0, 0.1], "head": [1, 1]}}


def test_a_painting_is_cut_or_its_last_factor_repeated() -> None:
    assert fitted({"stem": [0, 0.1]}, STAGES, 4) == {"stem": [0, 0.1, 0.1, 0.1], "head": [0.0] * 4}
    assert fitted({"stem": [0, 0.1, 1], "head": [1]}, STAGES, 2) == {"stem": [0, 0.1], "head": [1, 1]}


def test_a_painting_of_these_stages_from_this_origin_is_accepted() -> None:
    assert _accepted(TOLD, STAGES, "a") == {"revision": 3, "map": {"stem": [0.0, 0.1], "head": [1.0, 1.0]}}


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "text",
        TOLD | {"origin": "b"},
        TOLD | {"stages": ["stem"]},
        TOLD | {"revision": "3"},
        TOLD | {"map": {"stem": [0]}},
        TOLD | {"map": {"stem": [0], "head": []}},
        TOLD | {"map": {"stem": [0], "head": [11]}},
        TOLD | {"map": {"stem": [0], "head": [float("nan")]}},
        TOLD | {"map": {"stem": [0], "head": ["1"]}},
        TOLD | {"map": {"stem": [0], "head": [-0.1]}},
    ],
)
def test_whatever_else_a_browser_says_is_refused(wrong: object) -> None:
    assert _accepted(wrong, STAGES, "a") is None


def test_colours_are_keyed_as_javascript_writes_numbers() -> None:
    assert list(_colours([1.0, 0.0, 0.1, 1 / 3])) == ["0", "0.1", "0.333333333333333", "1"]
