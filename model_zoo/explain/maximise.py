"""Activation maximisation: a picture that excites one channel, found by gradient ascent from noise.

Olah, Mordvintsev & Schubert 2017, Feature visualization, https://distill.pub/2017/feature-visualization: the picture is
parametrised by its Fourier spectrum, scaled so that all frequencies move alike, and by decorrelated colours; at every
step it is seen shifted, turned and scaled a little, so that no pattern of single pixels can win.
"""

import math
from collections.abc import Callable, Generator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from model_zoo.explain.channels import stage_map

# Square root of the covariance of ImageNet's colours, scaled to a largest column of 1 (Lucid, param/color.py).
COLOURS = ((0.5633, 0.1950, 0.0433), (0.5849, 0.0, -0.1083), (0.5849, -0.1950, 0.0650))
RATE = 0.05
STEPS = 128
SHIFT, TURN, SCALE = 0.06, 8.0, 0.08  # of the side, in degrees, and either way of 1
START = 0.01  # standard deviation of the noise in the spectrum
CALM = 0.02  # weight of the contrast, which is held down so that a weak channel does not shout
FLAT_BELOW_ZERO = (F.relu, torch.relu, torch.relu_, F.relu6, F.hardtanh, F.hardswish)
LEAK = 0.1  # slope of a ReLU below zero while the channel is silent: without it nothing would say which way is up


@dataclass(frozen=True)
class Ascent:
    """Where the ascent stands: the step, and the activation of the channel, averaged over its map."""

    step: int
    activation: float


@dataclass(frozen=True)
class Portrait:
    """The picture (3, S, S) of uint8 that was found, and the activation `before`, in noise, and `after`, in it."""

    picture: Tensor
    before: float
    after: float


def maximise(
    network: nn.Sequential,
    stage: str,
    channel: int,
    size: int,
    mean: tuple[float, ...],
    deviation: tuple[float, ...],
    *,
    steps: int = STEPS,
    seed: int = 0,
) -> Generator[Ascent, None, Portrait]:
    """Climb for `steps` steps; yields after each. The same seed gives the same picture.

    The network is used in evaluation mode, without gradients to its weights.
    Raises ValueError for a stage or a channel that the network does not have.
    """
    prefix = up_to(network, stage).eval().requires_grad_(False)
    generator = torch.Generator().manual_seed(seed)
    spectrum = (START * torch.randn(3, size, size // 2 + 1, 2, generator=generator)).requires_grad_()
    scale = _scale(size)
    picture = _picture(spectrum, scale, size)
    before = _activation(prefix, _normalised(picture, mean, deviation), channel).item()
    silent = before == 0
    optimiser = torch.optim.Adam([spectrum], lr=RATE)
    for step in range(steps):
        seen = _seen(_picture(spectrum, scale, size), generator)
        with _Leaky() if silent else nullcontext():
            reached = _activation(prefix, _normalised(seen, mean, deviation), channel)
        optimiser.zero_grad()
        (CALM * seen.var() - reached).backward()
        silent = reached.item() <= 0 if silent else reached.item() == 0
        optimiser.step()
        yield Ascent(step + 1, reached.item())
    picture = _picture(spectrum, scale, size).detach()
    after = _activation(prefix, _normalised(picture, mean, deviation), channel).item()
    return Portrait((picture[0] * 255).round().to(torch.uint8), before, after)


def up_to(network: nn.Sequential, stage: str) -> nn.Sequential:
    """Give the stages from the input to `stage`; raises ValueError where there is none of this name."""
    names = [name for name, _ in network.named_children()]
    if stage not in names:
        raise ValueError(f"There is no stage “{stage}” in this network. It has {', '.join(names)}.")
    return network[: names.index(stage) + 1]


def _activation(prefix: nn.Sequential, x: Tensor, channel: int) -> Tensor:
    for inner in prefix[:-1]:
        x = inner(x)
    maps = stage_map(prefix[-1], x)[1]  # (1, C, h, w)
    if not 0 <= channel < maps.shape[1]:
        raise ValueError(f"channel must be 0 to {maps.shape[1] - 1} in this stage, got {channel}.")
    return maps[0, channel].mean()


def _scale(size: int) -> Tensor:
    """Give the weight (size, size // 2 + 1, 1) of each frequency: natural pictures have less of high ones, as 1 / f."""
    frequency = torch.hypot(torch.fft.fftfreq(size)[:, None], torch.fft.rfftfreq(size)[None])  # cycles a pixel
    return (math.sqrt(size * size) / frequency.clamp_min(1 / size) / size)[..., None]


def _picture(spectrum: Tensor, scale: Tensor, size: int) -> Tensor:
    """Turn a spectrum (3, S, S // 2 + 1, 2) into a picture (1, 3, S, S) in [0, 1]."""
    plain = torch.fft.irfft2(torch.view_as_complex(spectrum * scale), s=(size, size), norm="ortho")  # (3, S, S)
    colours = torch.einsum("rc,cyx->ryx", plain.new_tensor(COLOURS), plain)
    return colours.sigmoid()[None]


def _seen(picture: Tensor, generator: torch.Generator) -> Tensor:
    """Shift, turn and scale a picture (1, 3, S, S) a little."""
    shift_x, shift_y, turn, scale = (2 * torch.rand(4, generator=generator) - 1).tolist()
    angle, size = math.radians(TURN * turn), 1 + SCALE * scale
    cosine, sine = math.cos(angle) / size, math.sin(angle) / size
    matrix = picture.new_tensor([[cosine, -sine, 2 * SHIFT * shift_x], [sine, cosine, 2 * SHIFT * shift_y]])
    grid = F.affine_grid(matrix[None], list(picture.shape), align_corners=False)
    return F.grid_sample(picture, grid, padding_mode="reflection", align_corners=False)


def _normalised(picture: Tensor, mean: tuple[float, ...], deviation: tuple[float, ...]) -> Tensor:
    return (picture - picture.new_tensor(mean).view(1, 3, 1, 1)) / picture.new_tensor(deviation).view(1, 3, 1, 1)


class _Leaky(TorchFunctionMode):
    """Let what a ReLU, or one of its kin that is flat below zero, holds back through by a tenth."""

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in FLAT_BELOW_ZERO:
            return F.leaky_relu(args[0], LEAK)
        return func(*args, **(kwargs or {}))
