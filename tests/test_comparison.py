"""The engine: what freezes stays, what is paired is paired, what is cached agrees, what is killed goes on."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from model_zoo import backbones, strategies
from model_zoo.bank import Bank
from model_zoo.comparison import compare
from model_zoo.data.image_set import ImageSet
from model_zoo.events import EpochEnd, Progress, RunEnd, Started
from model_zoo.movement import Movement, moving_stages
from model_zoo.prefix_cache import Account, Key
from model_zoo.specs import ComparisonSpec
from model_zoo.training import SHARE_OF_HEAD
from tests.engine import SPEED, run, spec, tiny
from tests.tiny import TINY, stripes

__all__ = ["tiny"]
pytestmark = pytest.mark.usefixtures("tiny")
ALL = tuple(sorted(set(strategies.REGISTRY) - {"custom"}))
MIXED = ("linear_probe", "freeze_first:k=2", "gradual_unfreezing", "lp_ft", "custom:map=stage1=1/0;head=1")


def best_models(folder: Path, count: int) -> list[dict[str, torch.Tensor]]:
    return [load_file(folder / "runs" / str(index) / "model.safetensors") for index in range(count)]


def beginning(seed: int = 0) -> dict[str, torch.Tensor]:
    """Give the weights with which a run on the tiny network begins."""
    found = TINY.network(3, seed=seed).state_dict()
    return {name: SHARE_OF_HEAD * value if name.startswith("head.") else value for name, value in found.items()}


def plan_of_one_stopped_after_an_epoch(wanted: ComparisonSpec, images: ImageSet, folder: Path) -> Mapping[str, Any]:
    """Run a comparison in `folder` until its first epoch is kept there; gives what was said when it began."""
    broken = compare(wanted, images, folder)
    begun = next(broken)
    while not isinstance(next(broken), EpochEnd):
        pass
    next(broken)  # past the checkpoint
    broken.close()
    assert isinstance(begun, Started)
    return begun.plan


def test_frozen_stages_are_bit_identical_batch_norm_statistics_included(tmp_path: Path) -> None:
    run(spec(*ALL), tmp_path)
    start = beginning()
    for text, model in zip(ALL, best_models(tmp_path, len(ALL)), strict=True):
        moving = moving_stages(strategies.get(text), TINY.stage_names, 3)
        for name, value in model.items():
            if name.partition(".")[0] not in moving:
                assert torch.equal(value, start[name]), f"{text} moved {name}"
        changed = {name.partition(".")[0] for name, value in model.items() if not torch.equal(value, start[name])}
        assert {"head"} <= changed <= moving, text
        if text not in ("lp_ft", "gradual_unfreezing", "norm_only"):  # asleep in the best epoch; no norm to train
            assert changed == moving, text


@pytest.mark.parametrize(
    ("text", "may_move"),
    [
        ("bitfit", ("bias",)),
        ("norm_only", ("bn.weight", "bn.bias", "running_mean", "running_var", "num_batches_tracked")),
    ],
)
def test_a_fraction_of_a_stage_moves_and_nothing_else(text: str, may_move: tuple[str, ...], tmp_path: Path) -> None:
    run(spec(text), tmp_path)
    start = beginning()
    moved = {name for name, value in best_models(tmp_path, 1)[0].items() if not torch.equal(value, start[name])}
    trunk = {name for name in moved if not name.startswith("head.")}
    assert trunk
    assert all(name.endswith(may_move) for name in trunk)


@pytest.mark.parametrize("text", ["linear_probe", "from_scratch"])
def test_a_new_softmax_is_drawn_from_the_seed_and_prefers_no_class_at_first(text: str, tmp_path: Path) -> None:
    still = spec(text, seeds=2, epochs=1, rate=1e-6)
    run(still, tmp_path)
    models = best_models(tmp_path, 2)
    for seed, model in enumerate(models):
        torch.testing.assert_close(model["head.weight"], beginning(seed)["head.weight"], rtol=0, atol=1e-4)
    assert not torch.allclose(models[0]["head.weight"], models[1]["head.weight"], atol=1e-3)
    chances = load_file(tmp_path / "predictions.safetensors")["logits.0"].float().softmax(1)
    assert (chances - 1 / 3).abs().max() < 0.05


def test_losses_with_and_without_the_cache_agree() -> None:
    with_cache, _ = run(spec(*MIXED))
    without, _ = run(spec(*MIXED), cached=False)
    for one, other in zip(with_cache, without, strict=True):
        assert (one.run, one.epoch) == (other.run, other.epoch)
        assert one.train_loss == pytest.approx(other.train_loss, abs=1e-5)
        assert one.validation_loss == pytest.approx(other.validation_loss, abs=1e-5)


def test_the_same_spec_and_seed_give_the_same_numbers_and_another_seed_others() -> None:
    def losses(**changes: int) -> list[float]:
        return [end.train_loss for end in run(spec("full", "linear_probe", **changes))[0]]

    assert losses() == losses()
    assert losses() != losses(seed=5)


def test_runs_of_one_seed_are_paired_and_do_not_depend_on_their_company() -> None:
    alone, _ = run(spec("freeze_first:k=2", seeds=2))
    in_company, _ = run(spec("full", "freeze_first:k=2", "linear_probe", seeds=2))
    mine = [end for end in in_company if end.strategy == "freeze_first:k=2"]
    assert [end.train_loss for end in alone] == pytest.approx([end.train_loss for end in mine], abs=1e-6)


def test_configurations_race_an_epoch_each_in_turn_and_seeds_are_the_outer_loop() -> None:
    epochs, _ = run(spec("full", "linear_probe", seeds=2, epochs=2))
    assert [(end.seed, end.epoch, end.strategy) for end in epochs] == [
        (seed, epoch, text) for seed in (0, 1) for epoch in (0, 1) for text in ("full", "linear_probe")
    ]


def test_test_labels_choose_nothing() -> None:
    images = stripes()
    labels = images.labels.clone()
    test = images.given == 2
    labels[test] = labels[test].flip(0)
    _, honest = run(spec("full", "linear_probe", seeds=2))
    _, shuffled = run(spec("full", "linear_probe", seeds=2), images=replace(images, labels=labels))
    kept = ("strategy", "seed", "best_epoch", "validation_accuracy")
    assert [[row[k] for k in kept] for row in honest["runs"]] == [[row[k] for k in kept] for row in shuffled["runs"]]
    assert honest["verdict"]["recommended"] == shuffled["verdict"]["recommended"]
    assert honest["runs"] != shuffled["runs"]


@pytest.mark.parametrize("stop_after", [1, 9, 30, 55])
def test_a_killed_comparison_goes_on_with_the_numbers_of_the_unbroken_one(
    stop_after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_zoo.checkpoints.SECONDS_BETWEEN", 0)
    wanted = spec(*MIXED, "lora", seeds=2)
    _, unbroken = run(wanted, tmp_path / "unbroken")
    torch.manual_seed(stop_after)  # whatever the global generator holds must not matter
    broken = compare(wanted, stripes(), tmp_path / "broken")
    for _ in range(stop_after):
        next(broken)
    broken.close()
    _, resumed = run(wanted, tmp_path / "broken")
    for one, other in zip(unbroken["runs"], resumed["runs"], strict=True):
        assert {k: v for k, v in one.items() if "seconds" not in k} == {
            k: v for k, v in other.items() if "seconds" not in k
        }
    for one, other in zip(best_models(tmp_path / "unbroken", 12), best_models(tmp_path / "broken", 12), strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_resumed_comparison_does_not_train_again_what_it_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_zoo.checkpoints.SECONDS_BETWEEN", 0)
    wanted = spec("full", "linear_probe", seeds=2)
    events: list = []
    broken = compare(wanted, stripes(), tmp_path)
    while sum(isinstance(event, EpochEnd) for event in events) < 8:
        events.append(next(broken))
    next(broken)  # the generator is past the checkpoint of the eighth epoch
    broken.close()
    epochs, _ = run(wanted, tmp_path)
    assert len(epochs) == 12 - 8


def test_a_resumed_run_is_not_charged_again_for_rows_that_it_was_charged_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_zoo.checkpoints.SECONDS_BETWEEN", 0)
    charged: list[int] = []
    charge = Account.charge

    def counting(account: Account, key: Key, index: Tensor, *rest: Any) -> None:
        charged.append(-sum(int(rows.sum()) for rows in account.charged.values()))
        charge(account, key, index, *rest)
        charged[-1] += sum(int(rows.sum()) for rows in account.charged.values())

    monkeypatch.setattr(Account, "charge", counting)
    monkeypatch.setenv("THAW_HOME", str(tmp_path / "one home"))
    run(spec("linear_probe"), tmp_path / "unbroken")
    monkeypatch.setenv("THAW_HOME", str(tmp_path / "another"))
    whole = sum(charged)
    charged.clear()
    broken = compare(spec("linear_probe"), stripes(), tmp_path / "broken")
    while not isinstance(next(broken), EpochEnd):
        pass
    first_epoch = sum(charged)
    next(broken)  # past the checkpoint of the first epoch
    broken.close()
    charged.clear()
    run(spec("linear_probe"), tmp_path / "broken")
    assert 0 < sum(charged) == whole - first_epoch


def test_a_checkpoint_of_another_comparison_is_not_continued(tmp_path: Path) -> None:
    run(spec("full"), tmp_path)
    epochs, _ = run(spec("full", rate=0.01), tmp_path)
    assert len(epochs) == 3


def test_only_the_best_epoch_stays_and_holds_what_others_need_to_use_it(tmp_path: Path) -> None:
    _, result = run(spec("lora", "full"), tmp_path)
    files = sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file())
    runs = [f"runs/{index}/{name}.safetensors" for index in (0, 1) for name in ("model", "outcome")]
    assert files == sorted(["predictions.safetensors", "result.json", "setting.json", "start.safetensors", *runs])
    with safe_open(tmp_path / "runs/0/model.safetensors", framework="pt") as kept:
        about = kept.metadata()
    assert about["classes"] == '["a", "b", "c"]'
    assert about["backbone"] == "tiny"
    network = TINY.network(3, seed=0, pretrained=False)
    network.load_state_dict(load_file(tmp_path / "runs/0/model.safetensors"))
    found = load_file(tmp_path / "predictions.safetensors")
    images = stripes()
    with torch.no_grad():
        pictures = (images.pictures[found["test.0"].long()].float() / 255 - 0.5) / 0.25
        logits = network.eval()(pictures)
    torch.testing.assert_close(logits, found["logits.0"].float(), atol=1e-2, rtol=1e-2)
    accuracy = (logits.argmax(1) == images.labels[found["test.0"].long()]).float().mean().item()
    assert accuracy == pytest.approx(result["runs"][0]["test_accuracy"])


def test_the_frozen_prefix_is_computed_once_for_all_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = []
    through = Bank._through

    def counting(self: Bank, prefix: torch.nn.Sequential, before: torch.Tensor, depth: int) -> torch.Tensor:
        passed.append(len(before))
        return through(self, prefix, before, depth)

    monkeypatch.setattr(Bank, "_through", counting)
    _, result = run(spec("linear_probe", "full", seeds=3, epochs=4))
    split = result["split"]
    assert sum(passed) == split["train"] * 4 + split["validation"] + split["test"]


def test_a_run_alone_would_pay_for_what_it_shared() -> None:
    _, result = run(spec("linear_probe", "last_stages:k=0"))
    first, second = result["runs"]
    assert second["seconds_alone"] > second["seconds_marginal"]
    assert first["seconds_alone"] == pytest.approx(first["seconds_marginal"], rel=0.3)


def test_every_epoch_tells_what_the_page_draws() -> None:
    epochs, result = run(spec("freeze_first:k=2", "gradual_unfreezing"))
    frozen = [end for end in epochs if end.strategy == "freeze_first:k=2"]
    assert all(
        end.rates[:2] == [0, 0] and end.gradient_norms[:2] == [0, 0] and end.drift[:2] == [0, 0] for end in frozen
    )
    assert all(end.rates[2] > 0 and end.gradient_norms[2] > 0 and end.drift[2] > 0 for end in frozen)
    thawing = [end for end in epochs if end.strategy == "gradual_unfreezing"]
    assert [sum(rate > 0 for rate in end.rates) for end in thawing] == [1, 2, 3]
    assert all(end.peak_memory_bytes > 0 for end in epochs)
    assert all(end.seconds > 0 for end in epochs)
    for row in result["runs"]:
        mine = [end.seconds for end in epochs if (end.strategy, end.seed) == (row["strategy"], row["seed"])]
        assert sum(mine) <= row["seconds_marginal"], "an epoch tells its own seconds, not those since the start"


def test_the_plan_comes_first_and_progress_ends_at_one() -> None:
    events = list(compare(spec("full", "linear_probe"), stripes()))
    assert isinstance(events[0], Started)
    assert events[0].plan["runs"] == 2
    progress = [event.done for event in events if isinstance(event, Progress)]
    assert progress[-1] == pytest.approx(1, abs=1e-6)
    assert sum(isinstance(event, RunEnd) for event in events) == 2


@pytest.mark.parametrize("what", ["memory", "disk"])
def test_a_comparison_that_does_not_fit_is_refused_with_its_needs(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if what == "memory":
        monkeypatch.setattr("model_zoo.comparison.free_memory_bytes", lambda device: 10_000)
    else:
        monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=1_000))
    with pytest.raises(ValueError, match=rf"needs about .* GB of {what} and .* free\. Take fewer strategies"):
        next(iter(compare(spec("full"), stripes(), tmp_path)))


def test_small_sets_without_a_split_are_redrawn_for_every_seed(tmp_path: Path) -> None:
    _, result = run(spec("linear_probe", seeds=2), tmp_path, images=stripes(given=False))
    found = load_file(tmp_path / "predictions.safetensors")
    assert result["split"]["redrawn"]
    assert not torch.equal(found["test.0"], found["test.1"])


def test_a_resumed_run_keeps_its_moments_where_its_channels_last_weights_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_zoo.checkpoints.SECONDS_BETWEEN", 0)
    monkeypatch.setattr("tests.engine.SPEED", replace(SPEED, memory_format="channels_last"))
    wanted = spec("full", epochs=4)
    _, unbroken = run(wanted, tmp_path / "unbroken")
    broken = compare(wanted, stripes(), tmp_path / "broken")
    while not isinstance(event := next(broken), EpochEnd) or event.epoch < 1:
        pass
    next(broken)
    broken.close()
    run(wanted, tmp_path / "broken")
    one, other = (load_file(tmp_path / name / "runs/0/model.safetensors") for name in ("unbroken", "broken"))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_resumed_comparison_keeps_the_setting_it_began_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = compare(spec("full"), stripes(), tmp_path)
    next(broken)
    broken.close()
    monkeypatch.setattr("tests.engine.SPEED", replace(SPEED, precision="bf16"))
    _, resumed = run(spec("full"), tmp_path)
    assert resumed["precision"] == "fp32"


def test_as_many_views_are_drawn_as_memory_holds_and_a_resumed_comparison_keeps_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_zoo.checkpoints.SECONDS_BETWEEN", 0)
    images, wanted = stripes(300), spec("freeze_first:k=1")
    with monkeypatch.context() as tight:
        tight.setattr("model_zoo.comparison.free_memory_bytes", lambda device: 1_200_000)
        plan = plan_of_one_stopped_after_an_epoch(wanted, images, tmp_path / "tight")
    assert plan["views"] == 2, "a quarter of memory holds no more"
    epochs, resumed = run(wanted, tmp_path / "tight", images=images)
    assert resumed["views"] == resumed["spec"]["most_views"] == 2
    assert len(epochs) == 2, "its checkpoint was of the same comparison"
    assert run(wanted, tmp_path / "roomy", images=images)[1]["views"] == 3


def test_a_comparison_that_must_fit_into_a_time_runs_fewer_epochs_and_a_resumed_one_keeps_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_zoo.checkpoints.SECONDS_BETWEEN", 0)
    wanted = spec("full", epochs=5, within_seconds=1)
    with monkeypatch.context() as slow:
        slow.setattr("tests.engine.SPEED", replace(SPEED, train=(1.0,) * 5))
        assert plan_of_one_stopped_after_an_epoch(wanted, stripes(), tmp_path)["epochs"] == 2
    epochs, resumed = run(wanted, tmp_path)
    assert [end.epoch for end in epochs] == [1], "its checkpoint was of the same comparison"
    assert resumed["spec"]["epochs"] == 2
    assert len(run(wanted)[0]) == 5, "this machine is quick enough for all of them"


def test_what_pre_training_made_of_the_first_stage_is_kept_whatever_trains_and_whatever_is_shipped_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretrained = {name: value for name, value in TINY.state(TINY).items() if name.startswith("stem.")}

    def kept() -> dict[str, Tensor]:
        return {f"stem.{name}": value for name, value in load_file(tmp_path / "start.safetensors").items()}

    broken = compare(spec("from_scratch", "full", seeds=2), stripes(), tmp_path)
    while not isinstance(next(broken), RunEnd):
        pass
    broken.close()
    assert kept().keys() == pretrained.keys()
    assert all(torch.equal(value, pretrained[name]) for name, value in kept().items())

    newer = replace(TINY, state=lambda row: {name: value + 1 for name, value in TINY.state(row).items()})
    monkeypatch.setitem(backbones.REGISTRY._entries, "tiny", newer)
    run(spec("from_scratch", "full", seeds=2), tmp_path)
    assert all(torch.equal(value, pretrained[name]) for name, value in kept().items())


def test_a_comparison_in_which_nothing_is_pre_trained_shows_no_start(tmp_path: Path) -> None:
    run(spec("from_scratch"), tmp_path)
    assert not (tmp_path / "start.safetensors").exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rate": float("nan")}, "rate must be"),
        ({"rate": -1}, "rate must be"),
        ({"seed": 10**19}, "seed must be"),
        ({"seed": -1}, "seed must be"),
        ({"batch": 1}, "batch must be"),
        ({"epochs": 0}, "epochs must be 1 to 200, got 0"),
        ({"size": 3}, "size for tiny must be 4 to 64, got 3"),
        ({"device": "cpu:abc"}, "no device “cpu:abc” here"),
        ({"device": "cuda:99"}, "no device “cuda:99” here"),
    ],
)
def test_an_impossible_budget_is_a_sentence(changes: dict, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        next(iter(compare(spec("full", **changes), stripes())))


def test_an_epoch_in_which_nothing_moves_is_refused() -> None:
    with pytest.raises(ValueError, match="freezes every stage in epoch 2"):
        spec("custom:map=head=1/0")


def test_l2_sp_leaves_weights_where_they_began_when_nothing_else_pulls() -> None:
    network = TINY.network(3, seed=0, pretrained=False)
    movement = Movement(network, TINY.stage_names, strategies.get("l2_sp"), epochs=1)
    decay = {group["stage"]: group["weight_decay"] for group in movement.optimiser.param_groups}
    assert decay == {**dict.fromkeys(TINY.stage_names, 0.0), "head": 0.01}


@pytest.mark.parametrize(
    ("text", "shrinking"),
    [
        ("full", TINY.stage_names),
        ("discriminative:decay=1", TINY.stage_names),
        ("from_scratch", TINY.stage_names),
        ("freeze_first:k=2", TINY.stage_names[2:]),
        ("linear_probe", ("head",)),
        ("l2_sp", ("head",)),
    ],
)
def test_weights_that_train_decay_towards_zero_unless_something_else_holds_them(
    text: str, shrinking: tuple[str, ...]
) -> None:
    network, strategy = TINY.network(3, seed=0, pretrained=False), strategies.get(text)
    start = {name: value.detach().clone() for name, value in network.named_parameters()}
    movement = Movement(network, TINY.stage_names, strategy, epochs=1)
    scales = strategy.lr_scales(TINY.stage_names, 0, 1)
    movement.thaw(scales)
    movement.set_rates(0.5, scales, done=0.0, steps=1)
    movement.step(0 * network(torch.zeros(2, 3, 8, 8)).sum())  # no picture pulls
    for name, value in network.named_parameters():
        left = 1 - 0.5 * 0.01 if name.partition(".")[0] in shrinking else 1.0
        torch.testing.assert_close(value.detach(), left * start[name], msg=name)


def test_learning_happens() -> None:
    _, result = run(spec("full", epochs=8), images=stripes(150))
    assert result["runs"][0]["test_accuracy"] > 0.8


@pytest.mark.gpu
def test_on_a_gpu_the_same_comparison_learns_too_and_memory_is_measured() -> None:
    epochs, result = run(spec("full", "linear_probe", epochs=8, device="cuda"), images=stripes(150))
    assert result["runs"][0]["test_accuracy"] > 0.8
    assert all(end.memory_measured for end in epochs)


def test_an_interrupted_step_never_leaves_gradients_off() -> None:
    events: Iterator = compare(spec("full"), stripes())
    for _ in range(6):
        next(events)
        assert torch.is_grad_enabled(), "yielded inside no_grad"
        assert not torch.is_autocast_enabled("cpu"), "yielded inside autocast"
    events.close()
    assert np.isfinite(torch.ones(1).item())
