"""Grad-CAM: where in a picture a network finds its evidence for a class (Selvaraju et al. 2017, arXiv:1610.02391)."""

import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from model_zoo.explain.viridis import COLOURS, OPACITY

POOLING = (nn.MaxPool2d, nn.AvgPool2d, nn.LPPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)
WIDTH = 224  # pixels of an overlay, at least


@dataclass(frozen=True)
class GradCam:
    """One look at a picture: `logits` (classes,), and `map` (h, w) in [0, 1], the evidence for class `label`."""

    logits: Tensor
    label: int
    map: Tensor


def gradcam(network: nn.Module, picture: Tensor, label: int | None = None) -> GradCam:
    """Explain the score of class `label`, or of the class with the highest one, for a normalised `picture` (3, S, S).

    The network is used in evaluation mode and left as it was. The map has the height and width of the last activation
    before the network pools it away; a class without evidence anywhere has a map of zeros.
    Raises ValueError where the network has no such activation, or no class `label`.
    """
    logits, activation = _forward(network, picture)
    classes = len(logits)
    label = int(logits.argmax()) if label is None else label
    if not 0 <= label < classes:
        raise ValueError(f"label must be 0 to {classes - 1}, got {label}.")
    (gradient,) = torch.autograd.grad(logits[label], activation)  # (1, C, h, w)
    importance = gradient.mean(dim=(2, 3), keepdim=True)  # (1, C, 1, 1)
    evidence = (importance * activation.detach()).sum(1)[0].relu()  # (h, w)
    peak = evidence.max()
    return GradCam(logits.detach(), label, evidence / peak if peak > 0 else torch.zeros_like(evidence))


def overlay(picture: Tensor, map: Tensor, width: int = WIDTH) -> bytes:
    """Lay `map` (h, w) in [0, 1] over the uint8 `picture` (3, S, S); gives a PNG `width` px wide, or S if more.

    The picture is shown in grey, so that no colour of its own can be taken for evidence.
    """
    from PIL import Image

    width = max(width, picture.shape[-1])
    grey = Image.fromarray(picture.permute(1, 2, 0).cpu().numpy()).convert("L")
    shown = np.asarray(grey.resize((width, width), Image.Resampling.BICUBIC), np.float32)[
        ..., None
    ]  # (width, width, 1)
    heat = Image.fromarray(map.detach().float().cpu().numpy()).resize((width, width), Image.Resampling.BILINEAR)
    strength = np.asarray(heat, dtype=np.float32).clip(0, 1)[..., None]  # (width, width, 1)
    mixed = shown * (1 - OPACITY * strength) + colours(strength[..., 0]) * OPACITY * strength
    return png(mixed.round().astype(np.uint8))


def colours(values: np.ndarray) -> np.ndarray:
    """Turn values (…) in [0, 1] into colours (…, 3) from 0 to 255."""
    steps = np.array([[int(code[i : i + 2], 16) for i in (0, 2, 4)] for code in COLOURS], dtype=np.float32)
    places = np.linspace(0, 1, len(COLOURS))
    return np.stack([np.interp(values, places, steps[:, channel]) for channel in range(3)], axis=-1)


def png(pixels: np.ndarray) -> bytes:
    """Write uint8 pixels (height, width, 3), or 4 with their opacity, as a PNG."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def _forward(network: nn.Module, picture: Tensor) -> tuple[Tensor, Tensor]:
    """Run the network; gives logits (classes,) and the last activation (1, C, h, w), joined by autograd's graph."""
    watch, modes = Watch(), [(module, module.training) for module in network.modules()]
    handles = [module.register_forward_hook(watch) for module in network.modules()]
    try:
        network.eval()
        with torch.enable_grad():
            logits = network(picture.detach()[None].requires_grad_())[0]  # (classes,)
    finally:
        for module, training in modes:
            module.training = training
        for handle in handles:
            handle.remove()
    if watch.activation is None:
        name = type(network).__name__
        raise ValueError(f"Grad-CAM needs an activation with a height and a width; this {name} has none.")
    return logits, watch.activation


@dataclass
class Watch:
    """A forward hook that remembers the last activation (B, C, h, w) with h·w > 1 that no pooling layer made."""

    activation: Tensor | None = None
    pooled: list[Any] = field(default_factory=list)

    def __call__(self, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        if isinstance(module, POOLING):
            self.pooled.append(output)  # a container that ends in the pooling layer gives this very tensor
        elif _has_space(output) and not any(output is one for one in self.pooled):
            self.activation = output


def _has_space(output: Any) -> bool:
    return isinstance(output, Tensor) and output.ndim == 4 and output.shape[2] * output.shape[3] > 1
