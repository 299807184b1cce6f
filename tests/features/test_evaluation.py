"""A features job from pictures to verdict: what it tells, what it leaves in its folder, and odd picture sets."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from model_zoo.data.image_set import ImageSet
from model_zoo.data.splits import split
from model_zoo.estimates import SHARE_FOR_CACHE, Speed
from model_zoo.events import Event, Note, Progress, RunEnd, Started, drained
from model_zoo.features import board, embedding, evaluation
from model_zoo.features.evaluation import evaluate
from model_zoo.features.evidence import evidence
from model_zoo.features.export import load
from model_zoo.features.fitting import fit
from model_zoo.features.scores import probabilities
from model_zoo.features.spec import FeaturesSpec
from model_zoo.prefix_cache import PrefixCache
from tests.engine import SPEED
from tests.features.board import asked, tiny, told  # noqa: F401
from tests.tiny import TINY, stripes

pytestmark = pytest.mark.usefixtures("tiny")
STAGES = TINY.stage_names[:-1]


def small() -> FeaturesSpec:
    return asked("knn", "ridge", "majority", stages=("stage1", "fc"), seeds=2)


def sentences(events: list[Event], about: str) -> list[str]:
    return [event.sentence for event in events if isinstance(event, Note) and about in event.sentence]


def test_the_leaderboard_grows_row_by_row_and_ends_in_a_verdict(tmp_path: Path) -> None:
    events, result = told(small(), tmp_path)
    (plan,) = [event.plan for event in events if isinstance(event, Started)]
    assert plan["runs"] == 12
    assert plan["split"]["sentence"].startswith("The split is as given: 36 pictures to train")
    ends = [event for event in events if isinstance(event, RunEnd)]
    assert [end.run for end in ends[:6]] == [f"{name}#0" for name in small().names]
    assert [end.row for end in ends] == result["rows"]
    shares = [event.done for event in events if isinstance(event, Progress)]
    assert shares == sorted(shares)
    embedded = [event for event in events if isinstance(event, Progress) and "embedding" in event.doing]
    assert embedded[-1].done < 1, "all fits are still to come"
    assert embedded[-1].seconds_left > 0
    assert json.loads((tmp_path / "result.json").read_text()) == json.loads(json.dumps(result))
    assert result["stages"] == [{"name": "stage1", "dimensions": 8}, {"name": "fc", "dimensions": 10}]
    assert result["verdict"]["recommended"] == result["ranking"][0]["strategy"]
    assert result["embedded"] == 60


def test_rows_say_what_their_kept_scores_say(tmp_path: Path) -> None:
    _, result = told(small(), tmp_path)
    images, kept = stripes(), load_file(tmp_path / "predictions.safetensors")
    labels = images.labels.numpy()
    for index, row in enumerate(result["rows"]):
        test, scores = kept[f"test.{index}"], kept[f"scores.{index}"]
        assert test.tolist() == split(images, row["seed"]).test.tolist()
        assert row["test_accuracy"] == pytest.approx((scores.argmax(1) == labels[test]).mean())
        probability = probabilities(scores, row["scores"], row["temperature"])
        assert np.allclose(probability.sum(1), 1, atol=1e-5)
        right = np.clip(probability[np.arange(len(test)), labels[test]], 1e-7, 1)
        assert row["log_loss"] == pytest.approx(-np.log(right).mean(), rel=1e-4)
        assert 0 <= row["ece"] <= 1
        assert row["fit_seconds"] > 0
        assert row["predict_milliseconds"] > 0
    for line in result["ranking"]:
        mine = [row for row in result["rows"] if row["name"] == line["strategy"]]
        for key in ("validation_accuracy", "test_accuracy", "macro_f1", "fit_seconds"):
            assert line[key] == pytest.approx(np.mean([row[key] for row in mine]))
        low, high = line["test_accuracy_ci"]
        assert low <= line["test_accuracy"] <= high
    majority = next(row for row in result["rows"] if row["classifier"] == "majority")
    assert majority["macro_f1"] < majority["test_accuracy"], "a class that is never named counts as much as the others"


def test_classifiers_learn_from_training_pictures_and_from_no_others(tmp_path: Path) -> None:
    images = stripes()
    parts = split(images, 0)
    labels = images.labels.clone()
    labels[parts.test] = (labels[parts.test] + 1) % 3
    labels[parts.validation] = (labels[parts.validation] + 1) % 3
    kept = []
    for folder, these in (("a", images), ("b", replace(images, labels=labels))):
        told(asked("knn", "svm_linear", "xgboost", tune=True), tmp_path / folder, these)
        kept.append(load_file(tmp_path / folder / "predictions.safetensors"))
    for index in range(3):
        assert np.array_equal(kept[0][f"scores.{index}"], kept[1][f"scores.{index}"])


def test_draws_are_those_of_the_compare_page_and_the_same_spec_gives_the_same_rows() -> None:
    images = stripes(given=False)
    spec = asked("random_forest", "svm_linear", seeds=2, seed=4)
    (_, one), (_, two) = told(spec, images=images), told(spec, images=images)
    assert [row["seed"] for row in one["rows"]] == [4, 4, 5, 5]
    assert one["split"]["redrawn"]
    exact = ("test_accuracy", "validation_accuracy", "log_loss")
    assert [[row[key] for key in exact] for row in one["rows"]] == [[row[key] for key in exact] for row in two["rows"]]


def test_every_stage_has_a_linear_probe_and_only_asked_stages_are_kept(tmp_path: Path) -> None:
    _, result = told(asked("knn", stages=("fc",)), tmp_path)
    assert [layer["stage"] for layer in result["layers"]] == list(STAGES)
    assert [layer["dimensions"] for layer in result["layers"]] == [4, 8, 12, 10]
    assert {name: rows.shape for name, rows in load_file(tmp_path / "embeddings.safetensors").items()} == {
        "fc": (60, 10)
    }
    assert {file.name for file in tmp_path.iterdir()} == {
        "embeddings.safetensors", "predictions.safetensors", "result.json", "rows",
    }  # fmt: skip
    _, probed = told(asked("logistic_regression", stages=STAGES))
    rows = {row["stage"]: row["test_accuracy"] for row in probed["rows"]}
    assert {layer["stage"]: layer["test_accuracy"] for layer in probed["layers"]} == rows
    assert {layer["stage"]: layer["test_accuracy"] for layer in result["layers"]} == rows


def test_a_probe_that_is_not_tuned_leaves_a_tuned_row_alone() -> None:
    _, result = told(asked("logistic_regression", tune=True, seeds=3), images=stripes(given=False, seed=3))
    rows, (line,), last = result["rows"], result["ranking"], result["layers"][-1]
    assert line["test_accuracy"] == pytest.approx(np.mean([row["test_accuracy"] for row in rows]))
    _, plain = told(asked("logistic_regression", seeds=3), images=stripes(given=False, seed=3))
    assert last["test_accuracy"] == plain["ranking"][0]["test_accuracy"]


def test_exported_pipelines_of_the_first_seed_answer_as_the_rows_do(tmp_path: Path) -> None:
    texts = (
        "svm_linear",
        "svm_rbf",
        "xgboost",
        "logistic_regression",
        "knn",
        "ridge",
        "lda",
        "random_forest",
        "majority",
    )
    _, result = told(asked(*texts, seeds=2), tmp_path)
    x, kept = load_file(tmp_path / "embeddings.safetensors")["fc"], load_file(tmp_path / "predictions.safetensors")
    for index, row in enumerate(result["rows"]):
        assert ("export" in row) == (row["seed"] == 0)
        if row["seed"]:
            continue
        assert row["export"]["agrees"] == 12, row["export"]
        pipeline, test = load(tmp_path / row["export"]["file"]), kept[f"test.{index}"]
        assert (pipeline.predict(x[test]) == kept[f"scores.{index}"].argmax(1)).all()
        if row["scores"] == "probability":
            assert np.abs(pipeline.predict_proba(x[test]) - kept[f"scores.{index}"]).max() < 1e-5
        about = json.loads((tmp_path / f"rows/{index}/about.json").read_text())
        assert about["classes"] == ["a", "b", "c"]
        assert about["stage"] == "fc"


def test_a_pipeline_that_comes_back_different_is_not_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def other(file: Path):
        pipeline = load(file)
        pipeline[-1].coef_ = pipeline[-1].coef_ + 1.0
        return pipeline

    monkeypatch.setattr("model_zoo.features.export.load", other)
    _, result = told(asked("ridge"), tmp_path)
    assert "Not offered: read back, it gives scores that are off by" in result["rows"][0]["export"]["sentence"]
    assert not (tmp_path / "rows/0/pipeline.skops").exists()


def test_a_pipeline_of_strange_types_is_not_offered_nor_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_zoo.features.export.TRUSTED", ())
    _, result = told(asked("xgboost"), tmp_path)
    assert "which no reader should trust" in result["rows"][0]["export"]["sentence"]


def test_support_vectors_are_the_training_pictures_on_which_the_margin_rests(tmp_path: Path) -> None:
    _, result = told(asked("svm_linear", "svm_rbf"), tmp_path)
    kept, train = load_file(tmp_path / "predictions.safetensors"), set(split(stripes(), 0).train.tolist())
    for index in (0, 1):
        support, weight = kept[f"support.{index}"], kept[f"support_weight.{index}"]
        assert 0 < len(support) <= len(train)
        assert set(support.tolist()) <= train
        assert (np.diff(weight) <= 0).all()
        assert (weight > 0).all()


def test_the_weights_of_a_linear_svm_are_its_support_vectors_times_their_weights() -> None:
    generator = np.random.default_rng(0)
    labels = np.arange(60) % 2
    x = (generator.normal(size=(60, 5)) + labels[:, None]).astype(np.float32)
    found = drained(fit("svm_linear:c=0.1", x, labels, 2))
    shown = evidence(found, x, np.arange(60), labels)
    alpha = np.zeros(60)
    alpha[shown["support"]] = shown["support_weight"]
    scaled = found.pipeline[:-1].transform(x)
    assert np.allclose((alpha * (2 * labels - 1)) @ scaled, found.pipeline[-1].coef_[0], rtol=0.02, atol=0.01)


def test_the_dimensions_that_trees_ask_most_are_shown_by_the_pictures_that_excite_them(tmp_path: Path) -> None:
    told(asked("xgboost"), tmp_path)
    kept, x = load_file(tmp_path / "predictions.safetensors"), load_file(tmp_path / "embeddings.safetensors")["fc"]
    important, exciting = kept["important.0"], kept["exciting.0"]
    assert len(set(important.tolist())) == len(important) == min(8, int((x.std(0) > 0).sum()))
    assert (np.diff(kept["importance.0"]) <= 0).all()
    for dimension, pictures in zip(important, exciting, strict=True):
        assert len(pictures) == 9
        assert np.array_equal(x[pictures, dimension], np.sort(x[:, dimension])[::-1][:9])


def test_a_class_missing_from_a_part_is_noted_and_the_rest_goes_on() -> None:
    images = stripes()
    for part, sentence in (
        (0, "Class “b” has no training picture, so no classifier can name it."),
        (1, "Class “b” has no validation picture, so it has no say in the ranking."),
        (2, "Class “b” has no test picture, so nothing is known of its accuracy."),
    ):
        kept = ((images.labels != 1) | (images.given != part)).nonzero()[:, 0]
        events, result = told(asked("knn", "xgboost", "svm_rbf"), images=images.take(kept))
        assert sentences(events, "Class ") == [sentence]
        assert all(0 < row["test_accuracy"] <= 1 for row in result["rows"])


def test_one_class_is_a_sentence() -> None:
    images = replace(stripes(), labels=torch.zeros(60, dtype=torch.long), classes=("moss",))
    with pytest.raises(ValueError, match="All pictures are of one class, “moss”; there is nothing to tell apart"):
        told(asked("knn"), images=images)


def test_pictures_that_are_all_the_same_are_a_sentence() -> None:
    images = replace(stripes(), pictures=torch.zeros_like(stripes().pictures))
    with pytest.raises(ValueError, match="All training pictures have the same embedding"):
        told(asked("knn"), images=images)


def test_values_that_never_change_are_noted_and_left_out() -> None:
    events, _ = told(asked("svm_rbf", "lda", "xgboost"))
    dead = 3  # of the tiny network's last stage are below zero for every picture
    sentence = f"{dead} of 10 values of fc are the same in all training pictures, so classifiers leave them out."
    assert sentences(events, "values") == [sentence]


def test_a_disk_that_is_too_full_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(ValueError, match="The embeddings need 0.0 GB of disk and 0.0 GB are free. Take fewer pictures"):
        told(asked("knn"))


def test_fewer_pictures_in_a_class_than_folds_are_noted_once(tmp_path: Path) -> None:
    images = stripes(24, given=False)  # four, six and four train
    events, _ = told(asked("knn", "ridge", tune=True, seeds=2), images=images)
    assert sentences(events, "folds") == ["A class has 4 training pictures, so tuning has 4 folds instead of 5."]


def test_a_set_larger_than_memory_is_embedded_in_chunks_and_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, plenty = told(asked("knn"), tmp_path / "plenty")
    limits: list[int] = []

    def limited(memory_bytes: int, folder: Path) -> PrefixCache:
        limits.append(memory_bytes)
        return PrefixCache(memory_bytes, folder)

    monkeypatch.setattr(evaluation, "PrefixCache", limited)
    monkeypatch.setattr("model_zoo.features.evaluation.home", lambda *_: tmp_path)
    monkeypatch.setattr("model_zoo.features.evaluation.free_memory_bytes", lambda _: 1000)
    monkeypatch.setattr(embedding, "CHUNK", 8)
    _, little = told(asked("knn"), tmp_path / "little")
    assert limits == [int(SHARE_FOR_CACHE * 1000)]
    assert little["embedded"] == plenty["embedded"] == 60
    for key in ("test_accuracy", "validation_accuracy"):
        assert little["rows"][0][key] == plenty["rows"][0][key]


def test_a_stage_that_is_too_large_to_flatten_is_refused_and_others_are_probed_averaged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(embedding, "LARGEST_FLAT", 100)
    with pytest.raises(ValueError, match="stem flattened has 256 values a picture"):
        told(asked("knn", stages=("stem",), pooling="flatten"))
    _, result = told(asked("knn", pooling="flatten"))
    assert [layer["dimensions"] for layer in result["layers"]] == [4, 8, 12, 10]


def remember(monkeypatch: pytest.MonkeyPatch, speed: Speed) -> None:
    def measured(*_: object) -> Iterator[Event]:
        yield from ()
        return speed

    monkeypatch.setattr(evaluation, "measure", measured)


def test_pictures_are_embedded_under_the_setting_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = told(asked("knn"), tmp_path / "fp32")[1]
    remember(monkeypatch, replace(SPEED, precision="bf16", memory_format="channels_last"))
    events, result = told(asked("knn"), tmp_path / "bf16")
    (plan,) = [event.plan for event in events if isinstance(event, Started)]
    assert (plan["precision"], plan["memory_format"]) == ("bf16", "channels_last")
    assert (exact["precision"], result["precision"]) == ("fp32", "bf16")
    one, other = (load_file(tmp_path / name / "embeddings.safetensors")["fc"] for name in ("fp32", "bf16"))
    assert not np.allclose(one, other, rtol=1e-6, atol=1e-7)
    assert np.allclose(one, other, rtol=0.1, atol=0.05)


def interrupted(spec: FeaturesSpec, folder: Path, after: int) -> list[str]:
    """Run a job until so many rows are told, and stop it there; gives their names."""
    work, ended = evaluate(spec, stripes(), folder), []
    while len(ended) < after:
        event = next(work)
        ended += [event.run] if isinstance(event, RunEnd) else []
    work.close()
    return ended


def without_seconds(result: dict) -> list[dict]:
    timed = ("fit_seconds", "predict_milliseconds")
    return [{key: value for key, value in row.items() if key not in timed} for row in result["rows"]]


def count_fits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    fits: list[str] = []

    def counted(text: str, *rest: object, **more: object):
        fits.append(text)
        return fit(text, *rest, **more)

    monkeypatch.setattr(board, "fit", counted)
    return fits


def test_a_job_that_is_resumed_fits_and_tells_only_what_had_not_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = asked("knn", "svm_linear", "majority", seeds=2)
    _, unbroken = told(spec, tmp_path / "unbroken")
    before = interrupted(spec, tmp_path / "broken", after=4)
    fits = count_fits(monkeypatch)
    events, result = told(spec, tmp_path / "broken")
    assert fits[:2] == ["svm_linear", "majority"]
    assert set(fits[2:]) == {"logistic_regression"}, "probes"
    assert result["embedded"] == 0
    after = [event.run for event in events if isinstance(event, RunEnd)]
    assert before + after == [f"{name}#{seed}" for seed in spec.run_seeds for name in spec.names]
    shares = [event.done for event in events if isinstance(event, Progress)]
    assert shares == sorted(shares)
    assert without_seconds(result) == without_seconds(unbroken)
    accuracies = [[line["strategy"], line["test_accuracy_ci"]] for line in result["ranking"]]
    assert sorted(accuracies) == sorted([line["strategy"], line["test_accuracy_ci"]] for line in unbroken["ranking"])
    kept = [load_file(tmp_path / name / "predictions.safetensors") for name in ("broken", "unbroken")]
    assert kept[0].keys() == kept[1].keys()
    assert all(np.array_equal(kept[0][name], kept[1][name]) for name in kept[0])
    assert {file.name for file in (tmp_path / "broken").iterdir()} == {
        "embeddings.safetensors", "predictions.safetensors", "result.json", "rows",
    }  # fmt: skip


def test_fits_of_other_embeddings_or_cut_off_are_fitted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = asked("knn", "majority")
    for name, images, cut in (("other", stripes(seed=1), False), ("cut", stripes(), True)):
        interrupted(spec, tmp_path / name, after=2)
        if cut:
            (tmp_path / name / "fits" / "1.safetensors").write_bytes(b"cut off")
        fits = count_fits(monkeypatch)
        told(spec, tmp_path / name, images)
        assert fits[: 1 if cut else 2] == (["majority"] if cut else ["knn", "majority"])


def test_a_job_without_a_result_leaves_no_embeddings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(asked("knn", "ridge"), tmp_path, after=1)
    assert {file.name for file in tmp_path.iterdir()} == {"fits", "rows"}
    monkeypatch.setattr(embedding, "CHUNK", 10)
    work = evaluate(asked("knn", pooling="max"), stripes(), tmp_path)
    while "50 left" not in str(next(work)):
        pass
    assert (tmp_path / "embeddings.safetensors").exists()
    work.close()
    assert {file.name for file in tmp_path.iterdir()} == {"fits", "rows"}


def test_what_a_killed_attempt_has_left_does_not_count_as_used_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [tmp_path / "embeddings.safetensors", tmp_path / "other_stages.part"]
    for file in left:
        file.write_bytes(b"half")
    full = lambda _: SimpleNamespace(free=0 if any(file.exists() for file in left) else 10**9)  # noqa: E731
    monkeypatch.setattr("shutil.disk_usage", full)
    assert told(asked("knn"), tmp_path)[1]["rows"]


def test_the_verdict_names_stages_only_where_there_are_several() -> None:
    images: ImageSet = stripes()
    _, one = told(asked("majority"), images=images)
    _, two = told(asked("majority", stages=("stage1", "fc")), images=images)
    assert one["verdict"]["sentence"].startswith("Most common class: ")
    assert "ost common class on " in two["verdict"]["sentence"]
