"""Embeddings: what every stage of a network makes of pictures, pooled; computed once, kept in the prefix cache.

Generalised-mean pooling: Radenović, Tolias & Chum 2018, Fine-tuning CNN image retrieval, arXiv:1711.02512.
"""

import json
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from model_zoo.backbones import Backbone
from model_zoo.data.image_set import ImageSet
from model_zoo.data.views import normalise
from model_zoo.devices import Setting, autocast
from model_zoo.events import Progress
from model_zoo.features.needs import CHUNK, too_large
from model_zoo.features.spec import LARGEST_FLAT, Pooling
from model_zoo.prefix_cache import Account, Key, PrefixCache, weights_hash

MEAN_POWER, LEAST = 3.0, 1e-6  # of the generalised mean; values below LEAST count as LEAST
CHUNK_BYTES = 1 << 28  # of a stage: no more pictures go through at once, whatever CHUNK says
SECONDS_BETWEEN = 30.0  # a job that is killed embeds at most as long again
Room = Callable[[dict[str, int]], dict[str, Tensor]]  # makes an empty (n, D) for each stage, given its D


class Embedder:
    """The stages of a pre-trained network before its head, the pictures of one set, and the cache of what came out.

    `computed` counts the pictures that have to go through the network, as the cache has not all that is asked for.
    """

    def __init__(
        self,
        images: ImageSet,
        backbone: Backbone,
        pooling: Pooling,
        setting: Setting,
        device: torch.device,
        cache: PrefixCache,
    ) -> None:
        self.images, self.cache, self.computed = images, cache, 0
        self.extractor = Extractor(backbone, pooling, setting, device, images.size)
        how = f"{device.type} {setting.precision} {setting.memory_format}"
        normalisation, digest = f"{backbone.mean} {backbone.deviation}", images.digest
        hashes = [weights_hash(stage) for stage in self.extractor.network]
        self.keys = {
            stage: Key("-".join(hashes[: depth + 1]), digest, "0", images.size, how, normalisation, pooled_how)
            for depth, (stage, pooled_how) in enumerate(self.extractor.poolings.items())
        }
        self._account = Account()

    def run(
        self, stages: Sequence[str], index: Tensor | None = None, room: Room | None = None
    ) -> Generator[Progress, None, dict[str, Tensor]]:
        """Give float32 (n, D) for each of `stages`, of all pictures or those at `index` (n,).

        What the cache holds is not computed, and it keeps what is, also when the work is stopped. `room` says where the
        result is written; without one it is in memory. A stage that is too large to be flattened is averaged.
        Raises ValueError where a stage gives numbers that are none.
        """
        index = torch.arange(len(self.images)) if index is None else index
        dimensions = {stage: self.extractor.dimensions[stage] for stage in stages}
        found = room(dimensions) if room else {s: torch.empty(len(index), d) for s, d in dimensions.items()}
        pending = [stage for stage in stages if not self._copy(stage, index, found[stage])]
        if pending:
            try:
                yield from self._compute(pending, index, found)
            finally:
                self.cache.keep()
        for stage in stages:
            _check_finite(found[stage], stage, index, self.images)
        return found

    def _copy(self, stage: str, index: Tensor, into: Tensor) -> bool:
        """Copy what the cache has of a stage, if it has all."""
        if not self.cache.holds(self.keys[stage], index):
            return False
        for rows in torch.arange(len(index)).split(8192):
            into[rows] = self._rows(stage, index[rows])
        return True

    def _compute(
        self, pending: Sequence[str], index: Tensor, found: dict[str, Tensor]
    ) -> Generator[Progress, None, None]:
        chunks = torch.arange(len(index)).split(self.extractor.chunk)
        todo = [not all(self.cache.holds(self.keys[s], index[rows]) for s in pending) for rows in chunks]
        left = total = sum(len(rows) for rows, missing in zip(chunks, todo, strict=True) if missing)
        self.computed += total
        yield Progress(f"embedding {total:,} pictures", 0.0)
        began = kept = time.perf_counter()
        for rows, missing in zip(chunks, todo, strict=True):
            made = self._through(pending, index[rows]) if missing else {s: self._rows(s, index[rows]) for s in pending}
            for stage, embedded in made.items():
                found[stage][rows] = embedded.float().cpu()
            if missing:
                left -= len(rows)
                now = time.perf_counter()
                each = (now - began) / (total - left)
                yield Progress(f"embedding {total:,} pictures, {left:,} left", 1 - left / total, left * each)
                if now - kept > SECONDS_BETWEEN:
                    self.cache.keep()
                    kept = time.perf_counter()

    def _through(self, pending: Sequence[str], index: Tensor) -> dict[str, Tensor]:
        """Run pictures through the network as far as it is asked for; gives and keeps what the pending stages give."""
        x, made, source = self.extractor.enter(self.images.pictures[index]), {}, None
        for stage in self.extractor.names:
            if stage in pending:
                x, made[stage] = self._stage(stage, x, index, source)
                source = self.keys[stage]
                if len(made) == len(pending):
                    break
            else:
                x = self.extractor.run(stage, x)
        return made

    def _stage(self, stage: str, x: Tensor, index: Tensor, source: Key | None) -> tuple[Tensor, Tensor]:
        """Run one stage inside the cache, which so learns what a row costs; gives its output, and it pooled (n, D)."""
        outputs: list[Tensor] = []

        def compute(missing: Tensor) -> Tensor:
            outputs.append(self.extractor.run(stage, x))
            places = (index == missing[:, None]).nonzero()[:, 1]
            return self.extractor.pooled(stage, outputs[0])[places]

        rows = self.cache.rows(self.keys[stage], index, len(self.images), compute, account=self._account, source=source)
        return outputs[0] if outputs else self.extractor.run(stage, x), rows

    def _rows(self, stage: str, index: Tensor) -> Tensor:
        def compute(missing: Tensor) -> Tensor:  # evicted between two looks
            return self.extractor(self.images.pictures[missing], (stage,))[stage]

        rows = self.cache.rows(self.keys[stage], index, len(self.images), compute, account=self._account)
        return rows.float().cpu()


class Extractor:
    """A pre-trained network without its head: pictures in, pooled embeddings of its stages out. No cache.

    `poolings` says for every stage how it is pooled: "none" where it gives (n, D) as it is, "average" where it is too
    large to be flattened. `dimensions` has the D of every stage.
    """

    def __init__(self, backbone: Backbone, pooling: Pooling, setting: Setting, device: torch.device, size: int) -> None:
        self.backbone, self.setting, self.device, self.pooling = backbone, setting, device, pooling
        network = backbone.network(2, seed=0)[:-1].eval().requires_grad_(False)
        self.network = network.to(device).to(memory_format=setting.layout)
        self.names = backbone.stage_names[:-1]
        shapes = self._shapes(size)
        self.poolings = {stage: _how(shape, pooling) for stage, shape in shapes.items()}
        self.dimensions = {
            s: shape.numel() if self.poolings[s] == "flatten" else _width(shape) for s, shape in shapes.items()
        }
        self.chunk = max(1, min(CHUNK, CHUNK_BYTES // (4 * max(shape.numel() for shape in shapes.values()))))
        self._flat = {stage: shape.numel() for stage, shape in shapes.items()}

    def __call__(self, pictures: Tensor, stages: Sequence[str]) -> dict[str, Tensor]:
        """Give float32 (n, D), on the processor, for each of `stages`, of uint8 pictures (n, 3, S, S)."""
        found: dict[str, list[Tensor]] = {stage: [] for stage in stages}
        for part in pictures.split(self.chunk):
            x = self.enter(part)
            for stage in self.names[: 1 + max(self.names.index(stage) for stage in stages)]:
                x = self.run(stage, x)
                if stage in found:
                    found[stage].append(self.pooled(stage, x).float().cpu())
        return {stage: torch.cat(rows) for stage, rows in found.items()}

    def check(self, stages: Sequence[str]) -> None:
        """Raise ValueError where one of `stages` was to be flattened and is too large."""
        for stage in stages:
            if self.pooling == "flatten" and self._flat[stage] > LARGEST_FLAT:
                raise ValueError(too_large(stage, self._flat[stage], LARGEST_FLAT))

    def enter(self, pictures: Tensor) -> Tensor:
        """Make pictures ready for the first stage, as model_zoo.bank does."""
        x = normalise(pictures.to(self.device), self.backbone.mean, self.backbone.deviation)
        return x.contiguous(memory_format=self.setting.layout)

    @torch.no_grad()
    def run(self, stage: str, x: Tensor) -> Tensor:
        """Give the output of one stage."""
        with autocast(self.device, self.setting.precision):
            return self.network.get_submodule(stage)(x)

    def pooled(self, stage: str, output: Tensor) -> Tensor:
        """Pool the output of a stage: maps (n, C, h, w) and tokens (n, T, C) over places; gives (n, D)."""
        return pool(output, self.poolings[stage])

    def _shapes(self, size: int) -> dict[str, torch.Size]:
        x, shapes = self.enter(torch.zeros(1, 3, size, size, dtype=torch.uint8)), {}
        for stage in self.names:
            x = self.run(stage, x)
            shapes[stage] = x.shape[1:]
        return shapes


def pool(output: Tensor, how: str) -> Tensor:
    """Pool maps (n, C, h, w) or tokens (n, T, C) over places; a vector (n, D) stays, in the numbers it came in."""
    if output.ndim == 2:
        return output
    x = output.float().flatten(2) if output.ndim == 4 else output.float().transpose(1, 2)  # (n, C, places)
    if how == "flatten":
        return x.flatten(1)
    if how == "max":
        return x.amax(2)
    if how == "gem":
        return x.clamp_min(LEAST).pow(MEAN_POWER).mean(2).pow(1 / MEAN_POWER)
    return x.mean(2)


def written(file: Path, count: int, dimensions: dict[str, int]) -> dict[str, Tensor]:
    """Make a safetensors file of an empty float32 (count, D) for each stage, and give tensors that write into it.

    So the embeddings of a set need not fit in memory.
    """
    header, begins, end = {}, {}, 0
    for stage, width in dimensions.items():
        begins[stage], end = end, end + 4 * count * width
        header[stage] = {"dtype": "F32", "shape": [count, width], "data_offsets": [begins[stage], end]}
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    start = 8 + len(head)
    with file.open("wb") as out:
        out.write(len(head).to_bytes(8, "little") + head)
        out.truncate(start + end)
    return {
        stage: torch.from_numpy(np.memmap(str(file), np.float32, "r+", start + begins[stage], (count, width)))
        for stage, width in dimensions.items()
    }


def _how(shape: torch.Size, pooling: Pooling) -> str:
    if len(shape) == 1:
        return "none"
    return "average" if pooling == "flatten" and shape.numel() > LARGEST_FLAT else pooling


def _width(shape: torch.Size) -> int:
    return shape[-1] if len(shape) == 2 else shape[0]  # tokens (T, C); maps (C, h, w); a vector (D,)


def _check_finite(rows: Tensor, stage: str, index: Tensor, images: ImageSet) -> None:
    for chunk in torch.arange(len(rows)).split(8192):
        bad = ~rows[chunk].isfinite().all(1)
        if bad.any():
            name = images.names[int(index[chunk[bad][0]])]
            raise ValueError(
                f"{stage} gives numbers that are not finite, first for picture {name}. "
                "Choose precision fp32, or another stage or backbone."
            )
