"""What a comparison has told so far: its spec, the epochs and runs that ended, and its result once there is one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import streamlit as st

from components.configurations import Mark, marks
from components.jobs import VIEWER, store
from components.standings import Basis, Standing, basis, standings
from components.theme import is_dark
from model_zoo import backbones
from model_zoo.events import EpochEnd, Event, Note, Probed, RunEnd, Started
from model_zoo.experiments.job import Job
from model_zoo.specs import ComparisonSpec


@dataclass(frozen=True)
class Record:
    """One comparison as it stands: `rows` are the runs that ended, `plan` what was said when it began.

    Once it has begun, the `epochs` of `spec` are those that are run: fewer than asked for where time was short.
    """

    job: Job
    spec: ComparisonSpec
    epochs: tuple[EpochEnd, ...]
    rows: tuple[Mapping[str, Any], ...]
    notes: tuple[Note, ...]
    plan: Mapping[str, Any]

    @property
    def result(self) -> Mapping[str, Any]:
        """The result; empty until the comparison has finished."""
        return self.job.result or {}

    @property
    def stages(self) -> tuple[str, ...]:
        return backbones.get(self.spec.backbone).stage_names

    @property
    def folder(self) -> Path:
        return store().folder(self.job.id)

    @cached_property
    def marks(self) -> dict[str, Mark]:
        """How each configuration looks, in the visitor's theme."""
        return marks(self.spec.strategies, is_dark())

    @cached_property
    def standings(self) -> list[Standing]:
        spec, ended = self.spec, self.result.get("runs", self.rows)
        told = self.result.get("ranking", ())
        return standings(spec.strategies, spec.run_seeds, spec.epochs, self.epochs, ended, told)

    @cached_property
    def basis(self) -> Basis:
        """The seeds that count in the standings."""
        return basis(self.spec.strategies, self.spec.run_seeds, self.epochs, self.result.get("runs", self.rows))

    def best_runs(self) -> dict[str, int]:
        """Give, for each configuration, best first, the index of its best run by validation accuracy."""
        rows: Sequence[Mapping[str, Any]] = self.result["runs"]
        best: dict[str, int] = {}
        for entry in self.result["ranking"]:
            mine = [i for i, row in enumerate(rows) if row["strategy"] == entry["strategy"]]
            best[entry["strategy"]] = max(mine, key=lambda i: rows[i]["validation_accuracy"])
        return best


def record(job: Job) -> Record:
    """Gather what `job` has told until now; only what is new since the last time is read."""
    log = told_by(job.id)
    told = (tuple(log.epochs.values()), tuple(log.rows.values()), tuple(log.notes), log.plan)
    run = job.spec | {"epochs": log.plan.get("epochs", job.spec["epochs"])}
    return Record(job, ComparisonSpec.from_json(run), *told)


def told_by(id: str, afresh: bool = False) -> "Log":
    """Give all that a job of many runs has told until now; since it last began, where that is `afresh`."""
    log = _log(id, afresh)
    log.read()
    return log


class Log:
    """The events of one job of many runs, each read once. A resumed run tells some epochs twice: the last counts."""

    def __init__(self, id: str, afresh: bool) -> None:
        self._afresh = afresh
        self.epochs: dict[tuple[str, int], EpochEnd] = {}
        self.rows: dict[str, Mapping[str, Any]] = {}
        self.probes: dict[tuple[str, int], Probed] = {}
        self.notes: dict[Note, None] = {}
        self.plan: Mapping[str, Any] = {}
        self._id, self._last, self._reading = id, 0, Lock()

    def read(self) -> None:
        """Take in what has come since the last time."""
        with self._reading:
            for number, event in store().events(self._id, VIEWER, after=self._last):
                self._take(event)
                self._last = number

    def _take(self, event: Event) -> None:
        if isinstance(event, EpochEnd):
            self.epochs[event.run, event.epoch] = event
        elif isinstance(event, Probed):
            self.probes[event.run, event.epoch] = event
        elif isinstance(event, RunEnd):
            self.rows[event.run] = event.row
        elif isinstance(event, Note):
            self.notes[event] = None
        elif isinstance(event, Started):
            self.plan = event.plan
            if self._afresh:
                self.epochs, self.probes, self.rows, self.notes = {}, {}, {}, {}


@st.cache_resource(max_entries=64, show_spinner=False)
def _log(id: str, afresh: bool) -> Log:
    return Log(id, afresh)
