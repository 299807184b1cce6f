"""A picture set at a glance, as plain data: counts, samples, sizes, split, duplicates, and what is left out."""

from __future__ import annotations

from collections import defaultdict
from hashlib import blake2b
from typing import Any

import torch
from torch import Tensor

from model_zoo.data.image_set import PARTS, ImageSet, Part, Split
from model_zoo.data.kept import Kept
from model_zoo.data.limits import LIMITS

SAMPLES = 8  # pictures shown of each class
DUPLICATES_NAMED = 50


def portrait(images: ImageSet, split: Split, found: Kept | None = None) -> dict[str, Any]:
    """Describe a set under a split; `found` is the kept file, which knows what was left out.

    `counts`, and `split_counts` by part, stand in the order of `classes`; `samples` are indices into the set.
    """
    left_out = found.left_out if found else ()
    return {
        "origin": images.origin,
        "pictures": len(images),
        "size": images.size,
        "pictures_file": f"{images.key}.safetensors" if images.key else None,
        "classes": list(images.classes),
        "counts": _counts(images.labels, len(images.classes)),
        "split": {
            **dict(zip(PARTS, split.sizes(), strict=True)),
            "sentence": split.sentence,
            "redrawn": split.redrawn,
        },
        "split_counts": {part: _counts(images.labels[getattr(split, part)], len(images.classes)) for part in PARTS},
        "samples": [_spread((images.labels == label).nonzero().flatten()) for label in range(len(images.classes))],
        "original_sizes": _sizes(images.original),
        "duplicates": duplicates(images, split),
        "left_out": [{"name": item.name, "sentence": item.sentence} for item in left_out[: LIMITS.notes]],
        "left_out_count": len(left_out),
        "remarks": list(found.remarks) if found else [],
    }


def duplicates(images: ImageSet, split: Split) -> dict[str, Any]:
    """Find pictures with the very same pixels: how many groups, how many across parts or classes, and those by name."""
    groups: dict[bytes, list[int]] = defaultdict(list)
    for index, picture in enumerate(images.pictures.numpy()):
        groups[blake2b(picture.tobytes(), digest_size=16).digest()].append(index)
    part_of = {int(i): part for part in PARTS for i in getattr(split, part)}
    same = [group for group in groups.values() if len(group) > 1]
    across_parts = [group for group in same if len({part_of.get(i) for i in group}) > 1]
    across_classes = [group for group in same if len(set(images.labels[group].tolist())) > 1]
    named = list({tuple(group): group for group in (*across_classes, *across_parts)}.values())[:DUPLICATES_NAMED]
    return {
        "groups": len(same),
        "across_parts": len(across_parts),
        "across_classes": len(across_classes),
        "named": [[_named(images, index, part_of) for index in group] for group in named],
    }


def _named(images: ImageSet, index: int, part_of: dict[int, Part]) -> dict[str, Any]:
    label = images.classes[int(images.labels[index])]
    return {"index": index, "name": images.names[index], "class": label, "part": part_of.get(index)}


def _counts(labels: Tensor, classes: int) -> list[int]:
    return [int(count) for count in torch.bincount(labels, minlength=classes)]


def _spread(members: Tensor) -> list[int]:
    """Choose samples that lie evenly over a class, for neighbours are often alike."""
    steps = torch.linspace(0, len(members) - 1, min(SAMPLES, len(members)))
    return [int(i) for i in members[steps.round().long()]]


def _sizes(original: Tensor) -> dict[str, Any] | None:
    """Describe widths and heights before decoding, by the short side; None where nobody knows them."""
    known = original[(original > 0).all(1)] if len(original) else original
    if len(known) == 0:
        return None
    order = known.amin(1).argsort(stable=True)
    at = {"smallest": 0, "median": len(order) // 2, "largest": len(order) - 1}
    short = known.amin(1)
    edges = [0, 32, 64, 128, 256, 512, 1024, 2048, 4096]
    bins = torch.bucketize(short, torch.tensor(edges[1:], dtype=short.dtype), right=True)
    return {
        **{name: known[order[index]].tolist() for name, index in at.items()},
        "short_side_from": edges,
        "short_side_counts": _counts(bins, len(edges)),
    }
