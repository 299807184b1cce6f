"""Embeddings of 20,000 drawn materials under the shipped network: made once, kept under THAW_HOME/caches."""

from hashlib import sha256
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from model_zoo import backbones
from model_zoo.data import bundled
from model_zoo.data.drawn.camera import DRAWING
from model_zoo.data.sources import MaterialsOptions
from model_zoo.data.views import normalise
from model_zoo.home import WEIGHTS, home

NETWORK, SIZE, PER_CLASS = "resnet_mini", 64, 2000
SEED = 2_000  # other pictures than the program's own set
AT_ONCE = 250


def embeddings() -> tuple[Tensor, Tensor]:
    """Give embeddings (20,000, D) float32 and labels (20,000,); the first call takes minutes."""
    weights = WEIGHTS / f"{NETWORK}.safetensors"
    if not weights.is_file():
        raise ValueError(f"{weights} is missing; make it with python -m model_zoo.recipes.backbone {NETWORK}.")
    path = home("caches") / f"bench-embeddings-{_key(weights)}.safetensors"
    if not path.is_file():
        features, labels = _embed(*_draw())
        save_file({"features": features, "labels": labels}, path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)
    kept = load_file(path)
    return kept["features"], kept["labels"]


def _key(weights: Path) -> str:
    return sha256(weights.read_bytes() + f"{DRAWING} {SEED} {SIZE} {PER_CLASS}".encode()).hexdigest()[:16]


def _draw() -> tuple[Tensor, Tensor]:
    drawing = bundled.materials(SIZE, MaterialsOptions(per_class=PER_CLASS, seed=SEED))
    print("Drawing 20,000 materials, once …", flush=True)
    while True:
        try:
            next(drawing)
        except StopIteration as end:
            return torch.from_numpy(end.value.pictures), torch.from_numpy(end.value.labels).long()


@torch.inference_mode()
def _embed(pictures: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    backbone = backbones.get(NETWORK)
    body = backbone.network(10, seed=0)[:-1].eval().to(memory_format=torch.channels_last)
    print("Embedding them …", flush=True)
    chunks = []
    for batch in pictures.split(AT_ONCE):
        chunks.append(body(normalise(batch, backbone.mean, backbone.deviation).to(memory_format=torch.channels_last)))
    return torch.cat(chunks).float(), labels
