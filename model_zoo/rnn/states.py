"""What the units of recurrent layers do, as predictions tell it: few enough to look at."""

from collections.abc import Sequence

from torch import Tensor

from model_zoo.rnn.cells import Steps
from model_zoo.rnn.prediction import States

UNITS_SHOWN = 24  # those that change most
DIGITS = 4  # of what travels to pages


def told(layers: Sequence[Steps], places: Sequence[int], start: int) -> tuple[States, ...]:
    """Tell of every layer what its units that change most do at `places` of the first text; `start`: see States."""
    return tuple(_told(layer, list(places), start) for layer in layers)


def rounded(values: Tensor) -> list[float]:
    """Give values (n,) as they travel."""
    return [round(value, DIGITS) for value in values.tolist()]


def _told(layer: Steps, places: list[int], start: int) -> States:
    hidden = layer.hidden[0]  # (T, H)
    units = hidden.std(0, correction=0).topk(min(UNITS_SHOWN, hidden.shape[1])).indices.sort().values
    gates = {name: _rows(gate[0][places][:, units]) for name, gate in layer.gates.items()}
    name = f"layer {layer.layer + 1}, {'backwards' if layer.backwards else 'forwards'}"
    return States(name, start, tuple(units.tolist()), hidden.shape[1], _rows(hidden[places][:, units]), gates)


def _rows(part: Tensor) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(rounded(row)) for row in part)
