"""A strategy of the visitor's own: a factor for every stage and epoch, painted or written down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from model_zoo.knobs import param
from model_zoo.strategies.strategy import Strategy

LARGEST_FACTOR = 10.0


@dataclass(frozen=True)
class Custom(Strategy):
    """Follow a map from stage to factors, one an epoch, the last repeated; stages it does not name stay frozen.

    `map` is the path of a JSON file, or the map itself as `stage=factor/factor/…;stage=…`. A head that the map does not
    name trains at the whole rate.
    """

    title: ClassVar[str] = "Your own"
    reference: ClassVar[str] = "Painted by you"
    summary: ClassVar[str] = (
        "Moves each stage in each epoch as far as you painted it. "
        "Wins when you know something about your pictures that the other strategies do not."
    )

    map: str = param("head=1", "Path of a JSON file {stage: [factor, …]}, or stage=factor/factor/…;stage=….")

    def __post_init__(self) -> None:
        if self.map.endswith(".json"):
            object.__setattr__(self, "map", spell_map(_read(Path(self.map))))
        self.factors()

    def factors(self) -> dict[str, tuple[float, ...]]:
        """Give the factors of each stage that the map names."""
        rows = [row.partition("=") for row in self.map.split(";") if row]
        return {stage.strip(): _numbers(stage, values.split("/")) for stage, _, values in rows}

    def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
        factors = {"head": (1.0,)} | self.factors()
        for stage in factors:
            if stage not in stages:
                raise ValueError(f"The map names a stage “{stage}”; this network has {', '.join(stages)}.")
        rows = [factors.get(stage, (0.0,)) for stage in stages]
        if not any(max(row[:epochs]) > 0 for row in rows):
            raise ValueError("The map freezes every stage in every epoch; warm at least one, such as the head.")
        return tuple(row[min(epoch, len(row) - 1)] for row in rows)


def spell_map(factors: Mapping[str, list[float] | tuple[float, ...]]) -> str:
    """Write a map as text, the last factor of each stage not repeated."""
    rows = []
    for stage, values in factors.items():
        values = [float(value) for value in values]
        while len(values) > 1 and values[-1] == values[-2]:
            values.pop()
        rows.append(f"{stage}={'/'.join(f'{value:g}' for value in values)}")
    return ";".join(rows)


def _read(file: Path) -> dict[str, list[float]]:
    try:
        content = json.loads(file.read_text())
        return {str(stage): list(_numbers(stage, values)) for stage, values in content.items()}
    except OSError as error:
        raise ValueError(f"The map {file} cannot be read: {error.strerror}.") from error
    except (json.JSONDecodeError, UnicodeDecodeError, AttributeError, TypeError) as error:
        raise ValueError(f'The map {file} must be JSON like {{"stage1": [0, 0.1], "head": [1]}}.') from error


def _numbers(stage: str, values: list) -> tuple[float, ...]:
    try:
        numbers = tuple(float(value) for value in values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"The factors of “{stage}” must be numbers, got {'/'.join(map(str, values))}.") from error
    if not numbers or not all(0 <= number <= LARGEST_FACTOR for number in numbers):
        raise ValueError(f"The factors of “{stage}” must be 0 to {LARGEST_FACTOR:g}, got {'/'.join(map(str, values))}.")
    return numbers
