"""The sets that the features page brought: each fetched in torchvision's form from a server on this machine."""

import gzip
import json
import pickle
import re
import struct
from urllib.parse import urlsplit

import numpy as np
import pytest
from torchvision.datasets import CIFAR100, DTD, STL10, FashionMNIST, Food101

from model_zoo.data import opening, public_sets, sources
from model_zoo.data.image_set import ImageSet
from model_zoo.data.splits import split
from model_zoo.home import home
from tests.data.makers import drive, gzipped, md5, picture, tarred, zipped


def opened(reference: str, size: int) -> ImageSet:
    return drive(opening.open_set(reference, size))[1]


def label_of(images: ImageSet, name: str) -> str:
    return images.classes[int(images.labels[images.names.index(name)])]


@pytest.fixture
def serve(served):
    """Put a file on the server; gives its address and its checksum."""
    files, address, _ = served

    def put(name: str, content: bytes) -> tuple[str, str]:
        files[name] = content
        return f"{address}/{name}", md5(content)

    return put


def test_cifar100_is_read_by_its_fine_labels(serve, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (30, 3072), np.uint8)
    parts = {
        "train": {"data": pixels[:20], "fine_labels": [0, 1, 2, 3] * 5, "coarse_labels": [0] * 20},
        "test": {"data": pixels[20:], "fine_labels": [3, 2] * 5, "coarse_labels": [0] * 10},
        "meta": {"fine_label_names": ["apple", "bear", "chair", "clock"], "coarse_label_names": ["all"]},
    }
    pickled = {name: pickle.dumps(part) for name, part in parts.items()}
    url, sum_ = serve(
        "cifar-100-python.tar.gz", gzipped(tarred({f"cifar-100-python/{n}": c for n, c in pickled.items()}))
    )
    monkeypatch.setattr(CIFAR100, "url", url)
    monkeypatch.setattr(CIFAR100, "tgz_md5", sum_)
    monkeypatch.setattr(CIFAR100, "train_list", [["train", md5(pickled["train"])]])
    monkeypatch.setattr(CIFAR100, "test_list", [["test", md5(pickled["test"])]])
    monkeypatch.setattr(CIFAR100, "meta", CIFAR100.meta | {"md5": md5(pickled["meta"])})

    images = opened("download:cifar100", 32)

    assert np.array_equal(images.pictures.reshape(30, 3072).numpy(), pixels)
    assert label_of(images, "train/00005") == "bear"
    assert split(images, 0).test.tolist() == list(range(20, 30))


def test_textures_come_in_the_first_of_their_ten_partitions(serve, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{kind}/{kind}_{i}.jpg" for kind in ("banded", "dotted") for i in range(3)]
    files = {f"dtd/images/{name}": picture(i, (40, 30), format="JPEG") for i, name in enumerate(names)}
    for i, part in enumerate(("train", "val", "test")):
        files[f"dtd/labels/{part}1.txt"] = "\n".join(names[i::3]).encode()
        files[f"dtd/labels/{part}2.txt"] = "\n".join(names[(i + 1) % 3 :: 3]).encode()
    url, sum_ = serve("dtd-r1.0.1.tar.gz", gzipped(tarred(files)))
    monkeypatch.setattr(DTD, "_URL", url)
    monkeypatch.setattr(DTD, "_MD5", sum_)

    images = opened("download:dtd", 16)

    assert images.classes == ("banded", "dotted")
    assert split(images, 0).sizes() == (2, 2, 2)
    assert label_of(images, "test/dotted/dotted_2.jpg") == "dotted"


def test_land_from_above_has_no_parts_given_so_they_are_drawn(serve, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"2750/{kind}/{kind}_{i}.jpg": picture(i, (64, 64), format="JPEG") for kind in ("Forest", "River")
             for i in range(1, 6)}  # fmt: skip
    url, sum_ = serve("EuroSAT.zip", zipped(files))
    monkeypatch.setattr(public_sets, "EUROSAT_URL", url)
    monkeypatch.setattr(public_sets, "EUROSAT_MD5", sum_)

    images = opened("download:eurosat", 16)

    assert label_of(images, "River/River_3.jpg") == "River"
    parts = split(images, 0)
    assert parts.sizes() == (6, 2, 2)
    assert parts.redrawn


def test_food_keeps_the_reviewed_pictures_for_the_test(serve, monkeypatch: pytest.MonkeyPatch) -> None:
    lists = {part: {dish: [f"{dish}/{part}{i}" for i in range(count)] for dish in ("apple_pie", "waffles")}
             for part, count in (("train", 4), ("test", 2))}  # fmt: skip
    files = {f"food-101/meta/{part}.json": json.dumps(dishes).encode() for part, dishes in lists.items()}
    stems = [stem for dishes in lists.values() for stems in dishes.values() for stem in stems]
    files |= {f"food-101/images/{stem}.jpg": picture(i, (40, 30), format="JPEG") for i, stem in enumerate(stems)}
    url, sum_ = serve("food-101.tar.gz", gzipped(tarred(files)))
    monkeypatch.setattr(Food101, "_URL", url)
    monkeypatch.setattr(Food101, "_MD5", sum_)

    images = opened("download:food101", 16)

    assert images.classes == ("apple_pie", "waffles")
    assert len(images) == 12
    assert sorted(images.names[i] for i in split(images, 0).test.tolist()) == [
        f"test/{dish}/test{i}.jpg" for dish in ("apple_pie", "waffles") for i in (0, 1)
    ]


@pytest.fixture
def clothes(serve, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Fashion-MNIST with thirty pictures to train and ten to test; gives their pixels (40, 28, 28)."""
    pixels = np.random.default_rng(1).integers(0, 255, (40, 28, 28), np.uint8)
    labels = np.arange(40, dtype=np.uint8) % 10
    content = {
        "train-images-idx3-ubyte": struct.pack(">4i", 0x803, 30, 28, 28) + pixels[:30].tobytes(),
        "train-labels-idx1-ubyte": struct.pack(">2i", 0x801, 30) + labels[:30].tobytes(),
        "t10k-images-idx3-ubyte": struct.pack(">4i", 0x803, 10, 28, 28) + pixels[30:].tobytes(),
        "t10k-labels-idx1-ubyte": struct.pack(">2i", 0x801, 10) + labels[30:].tobytes(),
    }
    served = [(f"{name}.gz", *serve(f"{name}.gz", gzip.compress(file))) for name, file in content.items()]
    monkeypatch.setattr(FashionMNIST, "mirrors", [served[0][1].rpartition("/")[0] + "/"])
    monkeypatch.setattr(FashionMNIST, "resources", [(name, sum_) for name, _, sum_ in served])
    return pixels


def test_grey_clothes_become_three_equal_channels(clothes: np.ndarray) -> None:
    images = opened("download:fashion_mnist", 28)

    assert np.array_equal(images.pictures.numpy(), np.repeat(clothes[:, None], 3, axis=1))
    assert label_of(images, "train/00009") == "Ankle boot"
    assert images.original[0].tolist() == [28, 28]


def test_a_file_that_an_interrupted_run_unpacked_half_is_unpacked_anew(clothes: np.ndarray) -> None:
    (home("downloads", "FashionMNIST", "raw") / "train-images-idx3-ubyte").write_bytes(b"half")

    assert np.array_equal(opened("download:fashion_mnist", 28).pictures[:, 0].numpy(), clothes)


@pytest.fixture
def stl(serve, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """STL-10 with twenty pictures to train and ten to test; gives their pixels (30, 96, 96, 3)."""
    pixels = np.random.default_rng(2).integers(0, 255, (30, 96, 96, 3), np.uint8)
    columns_first = pixels.transpose(0, 3, 2, 1)  # as its makers, with Matlab, wrote them
    ones = np.arange(30, dtype=np.uint8) % 10 + 1
    content = {
        "train_X.bin": columns_first[:20].tobytes(),
        "train_y.bin": ones[:20].tobytes(),
        "unlabeled_X.bin": b"a hundred thousand pictures",
        "test_X.bin": columns_first[20:].tobytes(),
        "test_y.bin": ones[20:].tobytes(),
        "class_names.txt": "\n".join(f"class {i}" for i in range(1, 11)).encode(),
    }
    url, sum_ = serve("stl10_binary.tar.gz", gzipped(tarred({f"stl10_binary/{n}": c for n, c in content.items()})))
    monkeypatch.setattr(STL10, "url", url)
    monkeypatch.setattr(STL10, "tgz_md5", sum_)
    sums = [[name, md5(file)] for name, file in content.items()]
    monkeypatch.setattr(STL10, "train_list", sums[:3])
    monkeypatch.setattr(STL10, "test_list", sums[3:5])
    return pixels


def test_of_stl_only_what_has_labels_is_unpacked(stl: np.ndarray) -> None:
    images = opened("download:stl10", 96)

    assert np.array_equal(images.pictures.permute(0, 2, 3, 1).numpy(), stl)
    assert label_of(images, "train/00000") == "class 1"
    assert split(images, 0).test.tolist() == list(range(20, 30))
    assert not (home("downloads") / "stl10_binary" / "unlabeled_X.bin").exists()


def test_an_archive_without_what_it_should_hold_is_named(serve, stl: np.ndarray, monkeypatch) -> None:
    url, sum_ = serve("stl10_binary.tar.gz", gzipped(tarred({"stl10_binary/train_X.bin": b""})))
    monkeypatch.setattr(STL10, "tgz_md5", sum_)

    with pytest.raises(ValueError, match=r"STL-10 could not be unpacked: .*stl10_binary/train_y.bin"):
        opened("download:stl10", 96)


@pytest.mark.parametrize("row", sources.DOWNLOADS, ids=lambda row: row.name)
def test_every_card_has_a_set_with_addresses_and_checksums(row: sources.Downloadable) -> None:
    for wanted in public_sets.SETS[row.name].files():
        assert urlsplit(wanted.url).scheme in ("http", "https")
        assert re.fullmatch("[0-9a-f]{32}", wanted.md5)
        assert wanted.folder.is_relative_to(home("downloads"))
    assert row.terms
    assert row.bytes > 10**7


def test_every_set_has_a_card() -> None:
    assert set(public_sets.SETS) == {row.name for row in sources.DOWNLOADS}


def test_the_address_of_eurosat_is_the_one_that_torchvision_has_inside_a_function() -> None:
    import inspect

    from torchvision.datasets import EuroSAT

    source = inspect.getsource(EuroSAT.download)
    assert f'"{public_sets.EUROSAT_URL}"' in source
    assert f'"{public_sets.EUROSAT_MD5}"' in source
