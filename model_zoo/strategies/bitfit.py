"""BitFit: train biases only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from model_zoo.strategies.strategy import Strategy, warm_stages

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class BitFit(Strategy):
    """Train the biases of every stage, those of its normalisation layers included, and the head."""

    title: ClassVar[str] = "BitFit: biases only"
    reference: ClassVar[str] = "Ben Zaken et al. 2021, BitFit, arXiv:2106.10199"
    summary: ClassVar[str] = (
        "Moves nothing but biases, a thousandth of the parameters, so that features shift but keep their shape. "
        "Wins where many fine-tuned versions must be stored cheaply, or pictures are few."
    )
    norm_statistics: ClassVar[Literal["update", "fixed"]] = "fixed"

    def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
        return warm_stages(len(stages), frozen=0)

    def trains(self, stage: str, parameter: str, module: nn.Module) -> bool:
        return stage == "head" or parameter.endswith("bias")  # attention has an in_proj_bias
