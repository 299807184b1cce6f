"""Thousands of linear probes at once: each is trained as a run trains its head, all in the same batched steps."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from model_zoo.movement import WARM_UP_STEPS, WEIGHT_DECAY

EPOCHS, BATCH, RATE = 10, 32, 1e-2  # a rate at which ten epochs of 300 pictures are enough for a head


@dataclass(frozen=True)
class Heads:
    """Linear heads: weights (H, D, C), biases (H, 1, C), and validation accuracies (H,) at the epochs kept."""

    weights: Tensor
    biases: Tensor
    validation: Tensor


def train(features: Tensor, labels: Tensor, parts: tuple[Tensor, Tensor], seeds: list[int]) -> Heads:
    """Train one head a row of `parts` = training (H, n) and validation (H, m) indices into `features` (N, D).

    A head's seed draws its start and its order, as a run's does. The best epoch by validation is kept.
    """
    training, validation = parts
    classes = int(labels.max()) + 1
    weights, biases, orders = _draw(training.shape, features.shape[1], classes, seeds)
    optimiser = torch.optim.AdamW([weights, biases], lr=0.0, weight_decay=WEIGHT_DECAY, fused=True)
    seen, wanted = features[validation], labels[validation]  # (H, m, D), (H, m)
    best = Heads(weights.detach().clone(), biases.detach().clone(), torch.full((len(seeds),), -1.0))
    for epoch in range(EPOCHS):
        batches = orders[epoch].split(BATCH, dim=1)  # (H, B) each
        for step, batch in enumerate(batches):
            at = training.gather(1, batch)
            optimiser.param_groups[0]["lr"] = _rate(epoch + step / len(batches), epoch * len(batches) + step + 1)
            weights.grad, biases.grad = _gradients(weights, biases, features[at], labels[at])
            optimiser.step()
        logits = torch.baddbmm(biases.detach(), seen, weights.detach())  # (H, m, C)
        best = _better(best, weights, biases, (logits.argmax(2) == wanted).float().mean(1))
    return best


def _rate(epochs: float, steps: int) -> float:
    """Give the learning rate as `model_zoo.movement` sets it: a warm-up, and a cosine down to zero."""
    return RATE * (1 + math.cos(math.pi * epochs / EPOCHS)) / 2 * min(1.0, steps / WARM_UP_STEPS)


def _draw(shape: torch.Size, inputs: int, classes: int, seeds: list[int]) -> tuple[Tensor, Tensor, Tensor]:
    heads, count = shape
    bound = inputs**-0.5  # as nn.Linear starts
    weights, biases = torch.empty(heads, inputs, classes), torch.empty(heads, 1, classes)
    orders = torch.empty(EPOCHS, heads, count, dtype=torch.long)
    for head, seed in enumerate(seeds):
        generator = torch.Generator().manual_seed(seed)
        weights[head].uniform_(-bound, bound, generator=generator)
        biases[head].uniform_(-bound, bound, generator=generator)
        orders[:, head] = torch.rand(EPOCHS, count, generator=generator).argsort(1)
    return weights, biases, orders


def _gradients(weights: Tensor, biases: Tensor, seen: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Give the gradients of the mean cross-entropy over a batch, `seen` (H, B, D) and `wanted` (H, B)."""
    slopes = torch.baddbmm(biases, seen, weights).softmax(2)  # (H, B, C)
    slopes.scatter_add_(2, wanted[..., None], slopes.new_full((*wanted.shape, 1), -1.0)).div_(wanted.shape[1])
    return seen.transpose(1, 2) @ slopes, slopes.sum(1, keepdim=True)


def _better(best: Heads, weights: Tensor, biases: Tensor, validation: Tensor) -> Heads:
    better = validation > best.validation
    best.weights[better], best.biases[better] = weights[better], biases[better]
    return Heads(best.weights, best.biases, torch.maximum(best.validation, validation))


def answers(heads: Heads, features: Tensor, labels: Tensor) -> Tensor:
    """Say for every head and every picture whether the head is right: boolean (H, N)."""
    count, inputs, classes = heads.weights.shape
    together = heads.weights.permute(1, 2, 0).reshape(inputs, classes * count)
    biases = heads.biases[:, 0].T.reshape(1, classes * count)
    right = torch.empty(len(features), count, dtype=torch.bool)
    for chunk in torch.arange(len(features)).split(2000):
        logits = (features[chunk] @ together + biases).view(-1, classes, count)  # (n, C, H)
        right[chunk] = logits[torch.arange(len(chunk)), labels[chunk]] >= logits.amax(1)
    return right.T.contiguous()
