"""How many pictures does fine-tuning need? A strategy trained on the very draws on which classifiers were fitted.

A point is a run of the comparison's own loop on a smaller train part: the same views, epochs, rate and batches; the
best epoch is chosen by the whole validation part, the test part stays what it is. With all pictures there is nothing to
train: the comparison has done it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import torch
from torch import nn

from model_zoo import backbones, strategies
from model_zoo.bank import Bank
from model_zoo.data.image_set import ImageSet, Split
from model_zoo.devices import choose, free_memory_bytes
from model_zoo.estimates import SHARE_FOR_CACHE
from model_zoo.events import Event, Progress, RunEnd, mapped
from model_zoo.features.compared import Trained
from model_zoo.features.curve import Draw, as_lists, doing, judged, trainings_seconds
from model_zoo.features.pace import Pace
from model_zoo.home import home
from model_zoo.prefix_cache import PrefixCache
from model_zoo.side_by_side import Chain, Turn, side_by_side
from model_zoo.training import SHARE_OF_HEAD, Run


def strategy_curve(
    trained: Trained, images: ImageSet, draws: Sequence[Draw], steps: Sequence[int], pace: Pace
) -> Generator[Event, None, dict[str, Any]]:
    """Train the strategy at every size of `steps` but the last in all `draws`, as one step of `pace`.

    Yields a RunEnd for each point, smallest first, and gives `strategy`, `title`, `draws` and, as lists over `steps`,
    what curves of classifiers have. What was trained before, in this job or another, is not trained again.
    """
    work = _Work(trained, images, draws, steps, pace)
    yield from work.run()
    pace.next()
    told = {"strategy": trained.text, "title": trained.title, "draws": len(draws), "epochs": trained.spec.epochs}
    return told | as_lists(work.points)


@dataclass(frozen=True)
class _Training:
    """One point in one draw."""

    size: int
    number: int
    split: Split
    seed: int
    seconds: float


class _Work:
    """The points of the curve as they come."""

    def __init__(
        self, trained: Trained, images: ImageSet, draws: Sequence[Draw], steps: Sequence[int], pace: Pace
    ) -> None:
        self._trained, self._images, self._pace = trained, images, pace
        self._draws, self._steps = draws, steps
        self._bank = _bank(trained, images)
        self._kept = _Kept(self._bank, trained)
        self._drawing = Lock()  # heads are drawn from torch's global generator, which all lanes share
        self._correct: dict[tuple[int, int], np.ndarray] = {}  # by size and number of the draw
        self._shares: dict[tuple[int, int], float] = {}  # how far each training is
        self.points: list[dict[str, Any]] = []

    def run(self) -> Generator[Event, None, None]:
        """Train what is not known yet, smallest first, as many side by side as the comparison had."""
        asked = [training for size, seconds in self._costs() for training in self._at(size, seconds)]
        todo = [training for training in asked if not self._known(training)]
        whole = sum(training.seconds for training in asked)
        self._pace.expected[self._pace.step] *= sum(training.seconds for training in todo) / max(whole, 1e-9)
        yield from self._ended()
        if todo:
            yield from self._train(todo)

    def _train(self, todo: Sequence[_Training]) -> Generator[Event, None, None]:
        network = self._pretrained()
        chains: list[tuple[int, Chain]] = [(0, iter([self._turn(training, todo, network)])) for training in todo]
        for event in side_by_side(chains, self._trained.lanes):
            yield event
            yield from self._ended()
        self._bank.cache.keep()

    def _costs(self) -> Iterator[tuple[int, float]]:
        """Give every size but the last, and what a training there should take."""
        smaller = self._steps[:-1]
        pictures = [len(self._draws[0].train(size)) for size in smaller]
        return zip(smaller, trainings_seconds(self._trained.runs, self._trained.split, pictures)[1], strict=True)

    def _at(self, size: int, seconds: float) -> Iterator[_Training]:
        for number, draw in enumerate(self._draws):
            train = torch.from_numpy(draw.train(size))
            split = replace(draw.split, train=train)
            yield _Training(size, number, split, self._trained.spec.seed + number, seconds)

    def _known(self, training: _Training) -> bool:
        correct = self._kept.read(training)
        if correct is not None:
            self._correct[training.size, training.number] = correct
        return correct is not None

    def _turn(self, training: _Training, todo: Sequence[_Training], network: nn.Sequential) -> Turn:
        text, split = self._trained.text, training.split
        with self._drawing:
            run = Run(self._trained.spec, text, strategies.get(text), training.seed, self._bank, split, network)

        def of_all(event: Progress) -> Progress:
            epochs = len(run.history) + (event.done or 0.0) * (event.doing == "training")
            return self._told(training, epochs / run.spec.epochs, todo)

        logits = yield from mapped(_trained(run), of_all)
        correct = (logits.argmax(1) == self._images.labels[split.test]).numpy()
        self._kept.keep(training, correct)
        self._correct[training.size, training.number] = correct
        yield self._told(training, 1.0, todo)

    def _told(self, training: _Training, share: float, todo: Sequence[_Training]) -> Progress:
        """Say of the whole job that one training is done by a `share`."""
        now = training.size, training.number
        self._shares[now] = max(self._shares.get(now, 0.0), share)
        done = sum(self._shares.get((each.size, each.number), 0.0) * each.seconds for each in todo)
        words = doing(self._trained.title, *now, len(self._draws))
        return self._pace.progress(words, done / sum(each.seconds for each in todo))

    def _ended(self) -> Iterator[RunEnd]:
        """Tell the points of which all draws are known and that have not been told; the last is the comparison's."""
        while len(self.points) < len(self._steps):
            size, numbers = self._steps[len(self.points)], range(len(self._draws))
            last = size == self._steps[-1]
            if not last and not all((size, number) in self._correct for number in numbers):
                return
            correct = self._trained.correct if last else [self._correct[size, number] for number in numbers]
            first = self._draws[0]
            row = {
                "strategy": self._trained.text,
                "per_class": size,
                **judged(correct, first.pool, first.split.redrawn),
            }
            self.points.append(row)
            self._bank.cache.forget()
            yield RunEnd(f"{self._trained.text}#{size}", row)

    def _pretrained(self) -> nn.Sequential:
        bank, classes = self._bank, len(self._images.classes)
        network = bank.backbone.network(classes, seed=0, pretrained=self._trained.spec.pretrained)
        return network.to(bank.device).to(memory_format=bank.setting.layout).requires_grad_(False)


class _Kept:
    """Which test pictures a training named right, kept in the caches: another layer's curves ask for the same."""

    def __init__(self, bank: Bank, trained: Trained) -> None:
        self._folder = home("caches", "trainings")
        self._about = (
            f"{trained.comparison} {bank.digest} {trained.spec.to_json()} {trained.setting} {bank.device.type} "
            f"{SHARE_OF_HEAD}"
        )

    def keep(self, training: _Training, correct: np.ndarray) -> None:
        aside = self._file(training).with_suffix(".part")
        with aside.open("wb") as file:
            np.save(file, correct)
        aside.rename(self._file(training))

    def read(self, training: _Training) -> np.ndarray | None:
        try:
            correct: np.ndarray = np.load(self._file(training), allow_pickle=False)
        except (OSError, ValueError, EOFError):  # never trained, or cut off by a full disk: then it is trained again
            return None
        return correct if correct.shape == training.split.test.shape else None

    def _file(self, training: _Training) -> Path:
        content = sha256(f"{self._about} {training.seed}".encode())
        for part in (training.split.train, training.split.validation, training.split.test):
            content.update(part.numpy().tobytes())
            content.update(b"|")
        return self._folder / f"{content.hexdigest()[:32]}.npy"


def _bank(trained: Trained, images: ImageSet) -> Bank:
    spec, device = trained.spec, choose(trained.spec.device)
    room = int(SHARE_FOR_CACHE * free_memory_bytes(device))
    cache = PrefixCache(room, home("caches", "activations"), share=1 / trained.lanes)
    return Bank(images, backbones.get(spec.backbone), trained.setting, device, cache, spec.seed)


def _trained(run: Run) -> Generator[Progress, None, torch.Tensor]:
    """Train to the end; gives the logits on test pictures as a comparison keeps them."""
    while len(run.history) < run.spec.epochs:
        yield from run.epoch()
    return (yield from run.finish()).half()
