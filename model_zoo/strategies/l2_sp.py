"""L2-SP: pull weights back to where they started instead of to zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from model_zoo.knobs import param
from model_zoo.strategies.strategy import Strategy, warm_stages

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class L2SP(Strategy):
    """Train everything, with a penalty on the squared distance from the pre-trained weights."""

    title: ClassVar[str] = "L2-SP"
    reference: ClassVar[str] = "Li et al. 2018, Explicit inductive bias for transfer learning, arXiv:1802.01483"
    summary: ClassVar[str] = (
        "Trains every stage but ties each weight to its pre-trained value with a spring. "
        "Wins with few pictures, where full fine-tuning would forget more than it learns."
    )

    decays: ClassVar[bool] = False  # the spring pulls them elsewhere

    strength: float = param(0.1, "Half this times the squared distance is added to the loss.", min=0, max=100)

    def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
        return warm_stages(len(stages), frozen=0)

    def penalty(self, network: nn.Sequential, start: Mapping[str, Tensor]) -> Tensor | None:
        moved = [(p, start[name]) for name, p in network.named_parameters() if not name.startswith("head.")]
        return self.strength / 2 * sum((now - then).square().sum() for now, then in moved)
