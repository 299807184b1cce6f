"""What a finished features job has left, as curves, maps and the service read it."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open

from model_zoo.data import kept
from model_zoo.data.image_set import ImageSet
from model_zoo.data.limits import in_bytes
from model_zoo.data.opening import load
from model_zoo.devices import free_memory_bytes
from model_zoo.features.needs import BYTES, COPIES
from model_zoo.features.spec import EMBEDDINGS, FeaturesSpec
from model_zoo.home import home

JOB_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


@dataclass(frozen=True)
class Embedded:
    """A finished features job: its folder, and its result."""

    folder: Path
    result: dict[str, Any]

    @property
    def spec(self) -> FeaturesSpec:
        return FeaturesSpec.from_json(self.result["spec"])

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.result["classes"])

    @cached_property
    def images(self) -> ImageSet:
        """Give the pictures, which stay on disk until they are looked at; raises ValueError where they are gone."""
        name = self.result["pictures_file"]
        found = kept.find(name) if name else None
        if found is None:
            raise ValueError("The pictures of these embeddings are not here any more. Run the features page on them.")
        return load(found)

    def stage(self, name: str = "") -> str:
        """Give the name of a stage whose embeddings were kept, the first for none; raises ValueError."""
        known = [stage["name"] for stage in self.result["stages"]]
        if name and name not in known:
            raise ValueError(f"This job kept embeddings of {', '.join(known)}, not of “{name[:80]}”.")
        return name or known[0]

    def embeddings(self, stage: str) -> np.ndarray:
        """Read the embeddings of a stage, float32 (N, D); raises ValueError where memory is too small for them."""
        with safe_open(self.folder / EMBEDDINGS, framework="np") as file:
            count, dimensions = file.get_slice(self.stage(stage)).get_shape()
            needed, free = COPIES * BYTES * count * dimensions, free_memory_bytes(torch.device("cpu"))
            if needed > free:
                raise ValueError(
                    f"{count:,} embeddings of {dimensions:,} values need about {in_bytes(needed)} of memory, and "
                    f"{in_bytes(free)} are free. Take a stage with fewer values, or average pooling."
                )
            rows: np.ndarray = file.get_tensor(stage or self.stage())
        return rows


def embedded(job: str) -> Embedded:
    """Open a finished features job; raises ValueError with the way out where there is none of that id."""
    folder = home("jobs") / job if JOB_ID.fullmatch(job) else None
    if folder is None or not (folder / "result.json").exists() or not (folder / EMBEDDINGS).exists():
        raise ValueError(f"“{job[:80]}” is no features job that has finished. Start one on the features page.")
    result = json.loads((folder / "result.json").read_text())
    return Embedded(folder, result)
