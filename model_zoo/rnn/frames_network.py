"""In step: a network that labels every frame of a clip, from what the shipped CNN saw in it.

A glance finds in the grid of one frame what is there and where; a recurrent layer reads the glances in their
order, as in long-term recurrent convolutional networks (Donahue et al. 2015, arXiv:1411.4389), or the frame alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor, nn

from model_zoo.rnn.cells import Cell, Recurrent, Steps
from model_zoo.rnn.frame_encoder import CHANNELS, GRID

N = TypeVar("N", bound=nn.Module)
COARSE = 4  # rows and columns to which it is told where things are


@dataclass(frozen=True)
class Look:
    """How a glance is built; travels with its weights."""

    narrow: int = 64  # channels between
    shapes: int = 64  # channels that say what is there
    places: int = 8  # channels that say where
    outputs: int = 64


@dataclass(frozen=True)
class Shape:
    """How a reader of glances is built; travels with its weights. `heads` are the classes of each task."""

    heads: tuple[int, ...]
    cell: Cell | Literal["none"] = "gru"
    bidirectional: bool = False
    inputs: int = Look.outputs
    hidden_size: int = 64
    layers: int = 1
    dropout: float = 0.2

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Shape":
        return cls(**{**told, "heads": tuple(told["heads"])})


class Glance(nn.Module):
    """Say what is where in one frame: of its grid (n, CHANNELS × GRID²), half precision or full, make (n, outputs)."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.register_buffer("mean", torch.zeros(CHANNELS, 1, 1))
        self.register_buffer("deviation", torch.ones(CHANNELS, 1, 1))
        self.narrow = nn.Conv2d(CHANNELS, look.narrow, 1)
        self.shapes = nn.Conv2d(look.narrow, look.shapes, 3, padding=1)
        self.places = nn.Conv2d(look.shapes, look.places, 1)
        self.coarse = nn.AdaptiveAvgPool2d(COARSE)
        self.out = nn.Linear(2 * look.shapes + look.places * COARSE**2, look.outputs)

    def measure(self, features: Tensor) -> None:
        """Learn from frames (n, CHANNELS × GRID²) how large each channel usually is."""
        grid = features.float().unflatten(1, (CHANNELS, -1))  # (n, C, P)
        self.mean.copy_(grid.mean((0, 2))[:, None, None])
        self.deviation.copy_(grid.std((0, 2))[:, None, None].clamp(min=1e-3))

    def forward(self, features: Tensor) -> Tensor:
        grid = (features.float().unflatten(1, (CHANNELS, GRID, GRID)) - self.mean) / self.deviation
        shapes = self.shapes(self.narrow(grid.contiguous(memory_format=torch.channels_last)).relu()).relu()
        where = self.coarse(self.places(shapes)).flatten(1)
        return self.out(torch.cat((shapes.amax((2, 3)), shapes.mean((2, 3)), where), 1))


class Alone(nn.Module):
    """In the place of recurrent layers: what is made of (B, T, inputs) without looking at any other step."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.hidden, self.outputs = nn.Linear(inputs, outputs), outputs

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        return self.hidden(x).relu()


class FrameReader(nn.Module):
    """Read glances (B, T, inputs) in order, and give the logits (B, T, classes) of each head."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.dropout = nn.Dropout(shape.dropout)
        if shape.cell == "none":  # as wide as if it read both ways, so that width is not the difference
            self.recurrent: Alone | Recurrent = Alone(shape.inputs, 2 * shape.hidden_size)
        else:
            self.recurrent = Recurrent(
                shape.cell, shape.inputs, shape.hidden_size, shape.layers, shape.bidirectional, shape.dropout
            )
        self.heads = nn.ModuleList(nn.Linear(self.recurrent.outputs, classes) for classes in shape.heads)

    def forward(self, glances: Tensor, lengths: Tensor | None = None) -> tuple[Tensor, ...]:
        states = self.dropout(self.recurrent(self.dropout(glances.relu()), lengths))
        return tuple(head(states) for head in self.heads)

    @torch.no_grad()
    def steps(self, glances: Tensor) -> list[Steps]:
        """Tell what happens inside the recurrent layers; nothing without them."""
        return self.recurrent.steps(glances.relu()) if isinstance(self.recurrent, Recurrent) else []


def fill(network: N, parts: Mapping[str, Tensor], name: str) -> N:
    """Give a network the weights that stand under its name, in full precision, to be asked and not to be trained."""
    own = {key.removeprefix(f"{name}/"): part.float() for key, part in parts.items() if key.startswith(f"{name}/")}
    network.load_state_dict(own)
    return network.eval().requires_grad_(False)
