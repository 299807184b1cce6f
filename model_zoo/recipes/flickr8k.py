"""Read Flickr8k: photographs of people and animals, five captions each (Hodosh, Young & Hockenmaier 2013)."""

from pathlib import Path

import torch
from torch import Tensor

from model_zoo.recipes.tiny_imagenet import decode


def load(folder: Path, cache: Path, split: str = "train") -> Tensor:
    """Give the pictures of a split, train or val, uint8 (N, 3, 128, 128), decoded once into `cache`."""
    kept = cache / f"flickr8k_128{'' if split == 'train' else f'_{split}'}.pt"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        aside = kept.with_suffix(".part")
        torch.save(decode(_column(folder, "image", split)), aside)
        aside.rename(kept)
    return torch.load(kept, mmap=True, weights_only=True)


def captions(folder: Path, split: str) -> list[list[str]]:
    """Give the captions of every picture of a split, in the order of the pictures."""
    return _column(folder, "captions", split)


def _column(folder: Path, name: str, split: str) -> list:
    import pyarrow.parquet as parquet

    table = parquet.read_table(folder / "flickr8k.parquet", columns=[name], filters=[("split", "=", split)])
    return table[name].to_pylist()
