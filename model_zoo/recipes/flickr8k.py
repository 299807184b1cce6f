"""Read the training pictures of Flickr8k: photographs without labels, for which a teacher has to speak."""

from pathlib import Path

import torch
from torch import Tensor

from model_zoo.recipes.tiny_imagenet import decode


def load(folder: Path, cache: Path) -> Tensor:
    """Give the training pictures, uint8 (N, 3, 128, 128), decoded once into `cache`."""
    kept = cache / "flickr8k_128.pt"
    if not kept.exists():
        import pyarrow.parquet as parquet

        table = parquet.read_table(folder / "flickr8k.parquet", columns=["image"], filters=[("split", "=", "train")])
        cache.mkdir(parents=True, exist_ok=True)
        aside = kept.with_suffix(".part")
        torch.save(decode(table["image"].to_pylist()), aside)
        aside.rename(kept)
    return torch.load(kept, mmap=True, weights_only=True)
