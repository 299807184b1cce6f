"""Specs: what a job is asked to do, frozen when it is queued. Plain data; nothing heavy is imported."""

import random
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from model_zoo import backbones, strategies

Precision = Literal["auto", "bf16", "fp32"]
MOST_CONFIGURATIONS = 20
MOST_VIEWS = 8
FEWEST_EPOCHS = 2  # however little time there is


@dataclass(frozen=True)
class ComparisonSpec:
    """One data set, one backbone, several configurations × seeds, one budget.

    `data` is a bundled name (`digits`, `materials:per_class=60`), `upload:HASH`, `download:NAME`, or a path.
    Runs have the seeds `seed` … `seed + seeds − 1`; `seed` also fixes the views. `rate` is AdamW's peak learning rate.
    With `within_seconds` only as many of the `epochs` are run as are estimated to fit, FEWEST_EPOCHS at least.
    """

    data: str
    backbone: str = "resnet_mini"
    strategies: tuple[str, ...] = ("linear_probe", "full:rate=0.1", "freeze_first:k=2")
    epochs: int = 10
    seeds: int = 3
    seed: int = 0
    size: int = 64
    rate: float = 5e-3
    batch: int = 32
    precision: Precision = "auto"
    device: str = "auto"
    most_views: int = MOST_VIEWS
    within_seconds: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "strategies", tuple(self.strategies))
        backbone = backbones.get(self.backbone)
        within("epochs", self.epochs, 1, 200)
        within("seeds", self.seeds, 1, 20)
        within("batch", self.batch, 4, 1024)
        within("seed", self.seed, 0, 2**31 - 1)
        within("rate", self.rate, 1e-6, 1.0)
        within("most_views", self.most_views, 1, MOST_VIEWS)
        if self.within_seconds is not None:
            within("within_seconds", self.within_seconds, 1, 1_000_000)
        within(f"size for {self.backbone}", self.size, backbone.smallest, backbone.largest)
        if not self.strategies:
            raise ValueError("Name at least one strategy.")
        within("the number of strategies", len(self.strategies), 1, MOST_CONFIGURATIONS)
        for text in self.strategies:
            if self.strategies.count(text) > 1:
                raise ValueError(f"“{text}” stands twice among the strategies.")
            self._check_warmth(text, backbone.stage_names)
            if strategies.get(text).pretrained and not backbone.pretrained:
                raise ValueError(
                    f"“{text}” needs pre-trained weights, and {self.backbone} has none. Take from_scratch."
                )
            if strategies.get(text).needs_norms and not backbone.norms:
                raise ValueError(f"“{text}” trains normalisation layers, and {backbone.title} has none. Take bitfit.")
        if self.precision not in ("auto", "bf16", "fp32"):
            raise ValueError(f"precision must be auto, bf16 or fp32, got “{self.precision}”.")

    def _check_warmth(self, text: str, stages: tuple[str, ...]) -> None:
        strategy = strategies.get(text)
        for epoch in range(self.epochs):
            if not any(scale > 0 for scale in strategy.lr_scales(stages, epoch, self.epochs)):
                raise ValueError(f"“{text}” freezes every stage in epoch {epoch + 1}; warm at least the head.")

    @property
    def run_seeds(self) -> range:
        return range(self.seed, self.seed + self.seeds)

    @property
    def pretrained(self) -> bool:
        """Whether any configuration starts from pre-trained weights."""
        return any(strategies.get(text).pretrained for text in self.strategies)

    @property
    def views(self) -> int:
        """Augmented views of each picture, the picture itself included."""
        return min(self.epochs, self.most_views)

    def view_order(self, run_seed: int) -> list[int]:
        """Say which view serves in which epoch of a run; from the start again when all have served."""
        return random.Random(run_seed).sample(range(self.views), self.views)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"strategies": list(self.strategies)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "ComparisonSpec":
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})


def within(what: str, value: float, low: float, high: float) -> None:
    """Raise ValueError, with the way out, unless `value` is between `low` and `high`, both included."""
    if not low <= value <= high:
        raise ValueError(f"{what} must be {low} to {high}, got {value}.")
