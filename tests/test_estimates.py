"""Estimates: the ledger counts what the engine computes."""

import math
from dataclasses import replace

import pytest
import torch

from model_zoo.bank import Bank
from model_zoo.estimates import SECONDS_A_RUN, SplitSizes, _Ledger, estimate, fitted, in_time
from model_zoo.specs import ComparisonSpec
from model_zoo.training import Run
from tests.engine import SPEED, run, spec, tiny
from tests.tiny import stripes

__all__ = ["tiny"]
pytestmark = pytest.mark.usefixtures("tiny")
SIZES = SplitSizes(train=36, validation=12, test=12)


def seconds(wanted: ComparisonSpec, sizes: SplitSizes = SIZES, **speed: object) -> float:
    return estimate(wanted, sizes, 3, replace(SPEED, **speed)).seconds


@pytest.mark.parametrize("redrawn", [False, True])
@pytest.mark.parametrize(
    "strategies", [("linear_probe", "full"), ("gradual_unfreezing", "lp_ft"), ("custom:map=stage1=1/0;head=1",)]
)
def test_the_ledger_counts_the_pictures_that_the_engine_sends_through_prefixes(
    strategies: tuple[str, ...], redrawn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages_passed = 0
    through = Bank._through

    def counting(self: Bank, prefix: torch.nn.Sequential, before: torch.Tensor, depth: int) -> torch.Tensor:
        nonlocal stages_passed
        stages_passed += len(before) * len(prefix)
        return through(self, prefix, before, depth)

    monkeypatch.setattr(Bank, "_through", counting)
    evaluated = 0
    logits = Run._logits

    def counting_logits(self: Run, read: torch.Tensor, depth: int) -> torch.Tensor:
        nonlocal evaluated
        evaluated += len(read) * (len(self.stages) - depth)
        return logits(self, read, depth)

    monkeypatch.setattr(Run, "_logits", counting_logits)
    wanted = spec(*strategies, seeds=2, epochs=4)
    run(wanted, images=stripes(given=not redrawn))
    nothing = {"train": (0.0,) * 5, "view": 0.0}
    by_stage = {"forward": (1.0, 2.0, 3.0, 4.0, 5.0)}  # every stage takes a second a picture
    counted = seconds(wanted, replace(SIZES, redrawn=redrawn), **nothing, **by_stage)
    counted -= seconds(wanted, replace(SIZES, redrawn=redrawn), **nothing, forward=(0.0,) * 5)
    assert counted == pytest.approx(stages_passed + evaluated, rel=0.1 if redrawn else 0)


def test_training_counts_every_picture_of_every_epoch_from_the_first_warm_stage_on() -> None:
    free = {"forward": (0.0,) * 5, "view": 0.0}
    wanted = spec("freeze_first:k=2", epochs=4, seeds=2)
    cost = seconds(wanted, train=(0.0, 0.0, 1.0, 0.0, 0.0), **free) - seconds(wanted, train=(0.0,) * 5, **free)
    assert cost == pytest.approx(36 * 4 * 2)
    assert seconds(spec("linear_probe"), train=(9.0, 9.0, 9.0, 9.0, 0.0), **free) < 2 * SECONDS_A_RUN


def test_memory_grows_with_pictures_strategies_and_size_and_disk_with_runs() -> None:
    def needs(wanted: ComparisonSpec, sizes: SplitSizes = SIZES) -> tuple[int, int]:
        found = estimate(wanted, sizes, 3, SPEED)
        return found.memory_bytes, found.disk_bytes

    memory, disk = needs(spec("full"))
    assert needs(spec("full"), replace(SIZES, train=3600))[0] > memory
    assert needs(spec("full", "lora"))[0] > memory
    assert needs(spec("full", size=16))[0] > memory
    assert needs(spec("full", seeds=3))[1] > disk


def test_as_many_views_are_taken_as_memory_holds_activations_of() -> None:
    wanted = spec("linear_probe", epochs=8)
    roomy = fitted(wanted, SIZES, SPEED, room_bytes=1e9)
    assert roomy == wanted
    tight = fitted(wanted, SIZES, SPEED, room_bytes=_cached_bytes(wanted) / 2)
    assert tight.views == 4
    assert fitted(wanted, SIZES, SPEED, room_bytes=1).views == 1
    assert sorted(tight.view_order(0)) == [0, 1, 2, 3]


@pytest.mark.parametrize("order", [1, -1])
def test_memory_must_hold_the_activations_of_every_strategy_wherever_it_stands(order: int) -> None:
    names = ("linear_probe", "freeze_first:k=1", "freeze_first:k=2")
    together = spec(*names[::order], epochs=8)
    room = _cached_bytes(together)
    assert fitted(together, SIZES, SPEED, room).views == 8
    assert fitted(together, SIZES, SPEED, room / 2).views == 4
    for text in names:
        assert _cached_bytes(spec(text, epochs=8)) < room, "what one of them needs is less"
    without_the_dearest = _cached_bytes(spec(*names[:2], epochs=8))
    assert fitted(together, SIZES, SPEED, without_the_dearest).views < 8


def test_as_many_epochs_are_run_as_fit_into_the_time_and_two_however_little_there_is() -> None:
    wanted = spec("full", "linear_probe", epochs=9)
    slow = {"train": (1.0,) * 5}
    four = math.ceil(seconds(replace(wanted, epochs=4), **slow))

    def epochs(within: int, **changes: object) -> int:
        return in_time(replace(wanted, within_seconds=within, **changes), SIZES, 3, replace(SPEED, **slow)).epochs

    assert in_time(wanted, SIZES, 3, SPEED) == wanted
    assert epochs(four) == 4
    assert epochs(four - 1) == 3
    assert epochs(10 * four) == 9, "no more than were asked for"
    assert epochs(1) == 2
    assert epochs(1, epochs=1) == 1


def _cached_bytes(wanted: ComparisonSpec) -> float:
    ledger = _Ledger(wanted, SIZES, SPEED)
    for text in wanted.strategies:
        ledger.run(text, 0, 3)
    return ledger.cached_bytes()
