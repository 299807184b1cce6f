"""Pieces of the text pages: the wiring drawn, the words, the curve, the verdict in words, what was judged."""

import re
from dataclasses import replace

import pyarrow
import pytest

from components.text import what_if
from components.text.curve import running_verdict
from components.text.judged import as_csv, found
from components.text.judged_view import distribution, summary
from components.text.signed import ABOVE, BELOW, signed
from components.text.standing import compared
from components.text.states_chart import over_tokens
from components.text.verdict import meaning, said
from components.text.wiring import SMALL, WIRINGS, Step, picture, small
from components.text.wiring_view import strengths
from components.text.words import _accepted, effect_in_words
from components.theme import DARK, LIGHT, contrast
from model_zoo.rnn.prediction import Prediction, Span, States

HOSTILE = "<img src=x onerror=document.title='hacked'>"
STEPS = {
    "one to one": [Step("a", "b")],
    "one to many": [Step("a", "x"), Step("", "y"), Step("", "z")],
    "many to one": [Step("a"), Step("b"), Step("c", "y")],
    "many to many": [Step("a"), Step("b"), Step("", "x"), Step("", "y")],
    "in step": [Step("a", "x"), Step("b", "y")],
}


def read(text: str = "a dull but warm film", running: tuple[float, ...] = (0.5, 0.1, 0.2, 0.9, 0.92)) -> Prediction:
    spans, at = [], 0
    for word in text.split(" "):
        spans.append(Span(word, at, at + len(word)))
        at += len(word) + 1
    count = len(spans)
    hidden = tuple((0.1 * place, -0.1 * place) for place in range(count))
    states = States("layer 1, forwards", 0, (3, 9), 64, hidden, {"forget": tuple((0.5, 1.0) for _ in spans)})
    return Prediction(
        text=text, tokens=tuple(spans), language="en", positive=running[-1], before=0.5, running=running,
        words=tuple(spans), effects=tuple(0.1 for _ in spans), states=(states,),
    )  # fmt: skip


# --- the wiring


@pytest.mark.parametrize("wiring", WIRINGS)
def test_a_wiring_draws_a_box_for_every_input_state_and_output_and_an_arrow_for_each_tie(wiring) -> None:
    steps = STEPS[wiring]
    drawn = picture(wiring, steps)
    comes, goes = sum(bool(step.below) for step in steps), sum(bool(step.above) for step in steps)
    assert drawn.count("class='in'") == comes
    assert drawn.count("class='out'") == goes
    assert drawn.count("class='state'") == len(steps)
    assert drawn.count("class='arrow'") == comes + goes + len(steps) - 1


@pytest.mark.parametrize("wiring", WIRINGS)
def test_a_small_wiring_has_the_shape_of_the_large_one(wiring) -> None:
    comes, goes = SMALL[wiring]
    picture(wiring, [Step("a" if i == "x" else "", "b" if o == "x" else "") for i, o in zip(comes, goes, strict=True)])
    assert small(wiring).count("class='in'") == comes.count("x")
    assert small(wiring).count("class='out'") == goes.count("x")


@pytest.mark.parametrize(
    ("wiring", "other"),
    [
        ("one to one", "in step"),
        ("one to many", "in step"),
        ("one to many", "many to one"),
        ("many to one", "in step"),
        ("many to one", "one to many"),
        ("many to many", "in step"),
        ("in step", "many to many"),
        ("in step", "many to one"),
    ],
)
def test_steps_that_are_wired_otherwise_are_refused(wiring, other) -> None:
    steps = [*STEPS[other], *STEPS[other]] if other == "in step" else STEPS[other]
    with pytest.raises(ValueError, match=f"not wired {wiring}"):
        picture(wiring, steps)


def test_a_network_that_reads_both_ways_has_two_rows_of_states_and_arrows_against_each_other() -> None:
    drawn = picture("in step", [Step("a", "x", 0.5, 0.2), Step("b", "y", 0.5, 0.9)])
    assert drawn.count("class='state'") == 4
    across = re.findall(r"d='M([\d.]+) ([\d.]+)L([\d.]+) \2M", drawn)
    ways = {float(to) > float(start) for start, _, to in across}
    assert len(across) == 2
    assert ways == {True, False}


def test_a_wiring_shows_what_visitors_wrote_as_text() -> None:
    drawn = picture("many to one", [Step(HOSTILE, HOSTILE)], cut=HOSTILE)
    assert "<img" not in drawn
    assert "&lt;img" in drawn


def test_the_strength_of_states_is_scaled_to_the_strongest_of_the_text() -> None:
    forth = [strength for strength, back in strengths(read())]
    assert forth[0] == 0
    assert forth == sorted(forth)
    assert forth[-1] == 1


def test_tokens_before_the_first_that_states_are_told_of_have_no_strength() -> None:
    prediction = read()
    (states,) = prediction.states
    late = replace(states, start=3, hidden=states.hidden[3:])
    assert [s for s, _ in strengths(replace(prediction, states=(late,)))][:3] == [0, 0, 0]


# --- colours, words, the curve


@pytest.mark.parametrize("dark", [False, True])
def test_both_ends_of_the_signed_scale_stand_out_from_the_page_and_from_temperature(dark: bool) -> None:
    theme = DARK if dark else LIGHT
    for end in (ABOVE[dark], BELOW[dark]):
        assert contrast(end, theme.background) >= 3
        assert end not in theme.temperatures
    assert signed(0, dark) == theme.background
    assert signed(-7, dark) == BELOW[dark]


def test_an_effect_is_told_with_its_direction() -> None:
    assert effect_in_words(0.031) == "raises the verdict by 3.1 points"
    assert effect_in_words(-0.2) == "lowers the verdict by 20.0 points"
    assert effect_in_words(0.004) == "hardly matters"


@pytest.mark.parametrize("told", [None, 3, {"id": "other", "place": 0}, {"id": "it", "place": 9}, {"id": "it"}])
def test_a_pick_of_another_text_or_of_no_word_counts_for_nothing(told) -> None:
    assert _accepted(told, "it", 3) is None
    assert _accepted({"id": "it", "place": 2}, "it", 3) == 2


def test_a_word_is_changed_where_it_stands_and_leaves_no_gap() -> None:
    prediction = read()
    assert what_if._with(prediction.text, prediction.words[1], "fine") == "a fine but warm film"
    assert what_if._with(prediction.text, prediction.words[1], " ") == "a but warm film"
    assert what_if._with(prediction.text, prediction.words[4], "") == "a dull but warm"


def test_the_curve_begins_before_the_first_token_and_names_the_one_that_moved_it_most() -> None:
    chart = running_verdict(read(), dark=False)
    assert list(chart.figure.data[0].y) == [50, 50, 10, 20, 90, 92]
    assert "“warm” moved it most: +70.0 points, to 90 %" in chart.figure.layout.title.text.replace("<br>", " ")
    assert chart.figure.data[0].customdata[2] == "a dull"
    assert [row["token"] for row in chart.rows] == ["", "a", "dull", "but", "warm", "film"]


def test_a_curve_that_hardly_moves_names_no_token() -> None:
    chart = running_verdict(read(running=(0.5, 0.51, 0.5, 0.5, 0.5)), dark=True)
    assert "No single token" in chart.figure.layout.title.text


def test_charts_show_markup_as_text() -> None:
    prediction = read(f"a dull but warm {HOSTILE.replace(' ', '_')}")
    figures = (
        running_verdict(prediction, False).figure,
        over_tokens(prediction, prediction.states[0], "hidden", 0, False).figure,
    )
    for figure in figures:
        assert "<img" not in figure.to_json().replace("\\u003c", "<")


def test_the_heat_map_has_a_row_a_unit_and_a_column_a_token() -> None:
    prediction = read()
    chart = over_tokens(prediction, prediction.states[0], "forget", 2, dark=False)
    assert [list(row) for row in chart.figure.data[0].z] == [[0.5] * 5, [1.0] * 5]
    assert (chart.figure.layout.shapes[0].x0, chart.figure.layout.shapes[0].x1) == (2.5, 3.5)
    assert "2 of 64 units" in chart.figure.layout.title.text


# --- the verdict and the card


def test_a_verdict_near_the_middle_says_that_it_cannot_tell() -> None:
    assert said(0.93) == "Positive, 93 %."
    assert said(0.12) == "Negative, 88 %."
    assert said(0.45) == "It cannot tell: 45 % for positive."
    assert said(0.9999) == "Positive, over 99 %."


def test_calibration_is_claimed_only_where_it_was_measured() -> None:
    assert "has not been measured" in meaning(0.9, {"figures": {}})
    told = meaning(0.9, {"figures": {"SST-2 dev": {"calibration_error": 0.021}}})
    assert "about 90 in 100" in told
    assert "2.1 points on SST-2 dev" in told


def row(own: float, rival: float, half: float = 0.01) -> tuple[str, dict]:
    accuracies = [{"mean": mean, "interval": [mean - half, mean + half]} for mean in (own, rival)]
    return "NSMC", {"accuracy": accuracies[0], "rival": {"accuracy": accuracies[1]}}


def test_the_page_says_where_the_recurrent_network_does_not_win() -> None:
    assert "does **not** win" in compared(row(0.86, 0.87))
    assert "does **not** win" in compared(row(0.87, 0.87))
    assert "may be chance" in compared(row(0.88, 0.87))
    assert "it wins" in compared(row(0.92, 0.87))
    assert compared(("NSMC", {"accuracy": {"mean": 0.9}})) == ""


# --- what a job has judged


@pytest.fixture
def table() -> pyarrow.Table:
    texts = ["Warm.", "=cmd()", "So-so", "dull and LONG", "지루하다"]
    return pyarrow.table({
        "place": [1, 2, 3, 4, 5], "text": texts, "language": ["en"] * 4 + ["ko"],
        "positive": [0.9, 0.7, 0.52, 0.1, 0.2],
    })  # fmt: skip


def places(table: pyarrow.Table) -> list[int]:
    return table["place"].to_pylist()


def test_judged_texts_are_searched_whatever_their_case(table: pyarrow.Table) -> None:
    assert places(found(table, "long")) == [4]
    assert places(found(table, " 지루 ")) == [5]
    assert places(found(table, ".*")) == []


def test_judged_texts_are_chosen_by_verdict_and_sorted(table: pyarrow.Table) -> None:
    assert places(found(table, which="Positive")) == [1, 2]
    assert places(found(table, which="Cannot tell")) == [3]
    assert places(found(table, order="Most negative first")) == [4, 5, 3, 2, 1]
    assert places(found(table, which="Negative", order="Least sure first")) == [5, 4]


def test_the_download_holds_every_text_and_no_formula(table: pyarrow.Table) -> None:
    lines = as_csv(table).decode("utf-8-sig").splitlines()
    assert lines[0] == "text,language,positive"
    assert lines[2] == "'=cmd(),en,0.7"
    assert lines[5] == "지루하다,ko,0.2"


def test_the_distribution_counts_the_texts_it_cannot_tell() -> None:
    bins = [0] * 20
    bins[1], bins[10], bins[19] = 4, 2, 6
    result = {"texts": 12, "positive": 8, "languages": {"en": 12}, "histogram": bins}
    chart = distribution(result, dark=False)
    assert chart.figure.layout.title.text.startswith("Of 2 of 12 it cannot tell")
    assert chart.rows[1] == {"from": 0.05, "to": 0.1, "texts": 4}
    assert "8 of 12 texts are more positive than negative**, 66.7 %; 12 in English" in summary(result)
