"""What a large network says of every training picture, written down once, for a small network to learn from.

A teacher gives an embedding and, by its last linear layer, soft labels over its own classes (Hinton et al. 2015,
arXiv:1503.02531; Romero et al. 2015, arXiv:1412.6550). It sees the same crops as its pupil does (Beyer et al. 2022,
arXiv:2106.05237): they are drawn once, from a seed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo import backbones, devices
from model_zoo.backbones.backbone import softmax, with_pretrained_head
from model_zoo.data.views import crop, draw_crops, normalise

AREAS = (0.8, 0.35, 0.35)  # the smallest part of a picture that views may show, by turns; the first is nearly whole
CHUNK = 5_000  # pictures in one file, so that a killed run loses little
BATCH = {"cpu": 64, "cuda": 1_000}
BLOCKS = (  # of MobileNetV2: widening, channels, blocks, stride of the first (Sandler et al. 2018, arXiv:1801.04381)
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


@dataclass(frozen=True)
class Teacher:
    """A network that gives embeddings (B, D) of normalised pictures, and the linear layer that names them."""

    name: str
    title: str
    body: nn.Module
    weight: Tensor  # (classes, D)
    bias: Tensor
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]
    size: int  # px it is shown pictures at


@dataclass(frozen=True)
class View:
    """One crop of every picture of a set, and what the teacher makes of it."""

    crops: Tensor  # (N, 2, 3)
    embeddings: Tensor  # (N, D), fp16


def load(name: str) -> Teacher:
    """Load the MobileNetV2 of an .npz file, batch norm folded in, or a torchvision backbone of the registry."""
    if not name.endswith(".npz"):
        return _from_registry(name)
    file = np.load(name)
    tensors = [torch.from_numpy(file[key]).float() for key in file.files]
    layers = list(zip(tensors[::2], tensors[1::2], strict=True))  # (weight, bias), in order
    weight, bias = layers.pop()
    half = (0.5, 0.5, 0.5)
    title = f"MobileNetV2, trained on ImageNet ({Path(name).name})"
    return Teacher(Path(name).stem, title, _mobilenet_v2(iter(layers)), weight.flatten(1), bias, half, half, size=160)


def views(
    teacher: Teacher, pictures: Tensor, data: str, work: Path, device: torch.device, count: int
) -> Iterator[View]:
    """Give `count` views of `pictures` (N, 3, S, S); what is in `work` already is not computed again."""
    body = teacher.body.to(device, memory_format=torch.channels_last).eval()
    for index in range(count):
        area = AREAS[index % len(AREAS)]
        crops = draw_crops(len(pictures), torch.Generator().manual_seed(index), mirror=False, smallest_area=area)
        made = []
        for start in range(0, len(pictures), CHUNK):
            rows = slice(start, start + CHUNK)
            seen, cut = pictures[rows], crops[rows]
            file = work / "targets" / f"{data}-{teacher.name}-{_digest(seen, cut, teacher.size)}.safetensors"
            made.append(_kept(file, lambda: _embed(teacher, body, seen, cut, device)))  # noqa: B023
        yield View(crops, torch.cat(made))


def _digest(pictures: Tensor, crops: Tensor, size: int) -> str:
    content = sha256(f"{size}".encode())
    for tensor in (pictures, crops):
        content.update(tensor.contiguous().numpy().data)
    return content.hexdigest()[:16]


def _kept(file: Path, compute: Callable[[], Tensor]) -> Tensor:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(".part")
        save_file({"embeddings": compute()}, aside)
        aside.rename(file)
        print(file.name, flush=True)
    return load_file(file)["embeddings"]


@torch.no_grad()
def _embed(teacher: Teacher, body: nn.Module, pictures: Tensor, crops: Tensor, device: torch.device) -> Tensor:
    made = []
    batch = BATCH.get(device.type, BATCH["cpu"])
    for part, seen in zip(pictures.split(batch), crops.split(batch), strict=True):
        x = normalise(crop(part.to(device), seen.to(device), teacher.size), teacher.mean, teacher.deviation)
        with devices.mixed(device):
            made.append(body(x.contiguous(memory_format=torch.channels_last)).half().cpu())
    return torch.cat(made)


def _from_registry(name: str) -> Teacher:
    backbone = backbones.get(name)
    network = with_pretrained_head(backbone)
    head = softmax(network)
    weight, bias = head.weight.detach().clone(), head.bias.detach().clone()
    with torch.no_grad():  # a softmax that passes its input on: what comes before it, dropout and all, stays the body
        head.weight, head.bias = nn.Parameter(torch.eye(head.in_features)), None
    title = f"{backbone.title}, trained on ImageNet by torchvision"
    return Teacher(name, title, network, weight, bias, backbone.mean, backbone.deviation, backbone.size)


class _Convolution(nn.Module):
    """A convolution with TensorFlow's SAME padding, and ReLU6 where it is not a projection."""

    def __init__(self, weight: Tensor, bias: Tensor, stride: int, bounded: bool) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)
        self.stride, self.bounded = stride, bounded
        self.groups = len(weight) if weight.shape[1] == 1 else 1

    def forward(self, x: Tensor) -> Tensor:
        padding = self.weight.shape[-1] // 2
        if padding and self.stride == 2 and x.shape[-1] % 2 == 0:
            x, padding = F.pad(x, (0, 1, 0, 1)), 0  # pads right and bottom only
        x = F.conv2d(x, self.weight, self.bias, self.stride, padding, groups=self.groups)
        return F.relu6(x) if self.bounded else x


class _InvertedResidual(nn.Sequential):
    def forward(self, x: Tensor) -> Tensor:
        made = super().forward(x)
        return x + made if made.shape == x.shape else made


def _mobilenet_v2(layers: Iterator[tuple[Tensor, Tensor]]) -> nn.Sequential:
    stages: list[nn.Module] = [_Convolution(*next(layers), stride=2, bounded=True)]
    for widening, _, blocks, first_stride in BLOCKS:
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            widen = [_Convolution(*next(layers), stride=1, bounded=True)] if widening > 1 else []
            depthwise = _Convolution(*next(layers), stride=stride, bounded=True)
            project = _Convolution(*next(layers), stride=1, bounded=False)
            stages.append(_InvertedResidual(*widen, depthwise, project))
    stages.append(_Convolution(*next(layers), stride=1, bounded=True))
    return nn.Sequential(*stages, nn.AdaptiveAvgPool2d(1), nn.Flatten())
