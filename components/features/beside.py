"""Fine-tuning on the same pictures, pulled in beside the classifiers: the same table, the same chart, one verdict.

Paired are only runs that were tested on the very same pictures under the same seeds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from safetensors import SafetensorError, safe_open

from components.configurations import Mark
from components.features.names import marks, parts, trained_label
from components.features.record import Record
from components.jobs import VIEWER, store
from components.standings import RunBar, Standing
from components.theme import is_dark
from model_zoo.data import kept
from model_zoo.experiments.job import Job
from model_zoo.features import classifiers
from model_zoo.features.scores import calibration_error, log_loss, probabilities
from model_zoo.features.spec import PAIRED_BY
from model_zoo.features.spec import title as row_title
from model_zoo.verdicts import Outcome, decide

Line = Mapping[str, Any]  # of a result's ranking


@dataclass(frozen=True)
class Board:
    """Who stands where: classifiers, and the strategies of a `comparison` beside them, by validation accuracy."""

    ranking: Sequence[Line]
    verdict: Mapping[str, Any]
    marks: Mapping[str, Mark]
    strategies: tuple[str, ...] = ()
    comparison: Job | None = None

    def standings(self, seeds: Sequence[int]) -> list[Standing]:
        """Give the lines of the leaderboard, in the order of the ranking."""
        runs = tuple(RunBar(seed, 1.0) for seed in seeds)
        return [
            Standing(
                line["strategy"],
                runs,
                validation=line["validation_accuracy"],
                test=line["test_accuracy"],
                test_interval=tuple(line["test_accuracy_ci"]),
                seconds=line["fit_seconds"],
            )
            for line in self.ranking
        ]


def comparisons(record: Record) -> list[Job]:
    """Give the finished comparisons whose runs can be paired with these rows, newest first."""
    spec = record.spec.to_json()
    finished = [job for job in store().jobs(VIEWER, "compare") if job.state == "finished" and job.result]
    return [job for job in finished if all(job.spec.get(name) == spec[name] for name in PAIRED_BY)]


def board(record: Record, job: Job | None) -> Board:
    """Give the board of the classifiers, with the runs of a comparison among them if one is named.

    Where predictions or pictures are gone, or the test pictures are others, the classifiers stand alone.
    """
    spec, result = record.spec, record.result
    alone = Board(result["ranking"], result["verdict"], record.marks)
    if job is None or job.result is None or record.pictures is None:
        return alone
    found = _together(record.job.id, job.id, str(record.folder), str(store().folder(job.id)), record.result, job.result)
    if found is None:
        return alone
    strategies = tuple(job.spec["strategies"])
    drawn = marks(spec.names, spec.stages, is_dark(), strategies)
    return Board(found["ranking"], found["verdict"], drawn, strategies, job)


@st.cache_data(max_entries=32, show_spinner=False)
def _together(
    id: str, other: str, folder: str, other_folder: str, _result: Mapping[str, Any], _other: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Decide anew over both jobs (their ids are what the answer is kept under); None where that cannot be done."""
    pictures = kept.find(_result["pictures_file"])
    assert pictures is not None
    try:
        with safe_open(Path(folder) / "predictions.safetensors", framework="np") as file:
            mine = [
                _outcome(_seeds(_result["rows"], "name", name), file, pictures.labels, _result)
                for name in _names(_result)
            ]
        with safe_open(Path(other_folder) / "predictions.safetensors", framework="np") as file:
            theirs = [
                _tuned(_seeds(_other["runs"], "strategy", name), file, pictures.labels, _other)
                for name in _strategies(_other)
            ]
        outcomes = [outcome for outcome, _ in (*mine, *theirs)]
        told = decide(outcomes, _result["split"]["redrawn"]).to_json()
    except (SafetensorError, OSError, ValueError):  # gone, damaged, or not paired
        return None
    figures = {outcome.strategy: numbers for outcome, numbers in (*mine, *theirs)}
    return {"verdict": told["verdict"], "ranking": [line | figures[line["strategy"]] for line in told["ranking"]]}


Indexed = list[tuple[int, Line]]


def _names(result: Mapping[str, Any]) -> list[str]:
    return [line["strategy"] for line in result["ranking"]]


def _strategies(result: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(row["strategy"] for row in result["runs"]))


def _seeds(rows: Sequence[Line], key: str, name: str) -> Indexed:
    """Give the rows of one name, with their place among all, in the order of their seeds."""
    return sorted(((i, row) for i, row in enumerate(rows) if row[key] == name), key=lambda entry: entry[1]["seed"])


def _outcome(rows: Indexed, file: Any, labels: np.ndarray, result: Mapping[str, Any]) -> tuple[Outcome, Line]:
    name, stages = rows[0][1]["name"], result["spec"]["stages"]
    answers = [(file.get_tensor(f"scores.{i}").argmax(1), file.get_tensor(f"test.{i}")) for i, _ in rows]
    figures = {key: float(np.mean([row[key] for _, row in rows])) for key in _FIGURES}
    title = row_title(name) if len(stages) > 1 else classifiers.title(parts(name)[0])  # as the job calls it
    return _paired(name, title, rows, answers, labels, figures["fit_seconds"], result), figures


def _tuned(runs: Indexed, file: Any, labels: np.ndarray, result: Mapping[str, Any]) -> tuple[Outcome, Line]:
    name = runs[0][1]["strategy"]
    said = [(file.get_tensor(f"logits.{i}").astype(np.float64), file.get_tensor(f"test.{i}")) for i, _ in runs]
    answers = [(logits.argmax(1), test) for logits, test in said]
    seconds = float(np.mean([row["seconds_alone"] for _, row in runs]))
    of_each = [_judged(logits, labels[test]) for logits, test in said]
    figures = {key: float(np.mean([one[key] for one in of_each])) for key in of_each[0]}
    return _paired(name, trained_label(name), runs, answers, labels, seconds, result), figures | {
        "fit_seconds": seconds
    }


def _paired(
    name: str, title: str, rows: Indexed, answers: Sequence[Any], labels: np.ndarray, seconds: float, result: Line
) -> Outcome:
    return Outcome(
        strategy=name,
        title=title,
        validation_accuracy=tuple(row["validation_accuracy"] for _, row in rows),
        cost=seconds,  # as in the job
        correct=tuple(predicted == labels[test] for predicted, test in answers),
        test=tuple(test for _, test in answers),
        train_size=result["split"]["train"],
    )


def _judged(logits: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    chances = probabilities(logits, "margin")
    macro_f1 = _macro_f1(logits.argmax(1), labels)
    return {"macro_f1": macro_f1, "log_loss": log_loss(chances, labels), "ece": calibration_error(chances, labels)}


def _macro_f1(predicted: np.ndarray, labels: np.ndarray) -> float:
    """Give the mean F1 over the classes that are there or were named, as scikit-learn counts them."""
    both = np.union1d(predicted, labels)
    hits = [2 * ((predicted == k) & (labels == k)).sum() / ((predicted == k).sum() + (labels == k).sum()) for k in both]
    return float(np.mean(hits))


_FIGURES = ("macro_f1", "log_loss", "ece", "fit_seconds", "predict_milliseconds")
