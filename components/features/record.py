"""What a features job has told so far: its spec, the rows that are fitted, and its result once there is one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import mean
from typing import Any

from components.configurations import Mark
from components.features.names import marks
from components.jobs import store
from components.numbers import interval_over_seeds
from components.result.record import told_by
from components.standings import RunBar, Standing
from components.theme import is_dark
from model_zoo.data import kept
from model_zoo.data.kept import Kept
from model_zoo.events import Note
from model_zoo.experiments.job import Job
from model_zoo.features.spec import FeaturesSpec

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """One features job as it stands: `rows` are those that are fitted, `plan` what was said when it began."""

    job: Job
    spec: FeaturesSpec
    fitted: tuple[Row, ...]
    notes: tuple[Note, ...]
    plan: Mapping[str, Any]

    @property
    def result(self) -> Mapping[str, Any]:
        """The result; empty until the job has finished."""
        return self.job.result or {}

    @property
    def rows(self) -> Sequence[Row]:
        return self.result.get("rows", self.fitted)

    @property
    def folder(self) -> Path:
        return store().folder(self.job.id)

    @cached_property
    def pictures(self) -> Kept | None:
        """The picture set of a finished job; None where it is gone."""
        return kept.find(self.result["pictures_file"]) if self.result.get("pictures_file") else None

    @cached_property
    def marks(self) -> dict[str, Mark]:
        """How each row looks, in the visitor's theme."""
        return marks(self.spec.names, self.spec.stages, is_dark())

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds that count while it runs: those of which every row is fitted; until there is one, the first."""
        ended = {(row["name"], row["seed"]) for row in self.rows}
        whole = tuple(s for s in self.spec.run_seeds if all((name, s) in ended for name in self.spec.names))
        return whole or (self.spec.seed,)

    @cached_property
    def standings(self) -> list[Standing]:
        """Where each row stands while the job runs, best first; those that are not fitted yet come last."""
        lines = [self._standing(name) for name in self.spec.names]
        return sorted(lines, key=lambda line: (line.validation is None, -(line.validation or 0.0)))

    def of(self, name: str) -> list[int]:
        """Give the indices into `rows` of a row's seeds, the best by validation first."""
        mine = [i for i, row in enumerate(self.rows) if row["name"] == name]
        return sorted(mine, key=lambda i: -self.rows[i]["validation_accuracy"])

    def _standing(self, name: str) -> Standing:
        mine = {row["seed"]: row for row in self.rows if row["name"] == name}
        counted = [mine[seed] for seed in self.seeds if seed in mine]
        accuracies = [row["validation_accuracy"] for row in counted]
        return Standing(
            configuration=name,
            runs=tuple(RunBar(seed, float(seed in mine)) for seed in self.spec.run_seeds),
            validation=mean(accuracies) if accuracies else None,
            validation_interval=interval_over_seeds(accuracies),
            seconds=mean(row["fit_seconds"] for row in counted) if counted else None,
        )


def record(job: Job) -> Record:
    """Gather what `job` has told until now; only what is new since the last time is read."""
    log = told_by(job.id)
    return Record(job, FeaturesSpec.from_json(job.spec), tuple(log.rows.values()), tuple(log.notes), log.plan)
