"""How far each stage of one network moves: freezing and thawing, rates, gradients, drift."""

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from model_zoo.adapters import effective_parameters
from model_zoo.explain.drift import stage_drift
from model_zoo.strategies import Strategy

WEIGHT_DECAY = 0.01
WARM_UP_STEPS = 20  # at most an epoch's, counted from each stage's own thaw


@dataclass
class Pace:
    """Whether a stage is warm, how many steps ago it thawed, whether it ever did, and this epoch's gradient norms."""

    warm: bool = False
    steps: int = 0
    moved: bool = False
    gradients: list[Tensor] = field(default_factory=list)


class Movement:
    """AdamW over the stages that `strategy` ever moves, a group each; a frozen stage has no gradient and no state."""

    def __init__(self, network: nn.Sequential, stages: tuple[str, ...], strategy: Strategy, epochs: int) -> None:
        self.network, self.stages, self.strategy, self.epochs = network, stages, strategy, epochs
        self.moving = moving_stages(strategy, stages, epochs)
        self.paces = {stage: Pace() for stage in stages}
        self.start = {
            name: parameter.detach().clone()
            for name, parameter in effective_parameters(network).items()
            if self.moves(name)
        }
        groups = [self._group(stage) for stage in stages if stage in self.moving]
        self.optimiser = torch.optim.AdamW(groups, lr=0.0, fused=True)
        network.requires_grad_(False)

    def moves(self, name: str) -> bool:
        """Say whether the parameter or buffer `name` belongs to a stage that ever moves."""
        return name.partition(".")[0] in self.moving

    def thaw(self, scales: tuple[float, ...]) -> int:
        """Freeze and thaw for an epoch; gives the number of leading stages that are frozen."""
        for stage, scale in zip(self.stages, scales, strict=True):
            pace = self.paces[stage]
            pace.gradients = []
            self._set_mode(self._stage(stage), scale > 0)
            if stage in self.moving and pace.warm != (scale > 0):
                self._set_trainable(stage, scale > 0)
                pace.warm, pace.steps, pace.moved = scale > 0, 0, pace.moved or scale > 0
        return next(index for index, scale in enumerate((*scales, 1.0)) if scale > 0)

    def set_rates(self, rate: float, scales: tuple[float, ...], done: float, steps: int) -> list[float]:
        """Set and give each stage's learning rate: a cosine over the run, with warm-up from the stage's own thaw."""
        annealed = rate * (1 + math.cos(math.pi * done)) / 2
        rates = {}
        for (stage, pace), scale in zip(self.paces.items(), scales, strict=True):
            pace.steps += scale > 0
            rates[stage] = annealed * scale * min(1.0, pace.steps / min(WARM_UP_STEPS, steps))
        for group in self.optimiser.param_groups:
            group["lr"] = rates[group["stage"]]
        return list(rates.values())

    def step(self, loss: Tensor) -> None:
        """Go one step down the loss and note the gradient norm of every warm stage."""
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        for stage, pace in self.paces.items():
            gradients = [p.grad for p in self._stage(stage).parameters() if p.grad is not None] if pace.warm else []
            if gradients:
                pace.gradients.append(torch.nn.utils.get_total_norm(gradients))
        self.optimiser.step()

    def restore(self, stage: str, warm: bool, steps: int, moved: bool) -> None:
        """Put a stage back to where a checkpoint left it."""
        if stage in self.moving:
            self._set_trainable(stage, warm)
        self.paces[stage] = Pace(warm, steps, moved)

    def gradient_norms(self) -> list[float]:
        """Give each stage's gradient norm, the mean over this epoch's steps; 0 where it is frozen."""
        return [torch.stack(p.gradients).mean().item() if p.gradients else 0.0 for p in self.paces.values()]

    def drift(self) -> list[float]:
        """Give ‖θ−θ₀‖/‖θ₀‖ of each stage, θ being its weights as the network uses them."""
        return stage_drift(self.stages, effective_parameters(self.network), self.start)

    def trained_parameters(self) -> int:
        """Count the parameters that train in at least one epoch."""
        return sum(p.numel() for stage in self.moving for p in self._chosen(stage))

    def bytes(self) -> int:
        """Count the bytes of weights, gradients and optimiser state."""
        held = sum(p.nbytes for p in self.network.parameters())
        return held + 3 * 4 * self.trained_parameters() + sum(t.nbytes for t in self.start.values())

    def _group(self, stage: str) -> dict[str, Any]:
        decay = WEIGHT_DECAY if self.strategy.decays or stage == "head" else 0.0
        return {"params": list(self._stage(stage).parameters()), "stage": stage, "weight_decay": decay}

    def _set_mode(self, module: nn.Module, warm: bool) -> None:
        module.train(warm)
        if self.strategy.norm_statistics == "fixed":
            for part in module.modules():
                if isinstance(part, _BatchNorm):
                    part.eval()

    def _set_trainable(self, stage: str, warm: bool) -> None:
        for parameter in self._stage(stage).parameters():
            parameter.requires_grad_(False)
            parameter.grad = None
            self.optimiser.state.pop(parameter, None)
        for parameter in self._chosen(stage) if warm else []:
            parameter.requires_grad_(True)

    def _chosen(self, stage: str) -> list[nn.Parameter]:
        return [
            parameter
            for part in self._stage(stage).modules()
            for name, parameter in part.named_parameters(recurse=False)
            if self.strategy.trains(stage, name, part)
        ]

    def _stage(self, stage: str) -> nn.Module:
        return self.network.get_submodule(stage)


def moving_stages(strategy: Strategy, stages: tuple[str, ...], epochs: int) -> frozenset[str]:
    """Name the stages that move in at least one epoch."""
    rows = [strategy.lr_scales(stages, epoch, epochs) for epoch in range(epochs)]
    return frozenset(stage for index, stage in enumerate(stages) if any(row[index] > 0 for row in rows))
