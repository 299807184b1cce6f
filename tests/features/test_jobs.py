"""The jobs that read what a features job has left: what they leave in their own folders, and whom they refuse."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from model_zoo.data import kept
from model_zoo.data.splits import split
from model_zoo.events import Finished, Note, Progress, Started
from model_zoo.experiments.job import KINDS
from model_zoo.experiments.jobs import features_curve, features_map
from model_zoo.features.embedded import embedded
from tests.features import finished as made
from tests.features.finished import CLASSIFIERS, JOB, finished, job_folder
from tests.tiny import stripes


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    made.register(monkeypatch)


def test_the_whole_train_part_gives_the_accuracy_of_the_leaderboard(thaw_home: Path) -> None:
    images = finished(thaw_home)
    context = job_folder(thaw_home, "curve")

    *events, last = features_curve.run({"job": JOB, "draws": 2, "stage": "fc"}, context)

    assert isinstance(last, Finished)
    result = json.loads((context.folder / "result.json").read_text())
    assert result == last.result
    assert result["fine_tuning"] is None
    assert result["per_class"] == [1, 2, 5, 10, 20, 24]
    assert result["pictures"][-1] == len(split(images, 0).train)
    board = {row["classifier"]: row for row in embedded(JOB).result["rows"] if row["stage"] == "fc"}
    assert [told["classifier"] for told in result["curves"]] == list(CLASSIFIERS)
    for told in result["curves"]:
        assert told["accuracy"][-1] == pytest.approx(board[told["classifier"]]["test_accuracy"])
    started = next(event for event in events if isinstance(event, Started))
    assert started.plan["stage"] == "fc"
    assert started.plan["seconds"] > 0


def test_where_every_seed_has_its_own_split_every_draw_has(thaw_home: Path) -> None:
    text = "random_forest:trees=5"
    hard = stripes(count=120, given=False)
    hard.labels[40:80] = torch.randint(3, (40,), generator=torch.Generator().manual_seed(0))
    images = finished(thaw_home, hard, classifiers=(text,), seeds=3, seed=4, tune=True)
    *_, last = features_curve.run({"job": JOB, "draws": 3}, job_folder(thaw_home, "curve"))
    (told,) = last.result["curves"]
    board = [row["test_accuracy"] for row in embedded(JOB).result["rows"] if row["name"] == f"{text}@stage1"]
    assert len(set(board)) > 1, "or one split for all would do"
    assert told["accuracies"][-1] == pytest.approx(board), "with the splits and the seeds of the job"
    assert last.result["tuned"] is False
    assert split(images, 4).redrawn


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_a_map_has_a_point_for_every_picture_and_names_what_to_look_at_twice(
    thaw_home: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_zoo.features.map.PHASES", ((25, 12.0, 0.5), (25, 1.0, 0.8)))
    images = stripes(count=120)
    images.pictures[70] = images.pictures[10]
    wrong = torch.arange(4, 120, 25)
    images.labels[wrong] = (images.labels[wrong] + 1) % 3
    finished(thaw_home, images)
    context = job_folder(thaw_home, "map")

    *events, last = features_map.run({"job": JOB, "method": method, "seed": 5}, context)

    result = json.loads((context.folder / "result.json").read_text())
    assert result == json.loads(json.dumps(last.result))
    assert load_file(context.folder / result["file"])["points"].shape == (120, 2)
    assert (result["stage"], result["seed"]) == ("stage1", 5)
    assert (result["explained"] is None) == (method == "tsne")
    assert (result["perplexity"] == 30.0) == (method == "tsne")
    assert [10, 70] in [pair[:2] for pair in result["duplicates"]]
    assert {suspect["picture"] for suspect in result["suspects"][:2]} < set(wrong.tolist())
    assert result["suspects_found"] == len(result["suspects"])
    shares = [event.done for event in events if isinstance(event, Progress) and event.done is not None]
    assert shares == sorted(shares)
    assert 0.5 < shares[-1] <= 1


def test_a_job_that_is_not_there_or_has_not_finished_is_refused_with_the_way_out(thaw_home: Path) -> None:
    unfinished = job_folder(thaw_home, "unfinished")
    context = job_folder(thaw_home, "mine")
    for job in ("nowhere", "unfinished", "../jobs", "", "a" * 99):
        for kind in (features_map, features_curve):
            with pytest.raises(ValueError, match="is no features job that has finished. Start one"):
                list(kind.run({"job": job}, context))
    assert not list(unfinished.folder.iterdir())


def test_a_stage_that_was_not_kept_is_refused_with_those_that_were(thaw_home: Path) -> None:
    finished(thaw_home, classifiers=("knn",))
    for kind in (features_map, features_curve):
        with pytest.raises(ValueError, match="kept embeddings of stage1, fc, not of “stem”"):
            list(kind.run({"job": JOB, "stage": "stem"}, job_folder(thaw_home, "mine")))


def test_pictures_that_were_deleted_meanwhile_are_missed_in_words(thaw_home: Path) -> None:
    finished(thaw_home, classifiers=("knn",))
    kept.place(made.KEY).unlink()
    with pytest.raises(ValueError, match="pictures of these embeddings are not here any more"):
        list(features_map.run({"job": JOB}, job_folder(thaw_home, "mine")))


def test_a_remark_comes_once_though_it_holds_at_every_point(thaw_home: Path) -> None:
    labels = stripes(count=120)
    labels.labels[3:100][labels.labels[3:100] == 2] = 0
    finished(thaw_home, labels, classifiers=("knn",))
    events = list(features_curve.run({"job": JOB, "draws": 3}, job_folder(thaw_home, "mine")))
    notes = [event.sentence for event in events if isinstance(event, Note)]
    assert len(notes) == len(set(notes))
    assert any("fewer than" in note for note in notes)


def test_both_are_jobs_that_a_list_can_name() -> None:
    assert KINDS["features_map"].LANE == KINDS["features_curve"].LANE == "device"
    assert KINDS["features_map"].describe({"job": "a", "stage": "fc"}) == (
        "t-SNE of fc, near-duplicates, doubtful labels"
    )
    assert KINDS["features_curve"].describe({"job": "a", "classifiers": ["knn"], "draws": 5}) == (
        "1 classifier against pictures a class, 5 draws"
    )
    assert KINDS["features_curve"].describe({"job": "a"}).startswith("all classifiers")


def test_embeddings_are_read_as_they_were_written(thaw_home: Path) -> None:
    finished(thaw_home, classifiers=("knn",))
    job = embedded(JOB)
    assert job.stage() == "stage1"
    assert job.embeddings("fc").shape == (120, 10)
    assert np.isfinite(job.embeddings("stage1")).all()


def test_embeddings_that_do_not_fit_in_memory_are_refused_before_they_are_read(
    thaw_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(thaw_home, classifiers=("knn",))
    monkeypatch.setattr("model_zoo.features.embedded.free_memory_bytes", lambda device: 10_000)
    with pytest.raises(
        ValueError, match="120 embeddings of 8 values need about 15 KiB of memory, and 9.8 KiB are free"
    ):
        list(features_map.run({"job": JOB}, job_folder(thaw_home, "mine")))
