"""The eye of a captioner learns along: the stages of its encoder move as one of our strategies says."""

from collections import OrderedDict
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from model_zoo import devices, strategies
from model_zoo.movement import Movement
from model_zoo.rnn.encoder import Encoder


class Eye:
    """A copy of `encoder` that looks at uint8 pictures (N, 3, S, S) while it learns, for `epochs`, at most at `rate`.

    The factors of `strategy` on the rate are those of the comparisons; the softmax, which nobody asks, stays away.
    """

    def __init__(self, encoder: Encoder, pictures: Tensor, strategy: str, rate: float, epochs: int) -> None:
        self.device = devices.choose()
        self.encoder, self.pictures = deepcopy(encoder).to(self.device), pictures
        self.stages = encoder.backbone.stage_names
        parts = (*self.encoder.body, self.encoder.last, nn.Identity())
        network = nn.Sequential(OrderedDict(zip(self.stages, parts, strict=True)))
        self.movement = Movement(network, self.stages, strategies.get(strategy), epochs)
        self.rate, self.epochs = rate, epochs

    def begin(self, epoch: int) -> None:
        """Freeze and thaw what `epoch` wants frozen and thawed."""
        self._scales = self.movement.strategy.lr_scales(self.stages, epoch, self.epochs)
        self.movement.thaw(self._scales)

    def look(self, index: Tensor, mirrored: Tensor) -> Tensor:
        """Give the grids (B, P, features) of the pictures at `index` (B,), `mirrored` (B,) or not."""
        views, where = torch.stack((index, mirrored)).unique(dim=1, return_inverse=True)  # each is looked at once
        pictures, others = self.pictures[views[0].cpu()].to(self.device), views[1].bool()
        pictures[others] = pictures[others].flip(3)
        with devices.mixed(pictures.device):
            return self.encoder(pictures).float()[where]

    def step(self, done: float, steps: int) -> None:
        """Go one step along the gradients that are there; `done` of the whole run lies behind, an epoch has `steps`."""
        self.movement.set_rates(self.rate, self._scales, done, steps)
        self.movement.optimiser.step()
        self.movement.optimiser.zero_grad(set_to_none=True)

    def moved(self) -> Encoder:
        """Give the encoder as it is now, at rest."""
        moved = deepcopy(self.encoder).cpu().eval().requires_grad_(False)
        vars(moved).pop("digest", None)  # that of the encoder before
        return moved

    def state_dict(self) -> dict[str, Any]:
        """Give what `load_state_dict` goes on from, between two epochs."""
        paces = {stage: (pace.warm, pace.steps, pace.moved) for stage, pace in self.movement.paces.items()}
        network, optimiser = self.movement.network.state_dict(), self.movement.optimiser.state_dict()
        return {"network": network, "optimiser": optimiser, "paces": paces}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.movement.network.load_state_dict(state["network"])
        for stage, pace in state["paces"].items():
            self.movement.restore(stage, *pace)
        self.movement.optimiser.load_state_dict(state["optimiser"])
