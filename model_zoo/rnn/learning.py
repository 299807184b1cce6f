"""Compare recurrent networks on a visitor's texts: the same tokens, split and epochs for all, an epoch each in turn."""

import random
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.events import EpochEnd, Event, Finished, Progress, RunEnd, Started, mapped
from model_zoo.rnn import readers, sentiment
from model_zoo.rnn.labelled import Labelled, Parts, parts, sentence
from model_zoo.rnn.readers import SHIPPED, FromScratch, ReadersSpec
from model_zoo.rnn.sentiment_network import SentimentNetwork, Shape
from model_zoo.rnn.text import bucketed, encode, padded
from model_zoo.verdicts import Outcome, decide

LONGEST = 400  # tokens of a text that count, the last ones
MOST_TOKENS_A_BATCH, MOST_TEXTS_A_BATCH = 4_096, 64
FACTOR = 2.6  # between the rates of neighbouring layers that were trained before (Howard & Ruder 2018)
INPUTS = 96
WEIGHT_DECAY, CLIP = 0.01, 1.0


class Learner:
    """The runs of one comparison as they come; after the end `best` holds the recommended network."""

    def __init__(self, spec: ReadersSpec, texts: Labelled, language: str) -> None:
        self.spec, self.texts = spec, texts
        self.judge = sentiment.load(language)
        self.rows = [row[-LONGEST:] for row in encode(self.judge.tokenizer, texts.texts)]
        first = parts(texts, spec.seed)
        self.parts = {seed: parts(texts, seed) if first.redrawn else first for seed in spec.run_seeds}
        self.ended: dict[tuple[str, int], tuple[dict[str, Any], Tensor]] = {}
        self.best: dict[str, Run] = {}
        self._began, self._done = time.perf_counter(), 0.0

    def events(self) -> Iterator[Event]:
        spec, first = self.spec, self.parts[self.spec.seed]
        yield Started(
            {
                "split": sentence(first),
                "classes": list(self.texts.classes),
                "left_out": self.texts.left_out,
                "seconds": readers.estimate(spec, sum(map(len, self.rows))),
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
        verdict = decide([self._outcome(text) for text in self.spec.configurations], self._redrawn, of="texts")
        return {
            "spec": self.spec.to_json(),
            "classes": list(self.texts.classes),
            "split": sentence(self.parts[self.spec.seed]),
            "language": self.judge.language,
            "runs": [row for row, _ in self.ended.values()],
            **verdict.to_json(),
        }

    @property
    def _redrawn(self) -> bool:
        return self.parts[self.spec.seed].redrawn

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
            "test_accuracy": correct.float().mean().item(),
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
            title=readers.title(text),
            validation_accuracy=tuple(row["validation_accuracy"] for row, _ in mine),
            cost=mine[0][0]["trained_parameters"],
            correct=tuple(correct.numpy() for _, correct in mine),
            test=tuple(self.parts[seed].test.numpy() for seed in self.spec.run_seeds),
            train_size=len(self.parts[self.spec.seed].train),
        )


class Run:
    """One network under one seed: it learns an epoch at a time, and keeps the weights of its best by validation."""

    def __init__(self, text: str, seed: int, learner: Learner) -> None:
        self.text, self.seed, self.name, self._learner = text, seed, f"{text}#{seed}", learner
        self._parts: Parts = learner.parts[seed]
        self.network, gradual = _network(text, seed, learner)
        self.layers = {
            "embedding": self.network.embedding,
            "recurrent": self.network.recurrent,
            "head": self.network.head,
        }
        self._start = {name: _flat(layer) for name, layer in self.layers.items()}
        self._plan = _Plan(gradual, text.startswith(SHIPPED), learner.spec)
        self._optimiser = torch.optim.AdamW(
            [{"params": layer.parameters(), "lr": 0.0} for layer in self.layers.values()], weight_decay=WEIGHT_DECAY
        )
        self._rng = random.Random(seed)
        self._batches = self._grouped(self._parts.train.tolist())
        self.seconds, self.best, self.best_epoch, self._epoch = 0.0, -1.0, 0, 0
        self._kept: dict[str, Tensor] = {}

    def epoch(self) -> Generator[Progress, None, EpochEnd]:
        """Go once through the training texts; yields after every batch."""
        began, epoch = time.perf_counter(), self._epoch
        self._rng.shuffle(self._batches)
        self._plan.wake(self.layers, epoch)
        self.network.train()
        losses, right, norms = 0.0, 0, torch.zeros(len(self.layers))
        for step, index in enumerate(self._batches):
            for group, rate in zip(
                self._optimiser.param_groups, self._plan.rates(epoch + step / len(self._batches)), strict=True
            ):
                group["lr"] = rate
            loss, named = self._step(index)
            norms += torch.stack([_norm_of_gradient(layer) for layer in self.layers.values()])
            losses += loss * len(index)
            right += named
            doing = f"{readers.title(self.text)}, seed {self.seed}, epoch {epoch + 1}"
            yield Progress(doing, (step + 1) / len(self._batches), run=self.name)
        validation_loss, accuracy = self._validate()
        self.seconds += time.perf_counter() - began
        self._epoch += 1
        count = len(self._parts.train)
        return EpochEnd(
            run=self.name,
            strategy=self.text,
            seed=self.seed,
            epoch=epoch,
            train_loss=losses / count,
            train_accuracy=right / count,
            validation_loss=validation_loss,
            validation_accuracy=accuracy,
            seconds=time.perf_counter() - began,
            rates=self._plan.rates(epoch),
            gradient_norms=(norms / len(self._batches)).tolist(),
            drift=[_drift(_flat(layer), self._start[name]) for name, layer in self.layers.items()],
            peak_memory_bytes=16 * sum(part.numel() for part in self.network.parameters()),
            memory_measured=False,
        )

    def test(self) -> Tensor:
        """Give which test texts (n,) the best epoch names rightly; the network has its weights from then on."""
        self.network.load_state_dict(self._kept)
        named = self._logits(self._parts.test.tolist()).argmax(1)
        return named == self._learner.texts.labels[self._parts.test]

    def _step(self, index: Sequence[int]) -> tuple[float, int]:
        labels = self._learner.texts.labels[list(index)]
        logits = self.network(*padded([self._learner.rows[i] for i in index]))
        loss = F.cross_entropy(logits, labels)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self._optimiser.step()
        return loss.item(), int((logits.argmax(1) == labels).sum())

    def _validate(self) -> tuple[float, float]:
        labels = self._learner.texts.labels[self._parts.validation]
        logits = self._logits(self._parts.validation.tolist())
        accuracy = (logits.argmax(1) == labels).float().mean().item()
        if accuracy > self.best:
            self.best, self.best_epoch = accuracy, self._epoch
            self._kept = {name: part.clone() for name, part in self.network.state_dict().items()}
        return F.cross_entropy(logits, labels).item(), accuracy

    @torch.no_grad()
    def _logits(self, index: Sequence[int]) -> Tensor:
        self.network.eval()
        found = torch.empty(len(index), len(self._learner.texts.classes))
        for group in bucketed([len(self._learner.rows[i]) for i in index], 4 * MOST_TOKENS_A_BATCH):
            if group:
                found[group] = self.network(*padded([self._learner.rows[index[place]] for place in group]))
        return found

    def _grouped(self, index: list[int]) -> list[list[int]]:
        groups = bucketed([len(self._learner.rows[i]) for i in index], MOST_TOKENS_A_BATCH)
        small = [g[k : k + MOST_TEXTS_A_BATCH] for g in groups for k in range(0, len(g), MOST_TEXTS_A_BATCH)]
        return [[index[place] for place in group] for group in small]


@dataclass(frozen=True)
class _Plan:
    """Rates of embedding, recurrent layers and head at a moment, in epochs; 0 of what still sleeps."""

    gradual: bool
    pretrained: bool
    spec: ReadersSpec

    def rates(self, moment: float) -> list[float]:
        now = self.spec.rate * max(0.0, 1 - moment / self.spec.epochs)
        depths = [2, 1, 0]  # below the head
        asleep = [self.gradual and depth > moment for depth in depths]
        return [
            0.0 if off else now / (FACTOR**depth if self.pretrained else 1)
            for depth, off in zip(depths, asleep, strict=True)
        ]

    def wake(self, layers: dict[str, nn.Module], epoch: int) -> None:
        for layer, rate in zip(layers.values(), self.rates(epoch), strict=True):
            layer.requires_grad_(rate > 0)


def _network(text: str, seed: int, learner: Learner) -> tuple[SentimentNetwork, bool]:
    """Build a network of a configuration, and say whether its layers wake one by one."""
    row, options = readers.get(text)
    classes, vocabulary = len(learner.texts.classes), learner.judge.tokenizer.get_vocab_size()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if isinstance(options, FromScratch):
            return SentimentNetwork(
                Shape(
                    vocabulary, INPUTS, options.hidden_size, options.layers, row.name,
                    options.bidirectional, options.dropout, outputs=classes,
                )
            ), False  # fmt: skip
        shipped = learner.judge.network
        network = SentimentNetwork(Shape(**{**vars(shipped.shape), "outputs": classes}))
    network.embedding.load_state_dict(shipped.embedding.state_dict())
    network.recurrent.load_state_dict(shipped.recurrent.state_dict())
    return network, options.gradual


def _flat(layer: nn.Module) -> Tensor:
    return torch.cat([part.detach().flatten() for part in layer.parameters()])


def _drift(now: Tensor, start: Tensor) -> float:
    return ((now - start).norm() / start.norm()).item()


def _norm_of_gradient(layer: nn.Module) -> Tensor:
    norms = [part.grad.norm() for part in layer.parameters() if part.grad is not None]
    return torch.stack(norms).norm() if norms else torch.zeros(())
