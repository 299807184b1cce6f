"""Where every configuration of a comparison stands: means over seeds, while it runs and when it has ended."""

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
class Standing:
    """One line of the leaderboard. Accuracies are means over the seeds that have begun; None: not yet known."""

    configuration: str
    runs: tuple[RunBar, ...]
    validation: float | None = None
    validation_interval: Interval | None = None
    test: float | None = None
    test_interval: Interval | None = None
    seconds: float | None = None
    trained_parameters: int | None = None


def standings(
    configurations: Sequence[str],
    seeds: Sequence[int],
    epochs: int,
    events: Iterable[EpochEnd],
    rows: Iterable[Mapping[str, Any]] = (),
    ranking: Iterable[Mapping[str, Any]] = (),
) -> list[Standing]:
    """Order the configurations, best first: by mean validation accuracy at each run's best epoch so far.

    `rows` are the runs that ended (`runs` of the result), `ranking` that of the result, both empty while nothing ended.
    Ties go to fewer trained parameters; configurations without an epoch come last, in the order given.
    """
    by_run: dict[tuple[str, int], list[EpochEnd]] = defaultdict(list)
    for event in events:
        by_run[event.strategy, event.seed].append(event)
    ended = {(row["strategy"], row["seed"]): row for row in rows}
    tests = {entry["strategy"]: entry for entry in ranking}
    lines = [_standing(name, seeds, epochs, by_run, ended, tests.get(name)) for name in configurations]
    return sorted(lines, key=lambda line: (-(line.validation or -1.0), line.trained_parameters or 0))


def _standing(
    name: str,
    seeds: Sequence[int],
    epochs: int,
    by_run: Mapping[tuple[str, int], list[EpochEnd]],
    ended: Mapping[tuple[str, int], Mapping[str, Any]],
    test: Mapping[str, Any] | None,
) -> Standing:
    over = [ended[name, seed] for seed in seeds if (name, seed) in ended]
    begun = [by_run.get((name, seed), []) for seed in seeds]
    accuracies = [
        ended[name, seed]["validation_accuracy"]
        if (name, seed) in ended
        else max(event.validation_accuracy for event in run)
        for seed, run in zip(seeds, begun, strict=True)
        if run or (name, seed) in ended
    ]
    seconds = [row["seconds_alone"] for row in over] or [sum(e.seconds for e in run) for run in begun if run]
    return Standing(
        configuration=name,
        runs=tuple(
            RunBar(seed, 1.0 if (name, seed) in ended else len(run) / epochs)
            for seed, run in zip(seeds, begun, strict=True)
        ),
        validation=mean(accuracies) if accuracies else None,
        validation_interval=interval_over_seeds(accuracies),
        test=test["test_accuracy"] if test else None,
        test_interval=(test["test_accuracy_ci"][0], test["test_accuracy_ci"][1]) if test else None,
        seconds=mean(seconds) if seconds else None,
        trained_parameters=over[0]["trained_parameters"] if over else None,
    )
