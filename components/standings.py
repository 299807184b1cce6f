"""Where every configuration of a comparison stands: means over seeds, while it runs and when it has ended.

Each run counts with its best epoch so far. Seeds that only some configurations have finished are left out of the means,
for they would favour whoever runs first: what stands beside each other is always of the same seeds.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any

from components.numbers import interval_over_seeds
from model_zoo.events import EpochEnd

Interval = tuple[float, float]


@dataclass(frozen=True)
class RunBar:
    """How far the run of one seed is, in [0, 1]."""

    seed: int
    done: float


@dataclass(frozen=True)
class Basis:
    """The seeds that count: those that every configuration has finished; until there is one, the first, as it runs."""

    seeds: tuple[int, ...]
    finished: bool
    all_seeds: int

    @property
    def words(self) -> str:
        """Say what the numbers of the standings are: “best epoch of each run, mean of 3 seeds”."""
        if not self.seeds:
            return "no epoch has ended yet"
        if not self.finished:
            return "best epoch so far" + (f", first of {self.all_seeds} seeds" if self.all_seeds > 1 else ", one seed")
        if len(self.seeds) < self.all_seeds:
            return f"best epoch of each run, {len(self.seeds)} of {self.all_seeds} seeds"
        seeds = f"mean of {self.all_seeds} seeds" if self.all_seeds > 1 else "one seed"
        return f"best epoch of each run, {seeds}"


@dataclass(frozen=True)
class Standing:
    """One line of the leaderboard. Accuracies and seconds are means over the seeds that count; None: not yet known."""

    configuration: str
    runs: tuple[RunBar, ...]
    validation: float | None = None
    validation_interval: Interval | None = None
    test: float | None = None
    test_interval: Interval | None = None
    seconds: float | None = None
    trained_parameters: int | None = None


def basis(
    configurations: Sequence[str],
    seeds: Sequence[int],
    events: Iterable[EpochEnd],
    rows: Iterable[Mapping[str, Any]] = (),
) -> Basis:
    """Say which seeds count; `events` and `rows` as in `standings`."""
    ended = {(row["strategy"], row["seed"]) for row in rows}
    whole = tuple(seed for seed in seeds if all((name, seed) in ended for name in configurations))
    begun = {event.seed for event in events} | {seed for _, seed in ended}
    return Basis(whole or tuple(seed for seed in seeds if seed in begun)[:1], bool(whole), len(seeds))


def standings(
    configurations: Sequence[str],
    seeds: Sequence[int],
    epochs: int,
    events: Iterable[EpochEnd],
    rows: Iterable[Mapping[str, Any]] = (),
    ranking: Iterable[Mapping[str, Any]] = (),
) -> list[Standing]:
    """Order the configurations, best first: by validation accuracy at each run's best epoch, mean over the `basis`.

    `rows` are the runs that ended (`runs` of the result), `ranking` that of the result, both empty while nothing ended.
    Ties go to fewer trained parameters; configurations without an epoch come last, in the order given.
    """
    events, rows = list(events), list(rows)
    counted = basis(configurations, seeds, events, rows).seeds
    by_run: dict[tuple[str, int], list[EpochEnd]] = defaultdict(list)
    for event in events:
        by_run[event.strategy, event.seed].append(event)
    ended = {(row["strategy"], row["seed"]): row for row in rows}
    tests = {entry["strategy"]: entry for entry in ranking}
    lines = [_standing(name, seeds, counted, epochs, by_run, ended, tests.get(name)) for name in configurations]
    return sorted(lines, key=_place)


def _place(line: Standing) -> tuple[bool, float, int]:
    return line.validation is None, -(line.validation or 0.0), line.trained_parameters or 0


def _standing(
    name: str,
    seeds: Sequence[int],
    counted: Sequence[int],
    epochs: int,
    by_run: Mapping[tuple[str, int], list[EpochEnd]],
    ended: Mapping[tuple[str, int], Mapping[str, Any]],
    test: Mapping[str, Any] | None,
) -> Standing:
    over = [ended[name, seed] for seed in counted if (name, seed) in ended]
    begun = [run for seed in counted if (name, seed) not in ended and (run := by_run.get((name, seed)))]
    accuracies = [row["validation_accuracy"] for row in over]
    accuracies += [max(event.validation_accuracy for event in run) for run in begun]
    seconds = [row["seconds_alone"] for row in over] + [sum(event.seconds for event in run) for run in begun]
    return Standing(
        configuration=name,
        runs=tuple(
            RunBar(seed, 1.0 if (name, seed) in ended else len(by_run.get((name, seed), ())) / epochs) for seed in seeds
        ),
        validation=mean(accuracies) if accuracies else None,
        validation_interval=interval_over_seeds(accuracies),
        test=test["test_accuracy"] if test else None,
        test_interval=(test["test_accuracy_ci"][0], test["test_accuracy_ci"][1]) if test else None,
        seconds=mean(seconds) if seconds else None,
        trained_parameters=over[0]["trained_parameters"] if over else None,
    )
