"""`python -m model_zoo features`, and the job behind the page: what goes in, what comes out."""

import json
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from model_zoo.__main__ import main
from model_zoo.data import kept
from model_zoo.events import Finished
from model_zoo.experiments.job import KINDS, Context
from model_zoo.experiments.jobs import features
from model_zoo.features.spec import FeaturesSpec
from tests.told_speed import tell_speed

DATA, SIZE = "materials:per_class=6", 48
WORDS = ["features", DATA, "--size", str(SIZE), "--classifier", "knn", "--classifier", "svm_linear", "--seeds", "2"]


@pytest.fixture(autouse=True)
def _known_speed(thaw_home: Path) -> None:
    tell_speed(SIZE)


def test_json_has_what_the_command_promises_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WORDS, "--stage", "stage3", "--json"]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert list(found) == ["data", "backbone", "stage", "dimensions", "embed_seconds", "classifiers"]
    assert (found["data"], found["backbone"], found["stage"], found["dimensions"]) == (
        DATA,
        "resnet_mini",
        "stage3",
        144,
    )
    assert {row["name"] for row in found["classifiers"]} == {"knn", "svm_linear"}
    for row in found["classifiers"]:
        low, high = row["test_accuracy_ci"]
        assert 0 <= low <= row["test_accuracy"] <= high <= 1
        assert list(row) == [
            "name", "validation_accuracy", "test_accuracy", "test_accuracy_ci", "macro_f1", "fit_seconds",
            "predict_milliseconds",
        ]  # fmt: skip
    assert "No split is given, so 60/20/20 of every class were drawn" in said.err


def test_text_begins_with_the_verdict_and_lists_the_classifiers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(WORDS) == 0
    first, _, heads, *rows = capsys.readouterr().out.strip().split("\n")
    assert first.endswith(".")
    assert heads.split()[:3] == ["classifier", "validation", "test"]
    assert {row.split("  ")[0] for row in rows} == {"Nearest neighbours", "Linear SVM"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--classifier", "svn_linear"], "Did you mean “svm_linear”?"),
        (["--stage", "stage9"], "must be one of stem, stage1, stage2, stage3, stage4, got “stage9”"),
        (["--pooling", "sum"], "invalid choice: 'sum'"),
        (["--size", "4"], "size for resnet_mini must be"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["features", DATA, *words]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_the_job_leaves_what_pages_read_and_embeds_nothing_when_it_is_run_again(tmp_path: Path) -> None:
    spec = FeaturesSpec(DATA, classifiers=("xgboost",), size=SIZE, seeds=1).to_json()
    assert KINDS["features"] is features
    assert features.describe(spec).startswith("Materials · ResNet")
    assert features.describe(spec).endswith("1 classifier on stage4 × 1 seed")
    for folder, embedded in (("one", 60), ("two", 0)):
        (tmp_path / folder).mkdir()
        *_, ended = features.run(spec, Context(folder, tmp_path / folder))
        assert isinstance(ended, Finished)
        assert ended.result["embedded"] == embedded
    assert kept.find(ended.result["pictures_file"]) is not None
    assert len(load_file(tmp_path / "one" / "embeddings.safetensors")["stage4"]) == 60
    assert (tmp_path / "one" / ended.result["rows"][0]["export"]["file"]).exists()
