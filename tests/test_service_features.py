"""The inference process on a new picture: every classifier, the neighbours, the place on the map."""

from pathlib import Path

import httpx
import numpy as np
import pytest
import skops.io
import torch
from sklearn.preprocessing import FunctionTransformer

from model_zoo import backbones, service_features
from model_zoo.data.decode import decode
from model_zoo.data.image_set import ImageSet
from model_zoo.data.splits import split
from model_zoo.data.views import normalise
from model_zoo.experiments.jobs import features_map
from model_zoo.features.embedded import embedded
from model_zoo.features.export import load
from model_zoo.service import Options, Service
from tests.features import finished as made
from tests.features.finished import CLASSIFIERS, JOB, finished, job_folder
from tests.finished_job import picture_file
from tests.test_service import Client
from tests.tiny import SIZE


@pytest.fixture
def service(thaw_home: Path):
    service = Service(Options())
    yield service
    service.worker.shutdown()


@pytest.fixture
def images(thaw_home: Path, monkeypatch: pytest.MonkeyPatch) -> ImageSet:
    made.register(monkeypatch)
    monkeypatch.setattr("model_zoo.features.map.PHASES", ((25, 12.0, 0.5), (25, 1.0, 0.8)))
    return finished(thaw_home, pooling="max")


def ask(service: Service, content: bytes | None = None, **query: str) -> httpx.Response:
    return Client(service).post("/features/try", {"job": JOB} | query, picture_file() if content is None else content)


def direct(stage: str) -> np.ndarray:
    """Embed the picture file by hand: (1, D)."""
    backbone = backbones.get("tiny")
    pixels = torch.from_numpy(decode(picture_file(), SIZE).pixels)[None]
    x = normalise(pixels, backbone.mean, backbone.deviation)
    network = backbone.network(2, seed=0).eval()
    with torch.no_grad():
        for name, module in network[:-1].named_children():
            x = module(x)
            if name == stage:
                break
    return (x.amax((2, 3)) if x.ndim == 4 else x).numpy()


def test_every_classifier_answers_as_its_pipeline_does(thaw_home: Path, service: Service, images: ImageSet) -> None:
    answer = ask(service).json()

    told = embedded(JOB).result["rows"]
    assert [row["name"] for row in answer["rows"]] == [f"{c}@{s}" for s in ("stage1", "fc") for c in CLASSIFIERS]
    assert answer["missing"] == []
    for number, row in enumerate(answer["rows"]):
        pipeline = load(thaw_home / "jobs" / JOB / told[number]["export"]["file"])
        named = pipeline.predict(direct(told[number]["stage"]))[0]
        assert row["scores"][0]["name"] == images.classes[named]
        chances = [score["probability"] for score in row["scores"]]
        assert chances == sorted(chances, reverse=True)
        assert sum(chances) == pytest.approx(1, abs=1e-5)
        if told[number]["scores"] == "probability":
            assert chances[0] == pytest.approx(pipeline.predict_proba(direct(told[number]["stage"])).max(), abs=1e-5)


def test_neighbours_are_the_training_pictures_that_point_the_same_way(service: Service, images: ImageSet) -> None:
    answer = ask(service).json()

    x, new = embedded(JOB).embeddings("stage1").astype(float), direct("stage1")[0]
    deviation = np.where(x.std(0) > 0, x.std(0), np.inf)
    rows, row = (x - x.mean(0)) / deviation, (new - x.mean(0)) / deviation
    cosine = rows @ row / np.linalg.norm(rows, axis=1) / np.linalg.norm(row)
    train = split(images, 0).train.numpy()
    wanted = sorted(cosine[train].tolist(), reverse=True)[:9]
    assert answer["stage"] == "stage1"
    assert [near["similarity"] for near in answer["neighbours"]] == pytest.approx(wanted, abs=1e-4)
    assert {near["picture"] for near in answer["neighbours"]} <= set(train.tolist())
    assert answer["place"] is None


def test_a_picture_of_the_set_is_its_own_nearest_neighbour_and_lies_where_it_lies_on_the_map(
    thaw_home: Path, service: Service, images: ImageSet
) -> None:
    import io

    from PIL import Image

    number = int(split(images, 0).train[4])
    file = io.BytesIO()
    Image.fromarray(images.pictures[number].permute(1, 2, 0).numpy()).save(file, "PNG")
    for method, far in (("pca", 1e-3), ("tsne", None)):
        list(features_map.run({"job": JOB, "method": method, "stage": "fc"}, job_folder(thaw_home, method)))
        answer = ask(service, file.getvalue(), map=method).json()
        assert answer["stage"] == "fc"
        assert answer["neighbours"][0]["picture"] == number
        assert answer["neighbours"][0]["similarity"] == pytest.approx(1, abs=1e-4)
        points = service_features._map(method, JOB)["points"]
        away = np.linalg.norm(points - answer["place"], axis=1)
        if far is not None:
            assert away[number] < far
        else:
            label = images.labels[number]
            own = away[(images.labels == label).numpy()].mean()
            assert own < away[(images.labels != label).numpy()].mean()


def test_the_second_picture_loads_nothing_again(service: Service, images: ImageSet, monkeypatch) -> None:
    assert ask(service).status_code == 200
    assert len(service.shelf) == 1
    assert service.shelf.bytes > 10_000
    monkeypatch.setattr(service_features, "_load", None)
    assert ask(service, picture_file(3)).status_code == 200


def test_a_map_of_other_embeddings_is_refused(thaw_home: Path, service: Service, images: ImageSet) -> None:
    context = job_folder(thaw_home, "map")
    list(features_map.run({"job": JOB, "method": "pca"}, context))
    file = context.folder / "result.json"
    file.write_text(file.read_text().replace(JOB, "another"))

    answer = ask(service, map="map")

    assert (answer.status_code, answer.json()["sentence"]) == (
        404, "This map is of other embeddings. Draw one of these.",
    )  # fmt: skip


@pytest.mark.parametrize("job", ["../secret", "", "a/b", "x" * 65, "nowhere"])
def test_what_is_no_features_job_is_refused_with_the_way_out(service: Service, job: str) -> None:
    answer = ask(service, job=job)
    assert answer.status_code == 404
    assert "is no features job" in answer.json()["sentence"]


@pytest.mark.parametrize("job", ["../secret", "a/b", "nowhere"])
def test_what_is_no_map_is_refused_with_the_way_out(service: Service, images: ImageSet, job: str) -> None:
    answer = ask(service, map=job)
    assert answer.status_code == 404
    assert "is no map that has been drawn. Draw one" in answer.json()["sentence"]


def test_what_is_no_picture_is_refused(service: Service, images: ImageSet) -> None:
    answer = ask(service, b"no picture")
    assert (answer.status_code, "Try another one" in answer.json()["sentence"]) == (400, True)


def test_a_pipeline_that_holds_what_nobody_trusts_is_never_made(
    thaw_home: Path, service: Service, images: ImageSet
) -> None:
    import os

    file = thaw_home / "jobs" / JOB / embedded(JOB).result["rows"][0]["export"]["file"]
    for content in (skops.io.dumps(FunctionTransformer(os.getpid)), b"no archive"):
        file.write_bytes(content)
        answer = ask(service)
        assert answer.status_code == 404
        assert "svm_linear@stage1 was not kept whole" in answer.json()["sentence"]


def test_a_classifier_whose_pipeline_was_not_offered_is_missed_in_words(
    thaw_home: Path, service: Service, images: ImageSet
) -> None:
    import json

    file = thaw_home / "jobs" / JOB / "result.json"
    result = json.loads(file.read_text())
    result["rows"][1]["export"] = {"sentence": "Not offered: it is off."}
    file.write_text(json.dumps(result))

    answer = ask(service).json()

    assert answer["missing"] == [{"name": "knn@stage1", "sentence": "Not offered: it is off."}]
    assert "knn@stage1" not in {row["name"] for row in answer["rows"]}
