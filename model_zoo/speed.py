"""How fast this device trains this network: a trial of a few seconds, remembered, that chooses the runs' setting."""

import json
import os
import time
from collections.abc import Callable, Generator
from dataclasses import asdict
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.backbones import Backbone
from model_zoo.data.views import crop, draw_crops, normalise
from model_zoo.devices import SavedBytes, Setting, autocast, choose, device_name
from model_zoo.estimates import Speed, read_speed, remembered_file
from model_zoo.events import Progress

BATCH = 32
SECONDS_A_TIMING = 0.25
CLASSES = 10
SETTINGS = (Setting("fp32"), Setting("fp32", "channels_last"), Setting("bf16"), Setting("bf16", "channels_last"))


def measure(
    backbone: Backbone, size: int, wanted: str = "auto", precision: str = "auto"
) -> Generator[Progress, None, Speed]:
    """Give the remembered speed, or time the network now: the best setting, then each stage under it."""
    device = choose(wanted)
    file = remembered_file(wanted, backbone.name, size, precision)
    if file.exists() and (speed := read_speed(file)).device == device_name(device):
        return speed
    network = backbone.network(CLASSES, seed=0, pretrained=False).to(device)
    pictures = torch.randint(0, 256, (BATCH, 3, size, size), dtype=torch.uint8)
    view = _seconds(lambda: crop(pictures.to(device), draw_crops(BATCH, torch.Generator()).to(device)).cpu(), device)
    x = normalise(pictures.to(device), backbone.mean, backbone.deviation)
    setting = yield from _quickest(network, x, precision)
    network = network.to(memory_format=setting.layout)
    train, forward = [], []
    for depth in range(len(backbone.stages)):
        yield Progress("timing each stage", depth / len(backbone.stages))
        train.append(_seconds(_step(network, _through(network[:depth], x, setting), setting, depth), device) / BATCH)
        forward.append(_seconds(partial(_through, network[: depth + 1], x, setting), device) / BATCH)
    speed = Speed(
        device=device_name(device),
        precision=setting.precision,
        memory_format=setting.memory_format,
        train=tuple(train),
        forward=tuple(forward),
        row_bytes=tuple(_through(network[:depth], x[:2], setting)[0].nbytes for depth in range(1, len(network))),
        view=view / BATCH,
        saved_bytes=_saved_bytes(network, x, setting) // BATCH,
    )
    _remember(file, speed)
    return speed


def forget(backbone: str, size: int, wanted: str, precision: str) -> None:
    """Drop a remembered speed that reality has contradicted."""
    remembered_file(wanted, backbone, size, precision).unlink(missing_ok=True)


def _quickest(network: nn.Sequential, x: Tensor, precision: str) -> Generator[Progress, None, Setting]:
    settings = [s for s in SETTINGS if precision in ("auto", s.precision)]
    if x.device.type == "mps":
        settings = [s for s in settings if s.precision == "fp32"]
    if not settings:
        raise ValueError(f"precision {precision} is not to be had on {x.device.type}; take fp32 or auto.")
    timed = {}
    for index, setting in enumerate(settings):
        yield Progress(f"trying {setting.precision}, {setting.memory_format}", index / len(settings))
        timed[setting] = _seconds(_step(network.to(memory_format=setting.layout), x, setting, depth=0), x.device)
    return min(timed, key=timed.__getitem__)


def _step(network: nn.Sequential, x: Tensor, setting: Setting, depth: int) -> Callable[[], None]:
    """Give a training step of the stages from `depth` on, as a run makes it, at a rate of zero."""
    x = x.contiguous(memory_format=setting.layout) if x.ndim == 4 else x
    optimiser = torch.optim.AdamW(network[depth:].parameters(), lr=0.0, fused=True)
    labels = torch.zeros(len(x), dtype=torch.long, device=x.device)

    def step() -> None:
        network.train()
        network.requires_grad_(False)[depth:].requires_grad_(True)
        loss = F.cross_entropy(_forward(network, x, setting, depth), labels)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.get_total_norm([p.grad for p in network[depth:].parameters()])
        optimiser.step()

    return step


def _forward(network: nn.Sequential, x: Tensor, setting: Setting, depth: int) -> Tensor:
    with autocast(x.device, setting.precision):
        x = network[depth:-1](x)
    return network[-1](x.float())


def _saved_bytes(network: nn.Sequential, x: Tensor, setting: Setting) -> int:
    network.train().requires_grad_(True)
    with SavedBytes() as saved:
        _forward(network, x.contiguous(memory_format=setting.layout), setting, depth=0)
    return saved.bytes


@torch.no_grad()
def _through(network: nn.Sequential, x: Tensor, setting: Setting) -> Tensor:
    network.eval()
    with autocast(x.device, setting.precision):
        return network(x.contiguous(memory_format=setting.layout)) if len(network) else x


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    """Time `work`: once to warm up, then the quickest of several."""
    work()
    best, started = float("inf"), time.perf_counter()
    while time.perf_counter() - started < SECONDS_A_TIMING:
        begun = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        best = min(best, time.perf_counter() - begun)
    return best


def _remember(file: Path, speed: Speed) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(f".{os.getpid()}")
    aside.write_text(json.dumps(asdict(speed)))
    aside.rename(file)
