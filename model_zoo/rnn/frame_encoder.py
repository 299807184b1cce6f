"""The shipped CNN as the eye of networks that label frames: a coarse grid of what is where, kept in the prefix cache.

Averaged over the whole picture, as embeddings mostly are, it would no longer say where things are, nor how they move.
"""

from collections.abc import Generator
from functools import cache
from hashlib import sha256

import numpy as np
import torch
from torch import Tensor, nn

from model_zoo import backbones
from model_zoo.data.views import normalise
from model_zoo.devices import autocast, knows_bf16
from model_zoo.events import Progress
from model_zoo.prefix_cache import Account, Key, PrefixCache, weights_hash

BACKBONE, LAST = "resnet_mini", "stage3"  # the stages from the picture up to the one that is read
SIZE = 64  # pixels, those that the backbone was trained with
CHANNELS, GRID = 144, 8  # of what comes out: channels, and as many rows as columns
WIDTH = CHANNELS * GRID * GRID  # of a frame, flat
AT_ONCE = 64
CPU = torch.device("cpu")


class FrameEncoder:
    """The first stages of the shipped backbone; gives float16 (n, WIDTH) of uint8 frames (n, 3, 64, 64)."""

    def __init__(self) -> None:
        backbone = backbones.get(BACKBONE)
        network = backbone.network(backbone.pretrained_classes, seed=0).eval().requires_grad_(False)
        names = [name for name, _ in network.named_children()]
        stages = list(network.children())[: names.index(LAST) + 1]
        self._body = nn.Sequential(*stages).to(memory_format=torch.channels_last)
        self._backbone, self._precision = backbone, "bf16" if knows_bf16(CPU) else "fp32"
        self.digest = "-".join(map(weights_hash, stages))

    def features(self, frames: np.ndarray, kept: PrefixCache) -> Generator[Progress, None, Tensor]:
        """Embed frames (T, 3, SIZE, SIZE) that are not in the cache yet, and put them there."""
        key, account = self.key(frames), Account()
        index = torch.arange(len(frames))
        try:
            for some in index.split(AT_ONCE):
                kept.rows(key, some, len(frames), lambda missing: self(frames[missing.numpy()]), account=account)
                done = (int(some[-1]) + 1) / len(frames)
                yield Progress(f"looking at frame {int(some[-1]) + 1:,} of {len(frames):,}", done)
        finally:
            kept.keep()
        return kept.rows(key, index, len(frames), lambda missing: self(frames[missing.numpy()]), account=account)

    def key(self, frames: np.ndarray) -> Key:
        """Say what the features of these frames depend on."""
        pictures = sha256(np.ascontiguousarray(frames).data).hexdigest()[:32]
        how = f"cpu {self._precision} channels_last float16"
        normalisation = f"{self._backbone.mean} {self._backbone.deviation}"
        return Key(self.digest, pictures, "0", SIZE, how, normalisation, "grid")

    @torch.inference_mode()
    def __call__(self, frames: np.ndarray) -> Tensor:
        x = normalise(torch.from_numpy(frames), self._backbone.mean, self._backbone.deviation)
        with autocast(CPU, self._precision):
            grid = self._body(x.to(memory_format=torch.channels_last))  # (n, CHANNELS, GRID, GRID)
        return grid.flatten(1).half()


@cache
def encoder() -> FrameEncoder:
    """Load the encoder once a process."""
    return FrameEncoder()
