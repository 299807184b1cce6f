"""The teachers themselves: that they know what they are said to know, and that nothing of them was lost on the way."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from model_zoo import backbones
from model_zoo.backbones import Backbone
from model_zoo.backbones.backbone import with_pretrained_head
from model_zoo.data.decode import decode
from model_zoo.data.views import normalise
from model_zoo.recipes.teacher import Teacher, _Convolution, load
from tests.tiny import TINY

ANT, BEE = 310 + 1, 309 + 1  # among 1,001 classes, of which the first is the background


def logits(teacher: Teacher, pictures: Tensor) -> Tensor:
    with torch.no_grad():
        embeddings = teacher.body.eval()(normalise(pictures, teacher.mean, teacher.deviation))
    return F.linear(embeddings, teacher.weight, teacher.bias)


def ants_and_bees(folder: Path, size: int, each: int = 10) -> tuple[Tensor, Tensor]:
    """Read the first photographs of each; gives them and whether it is a bee."""
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(folder / "hymenoptera_val.parquet")
    rows = table.to_pylist()
    chosen = [row for label in ("ants", "bees") for row in [r for r in rows if r["label"] == label][:each]]
    pictures = [torch.from_numpy(decode(row["image"], size).pixels) for row in chosen]
    return torch.stack(pictures), torch.tensor([row["label"] == "bees" for row in chosen])


def test_the_teacher_of_the_shipped_network_tells_bees_from_ants(datasets: Path) -> None:
    teacher = load(str(datasets / "weights" / "mobilenet_v2_imagenet_teacher.npz"))
    pictures, bees = ants_and_bees(datasets, teacher.size)
    said = logits(teacher, pictures)
    assert said.shape == (20, 1001)
    assert ((said[:, BEE] > said[:, ANT]) == bees).sum() >= 17
    among_all = said.topk(5).indices
    named = (among_all == torch.where(bees, BEE, ANT)[:, None]).any(1)
    assert named.sum() >= 10, "and often names them among all classes"


def test_convolutions_pad_as_tensorflow_does_and_are_bounded_where_they_are_said_to_be() -> None:
    ones, one = torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3)
    every_second = _Convolution(one, torch.zeros(1), stride=2, bounded=False)
    assert every_second(ones).flatten().tolist() == [9, 6, 6, 4], "only right and bottom are padded"
    assert _Convolution(one, torch.zeros(1), stride=1, bounded=False)(ones)[0, 0, 0].tolist() == [4, 6, 6, 4]
    bounded = _Convolution(one, torch.tensor([-5.0]), stride=2, bounded=True)
    assert bounded(ones).flatten().tolist() == [4, 1, 1, 0]
    assert bounded(2 * ones).flatten().tolist() == [6, 6, 6, 3]


def drawn(name: str) -> Backbone:
    """Give a backbone whose pre-trained weights are drawn instead of downloaded, statistics of its norms included."""
    row = TINY if name == "tiny" else backbones.get(name)

    def state(row: Backbone) -> dict[str, Tensor]:
        network = row.network(row.pretrained_classes, seed=7, pretrained=False)
        generator = torch.Generator().manual_seed(8)
        values = network.state_dict()
        return {n: v + 0.05 * torch.rand(v.shape, generator=generator) if v.ndim else v for n, v in values.items()}

    return replace(row, state=state)


@pytest.mark.parametrize("name", ["tiny", "mobilenet_v3_small"])
def test_a_teacher_of_the_registry_says_what_its_network_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = drawn(name)
    monkeypatch.setitem(backbones.REGISTRY._entries, name, row)
    teacher = load(name)
    pictures = torch.randint(0, 256, (3, 3, 64, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = with_pretrained_head(row).eval()(normalise(pictures, row.mean, row.deviation))
    assert len(teacher.weight) == len(teacher.bias) == row.pretrained_classes
    torch.testing.assert_close(logits(teacher, pictures), expected, rtol=1e-4, atol=1e-4)
    assert expected.std(0).max() > 1e-3, "pictures are told apart"
    assert teacher.bias.abs().max() > 0, "and the bias counts"
    assert (teacher.name, teacher.size) == (name, row.size)
