"""What runs read: the pictures of one set at every view, seen through any frozen prefix of a network."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from model_zoo.backbones import Backbone
from model_zoo.data.image_set import ImageSet
from model_zoo.data.views import crop, draw_crops, normalise
from model_zoo.devices import Setting, autocast
from model_zoo.prefix_cache import Account, Key, PrefixCache

CHUNK = 128  # pictures that go through a prefix at once


@dataclass
class Bank:
    """Views of `images` for one comparison. View 0 is the picture itself; the others are drawn from `seed`."""

    images: ImageSet
    backbone: Backbone
    setting: Setting
    device: torch.device
    cache: PrefixCache
    seed: int = 0
    digest: str = ""
    _crops: dict[int, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.digest = self.images.digest

    def read(
        self, network: nn.Sequential, hashes: Sequence[str], view: int, index: Tensor, account: Account, shared: bool
    ) -> Tensor:
        """Give what the frozen prefix of `network` with weights `hashes` makes of pictures `index` (n,) at `view`.

        Without a prefix that is uint8 (n, 3, S, S). `shared` says that other runs may have the same prefix.
        """
        depth = len(hashes)
        if depth == 0:
            return self._pictures(view, index, account)
        key = self._key(hashes, view)
        nearer = self._nearest(hashes, view, index)

        def compute(missing: Tensor) -> Tensor:
            before = self.read(network, hashes[:nearer], view, missing, account, shared)
            return self._through(network[nearer:depth], before, nearer)

        source = self._key(hashes[:nearer], view) if nearer or view else None
        return self.cache.rows(key, index, len(self.images), compute, account=account, source=source, shared=shared)

    def enter(self, batch: Tensor, depth: int) -> Tensor:
        """Make what was read at `depth` ready for the rest of the network: on the device, normalised, laid out."""
        batch = batch.to(self.device)
        if depth == 0:
            batch = normalise(batch, self.backbone.mean, self.backbone.deviation)
        return batch.contiguous(memory_format=self.setting.layout) if batch.ndim == 4 else batch

    def _pictures(self, view: int, index: Tensor, account: Account) -> Tensor:
        if view == 0:
            return self.images.pictures[index]

        def compute(missing: Tensor) -> Tensor:
            crops = self._crops_of(view)
            chunks = [
                crop(self.images.pictures[part].to(self.device), crops[part].to(self.device)).cpu()
                for part in missing.split(CHUNK)
            ]
            return torch.cat(chunks)

        return self.cache.rows(self._key((), view), index, len(self.images), compute, account=account)

    def _crops_of(self, view: int) -> Tensor:
        if view not in self._crops:
            generator = torch.Generator().manual_seed(self.seed * 1_000 + view)
            self._crops[view] = draw_crops(len(self.images), generator, self.images.mirror)
        return self._crops[view]

    def _nearest(self, hashes: Sequence[str], view: int, index: Tensor) -> int:
        """Find the deepest shorter prefix whose activations are there already; 0 is the pictures."""
        depths = range(len(hashes) - 1, 0, -1)
        return next((depth for depth in depths if self.cache.holds(self._key(hashes[:depth], view), index)), 0)

    @torch.no_grad()
    def _through(self, prefix: nn.Sequential, before: Tensor, depth: int) -> Tensor:
        prefix.eval()
        made = []
        for part in before.split(CHUNK):
            with autocast(self.device, self.setting.precision):
                made.append(prefix(self.enter(part, depth)))
        return torch.cat(made)

    def _key(self, hashes: Sequence[str], view: int) -> Key:
        drawn = f"{self.seed}.{view}.{self.images.mirror}" if view else "0"
        normalisation = f"{self.backbone.mean} {self.backbone.deviation}" if hashes else ""
        how = f"{self.device.type} {self.setting.precision} {self.setting.memory_format}"
        precision = how if hashes else "uint8"
        return Key("-".join(hashes), self.digest, drawn, self.images.size, precision, normalisation)
