"""Charts of a comparison: titles, words and data agree with what went in; labels keep apart."""

import re

import pytest

from components.charts.beside import Spot, _label_box, _overlap, places
from components.charts.chart import Chart
from components.charts.costs import MOST_NAMED, accuracy_against
from components.charts.ends import spread
from components.charts.pairs import paired_differences
from components.charts.race import train_against_validation, validation_curves
from components.charts.stages import drift, gradient_norms, learning_rates
from components.configurations import marks
from components.numbers import percent
from components.standings import basis, standings
from components.theme import temperature, warmth
from tests.components.made_up import CONFIGURATIONS, STAGES, epoch_end, race, ranking, runs, verdict

MARKS = marks(CONFIGURATIONS, False)


def title(chart: Chart) -> str:
    """Give title and subtitle as they are read, without the markup that breaks them into lines."""
    return re.sub("<.*?>", "", chart.figure.layout.title.text.replace("<br>", " ")).replace("\N{NO-BREAK SPACE}", " ")


def curves(events: list, rows: list = (), seeds: int = 2, dark: bool = False) -> Chart:
    told = CONFIGURATIONS, range(seeds)
    lead = standings(*told, 3, events, rows)[0]
    return validation_curves(events, lead, basis(*told, events, rows), marks(CONFIGURATIONS, dark), dark)


def all_charts(events: list, rows: list, order: list, found: dict, dark: bool) -> list[Chart]:
    looks = marks(CONFIGURATIONS, dark)
    probe = "linear_probe"
    return [
        curves(events, dark=dark),
        train_against_validation(events, looks, dark),
        accuracy_against("seconds_alone", rows, order, looks, dark),
        accuracy_against("trained_parameters", rows, order, looks, dark),
        drift(events, STAGES, looks, dark),
        learning_rates(events, probe, STAGES, 2e-3, looks[probe], dark),
        gradient_norms(events, probe, STAGES, looks[probe], dark),
        paired_differences(found, looks, dark),
    ]


@pytest.mark.parametrize("dark", [False, True])
def test_every_chart_can_be_drawn_of_a_whole_race_of_one_epoch_and_of_nothing(dark: bool) -> None:
    nothing = {"recommended": "linear_probe", "sentence": "", "pairs": []}
    full = all_charts(race(), runs(), ranking(), verdict(), dark)
    assert all(chart.rows and chart.alt and chart.figure.to_json() for chart in full)
    short = all_charts(race(seeds=1, epochs=1), runs(1)[:1], ranking()[:1], nothing, dark)
    empty = all_charts([], [], [], nothing, dark)
    assert all(chart.alt and chart.figure.to_json() for chart in short + empty)


def test_accuracy_is_in_percent_and_each_configuration_keeps_its_colour() -> None:
    chart = curves(race(), runs())
    lines = {line.name: line for line in chart.figure.data if line.name}
    probe = lines["Linear probe"]
    assert probe.line.color == MARKS["linear_probe"].colour
    assert probe.y[-1] == pytest.approx(100 * (0.9 - 0.1 / 3 + 0.005))
    assert chart.figure.layout.yaxis.ticksuffix == " %"
    assert title(chart).startswith("Full fine-tuning · rate 0.1 reaches 93.0 %")


def test_bands_need_three_seeds_and_hover_says_how_many() -> None:
    one, two, three = (curves(race(seeds), runs(seeds), seeds) for seeds in (1, 2, 3))
    assert [[line.fill for line in chart.figure.data].count("toself") for chart in (one, two, three)] == [0, 0, 3]
    assert "; one seed. In the title: best epoch of each run, one seed" in title(one)
    assert "mean of two seeds" in title(two)
    assert "95 % bands, 3 seeds. In the title: best epoch of each run, mean of 3 seeds" in title(three)
    hover = next(line for line in two.figure.data if line.name == "Linear probe").customdata[0]
    assert hover[0].startswith("95 % over seeds: ")
    assert hover[1] == 2


def test_labels_at_line_ends_are_those_of_the_configurations_in_their_order() -> None:
    notes = curves(race(), runs()).figure.layout.annotations
    assert [note.text.split("<br>")[0] for note in notes] == ["From scratch", "Linear probe", "Full fine-tuning"]


def test_boxes_that_would_overlap_are_moved_apart_as_little_as_possible() -> None:
    assert spread([50, 200], [20, 20], 300) == [50, 200]
    assert spread([100, 100, 250], [20, 20, 20], 300) == [90, 110, 250]
    assert spread([0, 0, 300, 300], [20, 20, 20, 20], 300) == [10, 30, 270, 290]


def test_labels_beside_points_cover_neither_each_other_nor_leave_the_plot() -> None:
    spots = [Spot("Full fine-tuning", 0.9, 0.8 - 0.04 * i, 0.7 - 0.04 * i, 0.9 - 0.04 * i) for i in range(4)]
    for width in (270.0, 620.0):
        boxes = [_label_box(spot, at, width, 340) for spot, at in zip(spots, places(spots, 340), strict=True)]
        assert all(_overlap(a, b) == 0 for i, a in enumerate(boxes) for b in boxes[:i])
        assert all(left >= 0 and right <= width for left, _, right, _ in boxes)


def test_many_configurations_are_numbered_with_a_key() -> None:
    names = [f"full:rate={i / 100}" for i in range(1, MOST_NAMED + 2)]
    rows = [{"strategy": name, "seconds_alone": 10.0 + i} for i, name in enumerate(names)]
    order = [{"strategy": name, "test_accuracy": 0.9, "test_accuracy_ci": [0.8, 0.95]} for name in names]
    notes = accuracy_against("seconds_alone", rows, order, marks(names, False), False).figure.layout.annotations
    assert [note.text for note in notes[1:]] == [str(i + 1) for i in range(len(names))]
    assert all(str(i + 1) + " Full" in notes[0].text for i in range(len(names)))


def test_a_cost_chart_says_what_the_cheapest_loses() -> None:
    chart = accuracy_against("seconds_alone", runs(), ranking(), MARKS, False)
    assert title(chart).startswith("Linear probe, the quickest, is 3.0 points below the best")
    assert {row["strategy"]: row["seconds_alone"] for row in chart.rows}["full:rate=0.1"] == 80.0
    assert chart.figure.layout.xaxis.type == "log"


def test_overfitting_is_named_where_it_is_and_not_where_it_is_not() -> None:
    assert title(train_against_validation(race(), MARKS, False)).startswith(
        "Full fine-tuning · rate 0.1 overfits most: +5.0 points"
    )
    fitting = [event for event in race() if event.strategy != "full:rate=0.1"]
    assert title(train_against_validation(fitting, MARKS, False)).startswith("Nothing overfits")


def test_drift_bars_are_as_warm_as_the_stage_moved_and_say_what_is_frozen() -> None:
    chart = drift(race(), STAGES, MARKS, False)
    probe, full = chart.figure.data[0], chart.figure.data[1]
    assert list(probe.text) == ["frozen", "frozen", "80 %"]
    assert list(full.marker.color) == [temperature(warmth(value)) for value in (0.002, 0.05, 0.8)]
    assert "moved stage1 furthest, by 5 %" in title(chart)


def test_an_odd_number_of_drift_panels_leaves_no_hole() -> None:
    def said(names: list[str]) -> list[str]:
        chart = drift([event for event in race() if event.strategy in names], STAGES, MARKS, False)
        return [note.text.replace("<br>", " ") for note in chart.figure.layout.annotations]

    three, two, one = (said(list(CONFIGURATIONS)[:count]) for count in (3, 2, 1))
    assert three[-1].startswith("1 % means: the weights of a stage ended a hundredth")
    assert len(two) == 2
    assert len(one) == 1, "one panel has the whole width"


def test_a_frozen_stage_has_no_line_of_gradients_and_is_ice_in_learning_rates() -> None:
    norms = gradient_norms(race(), "linear_probe", STAGES, MARKS["linear_probe"], False)
    assert len(norms.figure.data) == 1
    assert "without gradient: stem, stage1" in norms.alt
    heat = learning_rates(race(), "linear_probe", STAGES, 2e-3, MARKS["linear_probe"], False).figure.data[0]
    assert [list(row) for row in heat.z] == [[0.0] * 3, [0.0] * 3, [1.0] * 3]


def test_decided_pairs_are_filled_and_counted_in_the_title() -> None:
    chart = paired_differences(verdict(), MARKS, False)
    assert title(chart).startswith("Full fine-tuning · rate 0.1 is better than 1 of 2 others beyond chance")
    undecided, decided = (line for line in chart.figure.data)
    assert decided.marker.color == MARKS["from_scratch"].colour
    assert undecided.marker.color != MARKS["linear_probe"].colour
    nothing = verdict() | {"pairs": verdict()["pairs"][:1]}
    assert title(paired_differences(nothing, MARKS, False)).startswith("None of these differences is beyond chance")
    assert "Linear probe: +3.0 points, 95 %: −1.0 points to +7.0 points, no difference you can trust" in chart.alt


def test_the_title_tells_the_number_that_leads_the_leaderboard_and_which_it_is() -> None:
    for rows in ([], [row for row in runs() if row["seed"] == 0], runs()):
        lead = standings(CONFIGURATIONS, (0, 1), 3, race(), rows)[0]
        assert f"reaches {percent(lead.validation)} " in title(curves(race(), rows))
    assert "In the title: best epoch so far, first of 2 seeds" in title(curves(race()))


def test_a_seed_under_way_is_a_thin_line_and_moves_no_mean() -> None:
    seed = [epoch_end("linear_probe", 0, 0), epoch_end("linear_probe", 0, 1)]
    alone, beside = curves(seed), curves([*seed, epoch_end("linear_probe", 1, 0)])
    assert [(row["epoch"], row["seeds"]) for row in beside.rows] == [(1, 1), (2, 1)]
    assert [row["validation_accuracy"] for row in beside.rows] == [row["validation_accuracy"] for row in alone.rows]
    assert [line.line.width for line in beside.figure.data] == [1, 2.4]
    assert "Thin: seeds under way" in title(beside)
    assert "Thin" not in title(alone)
