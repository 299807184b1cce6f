"""How fast this device trains this network: a trial of a few seconds, remembered, that chooses the runs' setting."""

import json
import os
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import asdict
from functools import partial
from pathlib import Path

import psutil
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.backbones import Backbone
from model_zoo.data.views import crop, draw_crops, normalise
from model_zoo.devices import SavedBytes, Setting, autocast, choose, device_name, knows_bf16
from model_zoo.estimates import SHARE_FOR_STEPS, Speed, read_speed, remembered_file
from model_zoo.events import Progress
from model_zoo.side_by_side import draws

BATCH = 32
SECONDS_A_TIMING = 0.15
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
    setting, step = yield from _quickest(network, x, precision)
    network = network.to(memory_format=setting.layout)
    train, forward, row_bytes, before = [], [], [], x
    for depth in range(len(backbone.stages)):
        yield Progress("timing each stage", depth / len(backbone.stages))
        train.append((_seconds(_step(network, before, setting, depth), device, warm=True) if depth else step) / BATCH)
        through = partial(_through, network[depth : depth + 1], before, setting)
        after = through()
        forward.append(sum(forward[-1:]) + _seconds(through, device, warm=True) / BATCH)
        before = after
        row_bytes.append(before[0].nbytes)
    saved = _saved_bytes(network, x, setting)
    yield Progress("timing steps side by side")
    lanes, slower = _side_by_side(network, x, setting, step, saved)
    speed = Speed(
        device=device_name(device),
        precision=setting.precision,
        memory_format=setting.memory_format,
        train=tuple(train),
        forward=tuple(forward),
        row_bytes=tuple(row_bytes[:-1]),
        view=view / BATCH,
        saved_bytes=saved // BATCH,
        lanes=lanes,
        slower=slower,
    )
    _remember(file, speed)
    return speed


def forget(backbone: str, size: int, wanted: str, precision: str) -> None:
    """Drop a remembered speed that reality has contradicted."""
    remembered_file(wanted, backbone, size, precision).unlink(missing_ok=True)


def _quickest(network: nn.Sequential, x: Tensor, precision: str) -> Generator[Progress, None, tuple[Setting, float]]:
    """Give the setting under which a step of the whole network takes least, and how long it takes."""
    settings = [s for s in SETTINGS if precision in ("auto", s.precision)]
    if precision == "auto" or x.device.type == "mps":
        settings = [s for s in settings if s.precision == "fp32" or knows_bf16(x.device)]
    if not settings:
        raise ValueError(f"precision {precision} is not to be had on {x.device.type}; take fp32 or auto.")
    timed = {}
    for index, setting in enumerate(settings):
        yield Progress(f"trying {setting.precision}, {setting.memory_format}", index / len(settings))
        timed[setting] = _seconds(_step(network.to(memory_format=setting.layout), x, setting, depth=0), x.device)
    return min(timed.items(), key=lambda each: each[1])


def _side_by_side(network: nn.Sequential, x: Tensor, setting: Setting, alone: float, saved: int) -> tuple[int, float]:
    """Give how many runs can be side by side, and how many times longer than `alone` a step takes in each of them.

    On one accelerator they would be in each other's way, and a network that draws shares torch's global generator.
    """
    threads = torch.get_num_threads()
    lanes = min(threads, int(SHARE_FOR_STEPS * psutil.virtual_memory().available / saved))
    if x.device.type != "cpu" or draws(network) or lanes < 2:
        return 1, 1.0

    def seconds(own: nn.Sequential) -> float:
        torch.set_num_threads(threads // lanes)
        return _seconds(_step(own, x, setting, depth=0), x.device, warm=True)

    try:
        with ThreadPoolExecutor(lanes) as pool:
            times = list(pool.map(seconds, [deepcopy(network) for _ in range(lanes)]))
    finally:
        torch.set_num_threads(threads)  # for threads that start later; the pool's have set their own
    return lanes, sum(times) / lanes / alone


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
        return network(x.contiguous(memory_format=setting.layout) if x.ndim == 4 else x)


def _seconds(work: Callable[[], object], device: torch.device, warm: bool = False) -> float:
    """Time `work`, the quickest of several; before that once to warm up, unless the same has just been done."""
    if not warm:
        work()
    times: list[float] = []
    while sum(times) < SECONDS_A_TIMING:
        begun = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - begun)
    return min(times)


def _remember(file: Path, speed: Speed) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(f".{os.getpid()}")
    aside.write_text(json.dumps(asdict(speed)))
    aside.rename(file)
