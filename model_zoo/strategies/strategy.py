"""What a strategy is: how far each stage of a pre-trained network may move, as a pure function of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Strategy:
    """One way of fine-tuning. Its fields are its knobs; it holds no state.

    `summary` says in two sentences what it does and when it wins.
    """

    title: ClassVar[str]
    reference: ClassVar[str]
    summary: ClassVar[str]
    pretrained: ClassVar[bool] = True
    needs_norms: ClassVar[bool] = False  # whether it means nothing to a network without normalisation layers
    decays: ClassVar[bool] = True  # whether pre-trained weights decay towards zero while they train
    norm_statistics: ClassVar[Literal["update", "fixed"]] = "update"  # of stages that train

    def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
        """Give the learning-rate factor of each stage in `epoch` (0-based); 0 freezes it, its statistics included.

        Raises ValueError where a knob does not fit these stages.
        """
        raise NotImplementedError(f"{type(self).__name__} must say how far each stage may move.")

    def trains(self, stage: str, parameter: str, module: nn.Module) -> bool:
        """Say whether `parameter` (its name inside `module`, the module that owns it) trains while its stage does."""
        return True

    def prepare(self, network: nn.Sequential) -> None:
        """Change a fresh copy before training, such as by adding adapters; outputs stay what they were."""

    def penalty(self, network: nn.Sequential, start: Mapping[str, Tensor]) -> Tensor | None:
        """Give a term to add to the loss; `start` holds the parameters before training, by name."""
        return None

    @property
    def partial(self) -> bool:
        """Whether only a fraction of each stage's parameters trains."""
        return type(self).trains is not Strategy.trains


def warm_stages(count: int, frozen: int, scale: float = 1.0) -> tuple[float, ...]:
    """Freeze the first `frozen` of `count` stages and give the others `scale`; the head, the last, always trains."""
    frozen = min(frozen, count - 1)
    return (0.0,) * frozen + (scale,) * (count - frozen)
