"""The recipe of the shipped networks, run for a moment on drawn pictures under a teacher that was drawn, too."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from model_zoo.data.views import crop
from model_zoo.recipes.backbone import Lesson, Plan, rate_at, train
from model_zoo.recipes.card import figure, write
from model_zoo.recipes.teacher import AREAS, Teacher, View, views

DEVICE = torch.device("cpu")
PLAN = Plan("resnet_mini", epochs=3, teacher="drawn", batch=16, rate=0.05, warm_steps=2)
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
def lessons(master: Teacher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Lesson]:
    monkeypatch.setattr("model_zoo.recipes.backbone.SIZES", {48: 1.0})
    monkeypatch.setattr("model_zoo.recipes.backbone.LAST_SIZES", {48: 1.0})
    pictures, labels = _pictures()
    seen = tuple(views(master, pictures, "drawn", tmp_path, DEVICE))
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
    assert card["command"].endswith("resnet_mini --epochs 3 --teacher drawn --seed 0")
    assert card["figures"]["top1"] == {"mean": 0.5, "interval": [0.4038, 0.5962]}


def test_what_a_teacher_said_is_of_the_crops_that_the_pupil_sees_and_is_asked_once(
    master: Teacher, tmp_path: Path
) -> None:
    pictures, _ = _pictures(10)
    first = list(views(master, pictures, "drawn", tmp_path, DEVICE))
    assert len(first) == len(AREAS)
    for view in first:
        x = crop(pictures, view.crops, master.size).float() / 127.5 - 1
        torch.testing.assert_close(master.body(x), view.embeddings.float(), rtol=0.02, atol=0.02)
    forgetful = replace(master, body=nn.Identity())
    again = list(views(forgetful, pictures, "drawn", tmp_path, DEVICE))
    assert all(torch.equal(one.embeddings, other.embeddings) for one, other in zip(first, again, strict=True))


def test_the_rate_rises_stays_and_falls_to_zero() -> None:
    plan = Plan("resnet_mini", epochs=10, rate=0.5, warm_steps=10, falling_share=0.2)
    assert rate_at(0, 100, plan) == pytest.approx(0.05)
    assert rate_at(50, 100, plan) == rate_at(79, 100, plan) == 0.5
    assert rate_at(90, 100, plan) == pytest.approx(0.25)
