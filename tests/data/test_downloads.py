"""Public sets are fetched from a server on this machine, in torchvision's form, and read by torchvision."""

import io
import pickle

import numpy as np
import pytest
from torchvision.datasets import CIFAR10, Flowers102, OxfordIIITPet

from model_zoo.data import opening, sources
from model_zoo.data.splits import split
from model_zoo.events import Finished, Progress
from model_zoo.experiments.jobs import download
from model_zoo.home import home
from tests.data.makers import drive, gzipped, limits, md5, picture, tarred


@pytest.fixture
def cifar(served, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """CIFAR-10 with forty training pictures and ten to test; gives their pixels (50, 32, 32, 3)."""
    files, address, _ = served
    pixels = np.random.default_rng(0).integers(0, 255, (50, 32, 32, 3), np.uint8)
    batches = {}
    for name, rows in (("data_batch_1", slice(0, 20)), ("data_batch_2", slice(20, 40)), ("test_batch", slice(40, 50))):
        flat = pixels[rows].transpose(0, 3, 1, 2).reshape(-1, 3072)
        batches[name] = pickle.dumps({"data": flat, "labels": [i % 10 for i in range(len(flat))]})
    batches["batches.meta"] = pickle.dumps({"label_names": [f"class {i}" for i in range(10)]})
    files["cifar-10-python.tar.gz"] = gzipped(tarred({f"cifar-10-batches-py/{n}": c for n, c in batches.items()}))
    monkeypatch.setattr(CIFAR10, "url", f"{address}/cifar-10-python.tar.gz")
    monkeypatch.setattr(CIFAR10, "tgz_md5", md5(files["cifar-10-python.tar.gz"]))
    monkeypatch.setattr(CIFAR10, "train_list", [[n, md5(batches[n])] for n in ("data_batch_1", "data_batch_2")])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", md5(batches["test_batch"])]])
    meta = {"filename": "batches.meta", "key": "label_names", "md5": md5(batches["batches.meta"])}
    monkeypatch.setattr(CIFAR10, "meta", meta)
    return pixels


def test_cifar_is_fetched_once_and_read_as_its_makers_split_it(cifar: np.ndarray, served) -> None:
    events, images = drive(opening.open_set("download:cifar10", 32))
    assert any(isinstance(event, Progress) and "Asking for http" in event.doing for event in events)
    assert np.array_equal(images.pictures.permute(0, 2, 3, 1).numpy(), cifar)
    assert images.classes[:2] == ("class 0", "class 1")
    assert split(images, 0).test.tolist() == list(range(40, 50))
    assert len(split(images, 0).validation) == 10  # of every class at least one
    _, larger = drive(opening.open_set("download:cifar10", 48))
    assert larger.size == 48
    assert served[2] == ["cifar-10-python.tar.gz"]


def test_the_job_ends_with_the_reference_and_the_set_is_ready(cifar: np.ndarray, served) -> None:
    assert not sources.download("cifar10").ready
    events = list(download.run({"data": "download:cifar10"}, None))
    assert events[-1] == Finished({"data": "download:cifar10"})
    assert sources.download("cifar10").ready
    assert download.describe({"data": "download:cifar10"}) == "CIFAR-10, 163 MiB"


def test_without_network_one_sentence_says_what_to_do(cifar: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CIFAR10, "url", "http://127.0.0.1:9/cifar-10-python.tar.gz")
    with pytest.raises(ValueError) as error:
        drive(opening.open_set("download:cifar10", 32))
    sentence = str(error.value)
    assert "CIFAR-10 cannot be downloaded: http://127.0.0.1:9/cifar-10-python.tar.gz does not answer" in sentence
    assert f"Put cifar-10-python.tar.gz into {home('downloads')} by hand" in sentence
    assert "materials, digits" in sentence
    assert not list(home("downloads").iterdir())


def test_a_file_put_there_by_hand_is_used(cifar: np.ndarray, served) -> None:
    files, _, asked = served
    (home("downloads") / "cifar-10-python.tar.gz").write_bytes(files["cifar-10-python.tar.gz"])
    _, images = drive(opening.open_set("download:cifar10", 32))
    assert len(images) == 50
    assert asked == []


def test_a_file_that_arrives_damaged_is_not_kept(cifar: np.ndarray, served) -> None:
    served[0]["cifar-10-python.tar.gz"] += b"more"
    with pytest.raises(ValueError, match="arrived damaged .*start it again"):
        drive(opening.open_set("download:cifar10", 32))
    assert not list(home("downloads").iterdir())


def test_what_an_interrupted_unpacking_left_is_unpacked_anew(cifar: np.ndarray, served) -> None:
    left = home("downloads", "cifar-10-batches-py")
    (left / "data_batch_1").write_bytes(b"half")
    _, images = drive(opening.open_set("download:cifar10", 32))
    assert len(images) == 50


def test_flowers_keep_their_names_and_their_three_parts(served, monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy.io import savemat

    files, address, _ = served
    pictures = {f"jpg/image_{i:05d}.jpg": picture(i, (40, 30), format="JPEG") for i in range(1, 13)}
    files["102flowers.tgz"] = gzipped(tarred(pictures))
    for name, values in (
        ("imagelabels.mat", {"labels": np.array([[1, 2, 3] * 4])}),
        ("setid.mat", {"trnid": np.arange(1, 7), "valid": np.arange(7, 10), "tstid": np.arange(10, 13)}),
    ):
        file = io.BytesIO()
        savemat(file, values)
        files[name] = file.getvalue()
    names = {"image": "102flowers.tgz", "label": "imagelabels.mat", "setid": "setid.mat"}
    monkeypatch.setattr(Flowers102, "_download_url_prefix", f"{address}/")
    monkeypatch.setattr(Flowers102, "_file_dict", {k: (name, md5(files[name])) for k, name in names.items()})
    _, images = drive(opening.open_set("download:flowers102", 16))
    assert split(images, 0).sizes() == (6, 3, 3)
    assert sorted(images.classes) == sorted(Flowers102.classes[:3])
    at = images.names.index(f"train/{Flowers102.classes[0]}/image_00001.jpg")
    assert images.classes[int(images.labels[at])] == Flowers102.classes[0]
    assert images.original[at].tolist() == [40, 30]


def test_pets_are_read_by_breed(served, monkeypatch: pytest.MonkeyPatch) -> None:
    files, address, _ = served
    pets = [
        ("Abyssinian_1", 1),
        ("Abyssinian_2", 1),
        ("beagle_1", 2),
        ("beagle_2", 2),
        ("Abyssinian_3", 1),
        ("beagle_3", 2),
    ]
    files["images.tar.gz"] = gzipped(
        tarred({f"images/{name}.jpg": picture(i, (40, 30), format="JPEG") for i, (name, _) in enumerate(pets)})
    )
    lines = [f"{name} {breed} 1 1\n".encode() for name, breed in pets]
    lists = {"annotations/trainval.txt": b"".join(lines[:4]), "annotations/test.txt": b"".join(lines[4:])}
    files["annotations.tar.gz"] = gzipped(tarred(lists))
    resources = tuple((f"{address}/{name}", md5(files[name])) for name in ("images.tar.gz", "annotations.tar.gz"))
    monkeypatch.setattr(OxfordIIITPet, "_RESOURCES", resources)
    _, images = drive(opening.open_set("download:pets", 16))
    assert images.classes == ("Abyssinian", "Beagle")
    assert split(images, 0).sizes() == (2, 2, 2)


def test_a_set_that_would_not_fit_in_memory_is_refused_before_it_is_decoded(cifar: np.ndarray) -> None:
    with (
        limits(decoded_bytes=10**9),
        pytest.raises(ValueError, match="60,000 pictures of 224 × 224 pixels take 8.4 GiB"),
    ):
        drive(opening.open_set("download:cifar10", 224))
