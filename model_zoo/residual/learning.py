"""Train towers side by side: the same pictures, order and budget for all, each at the rate at which it fits best.

With the first seed every tower runs at every rate of the ladder, each run over the whole budget; the rate that ended
with the lowest training loss is the tower's, and the run at it is its first. The other seeds run at that rate only.
Runs are kept as they end, where there is a folder, and a job that was stopped goes on with those that are missing.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from model_zoo.data.image_set import ImageSet
from model_zoo.devices import choose, device_name, free_memory_bytes
from model_zoo.events import Event, Finished, Note, Progress, RunEnd, Started
from model_zoo.residual import findings, towers
from model_zoo.residual.inside import right, spread, without
from model_zoo.residual.run import Material, Run, name
from model_zoo.residual.towers import MOST_CUT, ResidualSpec, Work
from model_zoo.side_by_side import Turn, side_by_side

SECONDS_BELIEVED, SHARE_BELIEVED = 5.0, 0.05  # of work: as much as the estimate counts beside what was measured
CUT_AT_ONCE = 64  # test pictures, so that a cancel is heard soon
ROWS, OF = "runs.json", "of.json"  # the runs that ended, and of what they are


class Learner:
    """All runs of one job. Raises ValueError where memory does not hold a tower, or a class is too small to split."""

    def __init__(self, spec: ResidualSpec, images: ImageSet, folder: Path | None = None) -> None:
        self.spec, self.folder = spec, folder
        self.device = choose(spec.device)
        self.cores = 1 if self.device.type != "cpu" else torch.get_num_threads()
        if refusal := towers.too_large(spec, self.cores, free_memory_bytes(self.device)):
            raise ValueError(refusal)
        self.material = Material(spec, images, self.device)
        self.split = self.material.splits[spec.seed]
        self.work = Work(spec, *self.split.sizes())
        self.rows = self._kept({"pictures": images.digest, "epochs": spec.epochs, "batch": spec.batch})
        self.cuts: dict[str, dict[str, Any]] = {}
        self._done = {row["run"]: self.work.run(towers.read(row["strategy"])[0]) for row in self.rows.values()}
        self._before, self._began = sum(self._done.values()), time.perf_counter()
        self._keeping = Lock()  # runs end in several lanes
        self._states: dict[str, dict[str, Tensor]] = {}  # of runs that are kept in no folder

    def events(self) -> Iterator[Event]:
        """Train everything; ends in Finished."""
        spec = self.spec
        yield Started(
            {
                "seconds": self.work.seconds(self.cores),
                "runs": spec.runs,
                "split": self.split.sentence,
                "device": device_name(self.device),
            }
        )
        for row in list(self.rows.values()):
            yield RunEnd(row["run"], row)
        shallow_first = sorted(spec.towers, key=towers.read)
        yield from self._race([(text, rate, spec.seed) for text in shallow_first for rate in spec.rates])
        rates = self.rates
        for text in spec.towers:
            if text not in rates:
                self._leave_out(text)
                yield Note(f"{towers.title(text)}: the loss left all bounds at every rate.")
        later = [(text, rates[text], seed) for seed in spec.run_seeds[1:] for text in shallow_first if text in rates]
        yield from self._race(later)
        for text in rates:
            yield from self._cut(text)
        yield Finished(self.result())

    @property
    def rates(self) -> dict[str, float]:
        """The rate of every tower, as far as it is known."""
        return towers.chosen(self.rows.values(), self.spec.seed)

    def result(self) -> dict[str, Any]:
        """Give what the page shows."""
        counted = towers.counted(self.rows.values(), self.rates)
        found = findings.differences(counted, len(self.split.train))
        return {
            "spec": self.spec.to_json(),
            "classes": list(self.material.images.classes),
            "origin": self.material.images.origin,
            "split": self.split.sentence,
            "train": len(self.split.train),
            "device": device_name(self.device),
            "runs": list(self.rows.values()),
            "rates": self.rates,
            "differences": findings.to_json(found),
            "sentence": findings.sentence(found, findings.lost(self.spec.towers, counted)),
            "cuts": self.cuts,
        }

    def _race(self, asked: list[tuple[str, float, int]]) -> Iterator[Event]:
        """Run what has not ended yet, in the order asked for, as many side by side as there are lanes."""
        missing = [each for each in asked if name(*each) not in self.rows]
        yield from side_by_side([(0, iter([self._whole(*each)])) for each in missing], self.spec.lanes(self.cores))

    def _whole(self, text: str, rate: float, seed: int) -> Turn:
        """Go through one run, and keep it."""
        run = Run(self.spec, self.material, text, rate, seed)
        for event in run.events():
            if isinstance(event, Progress):
                event = self._of_all(event, run.name, self.work.run(run.depth) * (event.done or 0.0))
            yield event
        self._keep(run)
        if run.diverged:  # what it did not do is no sign of speed
            self._before += self.work.run(run.depth) - self._done.get(run.name, 0.0)
        yield self._of_all(Progress(f"keeping {run.title}", run=run.name), run.name, self.work.run(run.depth))
        yield RunEnd(run.name, run.row)

    def _keep(self, run: Run) -> None:
        """Write down a run that has ended: its weights, then its row."""
        state = {key: value.detach().cpu().contiguous() for key, value in run.network.state_dict().items()}
        with self._keeping:
            if self.folder is None:
                self._states[run.name] = state
            else:
                save_file(state, self.folder / run.row["file"])
            self.rows[run.name] = run.row
            if self.folder:
                _write(self.folder / ROWS, list(self.rows.values()))

    def _cut(self, text: str) -> Iterator[Event]:
        """Leave out each block of a tower's first run, and note what is left of its accuracy on test pictures."""
        row, count = self.rows[name(text, self.rates[text], self.spec.seed)], towers.blocks(towers.read(text)[0])
        network = self.material.network(text, self.spec.seed)
        network.load_state_dict(load_file(self.folder / row["file"]) if self.folder else self._states[row["run"]])
        test = spread(self.split.test, MOST_CUT)
        found = []
        for number in range(-1, count):  # first of all nothing is cut
            correct = 0
            with without(network, [number] if number >= 0 else []):
                for part in test.split(CUT_AT_ONCE):
                    correct += int(right(network, *self.material.read(part)).sum())
                    yield self._cutting(text, (number + 1) / (count + 1))
            found.append(correct / len(test))
        yield self._cutting(text, 1.0)
        self.cuts[text] = {"run": row["run"], "whole": found[0], "without": found[1:]}

    def _cutting(self, text: str, share: float) -> Progress:
        doing = f"cutting {towers.title(text)}"
        return self._of_all(Progress(doing), f"cutting {text}", share * self.work.cut(towers.read(text)[0]))

    def _leave_out(self, text: str) -> None:
        """Count what will not be done for a tower that has no rate: neither done, nor to come."""
        depth = towers.read(text)[0]
        left_out = (self.spec.seeds - 1) * self.work.run(depth) + self.work.cut(depth)
        self._done[f"without {text}"] = left_out
        self._before += left_out

    def _kept(self, of: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Read what an earlier worker had finished of the very same task; of another it is worth nothing."""
        if self.folder is None:
            return {}
        rows, same = self.folder / ROWS, self.folder / OF
        if not same.exists() or json.loads(same.read_text("utf-8")) != of:
            rows.unlink(missing_ok=True)
            _write(same, of)
        found = json.loads(rows.read_text("utf-8")) if rows.exists() else []
        return {row["run"]: row for row in found if self._asked(row)}

    def _asked(self, row: dict[str, Any]) -> bool:
        spec = self.spec
        return row["strategy"] in spec.towers and row["rate"] in spec.rates and row["seed"] in spec.run_seeds

    def _of_all(self, event: Progress, what: str, done: float) -> Progress:
        """Say of the whole job that so much of `what` is done."""
        self._done[what] = done
        behind, whole = sum(list(self._done.values())), self.work.all
        told = self.work.seconds(self.cores) / whole  # seconds of a layer and picture
        believed = max(SECONDS_BELIEVED, SHARE_BELIEVED * told * whole)
        now = told * (behind - self._before)  # what should have passed
        slower = (time.perf_counter() - self._began + believed) / (now + believed)
        left = told * (whole - behind) * slower
        return replace(event, done=min(1.0, behind / whole), seconds_left=max(0.0, left))


def _write(file: Path, value: Any) -> None:
    part = file.with_suffix(".part")
    part.write_text(json.dumps(value), "utf-8")
    part.rename(file)
