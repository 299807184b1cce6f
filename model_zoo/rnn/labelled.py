"""A visitor's labelled texts as recurrent networks learn from them: tokens, classes, and parts to train and to test."""

from collections import Counter
from dataclasses import dataclass

import torch
from torch import Tensor

from model_zoo.data.splits import REDRAWN_BELOW, stratified
from model_zoo.data.texts import Texts

SMALLEST_CLASS = 5  # texts: some to train, one each to validate and to test
MOST_CLASSES = 50


@dataclass(frozen=True)
class Labelled:
    """Distinct texts with the number of their class, (N,); `left_out` counts copies and texts without a label."""

    texts: tuple[str, ...]
    labels: Tensor
    classes: tuple[str, ...]
    left_out: int


@dataclass(frozen=True)
class Parts:
    """Indices of the texts that train, choose the best epoch, and test. `redrawn`: every run seed has its own."""

    train: Tensor
    validation: Tensor
    test: Tensor
    redrawn: bool


def labelled(found: Texts) -> Labelled:
    """Keep the first of equal texts and those with a label; raises ValueError with a sentence where too few remain."""
    first: dict[str, str] = {}
    for text, label in zip(found.texts, found.labels, strict=True):
        if label:
            first.setdefault(text.strip(), label)
    sizes = Counter(first.values())
    classes = tuple(sorted(sizes))
    if len(classes) < 2:
        raise ValueError(f"The labels need at least two values, and there is {len(classes)}. Choose another column.")
    if len(classes) > MOST_CLASSES:
        raise ValueError(f"The column of labels has {len(classes):,} values; at most {MOST_CLASSES} are classes.")
    small = [name for name in classes if sizes[name] < SMALLEST_CLASS]
    if small:
        raise ValueError(f"“{small[0][:40]}” has {sizes[small[0]]} texts; each class needs at least {SMALLEST_CLASS}.")
    labels = torch.tensor([classes.index(label) for label in first.values()])
    return Labelled(tuple(first), labels, classes, len(found.texts) - len(first))


def parts(labels: Tensor, classes: tuple[str, ...], seed: int) -> Parts:
    """Draw 60/20/20 of every class; with few texts to test, every run seed is to draw its own."""
    generator = torch.Generator().manual_seed(seed)
    everything = torch.arange(len(labels))
    train, (validation, test) = stratified(labels, everything, 2, classes, generator)
    return Parts(train, validation, test, redrawn=len(test) < REDRAWN_BELOW)
