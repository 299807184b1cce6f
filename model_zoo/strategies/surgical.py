"""Surgical fine-tuning: move one stage, the one that the change of pictures calls for."""

from dataclasses import dataclass
from typing import ClassVar

from model_zoo.knobs import param
from model_zoo.strategies.strategy import Strategy


@dataclass(frozen=True)
class Surgical(Strategy):
    """Train one pre-trained stage and the head."""

    title: ClassVar[str] = "Surgical fine-tuning"
    reference: ClassVar[str] = "Lee et al. 2022, Surgical fine-tuning, arXiv:2210.11466"
    summary: ClassVar[str] = (
        "Moves a single stage and the head, and keeps all others. Wins when what changed is known: an early stage for "
        "other light or noise, a middle one for other kinds within the classes, the last for other classes."
    )

    stage: str = param("first", "The stage that moves: its name, or first, middle or last of the pre-trained ones.")

    def lr_scales(self, stages: tuple[str, ...], epoch: int, epochs: int) -> tuple[float, ...]:
        chosen = self._index(stages)
        return tuple(1.0 if index in (chosen, len(stages) - 1) else 0.0 for index in range(len(stages)))

    def _index(self, stages: tuple[str, ...]) -> int:
        blocks = [index for index, name in enumerate(stages[:-1]) if name != "stem"]
        places = {"first": blocks[0], "middle": blocks[len(blocks) // 2], "last": blocks[-1]}
        if self.stage in places:
            return places[self.stage]
        if self.stage not in stages[:-1]:
            raise ValueError(
                f"stage of surgical must be first, middle, last or one of {', '.join(stages[:-1])}, got “{self.stage}”."
            )
        return stages.index(self.stage)
