"""Read Tiny-ImageNet-200 from its original folders or from Parquet files of the same pictures."""

import io
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

SIZE = 64
Pictures = tuple[Tensor, Tensor]  # uint8 (N, 3, 64, 64) and labels (N,)


def load(folder: Path, cache: Path) -> tuple[Pictures, Pictures]:
    """Give training and validation pictures with labels 0–199, decoded once into `cache`."""
    kept = cache / "tiny_imagenet_64.pt"
    if not kept.exists():
        read = _read_folders if (folder / "wnids.txt").exists() else _read_parquet
        cache.mkdir(parents=True, exist_ok=True)
        aside = kept.with_suffix(".part")
        torch.save({part: read(folder, part) for part in ("train", "val")}, aside)
        aside.rename(kept)
    sets = torch.load(kept, mmap=True, weights_only=True)
    return sets["train"], sets["val"]


def class_names(folder: Path) -> list[str]:
    """Give the names of the 200 classes, in the order of their labels."""
    if not (folder / "wnids.txt").exists():
        import pyarrow.parquet as parquet

        schema = parquet.read_schema(folder / "tiny_imagenet_val.parquet")
        return schema.metadata[b"classes"].decode().split("\n")
    words = dict(line.split("\t", 1) for line in (folder / "words.txt").read_text().splitlines())
    return [words[name].split(",")[0] for name in sorted((folder / "wnids.txt").read_text().split())]


def _read_parquet(folder: Path, part: str) -> Pictures:
    import pyarrow.parquet as parquet

    files = sorted(folder.glob(f"tiny_imagenet_{part}*.parquet"))
    if not files:
        raise FileNotFoundError(f"{folder} holds neither wnids.txt nor tiny_imagenet_{part}*.parquet.")
    pictures, labels = [], []
    for file in files:
        table = parquet.read_table(file)
        pictures += table["image"].to_pylist()
        labels += table["label"].to_pylist()
    return decode(pictures), torch.tensor([int(label) for label in labels])


def _read_folders(folder: Path, part: str) -> Pictures:
    classes = {name: index for index, name in enumerate(sorted((folder / "wnids.txt").read_text().split()))}
    if part == "train":
        files = sorted((folder / "train").glob("*/images/*.JPEG"))
        labels = [classes[file.parts[-3]] for file in files]
    else:
        rows = [line.split("\t") for line in (folder / "val" / "val_annotations.txt").read_text().splitlines()]
        files = [folder / "val" / "images" / row[0] for row in rows]
        labels = [classes[row[1]] for row in rows]
    return decode([file.read_bytes() for file in files]), torch.tensor(labels)


def decode(encoded: list[bytes]) -> Tensor:
    """Decode pictures of one size, in parallel; gives uint8 (N, 3, S, S)."""
    with ProcessPoolExecutor() as pool:
        decoded = list(pool.map(_decode_one, encoded, chunksize=500))
    return torch.from_numpy(np.stack(decoded)).permute(0, 3, 1, 2).contiguous()


def _decode_one(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.uint8)
