"""Training from scratch: the baseline that shows what pre-training is worth."""

from dataclasses import dataclass
from typing import ClassVar

from model_zoo.strategies.strategy import Strategy, warm_stages


@dataclass(frozen=True)
class FromScratch(Strategy):
    """Forget the pre-trained weights; train the same network from random ones."""

    title: ClassVar[str] = "From scratch"
    reference: ClassVar[str] = "He et al. 2018, Rethinking ImageNet pre-training, arXiv:1811.08883"
    summary: ClassVar[str] = (
        "Draws all weights at random and trains them all, as if nothing had been learned before. "
        "Wins only with very many pictures and long training; here it is the yardstick."
    )
    pretrained: ClassVar[bool] = False

    def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
        return warm_stages(len(stages), frozen=0)
