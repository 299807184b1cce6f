"""Gradual unfreezing: wake one stage after another, from the head down."""

from dataclasses import dataclass
from typing import ClassVar

from model_zoo.knobs import param
from model_zoo.strategies.strategy import Strategy, warm_stages


@dataclass(frozen=True)
class GradualUnfreezing(Strategy):
    """Train the head first; let one more stage join every `every` epochs."""

    title: ClassVar[str] = "Gradual unfreezing"
    reference: ClassVar[str] = "Howard & Ruder 2018, ULMFiT, arXiv:1801.06146"
    summary: ClassVar[str] = (
        "Begins with the head alone and wakes one more stage at a time, so that the random head does not tear at good "
        "features. Wins with few pictures and enough epochs to wake what is needed."
    )

    every: int = param(1, "Epochs before the next stage wakes.", min=1, max=50, unit="epochs")

    def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
        return warm_stages(len(stages), frozen=max(0, len(stages) - 1 - epoch // self.every))
