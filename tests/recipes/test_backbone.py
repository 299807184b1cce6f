"""The recipe of the shipped networks, run for a moment on drawn pictures under a teacher that was drawn, too."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo import devices
from model_zoo.data.views import crop, normalise
from model_zoo.recipes.backbone import DEVIATION, MEAN, Lesson, Plan, Pupil, _batch, rate_at, settle, train
from model_zoo.recipes.card import figure, write
from model_zoo.recipes.teacher import AREAS, Teacher, View, views

DEVICE = torch.device("cpu")
SIZES = ((48, 1.0),)
PLAN = Plan("resnet_mini", 3, "drawn", 2, 16, 0.05, warm_steps=2, falling_share=0.2, sizes=SIZES, last_sizes=SIZES)
CLASSES = 4


def _pictures(count: int = 128) -> tuple[Tensor, Tensor]:
    """Draw pictures whose class is their colour, with noise."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % CLASSES
    colours = torch.tensor([[220, 40, 40], [40, 220, 40], [40, 40, 220], [200, 200, 40]])
    noise = torch.randint(-30, 31, (count, 3, 32, 32), generator=generator)
    return (colours[labels][:, :, None, None] + noise).clamp(0, 255).to(torch.uint8), labels


@pytest.fixture
def master() -> Teacher:
    torch.manual_seed(0)
    body = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    half = (0.5, 0.5, 0.5)
    return Teacher("drawn", "A drawn one", body, torch.randn(6, 8), torch.zeros(6), half, half, size=32)


@pytest.fixture
def lessons(master: Teacher, tmp_path: Path) -> list[Lesson]:
    pictures, labels = _pictures()
    seen = tuple(views(master, pictures, "drawn", tmp_path, DEVICE, 2))
    return [Lesson(pictures, labels, seen), Lesson(pictures[:32], None, tuple(replace_rows(seen, 32)))]


def replace_rows(seen: tuple[View, ...], count: int) -> Iterator[View]:
    return (View(view.crops[:count], view.embeddings[:count]) for view in seen)


def _finish(run: Iterator) -> tuple[nn.Sequential, list[float]]:
    losses = []
    while True:
        try:
            losses.append(next(run)[2])
        except StopIteration as end:
            return end.value[0], losses


def test_the_loss_falls_and_a_killed_run_goes_on_to_the_very_same_weights(
    lessons: list[Lesson], master: Teacher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_zoo.recipes.backbone.STEPS_BETWEEN_REPORTS", 4)
    monkeypatch.setattr("model_zoo.recipes.backbone.SECONDS_BETWEEN_CHECKPOINTS", -1)
    unbroken, losses = _finish(train(PLAN, lessons, master, tmp_path / "unbroken.pt", DEVICE))
    assert losses[-1] < 0.9 * losses[0]
    broken = train(PLAN, lessons, master, tmp_path / "broken.pt", DEVICE)
    next(broken), next(broken)
    broken.close()
    torch.manual_seed(1)  # whatever the global generator holds must not matter
    resumed, rest = _finish(train(PLAN, lessons, master, tmp_path / "broken.pt", DEVICE))
    assert rest == losses[2:]
    for name, value in unbroken.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_a_run_may_be_made_longer_before_its_rate_falls_and_not_after(
    lessons: list[Lesson], master: Teacher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_zoo.recipes.backbone.STEPS_BETWEEN_REPORTS", 4)
    monkeypatch.setattr("model_zoo.recipes.backbone.SECONDS_BETWEEN_CHECKPOINTS", -1)
    run = train(PLAN, lessons, master, tmp_path / "run.pt", DEVICE)
    next(run)
    run.close()
    assert next(train(replace(PLAN, epochs=2), lessons, master, tmp_path / "run.pt", DEVICE))[:2] == (8, 16)
    _finish(train(PLAN, lessons, master, tmp_path / "run.pt", DEVICE))
    with pytest.raises(ValueError, match="belongs to another plan"):
        next(train(replace(PLAN, epochs=9), lessons, master, tmp_path / "run.pt", DEVICE))
    with pytest.raises(ValueError, match="Remove it to start anew"):
        next(train(replace(PLAN, rate=1.0), lessons, master, tmp_path / "run.pt", DEVICE))


def test_weights_load_back_bit_identical_in_half_precision_and_the_card_tells_how_they_came(
    lessons: list[Lesson], master: Teacher, tmp_path: Path
) -> None:
    network, _ = _finish(train(replace(PLAN, epochs=1), lessons, master, tmp_path / "run.pt", DEVICE))
    write(network, asdict(PLAN), "A drawn one", list("abcd"), {"top1": figure(0.5, 100)}, 0.01, tmp_path)
    kept = load_file(tmp_path / "resnet_mini.safetensors")
    for name, value in network.state_dict().items():
        assert torch.equal(kept[name], value.half() if value.is_floating_point() else value), name
    card = json.loads((tmp_path / "resnet_mini.json").read_text())
    assert card["command"].endswith("resnet_mini --epochs 3 --teacher drawn --views 2 --seed 0")
    assert card["figures"]["top1"] == {"mean": 0.5, "interval": [0.4038, 0.5962]}


def test_what_a_teacher_said_is_of_the_crops_that_the_pupil_sees_and_is_asked_once(
    master: Teacher, tmp_path: Path
) -> None:
    pictures, _ = _pictures(10)
    first = list(views(master, pictures, "drawn", tmp_path, DEVICE, 4))
    assert len(first) == 4
    for view in first:
        x = crop(pictures, view.crops, master.size).float() / 127.5 - 1
        torch.testing.assert_close(master.body(x), view.embeddings.float(), rtol=0.02, atol=0.02)
    forgetful = replace(master, body=nn.Identity())
    again = list(views(forgetful, pictures, "drawn", tmp_path, DEVICE, 4))
    assert all(torch.equal(one.embeddings, other.embeddings) for one, other in zip(first, again, strict=True))


def _numbered(count: int, first: int = 0) -> tuple[Tensor, tuple[View, ...]]:
    """Draw pictures of one brightness each, its number, and views whose embeddings tell picture and view."""
    numbers = first + torch.arange(count)
    pictures = numbers.to(torch.uint8)[:, None, None, None].expand(-1, 3, 8, 8).contiguous()
    whole = torch.eye(2, 3).expand(count, -1, -1)
    made = (torch.stack([numbers, torch.full((count,), view)], 1).half() for view in range(2))
    return pictures, tuple(View(whole, embeddings) for embeddings in made)


def _numbers(x: Tensor) -> list[int]:
    """Read the numbers of normalised pictures."""
    deviation = torch.tensor(DEVIATION)
    return (255 * (x.mean((2, 3)) * deviation + torch.tensor(MEAN))).mean(1).round().int().tolist()


def _batches(plan: Plan, lessons: list[Lesson], steps: int) -> list[tuple[Tensor, Tensor | None, Tensor | None]]:
    return [_batch(plan, lessons, step, steps, DEVICE) for step in range(steps)]


STEPS = replace(PLAN, epochs=4, batch=16, sizes=((8, 1.0),), last_sizes=((16, 1.0),), unlabelled_share=0.0)


def test_an_epoch_shows_every_picture_once_with_its_label_and_what_the_teacher_said_of_it() -> None:
    pictures, seen = _numbered(128)
    found = _batches(STEPS, [Lesson(pictures, 1000 + torch.arange(128), seen)], 32)
    shown = [_numbers(x) for x, _, _ in found]
    for (_, labels, taught), numbers in zip(found, shown, strict=True):
        assert [1000 + number for number in numbers] == labels.tolist()
        assert numbers == taught[:, 0].int().tolist()
        assert len(taught[:, 1].unique()) == 1, "a step sees one view"
    epochs = [sum(shown[start : start + 8], []) for start in range(0, 32, 8)]
    assert all(sorted(epoch) == list(range(128)) for epoch in epochs)
    assert epochs[0] != epochs[1], "each in another order"
    assert len({int(taught[0, 1]) for _, _, taught in found}) == 2, "all views come up"


def test_the_share_of_steps_on_unlabelled_pictures_is_the_plan_s_and_only_the_teacher_speaks_there() -> None:
    pictures, seen = _numbered(32)
    others, of_others = _numbered(40, first=100)
    lessons = [Lesson(pictures, torch.arange(32), seen), Lesson(others, None, of_others)]
    found = _batches(replace(STEPS, epochs=100, unlabelled_share=0.25), lessons, 200)
    without = [(_numbers(x), taught) for x, labels, taught in found if labels is None]
    assert 30 <= len(without) <= 70
    assert all(numbers == taught[:, 0].int().tolist() and min(numbers) >= 100 for numbers, taught in without)
    assert {number for numbers, _ in without for number in numbers} == set(range(100, 140))
    assert all(max(_numbers(x)) < 32 for x, labels, _ in found if labels is not None)
    assert len(without) > sum(labels is None for _, labels, _ in _batches(STEPS, lessons, 200)) == 0


def test_what_the_pupil_sees_is_what_the_teacher_saw_or_its_mirror_image(master: Teacher, tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(3)
    coarse = torch.rand(64, 3, 4, 4, generator=generator)
    pictures = (255 * F.interpolate(coarse, size=32, mode="bicubic").clamp(0, 1)).to(torch.uint8)
    seen = tuple(views(master, pictures, "drawn", tmp_path, DEVICE, 2))
    plan = replace(STEPS, batch=64, sizes=((32, 1.0),), last_sizes=((32, 1.0),))
    mirrored, met = [], set()
    for x, labels, taught in _batches(plan, [Lesson(pictures, torch.arange(64), seen)], 4):
        (view,) = (one for one in seen if torch.equal(one.embeddings[labels].float(), taught))
        unmirrored = normalise(crop(pictures[labels], view.crops[labels], 32), MEAN, DEVIATION)
        as_seen = (x - unmirrored).abs().mean((1, 2, 3))
        in_a_mirror = (x.flip(3) - unmirrored).abs().mean((1, 2, 3))
        assert torch.minimum(as_seen, in_a_mirror).max() < 0.02, "the same part of the picture"
        mirrored += (in_a_mirror < as_seen).tolist()
        met.add(id(view))
    assert len(met) == 2
    assert 0.35 < sum(mirrored) / len(mirrored) < 0.65, "half of the time"
    assert all((view.crops[:, 0, 0] > 0).all() for view in seen), "the teacher's crops stay as they are"


def test_without_a_teacher_pictures_are_cropped_and_mirrored_afresh() -> None:
    ramp = (8 * torch.arange(32)).to(torch.uint8).expand(16, 3, 32, 32).contiguous()  # brighter to the right
    plan = replace(STEPS, sizes=((32, 1.0),), last_sizes=((32, 1.0),))
    found = _batches(plan, [Lesson(ramp, torch.arange(16))], 4)
    assert all(taught is None for _, _, taught in found)
    rises = torch.cat([x[:, 0, 16, 24] > x[:, 0, 16, 8] for x, _, _ in found])
    assert 0.2 < rises.float().mean() < 0.8
    assert not torch.equal(found[0][0].sort(0)[0], found[1][0].sort(0)[0])


def test_sizes_are_drawn_by_their_shares_and_larger_ones_at_the_end() -> None:
    plan = replace(STEPS, epochs=100, sizes=((8, 0.75), (12, 0.25)), last_sizes=((16, 0.5), (20, 0.5)))
    pictures, seen = _numbered(32)
    sizes = [x.shape[-1] for x, _, _ in _batches(plan, [Lesson(pictures, torch.arange(32), seen)], 200)]
    first, last = sizes[: plan.ends_at(200)], sizes[plan.ends_at(200) :]
    assert (len(first), len(last)) == (160, 40)
    assert set(first) == {8, 12}
    assert 0.65 < first.count(8) / 160 < 0.85
    assert set(last) == {16, 20}


def _pupil(master: Teacher) -> tuple[Pupil, Tensor, Tensor]:
    """Give a small pupil, pictures, and a teacher's embeddings of them."""
    torch.manual_seed(4)
    body = nn.Sequential(nn.Flatten(), nn.Linear(12, 8))
    seen = View(torch.eye(2, 3).expand(50, -1, -1), torch.randn(50, 8).half() * 3 + 1)
    pupil = Pupil(nn.Sequential(body, nn.Linear(8, CLASSES)), master, Lesson(torch.zeros(50, 3, 2, 2), None, (seen,)))
    return pupil, torch.randn(5, 3, 2, 2), torch.randn(5, 8) * 3 + 1


def test_each_part_of_the_loss_is_what_it_is_said_to_be_and_weighs_what_the_plan_says(master: Teacher) -> None:
    pupil, x, taught = _pupil(master)
    labels = torch.tensor([0, 1, 2, 3, 0])
    with devices.mixed(DEVICE):
        embedding = pupil.network[:-1](x)
    embedding = embedding.float()
    guessed = pupil.guess(embedding)

    logs = pupil.network[-1](embedding).log_softmax(1)
    smoothed = 0.8 * F.one_hot(labels, CLASSES) + 0.2 / CLASSES
    by_label = -(smoothed * logs).sum(1).mean()
    by_embedding = (guessed - (taught - pupil.mean) / pupil.deviation).square().mean()
    wanted = (taught @ master.weight.T + master.bias).softmax(1)
    named = (guessed * pupil.deviation + pupil.mean) @ master.weight.T + master.bias
    by_soft_label = -(wanted * named.log_softmax(1)).sum(1).mean()

    def loss(labels: Tensor | None, taught: Tensor | None, embedding: float, soft: float) -> Tensor:
        plan = replace(PLAN, smoothing=0.2, embedding_weight=embedding, soft_weight=soft)
        return pupil.loss(x, labels, taught, plan)

    torch.testing.assert_close(loss(labels, None, 2, 3), by_label)
    torch.testing.assert_close(loss(labels, taught, 0, 0), by_label)
    torch.testing.assert_close(loss(None, taught, 1, 0), by_embedding)
    torch.testing.assert_close(loss(None, taught, 0, 1), by_soft_label)
    torch.testing.assert_close(loss(labels, taught, 2, 3), by_label + 2 * by_embedding + 3 * by_soft_label)


def test_a_guess_that_is_right_costs_nothing_but_what_the_teacher_itself_is_unsure_of(master: Teacher) -> None:
    pupil, x, _ = _pupil(master)
    master = replace(master, bias=torch.arange(6.0))
    pupil.bias = master.bias
    with torch.no_grad(), devices.mixed(DEVICE):
        embedding = pupil.network[:-1](x)
    taught = (pupil.guess(embedding.float()) * pupil.deviation + pupil.mean).detach()
    soft = (taught @ master.weight.T + master.bias).softmax(1)
    assert pupil.loss(x, None, taught, replace(PLAN, soft_weight=0)).item() == pytest.approx(0, abs=1e-6)
    entropy = -(soft * soft.log()).sum(1).mean()
    torch.testing.assert_close(pupil.loss(x, None, taught, replace(PLAN, soft_weight=1)), entropy)


def test_the_rate_rises_stays_and_falls_to_zero() -> None:
    plan = Plan("resnet_mini", epochs=10, rate=0.5, warm_steps=10, falling_share=0.2)
    assert rate_at(0, 100, plan) == pytest.approx(0.05)
    assert rate_at(50, 100, plan) == rate_at(79, 100, plan) == 0.5
    assert rate_at(90, 100, plan) == pytest.approx(0.25)


def test_in_the_end_batch_norm_knows_whole_pictures_at_their_own_size() -> None:
    pictures, _ = _pictures(64)
    network = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.Flatten(), nn.LazyLinear(2))
    network(torch.zeros(2, 3, 32, 32))
    settle(network, pictures, replace(PLAN, batch=16), DEVICE)
    with torch.no_grad(), devices.mixed(DEVICE):
        maps = network[0](normalise(pictures, MEAN, DEVIATION)).float()
    torch.testing.assert_close(network[1].running_mean, maps.mean((0, 2, 3)), rtol=1e-2, atol=1e-2)
    torch.testing.assert_close(network[1].running_var, maps.var((0, 2, 3)), rtol=3e-2, atol=1e-2)
    assert network[1].momentum == 0.1


def test_at_the_end_nearly_whole_pictures_are_seen_and_only_their_views(master: Teacher, tmp_path: Path) -> None:
    pictures, labels = _pictures(32)
    seen = tuple(views(master, pictures, "drawn", tmp_path, DEVICE, 6))
    whole = [bool((view.crops[:, 1, 1] ** 2 >= AREAS[0]).all()) for view in seen]
    assert whole == [True, False, False, True, False, False]
    plan = replace(STEPS, epochs=50, batch=32)
    met: dict[bool, set[int]] = {False: set(), True: set()}
    for step in range(50):
        _, index, taught = _batch(plan, [Lesson(pictures, torch.arange(32), seen)], step, 50, DEVICE)
        (view,) = (n for n, one in enumerate(seen) if torch.equal(one.embeddings[index].float(), taught))
        met[step >= plan.ends_at(50)].add(view)
    assert met == {False: {0, 1, 2, 3, 4, 5}, True: {0, 3}}
