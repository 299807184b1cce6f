"""The linear probe: a new softmax on frozen features."""

from dataclasses import dataclass
from typing import ClassVar

from model_zoo.strategies.strategy import Strategy, warm_stages


@dataclass(frozen=True)
class LinearProbe(Strategy):
    """Replace the softmax and train only that."""

    title: ClassVar[str] = "Linear probe"
    reference: ClassVar[str] = "Razavian et al. 2014, CNN features off-the-shelf, arXiv:1403.6382"
    summary: ClassVar[str] = (
        "Freezes everything that was pre-trained and trains only a new last layer on its features. "
        "Wins with few pictures that resemble those of the pre-training, and is by far the quickest."
    )

    def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
        return warm_stages(len(stages), frozen=len(stages) - 1)
