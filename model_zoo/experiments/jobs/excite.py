"""Find the pictures of a set that excite each channel of each stage of a network most."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Literal

from model_zoo import backbones
from model_zoo.data import sources
from model_zoo.events import Event, Finished, Progress, Started

if TYPE_CHECKING:
    from torch import Tensor

    from model_zoo.backbones import Backbone
    from model_zoo.experiments.job import Context
    from model_zoo.explain.channels import Ranking

TITLE = "What excites each channel"
LANE: Literal["quick"] = "quick"
MOST = 2000  # pictures looked at; of a larger set, as many spread evenly over it
BATCH = 16
FILE = "excited.safetensors"


def describe(spec: dict[str, Any]) -> str:
    """Say which network, and which pictures."""
    return f"{backbones.get(spec['backbone']).title} on {sources.find(spec['data']).title} at {spec['size']} pixels"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Show `spec["data"]`, at `spec["size"]` pixels, to the pre-trained `spec["backbone"]`, head included.

    The result names the kept picture set, and for each stage its channels. The job's folder gets excited.safetensors,
    readable with numpy: for the stage of index i `values.i` (C, k), `pictures.i` (C, k), `maps.i` (C, k, h, w), as
    model_zoo.explain.channels.Excited holds them; picture indices are those of the kept set.
    """
    yield Progress("waking the network")
    from safetensors.torch import save_file

    from model_zoo.data.opening import open_set

    backbone = backbones.get(spec["backbone"])
    images = yield from open_set(spec["data"], spec["size"])
    chosen = [i * len(images) // min(len(images), MOST) for i in range(min(len(images), MOST))]
    yield Started({"pictures": len(chosen)})
    found = yield from _look(backbone, images.pictures, chosen)
    tensors: dict[str, Tensor] = {}
    for index, ranking in enumerate(found.values()):
        excited = ranking.result()
        parts = {"values": excited.values, "pictures": excited.pictures, "maps": excited.maps}
        tensors |= {f"{part}.{index}": tensor.contiguous() for part, tensor in parts.items()}
    save_file(tensors, context.folder / FILE)
    channels = {stage: len(tensors[f"values.{index}"]) for index, stage in enumerate(found)}
    result = {**spec, "pictures_file": f"{images.key}.safetensors", "looked_at": len(chosen), "channels": channels}
    (context.folder / "result.json").write_text(json.dumps(result), "utf-8")
    yield Finished(result)


def _look(backbone: Backbone, pictures: Tensor, chosen: list[int]) -> Generator[Event, None, dict[str, Ranking]]:
    """Pass the chosen pictures through the network, a batch at a time; gives what excites each stage's channels."""
    import torch

    from model_zoo.backbones.backbone import with_pretrained_head
    from model_zoo.data.views import normalise
    from model_zoo.explain.channels import Ranking, activations

    network = with_pretrained_head(backbone).float().eval().requires_grad_(False)
    rankings = {stage: Ranking() for stage in backbone.stage_names}
    began, index = time.monotonic(), torch.tensor(chosen)
    for start in range(0, len(chosen), BATCH):
        part = index[start : start + BATCH]
        x = normalise(pictures[part], backbone.mean, backbone.deviation)  # (B, 3, S, S)
        for stage, maps in activations(network, x).items():
            rankings[stage].add(maps, part)
        done = (start + len(part)) / len(chosen)
        left = (time.monotonic() - began) * (1 - done) / done
        yield Progress(f"Looking at picture {start + len(part):,} of {len(chosen):,}", done, left)
    return rankings
