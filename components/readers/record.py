"""What a comparison of recurrent networks has told so far: epochs, runs, and its result once there is one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from components.configurations import Mark, mark
from components.jobs import store
from components.result.record import told_by
from components.standings import Basis, Standing, basis, standings
from components.theme import configuration_colours, is_dark
from model_zoo.events import EpochEnd, Note
from model_zoo.experiments.job import Job
from model_zoo.rnn.readers import ReadersSpec
from model_zoo.rnn.watchers import WatchersSpec

KIND = "readers"
Spec = ReadersSpec | WatchersSpec
SPECS: dict[str, type[Spec]] = {KIND: ReadersSpec, "watchers": WatchersSpec}
GONE = {KIND: "Texts that are no longer here", "watchers": "A clip that is no longer here"}


@dataclass(frozen=True)
class Record:
    """One comparison of networks as it stands: `rows` are the runs that ended, `plan` what was said at the start."""

    job: Job
    spec: Spec
    epochs: tuple[EpochEnd, ...]
    rows: tuple[Mapping[str, Any], ...]
    notes: tuple[Note, ...]
    plan: Mapping[str, Any]

    @property
    def result(self) -> Mapping[str, Any]:
        """The result; empty until the job has finished."""
        return self.job.result or {}

    @property
    def folder(self) -> Path:
        return store().folder(self.job.id)

    @property
    def name(self) -> str:
        """The name of the file; of one that is gone nobody knows it any more."""
        try:
            return self.spec.subject
        except ValueError:
            return self.result.get("name", GONE[self.job.kind])

    @cached_property
    def marks(self) -> dict[str, Mark]:
        """How each network looks, in the visitor's theme."""
        return marks(self.spec)

    @cached_property
    def standings(self) -> list[Standing]:
        spec, ended = self.spec, self.result.get("runs", self.rows)
        ranking = self.result.get("ranking", ())
        return standings(spec.configurations, spec.run_seeds, spec.epochs, self.epochs, ended, ranking)

    @cached_property
    def basis(self) -> Basis:
        """The seeds that count in the standings."""
        return basis(self.spec.configurations, self.spec.run_seeds, self.epochs, self.result.get("runs", self.rows))


def marks(spec: Spec) -> dict[str, Mark]:
    """Give every network its mark, in the order of the spec."""
    styles = configuration_colours(len(spec.configurations))
    return {
        text: mark(spec.title(text), style, is_dark()) for text, style in zip(spec.configurations, styles, strict=True)
    }


def record(job: Job) -> Record:
    """Gather what `job` has told until now."""
    log = told_by(job.id, afresh=True)  # no checkpoints are kept: a resumed job begins anew
    told = (tuple(log.epochs.values()), tuple(log.rows.values()), tuple(log.notes), log.plan)
    return Record(job, SPECS[job.kind].from_json(job.spec), *told)
