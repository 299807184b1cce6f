"""Checkpoints of a comparison: one folder a run, written aside, then moved, so that a kill never leaves half a file."""

import json
import time
from dataclasses import asdict
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from model_zoo.events import EpochEnd
from model_zoo.training import Run

START = "start.safetensors"
FROZEN = "setting.json"  # how the runs were computed, beside their folders
SECONDS_BETWEEN = 15.0  # a run that is killed does at most this much again, and an epoch


class Checkpoints:
    """What is kept of each run under `folder`/runs/INDEX while the race goes on, and what stays after it."""

    def __init__(self, folder: Path, spec: dict) -> None:
        self.folder, self.spec = folder, spec
        self._written: dict[int, float] = {}

    def save(self, index: int, run: Run, now: bool = False) -> None:
        """Write run `index` aside and move it into place, unless that was done a moment ago."""
        clock = time.monotonic()
        if not now and clock - self._written.setdefault(index, clock) < SECONDS_BETWEEN:
            return
        tensors, facts = run.state()
        history = [asdict(end) for end in run.history]
        _write(self._file(index, "checkpoint"), tensors, {"facts": facts, "history": history, "spec": self.spec})
        self._written[index] = clock

    def restore(self, index: int, run: Run) -> None:
        """Put `run` where its checkpoint left it, if there is one of the same comparison."""
        file = self._file(index, "checkpoint")
        if not file.exists():
            return
        tensors, meta = _read(file)
        if meta["spec"] == self.spec:
            history = [EpochEnd(**end) for end in meta["history"]]
            run.restore(tensors, meta["facts"], history)

    def save_result(self, index: int, row: dict, model: dict[str, Tensor], about: dict[str, str], found: dict) -> None:
        """Keep what a finished run gave: its line, its best model, what it `found` in test; drop the checkpoint."""
        self._file(index, "model").parent.mkdir(parents=True, exist_ok=True)
        save_file(model, self._file(index, "model").with_suffix(".part"), metadata=about)
        self._file(index, "model").with_suffix(".part").rename(self._file(index, "model"))
        _write(self._file(index, "outcome"), found, {"row": row, "spec": self.spec})
        self._file(index, "checkpoint").unlink(missing_ok=True)

    def save_start(self, stage: nn.Module) -> None:
        """Keep what pre-training had made of the first stage, for showing it when the shipped weights are others."""
        if not (file := self.folder / START).exists():
            _write(file, stage.state_dict(), {})

    def result(self, index: int) -> tuple[dict, dict[str, Tensor]] | None:
        """Give the line of run `index` and what it found, if it has finished."""
        file = self._file(index, "outcome")
        if not file.exists():
            return None
        tensors, meta = _read(file)
        return (meta["row"], tensors) if meta["spec"] == self.spec else None

    def _file(self, index: int, what: str) -> Path:
        return self.folder / "runs" / str(index) / f"{what}.safetensors"


def _write(file: Path, tensors: dict[str, Tensor], meta: dict) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(".part")
    save_file({name: value.cpu().contiguous() for name, value in tensors.items()}, aside, {"json": json.dumps(meta)})
    aside.rename(file)


def _read(file: Path) -> tuple[dict[str, Tensor], dict]:
    with safe_open(file, framework="pt") as kept:
        tensors = {name: kept.get_tensor(name) for name in kept.offset_keys()}
        return tensors, json.loads(kept.metadata()["json"])
