"""Compare recurrent networks on a visitor's texts: the same tokens, split and epochs for all, an epoch each in turn."""

import random
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from model_zoo.data.splits import REDRAWN_BELOW
from model_zoo.events import EpochEnd, Event, Finished, Progress, RunEnd, Started, mapped
from model_zoo.rnn.parts import Parts
from model_zoo.rnn.readers import SHIPPED
from model_zoo.rnn.text import bucketed
from model_zoo.verdicts import Outcome, decide

MOST_TOKENS_A_BATCH = 4_096
FACTOR = 2.6  # between the rates of neighbouring layers that were trained before (Howard & Ruder 2018)
WEIGHT_DECAY, CLIP = 0.01, 1.0
BYTES_A_PARAMETER = 16  # weight, gradient, and two moments of AdamW


class Spec(Protocol):
    """Which configurations are compared, with which seeds, for how long; `rate` is the highest learning rate."""

    configurations: tuple[str, ...]
    epochs: int
    seeds: int
    seed: int
    rate: float

    @property
    def run_seeds(self) -> range: ...

    def title(self, text: str) -> str:
        """Give what people call a configuration."""

    def options(self, text: str) -> Any:
        """Give the knobs of a configuration."""

    def estimate(self, tokens: int) -> float:
        """Give the seconds that all runs take on so many tokens, on one core."""

    def to_json(self) -> dict[str, Any]: ...


class Lesson(Protocol):
    """What is learned: texts with a class each, or sentences with a tag a word.

    `sizes` are the tokens of each text, `classes` the labels, `left_out` counts what could not be used. `unit` is what
    texts are called, and `right` says in words how far one is right, 0 to 1, `drawn`
    how they were shared out. A batch has at most `at_once` of them.
    """

    unit: str
    right: str
    drawn: str
    at_once: int
    sizes: Sequence[int]
    classes: tuple[str, ...]
    left_out: int
    language: str

    def parts(self, seed: int) -> Parts:
        """Draw the texts that train, validate and test."""

    def network(self, text: str, seed: int) -> nn.Module:
        """Build the network of a configuration."""

    def layers(self, network: nn.Module) -> dict[str, nn.Module]:
        """Name its layers, input first, head last."""

    def loss(self, network: nn.Module, index: Sequence[int]) -> tuple[Tensor, float]:
        """Give the mean loss over the texts at `index`, and how many were right in sum."""

    def tokens(self) -> str:
        """Write down as JSON what tokens the networks read."""

    def judged(self, network: nn.Module, index: Sequence[int]) -> tuple[Tensor, float]:
        """Say how far each of the texts at `index` is right (n,), and give the mean loss."""


class Learner:
    """The runs of one comparison as they come; after the end `best` holds each configuration's best run."""

    def __init__(self, spec: Spec, lesson: Lesson) -> None:
        self.spec, self.lesson = spec, lesson
        first = lesson.parts(spec.seed)
        self.parts = {seed: lesson.parts(seed) if first.redrawn else first for seed in spec.run_seeds}
        self.ended: dict[tuple[str, int], tuple[dict[str, Any], Tensor]] = {}
        self.best: dict[str, Run] = {}
        self._began, self._done = time.perf_counter(), 0.0

    def events(self) -> Iterator[Event]:
        """Train every configuration under every seed; ends in Finished, with a result as that of any comparison."""
        spec = self.spec
        yield Started(
            {
                "split": self._split,
                "classes": list(self.lesson.classes),
                "left_out": self.lesson.left_out,
                "seconds": spec.estimate(sum(self.lesson.sizes)),
            }
        )
        for seed in spec.run_seeds:
            runs = [Run(text, seed, self) for text in spec.configurations]
            for _ in range(spec.epochs):
                for run in runs:
                    yield (yield from mapped(run.epoch(), self._of_all))
                    self._done += 1
            for run in runs:
                yield self._finish(run)
        yield Finished(self.result())

    def result(self) -> dict[str, Any]:
        """Give runs, ranking and verdict, as a comparison of strategies does."""
        outcomes = [self._outcome(text) for text in self.spec.configurations]
        one = next(iter(self.best.values())).network
        return {
            "spec": self.spec.to_json(),
            "classes": list(self.lesson.classes),
            "split": self._split,
            "layers": list(self.lesson.layers(one)),  # the same of every network
            "language": self.lesson.language,
            "right": self.lesson.right,
            "runs": [row for row, _ in self.ended.values()],
            **decide(outcomes, self._first.redrawn, of=self.lesson.unit).to_json(),
        }

    @property
    def _first(self) -> Parts:
        return self.parts[self.spec.seed]

    @property
    def _split(self) -> str:
        first = self._first
        sizes = [f"{len(part):,}" for part in (first.train, first.validation, first.test)]
        counts = f"{sizes[0]} {self.lesson.unit} train, {sizes[1]} validate, {sizes[2]} test"
        again = f"; with fewer than {REDRAWN_BELOW} to test, every run seed draws its own" if first.redrawn else ""
        return f"{self.lesson.drawn}: {counts}{again}."

    def _of_all(self, told: Progress) -> Progress:
        whole = len(self.spec.configurations) * self.spec.seeds * self.spec.epochs
        done = (self._done + (told.done or 0.0)) / whole
        passed = time.perf_counter() - self._began
        return Progress(told.doing, done, passed * (1 - done) / done if done else None, told.run)

    def _finish(self, run: "Run") -> RunEnd:
        correct = run.test()
        row = {
            "strategy": run.text,
            "seed": run.seed,
            "best_epoch": run.best_epoch,
            "validation_accuracy": run.best,
            "test_accuracy": correct.mean().item(),
            "seconds_alone": run.seconds,
            "trained_parameters": sum(part.numel() for part in run.network.parameters()),
        }
        self.ended[run.text, run.seed] = row, correct
        if run.text not in self.best or run.best > self.best[run.text].best:
            self.best[run.text] = run
        return RunEnd(run.name, row)

    def _outcome(self, text: str) -> Outcome:
        mine = [self.ended[text, seed] for seed in self.spec.run_seeds]
        return Outcome(
            strategy=text,
            title=self.spec.title(text),
            validation_accuracy=tuple(row["validation_accuracy"] for row, _ in mine),
            cost=mine[0][0]["trained_parameters"],
            correct=tuple(correct.numpy() for _, correct in mine),
            test=tuple(self.parts[seed].test.numpy() for seed in self.spec.run_seeds),
            train_size=len(self._first.train),
        )


class Run:
    """One network under one seed: it learns an epoch at a time, and keeps the weights of its best by validation."""

    def __init__(self, text: str, seed: int, learner: Learner) -> None:
        self.text, self.seed, self.name = text, seed, f"{text}#{seed}"
        self._lesson, self._parts = learner.lesson, learner.parts[seed]
        self.network = self._lesson.network(text, seed)
        self._layers = self._lesson.layers(self.network)
        self._start = {name: _flat(layer) for name, layer in self._layers.items()}
        spec = learner.spec
        self._title, gradual = spec.title(text), getattr(spec.options(text), "gradual", False)
        self._rates = Rates(spec.rate, spec.epochs, gradual, text.startswith(SHIPPED), len(self._layers))
        groups = [{"params": layer.parameters(), "lr": 0.0} for layer in self._layers.values()]
        self._optimiser = torch.optim.AdamW(groups, weight_decay=WEIGHT_DECAY)
        self._rng, self._batches = random.Random(seed), self._grouped(self._parts.train.tolist())
        self.seconds, self.best, self.best_epoch, self._epoch = 0.0, -1.0, 0, 0
        self._kept: dict[str, Tensor] = {}

    def epoch(self) -> Generator[Progress, None, EpochEnd]:
        """Go once through the training texts; yields after every batch."""
        began, epoch, count = time.perf_counter(), self._epoch, len(self._batches)
        self._rng.shuffle(self._batches)
        for layer, rate in zip(self._layers.values(), self._rates.at(epoch), strict=True):
            layer.requires_grad_(rate > 0)
        self.network.train()
        losses, right, norms = 0.0, 0.0, [0.0] * len(self._layers)
        for step, index in enumerate(self._batches):
            loss, named, told = self._step(index, epoch, step)
            losses, right, norms = losses + loss * len(index), right + named, norms if step else told
            doing = f"{self._title}, seed {self.seed}, epoch {epoch + 1}"
            yield Progress(doing, (step + 1) / count, run=self.name)
        validation_loss, accuracy = self._validate()
        self.seconds += time.perf_counter() - began
        self._epoch += 1
        return EpochEnd(
            run=self.name,
            strategy=self.text,
            seed=self.seed,
            epoch=epoch,
            train_loss=losses / len(self._parts.train),
            train_accuracy=right / len(self._parts.train),
            validation_loss=validation_loss,
            validation_accuracy=accuracy,
            seconds=time.perf_counter() - began,
            rates=self._rates.at(epoch),
            gradient_norms=norms,
            drift=[_drift(_flat(layer), self._start[name]) for name, layer in self._layers.items()],
            peak_memory_bytes=BYTES_A_PARAMETER * sum(part.numel() for part in self.network.parameters()),
            memory_measured=False,
        )

    def test(self) -> Tensor:
        """Say how far the best epoch has each test text right (n,); the network has its weights from then on."""
        self.network.load_state_dict(self._kept)
        self.network.eval()
        return self._lesson.judged(self.network, self._parts.test.tolist())[0]

    def _step(self, index: Sequence[int], epoch: int, step: int) -> tuple[float, float, list[float]]:
        """Give the loss, how many were right, and the norms of the gradients before they are clipped."""
        moment = epoch + step / len(self._batches)
        for group, rate in zip(self._optimiser.param_groups, self._rates.at(moment), strict=True):
            group["lr"] = rate
        with torch.random.fork_rng(devices=[]):  # what is dropped follows from the run alone, whatever runs beside it
            torch.manual_seed(hash((self.seed, epoch, step)))
            loss, right = self._lesson.loss(self.network, index)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norms = [_norm_of_gradient(layer) for layer in self._layers.values()]
        nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self._optimiser.step()
        return loss.item(), right, norms

    def _validate(self) -> tuple[float, float]:
        self.network.eval()
        correct, loss = self._lesson.judged(self.network, self._parts.validation.tolist())
        accuracy = correct.mean().item()
        if accuracy > self.best:
            self.best, self.best_epoch = accuracy, self._epoch
            self._kept = {name: part.clone() for name, part in self.network.state_dict().items()}
        return loss, accuracy

    def _grouped(self, index: list[int]) -> list[list[int]]:
        groups, most = bucketed([self._lesson.sizes[i] for i in index], MOST_TOKENS_A_BATCH), self._lesson.at_once
        small = [g[k : k + most] for g in groups for k in range(0, len(g), most)]
        return [[index[place] for place in group] for group in small]


@dataclass(frozen=True)
class Rates:
    """Learning rates of the layers, input first, at a moment in epochs: falling evenly; 0 of what still sleeps."""

    rate: float
    epochs: int
    gradual: bool
    pretrained: bool
    layers: int

    def at(self, moment: float) -> list[float]:
        now, below = self.rate * max(0.0, 1 - moment / self.epochs), range(self.layers - 1, -1, -1)
        rates = [now / FACTOR**depth if self.pretrained else now for depth in below]
        return [0.0 if self.gradual and depth > moment else r for depth, r in zip(below, rates, strict=True)]


def _flat(layer: nn.Module) -> Tensor:
    return torch.cat([part.detach().flatten() for part in layer.parameters()])


def _drift(now: Tensor, start: Tensor) -> float:
    return ((now - start).norm() / start.norm().clamp(min=1e-12)).item()


def _norm_of_gradient(layer: nn.Module) -> float:
    norms = [part.grad.norm() for part in layer.parameters() if part.grad is not None]
    return torch.stack(norms).norm().item() if norms else 0.0
