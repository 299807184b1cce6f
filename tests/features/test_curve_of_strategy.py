"""The learning curve of a fine-tuning strategy: a real comparison and a real features job side by side, on disk."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model_zoo.comparison import compare
from model_zoo.data.image_set import ImageSet
from model_zoo.data.splits import split
from model_zoo.events import Finished, Progress, RunEnd, Started, drained
from model_zoo.experiments.jobs import features_curve
from model_zoo.features import curve_of_strategy
from model_zoo.features.compared import trained
from model_zoo.features.curve import CurveSpec, draws_of, strategy_estimate, trainings_seconds
from model_zoo.features.curve_of_strategy import strategy_curve
from model_zoo.features.embedded import embedded
from model_zoo.features.pace import Pace
from model_zoo.training import Run
from tests import engine
from tests.features import finished as made
from tests.features.finished import JOB, finished, job_folder
from tests.tiny import stripes

TEXT, COMPARISON = "full:rate=0.5", "0123456789abcdef0123456789abcdef"
BATCH, SEEDS = 8, 2


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    made.register(monkeypatch)
    monkeypatch.setattr("model_zoo.comparison.measure", _speed)


def _speed(*_: object) -> Iterator[Any]:
    yield from ()
    return engine.SPEED


def both(home: Path, given: bool = True, strategies: tuple[str, ...] = (TEXT, "linear_probe"), **changes: Any) -> Any:
    """Run a features job and a comparison on the same pictures; gives these."""
    images = finished(home, stripes(count=60, given=given), classifiers=("knn",), seeds=SEEDS)
    spec = engine.spec(*strategies, seeds=SEEDS, batch=BATCH, **changes)
    *_, last = compare(spec, images, home / "jobs" / COMPARISON)
    assert isinstance(last, Finished)
    return images


def asked(**changes: Any) -> dict[str, Any]:
    values = {"job": JOB, "draws": 3, "comparison": COMPARISON, "strategy": TEXT, "strategy_draws": 2}
    return CurveSpec(**values | changes).to_json()


def curve(images: ImageSet, steps: tuple[int, ...], draws: int = 2, text: str = TEXT) -> tuple[list, dict]:
    """Train the strategy at `steps`; gives the events and the curve."""
    events: list = []
    splits = [split(images, number) for number in range(draws)]
    known = trained(COMPARISON, text, embedded(JOB))
    drawn = draws_of(images.labels.numpy(), splits, 0)
    return events, drained(strategy_curve(known, images, drawn, steps, Pace([1.0])), events.append)


@pytest.mark.parametrize("text", [TEXT, "linear_probe", "from_scratch"])
@pytest.mark.parametrize("given", [True, False])
def test_the_whole_train_part_gives_the_accuracy_of_the_comparison(thaw_home: Path, text: str, given: bool) -> None:
    images = both(thaw_home, given, (TEXT, "linear_probe", "from_scratch"))
    whole = int(images.labels[split(images, 0).train].bincount().max())
    _, told = curve(images, (whole, whole + 1), text=text)  # trained at the first, read at the second
    rows = json.loads((thaw_home / "jobs" / COMPARISON / "result.json").read_text())["runs"]
    expected = [row["test_accuracy"] for row in rows if row["strategy"] == text]
    assert told["accuracies"] == [pytest.approx(expected)] * 2


def test_it_trains_on_the_pictures_of_the_draws_and_chooses_its_epoch_by_all_of_validation(
    thaw_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, seen = both(thaw_home), []
    begin = Run.__init__

    def noted(self: Run, *rest: Any) -> None:
        begin(self, *rest)
        seen.append(self)

    monkeypatch.setattr(Run, "__init__", noted)
    curve(images, (1, 2, 5, 12))
    whole, labels = split(images, 0), images.labels.numpy()
    draws = draws_of(labels, [whole] * 2, 0)
    assert [run.seed for run in seen] == [0, 1] * 3
    for run, (size, number) in zip(seen, [(k, n) for k in (1, 2, 5) for n in (0, 1)], strict=True):
        assert run.split.train.tolist() == draws[number].train(size).tolist()
        assert np.bincount(labels[run.split.train]).tolist() == [size] * 3
        assert run.split.validation.equal(whole.validation)
        assert run.split.test.equal(whole.test)
        assert (run.spec.epochs, run.spec.batch, run.spec.rate) == (3, BATCH, 0.02)


def test_points_come_smallest_first_and_stand_inside_their_bands(thaw_home: Path) -> None:
    events, told = curve(both(thaw_home), (1, 2, 5, 12))
    ends = [event for event in events if isinstance(event, RunEnd)]
    assert [end.run for end in ends] == [f"{TEXT}#{size}" for size in (1, 2, 5, 12)]
    assert (told["strategy"], told["draws"], told["epochs"]) == (TEXT, 2, 3)
    assert (np.array(told["low"]) < told["accuracy"]).all()
    assert (np.array(told["high"]) >= told["accuracy"]).all()
    shares = [event.done for event in events if isinstance(event, Progress)]
    assert shares == sorted(shares)
    assert shares[-1] > 0.95
    first = next(event for event in events if isinstance(event, Progress))
    assert first.doing == "Full fine-tuning (rate 0.5), 1 picture a class, draw 1 of 2"


def test_two_lanes_find_what_one_finds(thaw_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.nn.Dropout, "forward", lambda self, x: x)  # which draws from what all threads share
    monkeypatch.setattr("model_zoo.training.draws", lambda network: False)  # as of networks that race side by side
    images = both(thaw_home)
    _, alone = curve(images, (1, 2, 5, 12))
    for file in (thaw_home / "caches" / "trainings").iterdir():
        file.unlink()
    setting = thaw_home / "jobs" / COMPARISON / "setting.json"
    setting.write_text(json.dumps(json.loads(setting.read_text()) | {"lanes": 2}))
    events, together = curve(images, (1, 2, 5, 12))
    assert together == alone
    assert len([event for event in events if isinstance(event, RunEnd)]) == 4


def test_what_was_trained_is_not_trained_again_also_after_a_stop(
    thaw_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, trainings = both(thaw_home), []
    monkeypatch.setattr(curve_of_strategy, "_trained", _counting(trainings))
    work = features_curve.run(asked(), job_folder(thaw_home, "curve"))
    for event in work:
        if isinstance(event, RunEnd) and event.run == f"{TEXT}#2":
            break
    work.close()
    assert len(trainings) == 4, "two sizes, two draws"
    *_, last = features_curve.run(asked(), job_folder(thaw_home, "curve"))
    sizes = last.result["per_class"]
    assert len(trainings) == 2 * (len(sizes) - 1), (
        "those of the first two sizes were kept, the last is the comparison's"
    )
    *_, other = features_curve.run(asked(stage="fc"), job_folder(thaw_home, "other"))
    assert len(trainings) == 2 * (len(sizes) - 1), "fine-tuning does not depend on the layer"
    assert other.result["fine_tuning"] == last.result["fine_tuning"]
    assert curve(images, tuple(sizes))[1] == last.result["fine_tuning"]


def _counting(trainings: list[Run]) -> Any:
    whole = curve_of_strategy._trained

    def counted(run: Run) -> Any:
        trainings.append(run)
        return (yield from whole(run))

    return counted


def test_the_job_draws_both_kinds_of_curves_and_tells_one_pace(thaw_home: Path) -> None:
    both(thaw_home)
    context = job_folder(thaw_home, "curve")
    *events, last = features_curve.run(asked(), context)
    assert json.loads((context.folder / "result.json").read_text()) == last.result
    tuned, (knn,) = last.result["fine_tuning"], last.result["curves"]
    assert len(tuned["accuracy"]) == len(knn["accuracy"]) == len(last.result["per_class"])
    assert [len(each) for each in tuned["accuracies"]] == [2] * (len(tuned["accuracy"]) - 1) + [SEEDS]
    shares = [event.done for event in events if isinstance(event, Progress) and event.done is not None]
    assert shares == sorted(shares)
    started = next(event for event in events if isinstance(event, Started))
    alone = features_curve.run(CurveSpec(JOB, draws=3).to_json(), job_folder(thaw_home, "alone"))
    assert started.plan["seconds"] > next(e for e in alone if isinstance(e, Started)).plan["seconds"]


def test_a_comparison_that_is_none_or_of_other_pictures_says_so(thaw_home: Path) -> None:
    both(thaw_home)
    context = job_folder(thaw_home, "curve")
    for changes, sentence in (
        ({"comparison": "../../etc"}, "is no comparison that has finished. Start one on the compare page"),
        ({"comparison": JOB}, "is no comparison that has finished"),
        ({"strategy": "bitfit"}, "That comparison trained full:rate=0.5, linear_probe, not “bitfit”"),
    ):
        with pytest.raises(ValueError, match=sentence):
            list(features_curve.run(asked(**changes), context))
    file = thaw_home / "jobs" / COMPARISON / "result.json"
    result = json.loads(file.read_text())
    for other, what in (
        ({"spec": result["spec"] | {"seed": 7}}, "differ in seed,"),
        ({"pictures": "x"}, "in pictures"),
    ):
        file.write_text(json.dumps(result | other))
        with pytest.raises(ValueError, match=f"{what}.*Race fine-tuning on the same pictures"):
            list(features_curve.run(asked(), context))
    file.write_text(json.dumps(result))
    (thaw_home / "jobs" / COMPARISON / "predictions.safetensors").unlink()
    with pytest.raises(ValueError, match="predictions of that comparison are gone or damaged. Run it again"):
        list(features_curve.run(asked(), context))


def test_a_spec_names_a_comparison_and_its_strategy_or_neither() -> None:
    with pytest.raises(ValueError, match="name both or none"):
        CurveSpec(JOB, strategy=TEXT)
    with pytest.raises(ValueError, match="There is no strategy “ful”. Did you mean “full”"):
        CurveSpec(JOB, comparison=COMPARISON, strategy="ful")
    with pytest.raises(ValueError, match="strategy_draws must be 2 to 3, got 5"):
        CurveSpec(JOB, draws=3, comparison=COMPARISON, strategy=TEXT, strategy_draws=5)
    with pytest.raises(ValueError, match="strategy_draws must be 2 to 10, got 11"):
        CurveSpec(JOB, draws=30, comparison=COMPARISON, strategy=TEXT, strategy_draws=11)
    assert CurveSpec(**asked()).to_json() == asked()


def test_an_estimate_is_what_the_comparison_took_for_fewer_pictures() -> None:
    runs = [{"seconds_alone": 30.0, "seconds_marginal": s} for s in (30.0, 20.0)]
    split_ = {"train": 90, "validation": 30}
    once, each = trainings_seconds(runs, split_, [90, 0])
    assert once == 10.0, "what frozen stages took is not to be paid again"
    assert each == pytest.approx([20.15, 0.15 + 20.0 / 10])
    assert strategy_estimate(runs, split_, [2], 3) == pytest.approx(10 + 3 * (0.15 + 20 * (3 + 30) / 300))


def test_caches_do_not_mistake_a_damaged_file_for_a_training(thaw_home: Path) -> None:
    images = both(thaw_home)
    _, whole = curve(images, (1, 12))
    for file in (thaw_home / "caches" / "trainings").iterdir():
        file.write_bytes(file.read_bytes()[:70])
    assert curve(images, (1, 12))[1] == whole
    assert torch.is_grad_enabled()
