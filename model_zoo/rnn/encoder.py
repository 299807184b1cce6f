"""A backbone as the eye of a captioner: pictures go in, a grid of what is where comes out, before it is pooled away."""

from collections.abc import Iterator
from functools import cached_property

import torch
from torch import Tensor, nn

from model_zoo import backbones
from model_zoo.data.views import normalise
from model_zoo.explain.gradcam import Watch
from model_zoo.prefix_cache import weights_hash

SIZE = 128  # pixels; pictures are squashed to squares, as those were that the shipped captioner learned from
AT_ONCE = 32


class Encoder(nn.Module):
    """The stages of a pre-trained backbone, all but the head, in evaluation mode: `body`, and the `last` one."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.backbone = backbones.get(name)
        network = self.backbone.network(self.backbone.pretrained_classes, seed=0).eval().requires_grad_(False)
        *body, last, _ = network.children()
        self.body, self.last = nn.Sequential(*body), last

    @cached_property
    def digest(self) -> str:
        """Hash the weights: what learned from the grids of one encoder is worth nothing behind another."""
        return weights_hash(nn.Sequential(self.body, self.last))

    def before(self, pictures: Tensor) -> Tensor:
        """Give what the last stage reads of uint8 pictures (B, 3, S, S)."""
        x = normalise(pictures, self.backbone.mean, self.backbone.deviation)
        return self.body(x.to(memory_format=torch.channels_last))

    def grid(self, x: Tensor) -> Tensor:
        """Give the grid (B, P, features) that the last stage makes of what it reads."""
        watch = Watch()
        handles = [module.register_forward_hook(watch) for module in self.last.modules()]
        try:
            self.last(x)
        finally:
            for handle in handles:
                handle.remove()
        if watch.activation is None:
            raise ValueError(f"{self.backbone.title} has no places to look at before its head. Choose another one.")
        return watch.activation.flatten(2).transpose(1, 2)

    def forward(self, pictures: Tensor) -> Tensor:
        """Give the grid (B, P, features) of uint8 pictures (B, 3, S, S)."""
        return self.grid(self.before(pictures))

    @torch.inference_mode()
    def grids(self, pictures: Tensor) -> Iterator[Tensor]:
        """Give the grids of many pictures, some at once."""
        for some in pictures.split(AT_ONCE):
            yield self(some)
