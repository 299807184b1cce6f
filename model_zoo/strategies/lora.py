"""LoRA: add low-rank updates to frozen weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from model_zoo.knobs import param
from model_zoo.strategies.strategy import Strategy, warm_stages

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class LoRA(Strategy):
    """Train, for every convolution, linear layer and attention, a product of two thin matrices, added to its weight."""

    title: ClassVar[str] = "LoRA"
    reference: ClassVar[str] = "Hu et al. 2021, LoRA, arXiv:2106.09685"
    summary: ClassVar[str] = (
        "Leaves every weight frozen and learns a low-rank change to it, merged into the weight afterwards. "
        "Wins where the network is large, memory is short, and the change that is needed is simple."
    )
    norm_statistics: ClassVar[Literal["update", "fixed"]] = "fixed"

    rank: int = param(4, "Rank of the change to each weight.", min=1, max=64)

    def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
        return warm_stages(len(stages), frozen=0)

    def trains(self, stage: str, parameter: str, module: nn.Module) -> bool:
        return stage == "head" or parameter in ("up", "down")

    def prepare(self, network: nn.Sequential) -> None:
        from torch import nn
        from torch.nn.utils.parametrize import register_parametrization

        from model_zoo.adapters import LowRankChange

        for module in [m for stage in list(network)[:-1] for m in stage.modules()]:
            if isinstance(module, nn.Conv2d | nn.Linear):
                register_parametrization(module, "weight", LowRankChange(module.weight, self.rank))
            elif isinstance(module, nn.MultiheadAttention):  # queries, keys and values share one weight
                change = LowRankChange(module.in_proj_weight, self.rank)
                register_parametrization(module, "in_proj_weight", change)
