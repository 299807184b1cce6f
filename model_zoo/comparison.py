"""A comparison: several configurations × seeds on one split, racing an epoch each in turn, and what comes of it."""

import json
import shutil
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor, nn

from model_zoo import backbones, strategies
from model_zoo.bank import Bank
from model_zoo.checkpoints import FROZEN, Checkpoints
from model_zoo.data.image_set import ImageSet, Split
from model_zoo.data.splits import split as split_pictures
from model_zoo.devices import Setting, choose, device_name, free_memory_bytes
from model_zoo.estimates import SHARE_FOR_CACHE, Speed, SplitSizes, estimate, fitted, in_time, until_all_end
from model_zoo.events import Event, Finished, Progress, RunEnd, Started, mapped
from model_zoo.home import home
from model_zoo.prefix_cache import PrefixCache
from model_zoo.side_by_side import Chain, side_by_side
from model_zoo.specs import ComparisonSpec
from model_zoo.speed import forget, measure
from model_zoo.training import Run
from model_zoo.verdicts import Outcome, decide

WRONG_BY = 1.3  # a remembered speed that is off by this factor is not trusted again
SHARE_OF_ROOM = 0.8  # of what is free may be taken, in memory and on disk


def compare(spec: ComparisonSpec, images: ImageSet, folder: Path | None = None, cached: bool = True) -> Iterator[Event]:
    """Run the comparison and end in Finished(result). With a `folder` a killed comparison goes on where it was.

    `cached=False` computes every prefix in every epoch, for measuring what the cache is worth.
    """
    race = yield from _prepare(spec, images, folder, cached)
    yield Started(race.plan)
    for seed in spec.run_seeds:
        yield from race.run_seed(seed)
    if race.was_estimated_wrong():
        forget(spec.backbone, spec.size, spec.device, spec.precision)  # the next comparison measures anew
    race.bank.cache.keep()
    yield Finished(race.result())


def _prepare(
    spec: ComparisonSpec, images: ImageSet, folder: Path | None, cached: bool
) -> Generator[Progress, None, "Race"]:
    backbone, device = backbones.get(spec.backbone), choose(spec.device)
    speed = yield from measure(backbone, spec.size, spec.device, spec.precision)
    splits = {seed: split_pictures(images, seed) for seed in spec.run_seeds}
    first = splits[spec.seed]
    sizes = SplitSizes(*first.sizes(), redrawn=first.redrawn)
    free = free_memory_bytes(device)
    fits = fitted(in_time(spec, sizes, len(images.classes), speed), sizes, speed, SHARE_FOR_CACHE * free)
    frozen = _frozen(speed, fits, estimate(fits, sizes, len(images.classes), speed).lanes, folder)
    setting = Setting(frozen["precision"], frozen["memory_format"])
    spec = replace(spec, epochs=frozen["epochs"], most_views=frozen["views"])
    expected = estimate(spec, sizes, len(images.classes), speed, frozen["lanes"])
    _check_room("memory", expected.memory_bytes, free, spec)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        _check_room("disk", expected.disk_bytes, shutil.disk_usage(folder).free, spec)
        (folder / FROZEN).write_text(json.dumps(frozen))
    cache = PrefixCache(int(SHARE_FOR_CACHE * free), home("caches", "activations"), share=1 / expected.lanes)
    bank = Bank(images, backbone, setting, device, cache, spec.seed)
    plan = {
        "seconds": expected.seconds,
        "seconds_by_strategy": expected.by_strategy,
        "runs": len(spec.strategies) * spec.seeds,
        "split": {**vars(sizes), "sentence": first.sentence},
        "epochs": spec.epochs,
        "views": spec.views,
        "precision": setting.precision,
        "memory_format": setting.memory_format,
        "device": device_name(device),
        "lanes": expected.lanes,
    }
    checkpoints = Checkpoints(folder, spec.to_json() | {"pictures": bank.digest}) if folder else None
    return Race(spec, bank, splits, plan, folder, checkpoints, cached)


def _frozen(speed: Speed, fits: ComparisonSpec, lanes: int, folder: Path | None) -> dict[str, Any]:
    """Give what was just chosen; a comparison that is resumed keeps what it began with."""
    setting = {"precision": speed.precision, "memory_format": speed.memory_format}
    chosen = setting | {"epochs": fits.epochs, "views": fits.views, "lanes": lanes}
    begun = folder is not None and (folder / FROZEN).exists()
    return chosen | (json.loads((folder / FROZEN).read_text()) if begun else {})


def _check_room(what: str, needed: int, free: int, spec: ComparisonSpec) -> None:
    if needed > SHARE_OF_ROOM * free:
        raise ValueError(
            f"This comparison needs about {needed / 1e9:.1f} GB of {what} and {free / 1e9:.1f} GB are free. "
            f"Take fewer strategies or seeds, a smaller size than {spec.size} px, or fewer pictures."
        )


@dataclass
class Race:
    """The runs of a comparison as they go: a seed at a time, within it an epoch of each configuration in turn.

    Where that is quicker, some race side by side in lanes. Seconds are then those of the whole machine: a run is
    charged half of what passes in its lane if there are two. So costs add up, and do not grow because of the
    neighbours, whom a run slows down as much as they do it.
    """

    spec: ComparisonSpec
    bank: Bank
    splits: dict[int, Split]
    plan: dict
    folder: Path | None
    checkpoints: Checkpoints | None
    cached: bool

    def __post_init__(self) -> None:
        self.seconds = dict.fromkeys(self.spec.strategies, 0.0)  # of the epochs so far
        self.epochs = dict.fromkeys(self.spec.strategies, 0)
        self.lanes: int = self.plan["lanes"]
        self.resumed = False
        self.ended: dict[int, tuple[dict, dict[str, Tensor]]] = {}  # by the index of the run
        self.rows: list[dict] = []
        self.found: list[dict[str, Tensor]] = []

    def run_seed(self, seed: int) -> Iterator[Event]:
        """Race all configurations with one seed and keep what they give."""
        pretrained = self._pretrained()
        first = (seed - self.spec.seed) * len(self.spec.strategies)
        indices = range(first, first + len(self.spec.strategies))
        self.ended = {index: done for index in indices if (done := self._finished(index))}
        runs = {index: self._run(index, seed, pretrained) for index in indices if index not in self.ended}
        chains = [(len(run.history), self._turns(index, run)) for index, run in self._in_order(runs)]
        yield from side_by_side(chains, self.lanes)
        for index in indices:
            row, found = self.ended[index]
            self.rows.append(row)
            self.found.append(found)
            yield RunEnd(f"{row['strategy']}#{seed}", row)
        self.bank.cache.forget()

    def was_estimated_wrong(self) -> bool:
        """Say whether the remembered speed was off; what had been computed before is no reason to think so."""
        if self.resumed:
            return False
        ratio = sum(self.seconds.values()) / sum(self.plan["seconds_by_strategy"].values())
        return ratio > WRONG_BY or (ratio < 1 / WRONG_BY and not self.bank.cache.found_on_disk)

    def result(self) -> dict[str, Any]:
        """Give ranking, verdict and all that the page shows; written down where the comparison has a folder."""
        images, spec = self.bank.images, self.spec
        verdict = decide([self._outcome(text) for text in spec.strategies], self.plan["split"]["redrawn"])
        result = {
            "data": spec.data,
            "backbone": spec.backbone,
            "spec": spec.to_json(),
            "classes": list(images.classes),
            "origin": images.origin,
            "pictures": images.key,
            **{key: self.plan[key] for key in ("split", "views", "precision", "memory_format", "device")},
            "runs": self.rows,
            **verdict.to_json(),
        }
        if self.folder:
            _write_result(self.folder, result, self.found)
        return result

    def _pretrained(self) -> nn.Sequential:
        backbone, device, setting = self.bank.backbone, self.bank.device, self.bank.setting
        network = backbone.network(len(self.bank.images.classes), seed=0, pretrained=self.spec.pretrained)
        if self.checkpoints and self.spec.pretrained:
            self.checkpoints.save_start(network[0])
        return network.to(device, memory_format=setting.layout).requires_grad_(False)

    def _run(self, index: int, seed: int, pretrained: nn.Sequential) -> Run:
        text = self.spec.strategies[index % len(self.spec.strategies)]
        run = Run(self.spec, text, strategies.get(text), seed, self.bank, self.splits[seed], pretrained, self.cached)
        if self.checkpoints:
            self.checkpoints.restore(index, run)
        self.resumed |= bool(run.history)
        self.seconds[run.text] += run.seconds
        self.epochs[run.text] += len(run.history)
        return run

    def _in_order(self, runs: dict[int, Run]) -> list[tuple[int, Run]]:
        """Let the longest begin where runs are side by side, so that none is left alone at the end."""
        expected = self.plan["seconds_by_strategy"]
        return sorted(runs.items(), key=lambda run: -expected[run[1].text] if self.lanes > 1 else 0.0)

    def _turns(self, index: int, run: Run) -> Chain:
        while len(run.history) < self.spec.epochs:
            yield self._epoch(index, run)
        yield self._finish(index, run)

    def _epoch(self, index: int, run: Run) -> Generator[Event, None, None]:
        before = run.seconds
        yield (yield from mapped(run.timed(run.epoch(), self.lanes), self._of_all))
        self.seconds[run.text] += run.seconds - before
        self.epochs[run.text] += 1
        if self.checkpoints:
            self.checkpoints.save(index, run)

    def _finish(self, index: int, run: Run) -> Generator[Event, None, None]:
        before = run.seconds
        logits = (yield from mapped(run.timed(run.finish(), self.lanes), self._of_all)).half()
        self.seconds[run.text] += run.seconds - before
        test = self.splits[run.seed].test
        best = run.history[run.best_epoch]
        row = {
            "strategy": run.text,
            "seed": run.seed,
            "best_epoch": run.best_epoch,
            "validation_accuracy": best.validation_accuracy,
            "test_accuracy": (logits.argmax(1) == self.bank.images.labels[test]).float().mean().item(),
            "seconds_alone": run.seconds_alone,
            "seconds_marginal": run.seconds,
            "trained_parameters": run.movement.trained_parameters(),
        }
        found = {"logits": logits, "test": test.int()}
        if self.checkpoints:
            self.checkpoints.save_result(index, row, run.merged(), self._about(run), found)
        self.ended[index] = row, found

    def _finished(self, index: int) -> tuple[dict, dict[str, Tensor]] | None:
        done = self.checkpoints.result(index) if self.checkpoints else None
        if done:
            text, self.resumed = done[0]["strategy"], True
            self.seconds[text] += done[0]["seconds_marginal"]
            self.epochs[text] += self.spec.epochs
        return done

    def _of_all(self, event: Progress) -> Progress:
        """Say of the whole race what a run says of its epoch."""
        seeds, epochs = self.spec.seeds, self.spec.epochs
        expected = self.plan["seconds_by_strategy"]
        paces = {
            text: self.seconds[text] / done if done else expected[text] / (seeds * epochs)
            for text, done in self.epochs.items()
        }
        over = len(self.rows) // len(paces)  # seeds
        now = ((epochs * (over + 1) - self.epochs[text]) * pace for text, pace in paces.items())
        later = (seeds - over - 1) * until_all_end((epochs * pace for pace in paces.values()), self.lanes)
        left = until_all_end(now, self.lanes) + later
        spent = sum(self.seconds.values())
        return replace(event, done=spent / max(spent + left, 1e-9), seconds_left=left)

    def _about(self, run: Run) -> dict[str, str]:
        backbone = self.bank.backbone
        return {
            "backbone": self.spec.backbone,
            "classes": json.dumps(self.bank.images.classes, ensure_ascii=False),
            "size": str(self.spec.size),
            "mean": json.dumps(backbone.mean),
            "deviation": json.dumps(backbone.deviation),
            "strategy": run.text,
            "seed": str(run.seed),
        }

    def _outcome(self, text: str) -> Outcome:
        mine = [(row, found) for row, found in zip(self.rows, self.found, strict=True) if row["strategy"] == text]
        labels = self.bank.images.labels
        return Outcome(
            strategy=text,
            title=strategies.title(text),
            validation_accuracy=tuple(row["validation_accuracy"] for row, _ in mine),
            cost=mine[0][0]["trained_parameters"],
            correct=tuple((found["logits"].argmax(1) == labels[found["test"].long()]).numpy() for _, found in mine),
            test=tuple(found["test"].numpy() for _, found in mine),
            train_size=self.plan["split"]["train"],
        )


def _write_result(folder: Path, result: dict[str, Any], found: list[dict[str, Tensor]]) -> None:
    tensors = {f"{name}.{index}": value for index, run in enumerate(found) for name, value in run.items()}
    save_file(tensors, folder / "predictions.part")
    (folder / "predictions.part").rename(folder / "predictions.safetensors")
    (folder / "result.part").write_text(json.dumps(result, ensure_ascii=False))
    (folder / "result.part").rename(folder / "result.json")
