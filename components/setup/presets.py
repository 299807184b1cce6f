"""Presets: strategies that are worth racing together."""

from dataclasses import dataclass

from components.configurations import written
from components.strategy_gallery import BACKBONE, coldest_first
from model_zoo import backbones
from model_zoo.registry import UnknownName

PAINTED = "custom"  # has no default worth running: it is painted


@dataclass(frozen=True)
class Preset:
    """A row of configurations under a name; `text` says what the race between them answers."""

    name: str
    title: str
    text: str
    strategies: tuple[str, ...]


def _every() -> tuple[str, ...]:
    names = coldest_first(backbones.get(BACKBONE).stage_names)
    return tuple(written(name) for name in names if name != PAINTED)


PRESETS = (
    Preset(
        "classics",
        "Three classics",
        "Linear probe (new softmax only), everything at a tenth of the rate, first stages frozen: what most would try.",
        ("linear_probe", "full:rate=0.1", "freeze_first:k=2"),
    ),
    Preset("everything", "Everything", "Every strategy there is, each as its paper has it.", _every()),
    Preset(
        "ladder",
        "Rate ladder",
        "Full fine-tuning at five learning rates: how much of a verdict is only the rate?",
        ("full", "full:rate=0.3", "full:rate=0.1", "full:rate=0.03", "full:rate=0.01"),
    ),
)


def preset(name: str) -> Preset:
    """Find a preset by its name; raises UnknownName with the near miss."""
    row = next((row for row in PRESETS if row.name == name), None)
    if row is None:
        raise UnknownName("preset", name, tuple(row.name for row in PRESETS))
    return row


def named(configurations: tuple[str, ...]) -> str:
    """Give the name of the preset that has just these configurations, "" if none has."""
    return next((row.name for row in PRESETS if row.strategies == configurations), "")
