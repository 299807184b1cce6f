"""LP-FT: first a linear probe, then everything at a tenth of the rate."""

from dataclasses import dataclass
from typing import ClassVar

from model_zoo.knobs import param
from model_zoo.strategies.strategy import Strategy, warm_stages


@dataclass(frozen=True)
class LpFt(Strategy):
    """Train the head alone for `probe` of the epochs, then all stages at `rate`."""

    title: ClassVar[str] = "Probe, then fine-tune"
    reference: ClassVar[str] = "Kumar et al. 2022, Fine-tuning can distort pretrained features, arXiv:2202.10054"
    summary: ClassVar[str] = (
        "Fits the new head on frozen features first, then lets everything move a little, so that a random head never "
        "distorts good features. Wins where both the old features and some change are needed."
    )

    probe: float = param(0.5, "Share of the epochs in which only the head trains.", min=0, max=1)
    rate: float = param(0.1, "Factor on the learning rate of every stage afterwards.", min=0.0001, max=10)

    def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
        if epoch < round(self.probe * epochs):
            return warm_stages(len(stages), frozen=len(stages) - 1)
        return warm_stages(len(stages), frozen=0, scale=self.rate)
