"""Charts of towers: what their titles claim, what stands on their axes and in their files."""

from dataclasses import replace

import pytest

from components.charts.depth import Sized, errors_by_depth, parameters_by_depth, training_curves
from components.charts.inside import by_layer
from components.configurations import Mark
from components.residual.told import kind_mark, marks
from model_zoo.events import EpochEnd
from model_zoo.residual.findings import Difference
from model_zoo.residual.towers import spelled

KINDS = {kind: kind_mark(kind, dark=False) for kind in ("none", "identity")}
ERRORS = {("none", 8): [0.0, 0.0, 0.01], ("none", 56): [0.5, 0.6, 0.4], ("identity", 8): [0.0], ("identity", 56): [0.0]}
WORSE = Difference("none", 56, 8, 0.5, 0.0, 0.5, 0.2, 0.8, True, 0.1)
SAME = replace(WORSE, shortcut="identity", error=0.0, difference=0.0, low=-0.01, high=0.01, decided=False)
PLAIN, RESIDUAL = spelled(56, "none"), spelled(56, "identity")


def title(found: list[Difference], what: str = "training") -> str:
    text: str = errors_by_depth(ERRORS, KINDS, found, what, dark=False).figure.layout.title.text
    return text.partition('<span style="font-size:13px')[0].replace("<br>", " ").strip()


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([WORSE, SAME], "With 56 layers plain networks fit worse; residual ones not measurably"),
        ([WORSE], "With 56 layers plain networks fit worse"),  # no residual ones were trained
        ([WORSE, replace(SAME, depth=20)], "With 56 layers plain networks fit worse"),  # not of that depth
        ([WORSE, replace(WORSE, shortcut="identity")], "With 56 layers plain networks fit worse"),
        ([replace(WORSE, decided=False), SAME], "Where depth hurts, the line rises"),
        ([], "Where depth hurts, the line rises"),
    ],
)
def test_the_title_claims_what_was_found_and_no_more(found: list[Difference], said: str) -> None:
    assert title(found) == said


def test_training_errors_say_nothing_of_test_pictures() -> None:
    assert title([WORSE, SAME], "test") == "And pictures that nobody trained on?"


def test_errors_have_a_line_a_kind_a_row_a_run_and_bands_from_three_seeds_on() -> None:
    chart = errors_by_depth(ERRORS, KINDS, [], "training", dark=True)
    assert len(chart.rows) == 8
    assert chart.rows[3] == {"shortcut": "none", "depth": 56, "training_error": 0.5}
    assert "Plain: 8 layers 0.3 %, 56 layers 50.0 %; Residual: 8 layers 0.0 %, 56 layers 0.0 %" in chart.alt
    filled = [trace for trace in chart.figure.data if trace.fill == "toself"]
    assert len(filled) == 1, "one seed has no band"
    assert list(chart.figure.layout.xaxis.tickvals) == [8, 56]


def epoch(text: str, seed: int, number: int, accuracy: float) -> EpochEnd:
    return EpochEnd(f"{text}#{seed}", text, seed, number, 1.0, accuracy, 1.0, 0.1, 1.0, [0.1], [], [], 0, False)


def test_curves_are_training_errors_and_means_over_seeds() -> None:
    told = [epoch(PLAIN, 0, 0, 0.4), epoch(PLAIN, 1, 0, 0.6), epoch(RESIDUAL, 0, 0, 0.9), epoch("other", 0, 0, 0.0)]
    chart = training_curves(told, marks([PLAIN, RESIDUAL], dark=False), dark=False)
    assert [(row["tower"], row["training_error"], row["seeds"]) for row in chart.rows] == [
        (PLAIN, pytest.approx(0.5), 2),
        (RESIDUAL, pytest.approx(0.1), 1),
    ]


def test_the_inside_is_drawn_on_a_log_axis_and_plain_towers_have_no_residuals() -> None:
    lines = {PLAIN: [], RESIDUAL: [1.0, 0.1, 0.01]}
    chart = by_layer("residuals", "How much", "each adds", lines, marks(list(lines), dark=False), dark=False)
    assert chart.figure.layout.yaxis.type == "log"
    assert [row["place"] for row in chart.rows] == [1, 2, 3]
    assert {row["tower"] for row in chart.rows} == {RESIDUAL}
    spreads = by_layer("spreads", "Spread", "of each", {PLAIN: [1.0, 2.0]}, marks([PLAIN], dark=False), dark=False)
    assert [row["place"] for row in spreads.rows] == [0, 1], "the stem comes before the first block"


def test_a_ring_marks_the_depth_that_is_drawn_beside() -> None:
    family: tuple[Mark, list[Sized]] = (KINDS["identity"], [Sized(8, 75_290, "8 layers"), Sized(56, 853_018, "56")])
    figure = parameters_by_depth([family], 56, dark=False).figure
    [ring] = [trace for trace in figure.data if trace.marker.symbol == "circle-open"]
    assert (list(ring.x), list(ring.y)) == ([56], [853_018])


def test_a_kind_keeps_its_colour_and_the_deepest_tower_is_solid() -> None:
    found = marks([spelled(8, "none"), PLAIN, RESIDUAL], dark=False)
    assert found[PLAIN].colour == found[spelled(8, "none")].colour == KINDS["none"].colour
    assert found[PLAIN].dash == found[RESIDUAL].dash == "solid"
    assert found[spelled(8, "none")].dash == "dash"
    assert found[PLAIN].label == "Plain, 56 layers"
