"""Freeze the first stages, whose edges and curves serve any picture, and train the rest."""

from dataclasses import dataclass
from typing import ClassVar

from model_zoo.knobs import param
from model_zoo.strategies.strategy import Strategy, warm_stages


@dataclass(frozen=True)
class FreezeFirst(Strategy):
    """Keep the first `k` pre-trained stages as they are; train the others and the head."""

    title: ClassVar[str] = "Freeze the first stages"
    reference: ClassVar[str] = "Yosinski et al. 2014, How transferable are features, arXiv:1411.1792"
    summary: ClassVar[str] = (
        "Keeps the early stages, which see edges and curves that any picture has, and trains the later ones. "
        "Wins when there are too few pictures to move everything and they differ somewhat from the pre-training's."
    )

    k: int = param(2, "Pre-trained stages that stay frozen, counted from the input.", min=0, max=50)

    def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
        if self.k >= len(stages):
            raise ValueError(f"k of freeze_first must be at most {len(stages) - 1} for this network, got {self.k}.")
        return warm_stages(len(stages), frozen=self.k)
