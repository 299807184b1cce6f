"""The start: the one button, what it will cost, and what is still in the way."""

import shutil

import psutil

from components import jobs, shell
from components.features import choices
from components.features.choices import Wanted
from components.numbers import about
from components.setup.choices import Choices
from components.setup.costs import gigabytes
from components.setup.preparing import Preparation
from components.setup.start import QUICK_SECONDS, lacking, start_bar
from model_zoo.experiments.job import Lane
from model_zoo.features.needs import Needs, needs, refusal, too_little_disk, too_little_memory
from model_zoo.features.spec import FeaturesSpec, estimate
from model_zoo.home import home


def start(chosen: Choices, wanted: Wanted, prepared: Preparation) -> None:
    """Show the button at the foot of the screen, and queue the job when it is pressed."""
    unticked = "Tick at least one classifier." if chosen.data and not wanted.classifiers else ""
    in_the_way = unticked or lacking(chosen, prepared)
    spec = None if in_the_way else choices.spec(chosen, wanted)
    needed = needs(spec, prepared.split, prepared.speed) if spec and prepared.split and prepared.speed else None
    in_the_way = in_the_way or _refusal(spec, needed, prepared)
    seconds = _seconds(spec, prepared) if spec else None
    told = _told(spec, seconds, needed)
    if start_bar("Classify", in_the_way, told, prepared, key=choices.HERE) and spec:
        lane: Lane = "quick" if seconds is not None and seconds < QUICK_SECONDS else "device"
        job = jobs.submit("features", spec.to_json(), lane=lane, estimate_seconds=seconds)
        shell.go("features_result", {"id": job})


def _refusal(spec: FeaturesSpec | None, needed: Needs | None, prepared: Preparation) -> str:
    """Say why this machine will not do it, with what it would; empty if it will, or nobody can tell yet."""
    if spec is None or needed is None or prepared.speed is None:
        return ""
    memory, disk = psutil.virtual_memory().available, shutil.disk_usage(home()).free
    return (
        refusal(spec, prepared.speed)
        or too_little_memory(needed.memory_bytes, memory)
        or too_little_disk(needed.disk_bytes, disk)
    )


def _seconds(spec: FeaturesSpec, prepared: Preparation) -> float | None:
    if not (prepared.speed and prepared.split and prepared.portrait):
        return None
    return estimate(spec, prepared.split, len(prepared.portrait["classes"]), prepared.speed)


def _told(spec: FeaturesSpec | None, seconds: float | None, needed: Needs | None) -> str:
    if spec is None:
        return ""
    fits = len(spec.names) * spec.seeds
    how = f"{fits:,} {'fit' if fits == 1 else 'fits'}"
    if seconds is None or needed is None:
        return f"{how}. How long is not known."
    room = f"{gigabytes(needed.memory_bytes)} of memory, {gigabytes(needed.disk_bytes)} of disk"
    return f"<b>{about(seconds)}</b>, {how}, {room}"
