"""The pieces of the features page without a page: names, addresses, what the browser may say, charts, the map."""

import base64
import re

import numpy as np
import pytest

from components.charts.layers import Probed, probes_by_layer
from components.charts.learning import accuracy_by_pictures
from components.configurations import mark
from components.features import borders
from components.features.beside import _macro_f1
from components.features.choices import Wanted, address, read
from components.features.classifier_cards import understood
from components.features.names import marks, row_label, written
from components.features.space import MOST_POINTS, _accepted, _looks, _placed, _sheet, _spread
from components.features.stopped import query
from components.setup.choices import Choices
from components.theme import configuration_colours
from model_zoo import backbones
from model_zoo.data.kept import Arrays, keep
from model_zoo.features import classifiers
from model_zoo.features.spec import FeaturesSpec

STAGES = backbones.get("resnet_mini").stage_names


def test_an_address_reads_back_as_what_was_chosen() -> None:
    wanted = Wanted(("stage2", "stage4"), "max", ("svm_rbf:c=7,width=2", "majority"), True)
    assert read(address(Choices("digits"), wanted), STAGES) == (wanted, [])
    assert read({}, STAGES) == (Wanted(), [])


def test_what_a_spec_writes_into_the_address_the_page_reads() -> None:
    spec = FeaturesSpec("digits", stages=("stem", "stage4"), classifiers=("knn:neighbours=1",), seeds=5, tune=True)
    found = query(spec.to_json())
    assert read(found, STAGES)[0] == Wanted(("stem", "stage4"), "average", ("knn:neighbours=1",), True)
    assert (found["data"], found["seeds"]) == ("digits", "5")


def test_layers_stand_in_the_order_of_the_network() -> None:
    assert read({"stages": "stage4,stem"}, STAGES)[0].stages == ("stem", "stage4")


def test_the_head_is_no_layer_to_read_from() -> None:
    assert "There is no layer “head”" in read({"stages": "head"}, STAGES)[1][0]


def test_settings_are_spelled_one_way_and_counted_once() -> None:
    default = classifiers.get("svm_rbf")[1].c
    assert written(f"svm_rbf:c={default}") == "svm_rbf"
    said = {"ticked": [["svm_rbf", {"c": default}], ["svm_rbf", {"c": float(default)}], ["knn", {"neighbours": 3}]]}
    assert understood(said | {"at_hand": [["knn", {"neighbours": 3}]]}).ticked == ("svm_rbf", "knn:neighbours=3")
    assert understood(said | {"at_hand": [["knn", {"neighbours": 3}]]}).at_hand == ()


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (["knn", {"neighbours": 0}], "neighbours of knn must be 1 to 500, got 0"),
        (["<script>", {}], "no classifier “<script>”"),
        (["majority", {"c": 1}], "majority has no knob “c”; it has none"),
    ],
)
def test_a_setting_that_cannot_run_is_refused(row: list, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        understood({"ticked": [row]})


def test_a_layer_is_told_only_where_there_are_several() -> None:
    assert row_label("knn@stage4", ["stage4"]) == "Nearest neighbours"
    assert row_label("knn@stage4", ["stage2", "stage4"]) == "Nearest neighbours, stage4"


def test_more_rows_than_looks_are_told_apart_by_their_labels() -> None:
    stages = STAGES[:-1]
    rows = [f"{name}@{stage}" for stage in stages for name in classifiers.REGISTRY]
    found = marks(rows, stages, dark=False, strategies=("full", "linear_probe"))
    assert len({one.label for one in found.values()}) == len(rows) + 2


def test_every_classifier_has_a_drawing_of_its_own_and_a_new_one_gets_the_points() -> None:
    drawn = {name: borders.border(name) for name in classifiers.REGISTRY}
    assert len(set(drawn.values())) == len(drawn)
    assert borders.border("brand_new").count("<circle") == len(borders.RINGS)


def test_macro_f1_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import f1_score

    random = np.random.default_rng(0)
    labels, predicted = random.integers(0, 4, 50), random.integers(0, 6, 50)
    assert _macro_f1(predicted, labels) == pytest.approx(f1_score(labels, predicted, average="macro"))


def layers(accuracies: list[float]) -> list[dict]:
    return [
        {
            "stage": f"stage{i}",
            "dimensions": 8,
            "validation_accuracy": a,
            "test_accuracy": a,
            "test_accuracy_ci": [a, a],
        }
        for i, a in enumerate(accuracies)
    ]


def test_the_chart_of_layers_says_from_where_on_nothing_is_won() -> None:
    near, far = (mark(name, look, False) for name, look in zip(("Near", "Far"), configuration_colours(2), strict=True))
    alone = probes_by_layer([Probed(near, layers([0.3, 0.6, 0.9]))], dark=False)
    assert "only after stage2, the last" in alone.figure.layout.title.text.replace("<br>", " ")
    both = probes_by_layer([Probed(near, layers([0.3, 0.6, 0.9])), Probed(far, layers([0.3, 0.79, 0.8]))], dark=False)
    assert "Far after stage1" in both.figure.layout.title.text.replace("<br>", " ")
    assert len(both.rows) == 6


def test_a_learning_curve_without_its_first_points_is_drawn_from_where_it_begins() -> None:
    looks = configuration_colours(2)
    found = {"knn": mark("Nearest neighbours", looks[0], False), "lda": mark("Linear discriminant", looks[1], False)}
    curves = [
        {"classifier": "knn", "accuracy": [0.4, 0.6, 0.61], "low": [0.3] * 3, "high": [0.7] * 3, "draws": 10},
        {
            "classifier": "lda",
            "accuracy": [None, 0.5, 0.6],
            "low": [None, 0.4, 0.5],
            "high": [None, 0.6, 0.7],
            "draws": 9,
        },
    ]
    tuned = {"title": "Full <b>", "accuracy": 0.9}
    chart = accuracy_by_pictures((1, 2, 3), curves, found, dark=False, fine_tuned=tuned)
    assert [row["per_class"] for row in chart.rows if row["classifier"] == "lda"] == [2, 3]
    title = chart.figure.layout.title.text.replace("<br>", " ")
    assert "Nearest neighbours is nearly as good with 2 of each class as with 3" in title
    assert chart.figure.layout.yaxis.range[1] > 90, "the line of fine-tuning is in sight"
    assert "<b>" not in next(a.text for a in chart.figure.layout.annotations if "on all pictures" in a.text)


@pytest.mark.parametrize(
    ("trained", "high", "sentence"),
    [
        ([0.5, 0.7, 0.9], 0.95, "From 2 pictures of each class on, no classifier is ahead of a trained network"),
        ([0.7, 0.7, 0.9], 0.95, "No classifier is ahead of a trained network, however few the pictures"),
        ([0.7, 0.7, 0.8], 0.82, "With all 9 pictures of each class, Nearest neighbours is ahead of a trained network"),
        ([0.7, 0.7, 0.8], 0.95, "Nearest neighbours is ahead of, but within the band of, a trained network"),
    ],
)
def test_the_title_says_from_how_many_pictures_on_training_the_network_pays(
    trained: list[float], high: float, sentence: str
) -> None:
    looks = configuration_colours(2)
    found = {"knn": mark("Nearest neighbours", looks[0], False), "full": mark("Full, fine-tuned", looks[1], False)}
    band = {"low": [0.3] * 3, "high": [high] * 3}
    curves = [
        {"classifier": "knn", "accuracy": [0.6, 0.7, 0.85], **band, "draws": 10},
        {"classifier": "full", "accuracy": trained, **band, "draws": 3, "accuracies": [[0.5] * 3, [0.7] * 3, [0.9]]},
    ]
    chart = accuracy_by_pictures((1, 2, 9), curves, found, dark=False, strategy="full")
    title = " ".join(re.sub("<[^>]*>", " ", chart.figure.layout.title.text).split())
    assert sentence in title
    assert "10 draws, 3 where the network is trained" in title
    assert [row["draws"] for row in chart.rows if row["classifier"] == "full"] == [3, 3, 1]


def test_a_map_keeps_its_proportions_and_survives_points_that_are_no_numbers() -> None:
    placed, extent, here = _placed(np.array([[0.0, 0.0], [4.0, 1.0], [np.nan, 2.0]]), (2.0, 1.0))
    assert extent == [65535, 32767]
    assert placed.min() >= 0
    assert here == pytest.approx([32767.5, 16383.75])
    one, extent, _ = _placed(np.zeros((3, 2)), None)
    assert (one == 0).all()
    assert extent == [1, 1]


def test_only_points_of_the_map_that_is_shown_are_taken() -> None:
    assert _accepted({"key": "a", "points": [1, 1, -1, 7, "2", None]}, "a", 5) == [1]
    assert _accepted({"key": "b", "points": [1]}, "a", 5) == []
    assert _accepted("nonsense", "a", 5) == []


def test_a_set_too_large_for_a_screen_is_spread_evenly() -> None:
    chosen = _spread(3 * MOST_POINTS)
    assert len(chosen) == MOST_POINTS
    assert set(np.diff(chosen)) == {3}


def test_no_two_classes_share_both_colour_and_shape() -> None:
    looks = [(look["colour"], look["shape"]) for look in _looks()]
    assert len(set(looks)) == len(looks) == 28


def test_thumbnails_stand_on_one_sheet_in_the_order_of_the_set(thaw_home: object) -> None:
    import io

    from PIL import Image

    shades = np.arange(6, dtype=np.uint8) * 40
    pictures = np.broadcast_to(shades[:, None, None, None], (6, 3, 16, 16)).copy()
    keep(Arrays(pictures, np.zeros(6), ("a",), ("",) * 6, np.full(6, -1), "here"), "d" * 32)
    source, side, columns = _sheet(f"{'d' * 32}.safetensors", 6)
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))))
    middles = [sheet[side * (i // columns) + side // 2, side * (i % columns) + side // 2, 0] for i in range(6)]
    assert np.abs(np.array(middles, int) - shades).max() <= 4
    assert _sheet(f"{'e' * 32}.safetensors", 6) is None


def test_only_what_began_with_pretrained_weights_is_called_fine_tuned() -> None:
    found = marks(["knn@stage4"], ["stage4"], False, ["from_scratch", "full:rate=0.1"])
    assert found["from_scratch"].label == "From scratch"
    assert found["full:rate=0.1"].label.endswith(", fine-tuned")
