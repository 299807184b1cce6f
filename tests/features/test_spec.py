"""What may be asked of a features job, and what it is told to take."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from model_zoo.estimates import Speed, SplitSizes
from model_zoo.features.spec import PROBE, FeaturesSpec, estimate, fit_seconds, title

SPEED = Speed("cpu", "fp32", "contiguous", (0.01,) * 6, (0.001, 0.002, 0.003, 0.004, 0.005, 0.005), (8,) * 5, 0.0, 0)
SIZES = SplitSizes(300, 100, 100)


def test_a_spec_travels_as_json_and_names_its_last_stage() -> None:
    spec = FeaturesSpec("digits", classifiers=("svm_rbf:c=3", "knn"), pooling="gem", tune=True)
    assert FeaturesSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
    assert spec.stages == ("stage4",)
    assert spec.names == ("svm_rbf:c=3@stage4", "knn@stage4")
    assert title("svm_rbf:c=3@stage4") == "RBF-kernel SVM (c 3) on stage4"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"classifiers": ("svm",)}, "There is no classifier “svm”. Did you mean “svm_rbf”?"),
        ({"classifiers": ("knn:k=3",)}, "knn has no knob “k”; it has neighbours"),
        ({"classifiers": ("knn:neighbours=0",)}, "neighbours of knn must be 1 to 500, got 0"),
        ({"classifiers": ()}, "the number of classifiers must be 1 to 12, got 0"),
        ({"classifiers": ("knn", "knn")}, "“knn” stands twice among the classifiers"),
        ({"classifiers": ("svm_rbf", "svm_rbf:c=10")}, "“svm_rbf” stands twice among the classifiers"),
        ({"classifiers": ("knn:neighbours=5", "knn:neighbours= 5")}, "“knn:neighbours=5” stands twice"),
        ({"stages": ("stage3", "stage3")}, "“stage3” stands twice among the stages"),
        ({"stages": ("head",)}, "a stage of resnet_mini before its head must be one of stem, .*, got “head”"),
        ({"pooling": "sum"}, "pooling must be one of average, max, gem, flatten, got “sum”"),
        ({"precision": "fp8"}, "precision must be one of auto, bf16, fp32, got “fp8”"),
        ({"seeds": 0}, "seeds must be 1 to 20, got 0"),
        ({"seed": -1}, "seed must be 0 to"),
        ({"size": 4}, "size for resnet_mini must be"),
        ({"backbone": "resnet_minni"}, "Did you mean “resnet_mini”"),
    ],
)
def test_what_cannot_be_asked_is_said_with_the_way_out(changes: dict, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        FeaturesSpec(**{"data": "digits"} | changes)


def test_an_estimate_grows_with_all_that_is_asked() -> None:
    spec = FeaturesSpec("digits", classifiers=("svm_rbf",), seeds=1)
    least = estimate(spec, SIZES, 10, SPEED)
    for changes in (
        {"tune": True},
        {"seeds": 3},
        {"classifiers": ("svm_rbf", "lda")},
        {"stages": ("stage3", "stage4")},
    ):
        assert estimate(replace(spec, **changes), SIZES, 10, SPEED) > least


@pytest.mark.parametrize(("precision", "bytes_a_value"), [("fp32", 4), ("bf16", 2)])
def test_an_estimate_counts_the_values_of_flattened_stages(precision: str, bytes_a_value: int) -> None:
    values = (65_536, 16_000, 9_000, 5_000, 320)
    speed = replace(SPEED, precision=precision, row_bytes=tuple(bytes_a_value * n for n in values))
    pooled = FeaturesSpec("digits", classifiers=("svm_rbf",), stages=("stage2", "stage3"), seeds=2)
    told = estimate(replace(pooled, pooling="flatten"), SIZES, 10, speed)
    fits = sum(fit_seconds("svm_rbf", 300, n, 10) for n in (9_000, 5_000))
    probes = sum(fit_seconds(PROBE, 300, n, 10) for n in (320, 16_000, 9_000, 5_000, 320))  # the first is averaged
    assert told == pytest.approx(2.0 + 500 * 0.005 + 2 * 0.1 + 2 * (fits + probes))
    assert told > estimate(pooled, SIZES, 10, speed)


def test_a_page_may_read_specs_and_classifiers_without_any_learning_library() -> None:
    script = (
        "import sys, model_zoo.features.spec as s, model_zoo.features.classifiers as c, model_zoo.features.scores\n"
        "from model_zoo.knobs import knobs\n"
        "[knobs(row.options) for row in c.ROWS]; s.FeaturesSpec('digits')\n"
        "print([name for name in ('torch', 'sklearn', 'xgboost', 'scipy') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
