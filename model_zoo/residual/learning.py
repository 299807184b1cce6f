"""Train towers side by side: SGD with momentum as He et al. (2015) did, the same pictures, order and budget for all.

With the first seed every tower runs at every rate of the ladder, each run over the whole budget; the rate that ended
with the lowest training loss is the tower's, and the run at it is its first. The other seeds run at that rate only.
What ends is kept in a folder, where there is one, and a job that was stopped goes on with what is missing.
"""

import json
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo import backbones
from model_zoo.data.image_set import ImageSet
from model_zoo.data.splits import split as split_pictures
from model_zoo.data.views import normalise
from model_zoo.devices import choose, device_name, free_memory_bytes
from model_zoo.events import EpochEnd, Event, Finished, Note, Probed, Progress, RunEnd, Started, mapped
from model_zoo.residual import findings, towers
from model_zoo.residual.inside import BATCH, look, one_by_one, right
from model_zoo.residual.towers import ResidualSpec
from model_zoo.side_by_side import Chain, Turn, side_by_side

MOMENTUM, DECAY = 0.9, 1e-4  # as He et al. (2015)
WARM_UP = 0.1  # of all steps: so long the rate rises, then it falls along half a cosine
LOOKED_AT = 64  # training pictures with which a network is looked into
SHARE_OF_ROOM = 0.8
ROWS = "runs.json"


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


class Learner:
    """All runs of one job; `result` is there when `events` has come to its end."""

    def __init__(self, spec: ResidualSpec, images: ImageSet, folder: Path | None = None) -> None:
        self.spec, self.folder = spec, folder
        self.device = choose(spec.device)
        self.lanes = 1 if self.device.type != "cpu" else min(torch.get_num_threads(), towers.MOST_LANES)
        self._check_room()
        self.material = Material(spec, images, self.device)
        self.rows: dict[str, dict[str, Any]] = _kept(folder)
        self.cuts: dict[str, dict[str, Any]] = {}
        self._done: dict[str, float] = {}
        self._states: dict[str, dict[str, Tensor]] = {}  # of runs that are kept in no folder
        self._began = time.perf_counter()

    def events(self) -> Iterator[Event]:
        """Train everything; ends in Finished. Raises ValueError with a sentence for what cannot be done."""
        spec, split = self.spec, self.material.splits[self.spec.seed]
        yield Started(
            {
                "seconds": towers.seconds(spec, len(split.train), len(split.validation), self.lanes),
                "runs": spec.runs,
                "split": split.sentence,
                "device": device_name(self.device),
            }
        )
        for row in self.rows.values():
            yield RunEnd(row["run"], row)
        yield from self._race([(text, rate, spec.seed) for text in spec.towers for rate in spec.rates])
        rates = towers.chosen(self.rows.values(), spec.seed)
        for text in spec.towers:
            if text not in rates:
                yield Note(f"{towers.title(text)}: the loss left all bounds at every rate.", about=text)
        yield from self._race([(text, rate, seed) for seed in spec.run_seeds[1:] for text, rate in rates.items()])
        yield from self._cut(rates)
        yield Finished(self.result())

    def counted(self) -> list[dict[str, Any]]:
        """Give the runs that count: of every tower those at its chosen rate."""
        rates = towers.chosen(self.rows.values(), self.spec.seed)
        return [row for row in self.rows.values() if rates.get(row["strategy"]) == row["rate"]]

    def result(self) -> dict[str, Any]:
        """Give what the page shows."""
        split, counted = self.material.splits[self.spec.seed], self.counted()
        found = findings.differences(counted, len(split.train))
        rates = towers.chosen(self.rows.values(), self.spec.seed)
        lost = [towers.title(text) for text in self.spec.towers if text not in rates]
        return {
            "spec": self.spec.to_json(),
            "classes": list(self.material.images.classes),
            "origin": self.material.images.origin,
            "split": split.sentence,
            "train": len(split.train),
            "device": device_name(self.device),
            "runs": list(self.rows.values()),
            "rates": rates,
            "differences": findings.to_json(found),
            "sentence": findings.sentence(found, lost),
            "cuts": self.cuts,
        }

    def keep(self, run: "Run", row: dict[str, Any]) -> None:
        """Write down a run that has ended: its weights, then its row."""
        state = {name: value.detach().cpu().contiguous() for name, value in run.network.state_dict().items()}
        self.rows[run.name] = row
        if self.folder is None:
            self._states[run.name] = state
            return
        save_file(state, self.folder / row["file"])
        part = self.folder / f"{ROWS}.part"
        part.write_text(json.dumps(list(self.rows.values())), "utf-8")
        part.rename(self.folder / ROWS)

    def _race(self, asked: list[tuple[str, float, int]]) -> Iterator[Event]:
        """Run what has not ended yet, an epoch each in turn."""
        runs = [Run(self, *each) for each in asked if _name(*each) not in self.rows]
        runs.sort(key=lambda run: -run.depth)  # the longest begin, so that none is left alone at the end
        yield from side_by_side([(0, self._turns(run)) for run in runs], max(1, min(self.lanes, len(runs))))

    def _turns(self, run: "Run") -> Chain:
        yield self._told(run, run.begin())
        while not run.over:
            yield self._told(run, run.epoch())
        yield self._told(run, run.finish())

    def _told(self, run: "Run", turn: Turn) -> Turn:
        return mapped(turn, lambda event: self._of_all(run, event) if isinstance(event, Progress) else event)

    def _of_all(self, run: "Run", event: Progress) -> Progress:
        """Say of all runs what a run says of its epoch; a run weighs as much as it has layers."""
        self._done[run.name] = run.depth * run.done(event.done or 0.0)
        whole = sum(towers.read(text)[0] for text in self.spec.towers) * self.spec.runs / len(self.spec.towers)
        now = sum(list(self._done.values())) / whole
        ended = [row for name, row in list(self.rows.items()) if name not in self._done]  # before this worker began
        before = sum(towers.read(row["strategy"])[0] for row in ended) / whole
        left = (time.perf_counter() - self._began) * (1 - before - now) / max(now, 1e-9)
        return replace(event, done=min(1.0, before + now), seconds_left=max(0.0, left))

    def _cut(self, rates: dict[str, float]) -> Iterator[Event]:
        """Leave out each block of every tower's first run, and note what is left of its accuracy on test pictures."""
        pictures, labels = self.material.read(self.material.splits[self.spec.seed].test)
        for number, (text, rate) in enumerate(rates.items()):
            row = self.rows[_name(text, rate, self.spec.seed)]
            network = self._network(row)
            left = []
            for accuracy in one_by_one(network, pictures, labels):
                left.append(accuracy)
                yield Progress(f"cutting {towers.title(text)}", number / len(rates), run=row["run"])
            self.cuts[text] = {"run": row["run"], "whole": 1 - row["test_error"], "without": left}

    def _network(self, row: dict[str, Any]) -> nn.Sequential:
        network = _built(row["strategy"], len(self.material.images.classes), row["seed"])
        state = load_file(self.folder / row["file"]) if self.folder else self._states[row["run"]]
        network.load_state_dict(state)
        return network.to(self.device, memory_format=torch.channels_last)

    def _check_room(self) -> None:
        lanes, free = min(self.lanes, len(self.spec.towers)), free_memory_bytes(self.device)
        for depth in self.spec.depths:
            if (needed := towers.memory_bytes(self.spec, depth, lanes)) > SHARE_OF_ROOM * free:
                raise ValueError(
                    f"{depth} layers need about {needed / 1e9:.1f} GB of memory at {self.spec.size} px with batches of "
                    f"{self.spec.batch}, and {free / 1e9:.1f} GB are free. Take fewer layers or a smaller size."
                )


class Run:
    """One tower at one rate with one seed."""

    def __init__(self, learner: Learner, text: str, rate: float, seed: int) -> None:
        self.learner, self.text, self.rate, self.seed = learner, text, rate, seed
        self.spec, self.material = learner.spec, learner.material
        self.split = self.material.splits[seed]
        self.name, self.depth = _name(text, rate, seed), towers.read(text)[0]
        network = _built(text, len(self.material.images.classes), seed)
        self.network = network.to(learner.device, memory_format=torch.channels_last)
        self.optimiser = torch.optim.SGD(self.network.parameters(), lr=rate, momentum=MOMENTUM, weight_decay=DECAY)
        self.losses: list[float] = []  # of training, an epoch each
        self.diverged, self.seconds = False, 0.0

    @property
    def over(self) -> bool:
        return self.diverged or len(self.losses) == self.spec.epochs

    def done(self, share: float) -> float:
        """Say how far it is, with `share` of the epoch at hand behind it."""
        return 1.0 if self.over else (len(self.losses) + share) / self.spec.epochs

    def begin(self) -> Turn:
        """Look into the network as it was drawn."""
        yield self._looked()

    def epoch(self) -> Turn:
        """Go once through the training pictures; ends in EpochEnd, and Probed where nothing diverged."""
        began, train = time.perf_counter(), self.split.train
        generator = torch.Generator().manual_seed(self.seed * 100_003 + len(self.losses))
        order = train[torch.randperm(len(train), generator=generator)]
        batches = order.tensor_split(max(1, len(train) // self.spec.batch))
        self.network.train()
        losses, correct = 0.0, 0
        for step, batch in enumerate(batches):
            loss, named = self._step(batch, (len(self.losses) + step / len(batches)) / self.spec.epochs)
            losses, correct = losses + loss * len(batch), correct + named
            yield Progress(f"training {towers.title(self.text)}", (step + 1) / len(batches), run=self.name)
            if not math.isfinite(loss):
                self.diverged = True
                return
        self.losses.append(losses / len(train))
        loss, accuracy = self._look_at(self.split.validation)
        self.seconds += time.perf_counter() - began
        yield EpochEnd(
            run=self.name,
            strategy=self.text,
            seed=self.seed,
            epoch=len(self.losses) - 1,
            train_loss=self.losses[-1],
            train_accuracy=correct / len(train),
            validation_loss=loss,
            validation_accuracy=accuracy,
            seconds=time.perf_counter() - began,
            rates=[self.rate],
            gradient_norms=[],
            drift=[],
            peak_memory_bytes=0,
            memory_measured=False,
        )
        yield self._looked()

    def finish(self) -> Turn:
        """Count the errors on training and test pictures, and keep the run."""
        yield Progress(f"testing {towers.title(self.text)}", 1.0, run=self.name)
        if self.diverged:
            where = f"rate {self.rate:g}, seed {self.seed}, epoch {len(self.losses) + 1}"
            yield Note(f"{towers.title(self.text)}: the loss left all bounds ({where}); this run does not count.")
        quarter = max(1, round(self.spec.epochs / 4))
        row = {
            "run": self.name,
            "strategy": self.text,
            "seed": self.seed,
            "rate": self.rate,
            "diverged": self.diverged,
            "train_loss": None if self.diverged else self.losses[-1],
            "late_gain": None if self.diverged else 1 - self.losses[-1] / max(self.losses[-1 - quarter], 1e-12),
            "train_error": None if self.diverged else self._error(self.split.train),
            "validation_error": None if self.diverged else self._error(self.split.validation),
            "test_error": None if self.diverged else self._error(self.split.test),
            "parameters": sum(part.numel() for part in self.network.parameters()),
            "seconds": self.seconds,
            "file": f"{self.depth}-{towers.read(self.text)[1]}-{self.rate:g}-{self.seed}.safetensors",
        }
        self.learner.keep(self, row)
        yield RunEnd(self.name, row)

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

    def _looked(self) -> Probed:
        some = self.split.train[:: max(1, len(self.split.train) // LOOKED_AT)][:LOOKED_AT]
        found = look(self.network, *self.material.read(some))
        return Probed(self.name, len(self.losses), found.gradient_norms, found.spreads, found.residuals)

    @torch.no_grad()
    def _look_at(self, index: Tensor) -> tuple[float, float]:
        self.network.eval()
        logits = torch.cat([self.network(self.material.read(part)[0]) for part in index.split(BATCH)])
        labels = self.material.images.labels[index].to(logits.device)
        return F.cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()

    def _error(self, index: Tensor) -> float:
        return 1 - right(self.network, *self.material.read(index)).float().mean().item()


def _name(text: str, rate: float, seed: int) -> str:
    return f"{text}@{rate:g}#{seed}"


def _built(text: str, classes: int, seed: int) -> nn.Sequential:
    return backbones.get(text).network(classes, seed=seed, pretrained=False)


def _kept(folder: Path | None) -> dict[str, dict[str, Any]]:
    """Read what an earlier worker of the same job had finished."""
    if folder is None or not (folder / ROWS).exists():
        return {}
    return {row["run"]: row for row in json.loads((folder / ROWS).read_text("utf-8"))}
