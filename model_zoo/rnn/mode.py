"""Sequence modes, one module each: one wiring of a recurrent network, and what it makes of an input.

A mode's module has TITLE, READS, WIRING and EXAMPLES, and imports heavy libraries inside its functions.
"""

from types import ModuleType
from typing import Any, Literal, Protocol, cast

from model_zoo.registry import Registry
from model_zoo.rnn.prediction import Prediction

Reads = Literal["text", "picture", "frames"]
Wiring = Literal["one to one", "one to many", "many to one", "many to many", "in step"]


class Mode(Protocol):
    """What the module of a mode contributes; `EXAMPLES` are inputs to begin with, by language or kind."""

    TITLE: str
    READS: Reads
    WIRING: Wiring
    EXAMPLES: dict[str, tuple[str, ...]]

    def predict(self, input: Any, kind: str) -> Prediction:
        """Read one input closely, a text or a uint8 picture (3, S, S); `kind` is a key of EXAMPLES.

        Raises ValueError with a sentence.
        """


def _mode(module: ModuleType) -> dict[str, Mode]:
    return {module.__name__.rpartition(".")[2]: cast(Mode, module)} if hasattr(module, "WIRING") else {}


MODES: Registry[Mode] = Registry("sequence mode", "model_zoo.rnn", _mode)
