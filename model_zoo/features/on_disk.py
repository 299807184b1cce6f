"""What a features job has on disk while it works: room for its embeddings, and the fits that have ended."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from torch import Tensor

from model_zoo.features.embedding import written
from model_zoo.features.needs import BYTES, too_little_disk
from model_zoo.features.spec import EMBEDDINGS

OTHERS, FITS = "other_stages.part", "fits"
Found = dict[str, np.ndarray]


def room(folder: Path, count: int, stages: tuple[str, ...], dimensions: dict[str, int]) -> dict[str, Tensor]:
    """Make room on disk: the stages asked for in a file that is kept, the others in one that goes after the probes."""
    clear(folder)  # of an attempt that was killed: this one writes over it
    needed, free = BYTES * count * sum(dimensions.values()), shutil.disk_usage(folder).free
    if refused := too_little_disk(needed, free):
        raise ValueError(refused)
    kept = {stage: dimensions[stage] for stage in stages}
    others = {stage: width for stage, width in dimensions.items() if stage not in kept}
    return written(folder / EMBEDDINGS, count, kept) | written(folder / OTHERS, count, others)


def clear(folder: Path) -> None:
    """Drop the embeddings of a job; what is computed of them is in the activation cache."""
    for name in (EMBEDDINGS, OTHERS):
        (folder / name).unlink(missing_ok=True)


class Fits:
    """The rows of fits that have ended, with what was found of each, so that a resumed job does not fit them again.

    `about` says what they depend on; those of something else do not count.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self._folder, self._about = folder / FITS, json.dumps(about)

    def keep(self, index: int, row: Mapping[str, Any], found: Found) -> None:
        """Write the row of a fit aside, then move it into place."""
        self._folder.mkdir(exist_ok=True)
        aside = self._file(index).with_suffix(".part")
        save_file(found, aside, {"row": json.dumps(row), "about": self._about})
        aside.rename(self._file(index))

    def read(self, index: int) -> tuple[dict[str, Any], Found] | None:
        """Give the row of a fit and what was found, if it has ended."""
        if not self._file(index).exists():
            return None
        try:
            with safe_open(self._file(index), framework="np") as file:
                meta, found = file.metadata(), {name: file.get_tensor(name) for name in file.offset_keys()}
        except SafetensorError:  # cut off by a full disk, say: it is fitted again
            return None
        return (json.loads(meta["row"]), found) if meta["about"] == self._about else None

    def clear(self) -> None:
        """Drop them all: once the job has its result, they stand there."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _file(self, index: int) -> Path:
        return self._folder / f"{index}.safetensors"
