"""Full fine-tuning: every stage moves, at the whole rate or a fraction of it."""

from dataclasses import dataclass
from typing import ClassVar

from model_zoo.knobs import param
from model_zoo.strategies.strategy import Strategy, warm_stages


@dataclass(frozen=True)
class Full(Strategy):
    """Train everything at `rate` times the comparison's learning rate."""

    title: ClassVar[str] = "Full fine-tuning"
    reference: ClassVar[str] = "Girshick et al. 2014, Rich feature hierarchies, arXiv:1311.2524"
    summary: ClassVar[str] = (
        "Starts from the pre-trained weights and lets every stage move; a tenth of the rate keeps them from being "
        "distorted too fast. Wins with many pictures, or pictures unlike those of the pre-training."
    )

    rate: float = param(1.0, "Factor on the learning rate of every stage, head included.", min=0.0001, max=10)

    def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
        return warm_stages(len(stages), frozen=0, scale=self.rate)
