"""Towers in training: the ladder of rates, what is kept, what diverges, and that the same spec gives the same."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from model_zoo.data.image_set import ImageSet, empty_given
from model_zoo.events import EpochEnd, Event, Note, Probed, Progress, RunEnd, Started
from model_zoo.residual import towers
from model_zoo.residual.learning import ROWS, Learner
from model_zoo.residual.run import Run
from model_zoo.residual.towers import ResidualSpec, spelled

SPEC = ResidualSpec(depths=(8, 14), epochs=2, seeds=2, rates=(0.02, 0.1), batch=16)


def squares(count: int = 60) -> ImageSet:
    """Give bright and dark squares: two classes that any tower learns within an epoch or two."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % 2
    pictures = torch.randint(0, 90, (count, 3, 8, 8), generator=generator) + 150 * labels.view(-1, 1, 1, 1)
    names = tuple(f"{number}.png" for number in range(count))
    return ImageSet(pictures.to(torch.uint8), labels, ("dark", "bright"), names, empty_given(count), "made for a test")


def run(spec: ResidualSpec = SPEC, folder: Path | None = None) -> list[Event]:
    return list(Learner(spec, squares(), folder).events())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Event], Path]:
    folder = tmp_path_factory.mktemp("towers")
    return run(folder=folder), folder


def of(events: list[Event], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_every_tower_climbs_the_ladder_with_the_first_seed_and_keeps_its_best_rate(finished: tuple) -> None:
    events, _ = finished
    result = events[-1].result
    rows = result["runs"]
    first = {(row["strategy"], row["rate"]) for row in rows if row["seed"] == 0}
    assert first == {(text, rate) for text in SPEC.towers for rate in SPEC.rates}
    assert result["rates"] == towers.chosen(rows, 0)
    assert {(row["strategy"], row["rate"]) for row in rows if row["seed"] == 1} == set(result["rates"].items())
    assert len(rows) == SPEC.runs == len(of(events, RunEnd))


def test_what_is_told_is_what_a_page_needs(finished: tuple) -> None:
    events, _ = finished
    assert isinstance(events[0], Started)
    assert len(of(events, EpochEnd)) == SPEC.runs * SPEC.epochs
    probes = [event for event in of(events, Probed) if event.run == f"{spelled(14, 'identity')}@0.02#0"]
    assert [event.epoch for event in probes] == [0, 1, 2], "before training, and after every epoch"
    assert [len(values) for values in (probes[0].gradient_norms, probes[0].spreads, probes[0].residuals)] == [14, 7, 6]
    done = [event.done for event in of(events, Progress)]
    assert done == sorted(done), "also while blocks are cut"
    assert 0 < done[0] < 0.1
    assert done[-1] == pytest.approx(1.0, abs=0.02)
    assert {event.run.partition("#")[2] for event in of(events, Probed)} == {"0"}, "nobody looks into other seeds"


def test_errors_are_counted_again_from_the_weights_that_were_kept(finished: tuple) -> None:
    from safetensors.torch import load_file

    from model_zoo import backbones
    from model_zoo.data.splits import split
    from model_zoo.data.views import normalise
    from model_zoo.residual.inside import right

    events, folder = finished
    for row in events[-1].result["runs"][:3]:
        backbone, images = backbones.get(row["strategy"]), squares()
        network = backbone.network(2, seed=9, pretrained=False)
        network.load_state_dict(load_file(folder / row["file"]))
        train = split(images, row["seed"]).train
        pictures = normalise(images.pictures[train], backbone.mean, backbone.deviation)
        found = 1 - right(network, pictures, images.labels[train]).float().mean().item()
        assert found == pytest.approx(row["train_error"], abs=1e-6)


def test_towers_learn(finished: tuple) -> None:
    events, _ = finished
    result = events[-1].result
    counted = [row for row in result["runs"] if result["rates"][row["strategy"]] == row["rate"]]
    assert sum(row["train_error"] for row in counted) / len(counted) < 0.2


def test_cuts_have_one_accuracy_a_block(finished: tuple) -> None:
    events, _ = finished
    cuts = events[-1].result["cuts"]
    assert {text: len(cut["without"]) for text, cut in cuts.items()} == {
        spelled(8, "none"): 3, spelled(14, "none"): 6, spelled(8, "identity"): 3, spelled(14, "identity"): 6,
    }  # fmt: skip
    assert all(0 <= left <= 1 for cut in cuts.values() for left in cut["without"])


def test_the_same_spec_gives_the_same_numbers_in_a_folder_or_not(finished: tuple) -> None:
    again = run()
    assert [_without_time(event) for event in of(again, EpochEnd) if event.seed == 1] == [
        _without_time(event) for event in of(finished[0], EpochEnd) if event.seed == 1
    ]
    assert again[-1].result["cuts"] == finished[0][-1].result["cuts"]


def _without_time(event: EpochEnd) -> tuple:
    return event.run, event.epoch, event.train_loss, event.validation_loss


def test_runs_are_kept_as_they_end_and_a_job_that_was_stopped_goes_on_with_the_others(
    tmp_path: Path, finished: tuple
) -> None:
    events: Iterator[Event] = Learner(SPEC, squares(), tmp_path).events()
    epochs = 0
    for event in events:
        epochs += isinstance(event, EpochEnd)
        if epochs == SPEC.runs * SPEC.epochs // 2:
            break
    events.close()
    kept = {row["run"] for row in json.loads((tmp_path / ROWS).read_text())}
    assert len(kept) >= SPEC.runs // 2 - 1, "half of the work has left half of the runs"

    more = run(folder=tmp_path)
    assert not {event.run for event in of(more, EpochEnd)} & kept, "what had ended is not run again"
    assert len(of(more, RunEnd)) == SPEC.runs, "but it is told"
    whole = finished[0][-1].result
    errors = {row["run"]: row["train_error"] for row in whole["runs"]}
    assert {row["run"]: row["train_error"] for row in more[-1].result["runs"]} == errors


def test_what_was_kept_of_another_task_is_worth_nothing(tmp_path: Path) -> None:
    run(folder=tmp_path)
    again = Learner(replace(SPEC, epochs=3), squares(), tmp_path)
    assert again.rows == {}
    assert Learner(SPEC, squares(62), tmp_path).rows == {}


def test_runs_in_several_lanes_give_the_numbers_of_one_and_are_all_kept(
    tmp_path: Path, finished: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = Learner(SPEC, squares(), tmp_path)
    learner.cores = 4
    threads = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        *_, last = learner.events()
    finally:
        torch.set_num_threads(threads)
    rows = {row["run"]: row["train_error"] for row in json.loads((tmp_path / ROWS).read_text())}
    assert rows == {row["run"]: row["train_error"] for row in finished[0][-1].result["runs"]}
    assert all((tmp_path / row["file"]).exists() for row in last.result["runs"])


def in_lanes(learner: Learner, lanes: int) -> Learner:
    learner.cores = lanes
    return learner


def test_lanes_that_are_stopped_have_kept_whole_runs(tmp_path: Path) -> None:
    events = in_lanes(Learner(SPEC, squares(), tmp_path), 4).events()
    ended = 0
    for event in events:
        ended += isinstance(event, RunEnd)
        if ended == 3:
            break
    events.close()
    rows = json.loads((tmp_path / ROWS).read_text())
    assert len(rows) >= 3
    assert all((tmp_path / row["file"]).exists() for row in rows)
    share = len(rows) / SPEC.runs / 2  # half of the runs are of towers with 8 layers, which weigh less
    first = next(event for event in Learner(SPEC, squares(), tmp_path).events() if isinstance(event, Progress))
    assert first.done > share / 2, "what was kept counts as done"


def test_an_error_in_one_lane_keeps_what_the_others_had_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Run._step

    def fails(run: Run, *rest: Any) -> tuple[float, int]:
        if run.depth == 14:
            raise MemoryError
        return step(run, *rest)

    monkeypatch.setattr(Run, "_step", fails)
    with pytest.raises(MemoryError):
        list(in_lanes(Learner(SPEC, squares(), tmp_path), 2).events())
    rows = json.loads((tmp_path / ROWS).read_text())
    assert rows
    assert {towers.read(row["strategy"])[0] for row in rows} == {8}


def test_the_time_left_falls_to_nothing_also_where_a_tower_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Run._step

    def lose(run: Run, *rest: Any) -> tuple[float, int]:
        loss, named = step(run, *rest)
        return (float("nan") if run.text == spelled(14, "none") else loss), named

    monkeypatch.setattr(Run, "_step", lose)
    told = of(run(), Progress)
    assert told[-1].done == pytest.approx(1.0)
    assert told[-1].seconds_left == pytest.approx(0.0, abs=1e-6)
    assert told[0].seconds_left > 0


def test_runs_that_diverge_end_in_a_sentence_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Run._step

    def lose(run: Run, *rest: Any) -> tuple[float, int]:
        loss, named = step(run, *rest)
        return (float("nan") if run.depth == 14 else loss), named

    monkeypatch.setattr(Run, "_step", lose)
    events = run(replace(SPEC, shortcuts=("none",)))
    result = events[-1].result
    assert set(result["rates"]) == set(result["cuts"]) == {spelled(8, "none")}
    assert "Plain, 14 layers: the loss left all bounds at every rate, so it is not counted." in result["sentence"]
    said = [event.sentence for event in of(events, Note)]
    assert "Plain, 14 layers: the loss left all bounds (rate 0.02, seed 0, epoch 1); this run does not count." in said
    assert json.dumps(result, allow_nan=False), "no number that JSON does not know"


def test_where_everything_diverges_that_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Run, "_step", lambda *_: (float("inf"), 0))
    result = run(replace(SPEC, shortcuts=("none",)))[-1].result
    assert (result["rates"], result["cuts"], result["differences"]) == ({}, {}, [])
    assert "Plain, 8 layers: the loss left all bounds at every rate" in result["sentence"]


def test_a_class_too_small_to_split_is_named() -> None:
    with pytest.raises(ValueError, match="Class “bright” has 1 pictures to split"):
        Learner(SPEC, squares().take(torch.tensor([0, 2, 4, 6, 8, 1])))


@pytest.mark.gpu
def test_towers_train_on_a_gpu() -> None:
    result = run(replace(SPEC, device="cuda"))[-1].result
    assert len(result["runs"]) == SPEC.runs


def test_a_depth_that_memory_does_not_hold_is_refused_before_anything_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_zoo.residual.learning.free_memory_bytes", lambda device: 1_000)
    with pytest.raises(
        ValueError, match="^8 layers need about .* at 8 px with batches of 16, .* Take fewer layers or a"
    ):
        Learner(SPEC, squares())
