"""The portrait of a set, and the job that gives it."""

import io
import json
from pathlib import Path

import torch

from model_zoo.data import uploads
from model_zoo.data.image_set import Split
from model_zoo.data.portrait import portrait
from model_zoo.data.splits import split
from model_zoo.events import Finished, Note
from model_zoo.experiments.job import Context
from model_zoo.experiments.jobs import pictures
from tests.data.makers import class_files, picture, small_set, zipped


def test_the_portrait_counts_classes_parts_and_samples() -> None:
    images = small_set({"a": 40, "b": 5})
    told = portrait(images, split(images, 0))
    assert (told["pictures"], told["classes"], told["counts"]) == (45, ["a", "b"], [40, 5])
    assert [sum(told["split_counts"][part]) for part in ("train", "validation", "test")] == [27, 9, 9]
    assert told["split"]["redrawn"] is True
    assert [len(samples) for samples in told["samples"]] == [8, 5]
    assert all(images.labels[i] == label for label, samples in enumerate(told["samples"]) for i in samples)
    assert told["original_sizes"] is None
    json.dumps(told)


def test_duplicates_are_named_where_they_lie_in_different_parts_or_classes() -> None:
    images = small_set({"a": 6, "b": 6})
    images.pictures[4] = images.pictures[0]  # train and test
    images.pictures[2] = images.pictures[1]  # both in train
    images.pictures[7] = images.pictures[3]  # both in train, but of two classes
    parts = Split(torch.tensor([0, 1, 2, 3, 6, 7]), torch.tensor([5, 8, 9]), torch.tensor([4, 10, 11]), "")
    found = portrait(images, parts)["duplicates"]
    assert (found["groups"], found["across_parts"], found["across_classes"]) == (3, 1, 1)
    named = [[(item["name"], item["part"], item["class"]) for item in group] for group in found["named"]]
    assert named == [
        [("3.png", "train", "a"), ("7.png", "train", "b")],
        [("0.png", "train", "a"), ("4.png", "test", "a")],
    ]


def test_the_job_writes_the_portrait_it_ends_with(tmp_path: Path) -> None:
    files = class_files(each=6) | {"cats/large.png": picture(40, (640, 480)), "cats/bad.png": b"?"}
    reference = uploads.keep_archive(io.BytesIO(zipped(files)), "pets.zip")
    spec = {"data": reference, "size": 16}
    assert pictures.describe(spec) == "pets.zip at 16 pixels"
    events = list(pictures.run(spec, Context("job", tmp_path)))
    assert isinstance(events[-1], Finished)
    told = events[-1].result
    assert json.loads((tmp_path / "portrait.json").read_text("utf-8")) == told
    assert told["data"] == reference
    assert told["left_out_count"] == 1
    assert told["left_out"][0]["name"] == "cats/bad.png"
    assert any(isinstance(event, Note) and event.about == "cats/bad.png" for event in events)
    sizes = told["original_sizes"]
    assert (sizes["smallest"], sizes["largest"]) == ([20, 16], [640, 480])
    assert sizes["short_side_counts"] == [12, 0, 0, 0, 1, 0, 0, 0, 0]


def test_a_list_of_jobs_may_name_a_set_that_is_gone() -> None:
    assert pictures.describe({"data": "upload:" + "0" * 32, "size": 64}).startswith("upload:000")
