"""Norm only: train the normalisation layers and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from model_zoo.strategies.strategy import Strategy, warm_stages

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class NormOnly(Strategy):
    """Train scale and shift of every normalisation layer, let its statistics follow, and train the head."""

    title: ClassVar[str] = "Normalisation only"
    reference: ClassVar[str] = "Frankle et al. 2020, Training BatchNorm and only BatchNorm, arXiv:2003.00152"
    summary: ClassVar[str] = (
        "Moves only the normalisation layers, which turn each feature up, down or off. "
        "Wins when pictures differ in light, contrast or style rather than in content."
    )

    needs_norms: ClassVar[bool] = True

    def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
        return warm_stages(len(stages), frozen=0)

    def trains(self, stage: str, parameter: str, module: nn.Module) -> bool:
        return stage == "head" or "Norm" in type(module).__name__
