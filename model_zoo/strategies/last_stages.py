"""Train the last stages only: freezing seen from the other end."""

from dataclasses import dataclass
from typing import ClassVar

from model_zoo.knobs import param
from model_zoo.strategies.strategy import Strategy, warm_stages


@dataclass(frozen=True)
class LastStages(Strategy):
    """Train the last `k` pre-trained stages and the head; freeze what comes before."""

    title: ClassVar[str] = "Train the last stages"
    reference: ClassVar[str] = "Yosinski et al. 2014, How transferable are features, arXiv:1411.1792"
    summary: ClassVar[str] = (
        "Trains only the last pre-trained stages and the head, the part most bound to the old classes. "
        "Wins when the new pictures look like the old ones but must be told apart by other things."
    )

    k: int = param(1, "Pre-trained stages that train, counted from the head.", min=0, max=50)

    def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
        if self.k >= len(stages):
            raise ValueError(f"k of last_stages must be at most {len(stages) - 1} for this network, got {self.k}.")
        return warm_stages(len(stages), frozen=len(stages) - 1 - self.k)
