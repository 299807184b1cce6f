"""Runs side by side: the same numbers as one at a time, nothing left behind, and honest about what each has cost."""

import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.ops import StochasticDepth

from model_zoo import backbones
from model_zoo.comparison import compare
from model_zoo.estimates import Speed, SplitSizes, estimate, until_all_end
from model_zoo.events import EpochEnd, Event, Progress, Started, drained
from model_zoo.prefix_cache import Account, Key, PrefixCache
from model_zoo.side_by_side import Chain, Turn, draws, side_by_side
from model_zoo.speed import measure
from model_zoo.training import Run
from tests.engine import SPEED, run, spec
from tests.tiny import TINY, stripes

TWO = replace(SPEED, train=(1e-3,) * 4 + (1e-6,), lanes=2, slower=1.2)
MIXED = ("linear_probe", "freeze_first:k=2", "gradual_unfreezing", "full", "custom:map=stage1=1/0;head=1")


def _without_dropout(classes: int) -> nn.Sequential:
    network = TINY.architecture(classes)
    network[3] = nn.Sequential(OrderedDict([("1", network[3][1]), ("2", network[3][2])]))
    return network


DRY = replace(TINY, name="dry", architecture=_without_dropout)


@pytest.fixture
def race(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register a network that draws nothing, of which two runs at once are quicker; switch threads often."""
    monkeypatch.setitem(backbones.REGISTRY._entries, "dry", DRY)
    remember(monkeypatch, TWO)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def remember(monkeypatch: pytest.MonkeyPatch, speed: Speed) -> None:
    def measured(*_: object) -> Iterator[Event]:
        yield from ()
        return speed

    monkeypatch.setattr("model_zoo.comparison.measure", measured)


def dry(*strategies: str, **changes: object):
    return spec(*strategies, backbone="dry", **changes)


def lanes_left() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "lane"]


def turn(name: str, steps: int = 1) -> Turn:
    for _ in range(steps):
        yield Progress(name)


def without_seconds(result: dict) -> list[dict]:
    return [{key: value for key, value in row.items() if "seconds" not in key} for row in result["runs"]]


def losses(epochs: list[EpochEnd]) -> dict[tuple[str, int], tuple[float, float]]:
    return {(end.run, end.epoch): (end.train_loss, end.validation_loss) for end in epochs}


def test_the_chain_with_the_fewest_turns_behind_it_goes_first() -> None:
    chains = [(behind, iter([turn(name)] * 1 + [turn(name)])) for behind, name in ((1, "ahead"), (0, "a"), (0, "b"))]
    assert [event.doing for event in side_by_side(chains, lanes=1)] == ["a", "b", "ahead", "a", "b", "ahead"]


def test_as_many_turns_happen_at_once_as_there_are_lanes() -> None:
    both = threading.Barrier(2, timeout=10)

    def meeting() -> Turn:
        both.wait()  # broken, and an error here, if the other never comes
        yield Progress("met")

    assert len(list(side_by_side([(0, iter([meeting()])), (0, iter([meeting()]))], lanes=2))) == 2
    assert not lanes_left()


@pytest.mark.parametrize("chains", [1, 3])
def test_every_turn_has_its_share_of_torchs_threads_and_the_caller_has_its_own_back(chains: int) -> None:
    before = torch.get_num_threads()

    def asking() -> Turn:
        yield Progress(str(torch.get_num_threads()))

    try:
        torch.set_num_threads(4)
        told = [event.doing for event in side_by_side([(0, iter([asking()])) for _ in range(chains)], lanes=2)]
        assert told == ["2"] * chains
        later: list[int] = []
        threading.Thread(target=lambda: later.append(torch.get_num_threads())).start()
        while not later:
            time.sleep(0.001)
        assert (torch.get_num_threads(), later) == (4, [4])
    finally:
        torch.set_num_threads(before)


def test_nothing_goes_on_that_has_not_been_heard_of_and_closing_ends_every_lane() -> None:
    made, closed = [], []

    def endless(name: str) -> Turn:
        try:
            while True:
                made.append(name)
                yield Progress(name)
        finally:
            closed.append(name)

    events = side_by_side([(0, iter([endless(name)])) for name in "ab"], lanes=2)
    heard = [next(events).doing for _ in range(10)]
    time.sleep(0.1)
    assert len(made) <= len(heard) + 2
    events.close()
    assert sorted(closed) == ["a", "b"]
    assert not lanes_left()


@pytest.mark.parametrize("error", [ValueError("no such stage"), torch.OutOfMemoryError("no memory left")])
def test_an_error_in_one_lane_is_raised_where_events_are_heard_and_ends_the_others(error: Exception) -> None:
    def failing() -> Turn:
        yield Progress("so far")
        raise error

    endless: Chain = (turn("endless", 100) for _ in range(1000))
    with pytest.raises(type(error), match=str(error)):
        list(side_by_side([(0, endless), (0, iter([failing()]))], lanes=2))
    assert not lanes_left()


def test_errors_that_cannot_be_raised_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    def failing(words: str) -> Turn:
        try:
            while True:
                yield Progress("so far")
        finally:
            raise OSError(words)

    events = side_by_side([(0, iter([failing(words)])) for words in ("disk full", "disk gone")], lanes=2)
    for _ in range(6):
        next(events)
    events.close()
    assert sorted(str(record.exc_info[1]) for record in caplog.records) == ["disk full", "disk gone"]
    caplog.clear()

    def raising() -> Turn:
        yield Progress("so far")
        raise ValueError("no such stage")

    with pytest.raises(ValueError, match="no such stage"):
        list(side_by_side([(0, iter([raising()])), (0, iter([failing("disk full")]))], lanes=2))
    assert [str(record.exc_info[1]) for record in caplog.records] == ["disk full"], "what is raised is not logged, too"


def test_what_draws_in_training_is_known_by_its_modules() -> None:
    assert draws(nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Dropout2d(0.1))))
    assert draws(nn.Sequential(StochasticDepth(0.2, "row")))
    assert not draws(nn.Sequential(nn.Dropout(0.0), StochasticDepth(0.0, "row"), nn.BatchNorm1d(2)))


@pytest.mark.usefixtures("race")
def test_runs_side_by_side_give_the_numbers_that_they_give_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = dry(*MIXED, "lora", seeds=2)
    before = torch.get_rng_state()
    results = [run(wanted) for _ in range(2)]
    assert torch.equal(torch.get_rng_state(), before), "a lane drew from the generator that all threads share"
    assert next(e.plan["lanes"] for e in compare(wanted, stripes()) if isinstance(e, Started)) == 2
    remember(monkeypatch, SPEED)
    one_at_a_time, result = run(wanted)
    for epochs, raced in results:
        assert losses(epochs) == losses(one_at_a_time)
        assert without_seconds(raced) == without_seconds(result)


@pytest.mark.usefixtures("race")
def test_a_run_does_not_depend_on_its_company() -> None:
    def mine(*strategies: str) -> list[EpochEnd]:
        return [end for end in run(dry(*strategies))[0] if end.strategy == "freeze_first:k=2"]

    assert losses(mine("freeze_first:k=2", "full")) == losses(mine("linear_probe", "freeze_first:k=2", "lora"))


@pytest.mark.parametrize("stop_after", [1, 12, 40, 61])
@pytest.mark.usefixtures("race")
def test_a_race_that_was_stopped_goes_on_with_the_numbers_of_the_unbroken_one(
    stop_after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_zoo.checkpoints.SECONDS_BETWEEN", 0)
    wanted = dry(*MIXED, seeds=2)
    _, unbroken = run(wanted, tmp_path / "unbroken")
    broken = compare(wanted, stripes(), tmp_path / "broken")
    for _ in range(stop_after):
        next(broken)
    broken.close()
    assert not lanes_left()
    remember(monkeypatch, SPEED)  # whatever is known of this machine by now: it goes on as it began
    begun = next(compare(wanted, stripes(), tmp_path / "broken"))
    _, resumed = run(wanted, tmp_path / "broken")
    assert begun.plan["lanes"] == 2
    assert without_seconds(resumed) == without_seconds(unbroken)
    for index in range(10):
        one, other = (load_file(tmp_path / it / f"runs/{index}/model.safetensors") for it in ("unbroken", "broken"))
        assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.usefixtures("race")
def test_every_epoch_that_a_checkpoint_holds_has_been_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_zoo.checkpoints.SECONDS_BETWEEN", 0)
    wanted, told = dry("full", "linear_probe", "lora"), []
    broken = compare(wanted, stripes(), tmp_path)
    while len(told) < 4:
        event = next(broken)
        told += [event] if isinstance(event, EpochEnd) else []
    time.sleep(0.05)  # time enough for a lane that did not wait
    broken.close()
    again, _ = run(wanted, tmp_path)
    assert losses(told) | losses(again) == losses(run(wanted)[0])


@pytest.mark.usefixtures("race")
def test_an_error_in_one_run_ends_the_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Run._step

    def failing(run: Run, *rest: object, **more: object) -> tuple[Tensor, Tensor]:
        if run.text == "full" and run.history:
            raise ValueError("The pictures are gone.")
        return step(run, *rest, **more)

    monkeypatch.setattr(Run, "_step", failing)
    with pytest.raises(ValueError, match="The pictures are gone"):
        list(compare(dry("full", "linear_probe", "lora"), stripes()))
    assert not lanes_left()


@pytest.mark.usefixtures("race")
def test_what_runs_side_by_side_cost_adds_up_to_what_the_clock_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    step, shown = Run._step, []

    def slow(run: Run, *rest: object, **more: object) -> tuple[Tensor, Tensor]:
        time.sleep(0.03)
        return step(run, *rest, **more)

    monkeypatch.setattr(Run, "_step", slow)
    for event in compare(dry("full", "l2_sp", epochs=4), stripes()):
        shown += [(time.perf_counter(), event)]
    progress = [(clock, event) for clock, event in shown if isinstance(event, Progress)]
    begun, over = progress[0][0], progress[-1][0]
    cost = sum(row["seconds_marginal"] for row in shown[-1][1].result["runs"])
    assert cost == pytest.approx(over - begun, rel=0.3)
    half = next(clock for clock, event in shown if isinstance(event, EpochEnd) and event.epoch == 1)
    clock, event = next(each for each in progress if each[0] > half)
    assert event.seconds_left == pytest.approx(over - clock, rel=0.6)


KEYS = [Key(prefix, "s", "0", 64, "fp32", "n") for prefix in "ab"]


def test_rows_that_two_runs_want_at_once_are_computed_once_and_waiting_costs_nothing() -> None:
    cache, asked, accounts = PrefixCache(1 << 20, share=0.5), [], (Account(), Account())

    def make(index: Tensor) -> Tensor:
        asked.extend(index.tolist())
        time.sleep(0.1)
        return index.float()[:, None].clone()

    def wants(account: Account) -> None:
        cache.rows(KEYS[0], torch.arange(5), 10, make, account=account)

    at_once(*(lambda account=account: wants(account) for account in accounts))
    first, second = sorted(accounts, key=lambda account: account.waited)
    assert asked == [0, 1, 2, 3, 4]
    assert second.waited > 0.08 > first.waited
    assert (second.paid, second.alone) == (0, pytest.approx(first.alone))
    assert first.paid == pytest.approx(first.alone)
    assert 0.05 <= first.paid < 0.1, "told in seconds of the whole machine"


def test_rows_of_different_entries_are_computed_at_once() -> None:
    cache, both = PrefixCache(1 << 20), threading.Barrier(2, timeout=10)

    def make(index: Tensor) -> Tensor:
        both.wait()
        return index.float()[:, None].clone()

    at_once(*(lambda key=key: cache.rows(key, torch.arange(5), 10, make, account=Account()) for key in KEYS))
    assert all(cache.holds(key, torch.arange(5)) for key in KEYS)


def at_once(*works) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(("backbone", "threads", "lanes"), [(DRY, 2, 2), (TINY, 2, 1), (DRY, 1, 1)])
def test_a_trial_finds_out_how_many_runs_can_be_side_by_side_and_one_where_training_draws(
    backbone: backbones.Backbone, threads: int, lanes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_zoo.speed.SECONDS_A_TIMING", 0.001)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(threads)
        speed = drained(measure(backbone, 8, "cpu"))
        assert speed.lanes == lanes
        assert speed.slower > 0
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


SIZES = SplitSizes(train=360, validation=12, test=12)


def told(speed: Speed, *strategies: str, lanes: int | None = None):
    return estimate(spec(*strategies, backbone="dry"), SIZES, 3, speed, lanes)


@pytest.mark.usefixtures("race")
def test_as_many_runs_are_side_by_side_as_the_estimate_says_is_quickest() -> None:
    assert told(TWO, "full").lanes == 1, "a lone run has all threads"
    assert told(TWO, "full", "l2_sp").lanes == 2
    assert told(replace(TWO, slower=1.9), "full", "linear_probe").lanes == 1, "one would be alone most of the time"
    assert told(replace(TWO, slower=2.1), "full", "l2_sp").lanes == 1
    assert told(replace(TWO, saved_bytes=10**11), "full", "l2_sp").lanes == 1, "two would not fit in memory"


@pytest.mark.usefixtures("race")
def test_an_estimate_tells_the_clock_and_its_parts_what_they_take_of_the_machine() -> None:
    alone, raced = told(TWO, "full", "l2_sp", lanes=1), told(TWO, "full", "l2_sp", lanes=2)
    assert raced.seconds == pytest.approx(1.2 / 2 * alone.seconds, rel=0.05)
    assert sum(raced.by_strategy.values()) == pytest.approx(1.2 / 2 * alone.seconds)
    uneven = told(TWO, "full", "linear_probe", lanes=2)
    assert uneven.seconds == pytest.approx(2 * uneven.by_strategy["full"])
    assert raced.memory_bytes > alone.memory_bytes


def test_the_longest_may_be_alone_at_the_end() -> None:
    assert until_all_end([1, 1, 2], lanes=2) == 4
    assert until_all_end([1, 1, 1], lanes=2) == 3
    assert until_all_end([], lanes=2) == 0


def test_several_lanes_lie_between_one_and_all() -> None:
    speed = replace(SPEED, lanes=4, slower=2.0)
    assert [speed.share(lanes) for lanes in (1, 4)] == pytest.approx([1.0, 0.5])
    assert 0.5 < speed.share(2) < 1.0
