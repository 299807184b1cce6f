"""What the choices will cost, and whether this machine has it: told before the start."""

import shutil
from dataclasses import dataclass, replace

import psutil

from components.setup.backbone_step import sizes
from components.setup.choices import Choices
from components.setup.preparing import Preparation
from model_zoo.estimates import SHARE_FOR_CACHE, Estimate, Speed, SplitSizes, estimate, fitted
from model_zoo.home import home

SHARE_OF_MEMORY = 0.8  # of what is free may be taken; the engine refuses beyond it
SHARE_OF_DISK = 0.9


@dataclass(frozen=True)
class Cost:
    """The estimate, None while it is not known; and a sentence where there is not enough room, with what would fit."""

    estimate: Estimate | None = None
    refusal: str = ""


def cost(chosen: Choices, prepared: Preparation) -> Cost:
    """Estimate the comparison as far as its preparation allows."""
    if not (prepared.speed and prepared.split and prepared.portrait and chosen.strategies):
        return Cost()
    classes = len(prepared.portrait["classes"])
    room = SHARE_FOR_CACHE * psutil.virtual_memory().available
    wanted = fitted(chosen.spec(), prepared.split, prepared.speed, room)
    found = estimate(wanted, prepared.split, classes, prepared.speed)
    return Cost(found, _memory(chosen, prepared.split, classes, prepared.speed, found) or _disk(found))


def gigabytes(count: float) -> str:
    """Write bytes in gigabytes, or megabytes where that is more honest."""
    return f"{count / 1e9:.1f} GB" if count >= 0.95e8 else f"{max(1, round(count / 1e6))} MB"


def _memory(chosen: Choices, split: SplitSizes, classes: int, speed: Speed, found: Estimate) -> str:
    free = psutil.virtual_memory().available
    if _on_a_card(speed) or found.memory_bytes <= SHARE_OF_MEMORY * free:
        return ""
    would_fit = [
        way
        for way in (
            _fewer_strategies(chosen, split, classes, speed, free),
            _smaller(chosen, split, classes, speed, free),
        )
        if way
    ]
    fits = f"{' or '.join(would_fit)} would fit." if would_fit else "Take fewer pictures, or a smaller network."
    return f"It needs about {gigabytes(found.memory_bytes)} of memory, and {gigabytes(free)} are free. {fits}"


def _on_a_card(speed: Speed) -> bool:
    """Say whether the network runs on a GPU with memory of its own, which only the worker can ask."""
    return not speed.device.startswith(("cpu", "mps"))


def _fewer_strategies(chosen: Choices, split: SplitSizes, classes: int, speed: Speed, free: float) -> str:
    for count in range(len(chosen.strategies) - 1, 0, -1):
        fewer = replace(chosen, strategies=chosen.strategies[:count])
        if estimate(fewer.spec(), split, classes, speed).memory_bytes <= SHARE_OF_MEMORY * free:
            return f"The first {'' if count == 1 else f'{count} '}of these {len(chosen.strategies)} strategies"
    return ""


def _smaller(chosen: Choices, split: SplitSizes, classes: int, speed: Speed, free: float) -> str:
    """Look for the largest size that fits; what a picture takes grows with its area."""
    for size in reversed([size for size in sizes(chosen.network) if size < chosen.size]):
        area = (size / chosen.size) ** 2
        rows = tuple(int(count * area) for count in speed.row_bytes)
        scaled = replace(speed, row_bytes=rows, saved_bytes=int(speed.saved_bytes * area))
        smaller = replace(chosen, size=size).spec()
        if estimate(smaller, split, classes, scaled).memory_bytes <= SHARE_OF_MEMORY * free:
            return f"pictures of {size} px"
    return ""


def _disk(found: Estimate) -> str:
    free = shutil.disk_usage(home()).free
    if found.disk_bytes <= SHARE_OF_DISK * free:
        return ""
    return (
        f"It needs about {gigabytes(found.disk_bytes)} of disk, and {gigabytes(free)} are free. "
        "Take fewer strategies or seeds, or delete earlier runs."
    )
