"""One tower in training: SGD with momentum as He et al. (2015) did, an epoch at a time, and what is told of it."""

import math
import time
from collections.abc import Generator
from threading import Lock
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo import backbones
from model_zoo.data.image_set import ImageSet
from model_zoo.data.splits import split as split_pictures
from model_zoo.data.views import normalise
from model_zoo.events import EpochEnd, Event, Note, Probed, Progress
from model_zoo.residual import towers
from model_zoo.residual.inside import BATCH, look, right, spread
from model_zoo.residual.towers import ResidualSpec

MOMENTUM, DECAY = 0.9, 1e-4  # as He et al. (2015)
WARM_UP = 0.1  # of all steps: so long the rate rises, then it falls along half a cosine
LOOKED_AT = 64  # training pictures with which a network is looked into
_drawing = Lock()  # weights are drawn from torch's global generator, which all lanes share


class Material:
    """What all runs read: pictures and labels of one set, and a split for every seed.

    Raises ValueError where a class is too small to split.
    """

    def __init__(self, spec: ResidualSpec, images: ImageSet, device: torch.device) -> None:
        self.images, self.device, self.like = images, device, backbones.get(spec.towers[0])
        first = split_pictures(images, spec.seed)
        self.splits = {seed: split_pictures(images, seed) if first.redrawn else first for seed in spec.run_seeds}

    def read(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Give the pictures at `index` (n,) as networks take them (n, 3, S, S), and their labels (n,)."""
        pictures = normalise(self.images.pictures[index].to(self.device), self.like.mean, self.like.deviation)
        return pictures.contiguous(memory_format=torch.channels_last), self.images.labels[index].to(self.device)

    def network(self, text: str, seed: int) -> nn.Sequential:
        """Build a tower with the weights that belong to a seed."""
        with _drawing:
            network = backbones.get(text).network(len(self.images.classes), seed=seed, pretrained=False)
        return network.to(self.device, memory_format=torch.channels_last)


class Run:
    """One tower at one rate with one seed; `row` is what is kept of it when `events` has come to its end."""

    def __init__(self, spec: ResidualSpec, material: Material, text: str, rate: float, seed: int) -> None:
        self.spec, self.material, self.text, self.rate, self.seed = spec, material, text, rate, seed
        self.split, self.name = material.splits[seed], name(text, rate, seed)
        self.title, self.depth = towers.title(text), towers.read(text)[0]
        self.network = material.network(text, seed)
        self.optimiser = torch.optim.SGD(self.network.parameters(), lr=rate, momentum=MOMENTUM, weight_decay=DECAY)
        self.losses: list[float] = []  # of training, an epoch each
        self.diverged, self.seconds = False, 0.0
        self.row: dict[str, Any] = {}

    def events(self) -> Generator[Event, None, None]:
        """Train to the end; `done` of each Progress is that of the whole run."""
        yield from self._looked()
        while len(self.losses) < self.spec.epochs and not self.diverged:
            yield from self._epoch()
        if self.diverged:
            where = f"rate {self.rate:g}, seed {self.seed}, epoch {len(self.losses) + 1}"
            yield Note(f"{self.title}: the loss left all bounds ({where}); this run does not count.")
        self.row = yield from self._measured()

    def _epoch(self) -> Generator[Event, None, None]:
        """Go once through the training pictures; ends in EpochEnd, unless it diverged."""
        began, train = time.perf_counter(), self.split.train
        generator = torch.Generator().manual_seed(self.seed * 100_003 + len(self.losses))
        order = train[torch.randperm(len(train), generator=generator)]
        batches = order.tensor_split(max(1, len(train) // self.spec.batch))
        self.network.train()
        losses, correct = 0.0, 0
        for step, batch in enumerate(batches):
            loss, named = self._step(batch, (len(self.losses) + step / len(batches)) / self.spec.epochs)
            losses, correct = losses + loss * len(batch), correct + named
            if not math.isfinite(loss):
                self.diverged = True
                return
            yield self._progress("training", len(self.losses) + (step + 1) / len(batches))
        self.losses.append(losses / len(train))
        loss, right_ones = yield from self._looked_over(self.split.validation)
        if not math.isfinite(loss):
            self.losses.pop()
            self.diverged = True
            return
        self.seconds += time.perf_counter() - began
        yield EpochEnd(
            run=self.name,
            strategy=self.text,
            seed=self.seed,
            epoch=len(self.losses) - 1,
            train_loss=self.losses[-1],
            train_accuracy=correct / len(train),
            validation_loss=loss,
            validation_accuracy=right_ones,
            seconds=time.perf_counter() - began,
            rates=[self.rate],
            gradient_norms=[],
            drift=[],
            peak_memory_bytes=0,
            memory_measured=False,
        )
        yield from self._looked()

    def _step(self, batch: Tensor, done: float) -> tuple[float, int]:
        rising, falling = min(1.0, done / WARM_UP), 0.5 * (1 + math.cos(math.pi * done))
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate * max(rising, 1e-3) * falling
        pictures, labels = self.material.read(batch)
        logits = self.network(pictures)  # (B, classes)
        loss = F.cross_entropy(logits, labels)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        return loss.item(), int((logits.argmax(1) == labels).sum())

    def _looked(self) -> Generator[Event, None, None]:
        """Look into the network; only of first seeds, for nobody looks at more."""
        if self.seed == self.spec.seed:
            found = look(self.network, *self.material.read(spread(self.split.train, LOOKED_AT)))
            yield Probed(self.name, len(self.losses), found.gradient_norms, found.spreads, found.residuals)

    def _looked_over(self, index: Tensor) -> Generator[Event, None, tuple[float, float]]:
        """Give mean loss and accuracy on the pictures at `index`, in evaluation mode."""
        losses, correct = 0.0, 0
        for part in index.split(BATCH):
            pictures, labels = self.material.read(part)
            with torch.no_grad():
                logits = self.network.eval()(pictures)
            losses += F.cross_entropy(logits, labels, reduction="sum").item()
            correct += int((logits.argmax(1) == labels).sum())
            yield self._progress("looking over", len(self.losses))
        return losses / len(index), correct / len(index)

    def _measured(self) -> Generator[Event, None, dict[str, Any]]:
        """Count the errors of the trained network on all parts; of one that diverged there are none."""
        errors: dict[str, float | None] = dict.fromkeys(("train_error", "validation_error", "test_error"))
        if not self.diverged:
            for part in ("train", "validation", "test"):
                errors[f"{part}_error"] = yield from self._error(getattr(self.split, part))
        quarter = max(1, round(self.spec.epochs / 4))
        return {
            "run": self.name,
            "strategy": self.text,
            "seed": self.seed,
            "rate": self.rate,
            "diverged": self.diverged,
            "train_loss": None if self.diverged else self.losses[-1],
            "late_gain": None if self.diverged else 1 - self.losses[-1] / max(self.losses[-1 - quarter], 1e-12),
            **errors,
            "parameters": sum(part.numel() for part in self.network.parameters()),
            "seconds": self.seconds,
            "file": f"{self.depth}-{towers.read(self.text)[1]}-{self.rate:g}-{self.seed}.safetensors",
        }

    def _error(self, index: Tensor) -> Generator[Event, None, float]:
        correct = 0
        for part in index.split(BATCH):
            correct += int(right(self.network, *self.material.read(part)).sum())
            yield self._progress("counting the errors of", self.spec.epochs)
        return 1 - correct / len(index)

    def _progress(self, doing: str, epochs: float) -> Progress:
        return Progress(f"{doing} {self.title}", epochs / self.spec.epochs, run=self.name)


def name(text: str, rate: float, seed: int) -> str:
    """Name the run of a tower at a rate with a seed."""
    return f"{text}@{rate:g}#{seed}"
