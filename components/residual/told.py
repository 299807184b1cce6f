"""What is known of towers: what a job has told until now, or what comes with the program. One shape for both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import streamlit as st

from components.configurations import Mark, mark
from components.result.record import told_by
from components.theme import Dash, configuration_colours, is_dark
from model_zoo.events import EpochEnd, Note, Probed, from_json
from model_zoo.experiments.job import Job
from model_zoo.residual import findings, shipped, towers
from model_zoo.residual.findings import Difference
from model_zoo.residual.towers import KINDS, ResidualSpec

KIND = "residual"
DASHES: tuple[Dash, ...] = ("solid", "dash", "dot")


@dataclass(frozen=True)
class Told:
    """Towers as they stand. `rows` are the runs that ended; `result` is empty until all have; no `job`: shipped."""

    specs: tuple[ResidualSpec, ...]
    rows: tuple[Mapping[str, Any], ...]
    epochs: tuple[EpochEnd, ...]
    probes: Mapping[tuple[str, int], Probed]
    notes: tuple[Note, ...]
    plan: Mapping[str, Any]
    result: Mapping[str, Any]
    job: Job | None = None

    @property
    def key(self) -> str:
        """What tells the controls of these towers from those of others."""
        return self.job.id if self.job else "shipped"

    @property
    def spec(self) -> ResidualSpec:
        return self.specs[0]

    @property
    def towers(self) -> tuple[str, ...]:
        return tuple(text for spec in self.specs for text in spec.towers)

    @property
    def shortcuts(self) -> tuple[str, ...]:
        return tuple(shortcut for spec in self.specs for shortcut in spec.shortcuts)

    @property
    def depths(self) -> tuple[int, ...]:
        return tuple(sorted({depth for spec in self.specs for depth in spec.depths}))

    @cached_property
    def rates(self) -> dict[str, float]:
        """The rate that counts for every tower: the chosen one; while the ladder is climbed, the best until now."""
        if self.result:
            found: dict[str, float] = self.result["rates"]
            return found
        return self._leading() | towers.chosen(self.rows, self.spec.seed)

    @cached_property
    def counted(self) -> tuple[Mapping[str, Any], ...]:
        """The ended runs at the rates that count."""
        return tuple(row for row in self.rows if self.rates.get(row["strategy"]) == row["rate"] and not row["diverged"])

    @cached_property
    def curves(self) -> tuple[EpochEnd, ...]:
        """The epochs of runs at the rates that count, without those that diverged."""
        lost = {row["run"] for row in self.rows if row["diverged"]}
        at_rate = (event for event in self.epochs if self.rates.get(event.strategy) == event.rates[0])
        return tuple(event for event in at_rate if event.run not in lost)

    @property
    def differences(self) -> list[Difference]:
        return findings.from_json(self.result.get("differences", ()))

    @property
    def networks(self) -> tuple[str, ...]:
        """The towers of which blocks were cut, plain first."""
        return tuple(text for text in self.towers if text in self.result.get("cuts", {}))

    def run(self, text: str) -> str:
        """Name the run of the first seed that counts for a tower; empty where there is none yet."""
        if text not in self.rates:
            return ""
        return f"{text}@{self.rates[text]:g}#{self.spec.seed}"

    def looked(self, text: str) -> dict[int, Probed]:
        """Give what was seen inside a tower's first run, by epochs behind it."""
        run = self.run(text)
        return {epoch: probe for (name, epoch), probe in sorted(self.probes.items()) if name == run}

    @cached_property
    def marks(self) -> dict[str, Mark]:
        """How each tower looks: its shortcut has the colour, its depth the dash."""
        return marks(self.towers, is_dark())

    @cached_property
    def kinds(self) -> dict[str, Mark]:
        """How each kind of shortcut looks."""
        return {shortcut: kind_mark(shortcut, is_dark()) for shortcut in self.shortcuts}

    def _leading(self) -> dict[str, float]:
        last: dict[str, EpochEnd] = {}
        lost = {row["run"] for row in self.rows if row["diverged"]}
        for event in self.epochs:
            if event.seed == self.spec.seed and event.run not in lost:
                last[event.run] = event
        best: dict[str, EpochEnd] = {}
        for event in last.values():
            before = best.get(event.strategy)
            if before is None or event.train_loss < before.train_loss:
                best[event.strategy] = event
        return {text: event.rates[0] for text, event in best.items()}


def told(job: Job) -> Told:
    """Gather what a job has told until now; only what is new since the last time is read."""
    log = told_by(job.id)
    return Told(
        (ResidualSpec.from_json(job.spec),),
        tuple(log.rows.values()),
        tuple(log.epochs.values()),
        log.probes,
        tuple(log.notes),
        log.plan,
        job.result or {},
        job,
    )


@st.cache_resource(show_spinner=False)
def _shipped() -> tuple[tuple[EpochEnd, ...], dict[tuple[str, int], Probed]]:
    figures = shipped.figures()
    epochs = tuple(cast(EpochEnd, from_json(event)) for event in figures["epochs"])
    probes = [cast(Probed, from_json(event)) for event in figures["inside"]]
    return epochs, {(probe.run, probe.epoch): probe for probe in probes}


def from_the_house() -> Told:
    """Give what comes with the program."""
    figures = shipped.figures()
    specs = tuple(ResidualSpec.from_json(spec) for spec in figures["specs"])
    return Told(specs, tuple(figures["runs"]), *_shipped(), (), {}, figures)


def kind_mark(shortcut: str, dark: bool) -> Mark:
    """Give a kind of shortcut its mark: residual is blue, plain vermillion, wherever they stand."""
    blue, vermillion, green, purple = configuration_colours(len(KINDS))
    style = {"none": vermillion, "identity": blue, "projection": green, "scaled": purple}[shortcut]
    return mark(KINDS[shortcut], style, dark)


def marks(texts: Sequence[str], dark: bool) -> dict[str, Mark]:
    """Give every tower the colour of its shortcut; the deepest is solid, the next dashed, the next dotted."""
    depths = sorted({towers.read(text)[0] for text in texts}, reverse=True)
    found = {}
    for text in texts:
        depth, shortcut = towers.read(text)
        dash = DASHES[depths.index(depth) % len(DASHES)]
        found[text] = replace(kind_mark(shortcut, dark), label=towers.title(text), dash=dash)
    return found
