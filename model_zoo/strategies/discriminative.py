"""Discriminative rates: the nearer to the input, the smaller the steps."""

from dataclasses import dataclass
from typing import ClassVar

from model_zoo.knobs import param
from model_zoo.strategies.strategy import Strategy


@dataclass(frozen=True)
class Discriminative(Strategy):
    """Divide the learning rate by `decay` for every stage further from the head."""

    title: ClassVar[str] = "Discriminative rates"
    reference: ClassVar[str] = "Howard & Ruder 2018, ULMFiT, arXiv:1801.06146"
    summary: ClassVar[str] = (
        "Trains every stage, the last at the whole rate and each earlier one at a fraction of the next. "
        "Wins where early features are right but late ones must change: most pictures of things."
    )

    decay: float = param(2.6, "Factor by which the rate falls from a stage to the one before it.", min=1, max=100)

    def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
        return tuple(self.decay ** (index + 1 - len(stages)) for index in range(len(stages)))
