"""Which texts train a network, which choose its best epoch, and which are kept for the end."""

from dataclasses import dataclass

import torch
from torch import Tensor

from model_zoo.data.splits import REDRAWN_BELOW, stratified


@dataclass(frozen=True)
class Parts:
    """Indices of the texts of each part. `redrawn`: every run seed has its own."""

    train: Tensor
    validation: Tensor
    test: Tensor
    redrawn: bool


def parts(labels: Tensor, classes: tuple[str, ...], seed: int) -> Parts:
    """Draw 60/20/20 of every class; with few texts to test, every run seed is to draw its own."""
    generator = torch.Generator().manual_seed(seed)
    train, (validation, test) = stratified(labels, torch.arange(len(labels)), 2, classes, generator)
    return Parts(train, validation, test, redrawn=len(test) < REDRAWN_BELOW)
