"""What the inference process answers about towers: how right one is when some of its blocks are left out."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from model_zoo import backbones
from model_zoo.data import kept, sources
from model_zoo.data.image_set import ImageSet
from model_zoo.data.opening import key_of, open_set
from model_zoo.data.splits import split
from model_zoo.data.views import normalise
from model_zoo.events import drained
from model_zoo.home import WEIGHTS, home
from model_zoo.residual import shipped
from model_zoo.residual.inside import right, spread, without
from model_zoo.residual.towers import MOST_CUT, ResidualSpec
from model_zoo.service_deadline import Deadline
from model_zoo.service_models import JOB_ID, NotThere, Shelf


@dataclass(frozen=True)
class Tower:
    """A trained tower, and test pictures (n, 3, S, S) with labels (n,) on which its blocks were cut one by one.

    `known` is the accuracy with all blocks on these pictures, where it was written down.
    """

    network: nn.Sequential
    pictures: Tensor
    labels: Tensor
    known: float | None

    @cached_property
    def whole(self) -> float:
        """The accuracy with all blocks."""
        if self.known is not None:
            return self.known
        return right(self.network, self.pictures, self.labels).float().mean().item()

    @cached_property
    def bytes(self) -> int:
        """Count what it takes in memory."""
        return self.pictures.nbytes + sum(part.nbytes for part in self.network.state_dict().values())


def cut(shelf: Shelf, job: str, run: str, blocks: str, deadline: Deadline) -> dict[str, Any]:
    """Say how right a run of a finished job is without `blocks`, numbers from 0 with commas; "" is a shipped network.

    Gives {"whole", "without"}, fractions, and {"pictures"}. Raises ValueError with a sentence.
    """
    try:
        numbers = tuple(sorted({int(part) for part in blocks.split(",") if part}))
    except ValueError as error:
        raise ValueError(f"Blocks are whole numbers with commas between, got “{blocks[:80]}”.") from error
    deadline.check()
    tower = shelf.get(("tower", job, run), 4 * 2**20, lambda: _load(job, run))
    deadline.check()
    with without(tower.network, numbers):
        left = right(tower.network, tower.pictures, tower.labels).float().mean().item()
    deadline.check()
    return {"whole": tower.whole, "without": left, "pictures": len(tower.labels)}


def _load(job: str, run: str) -> Tower:
    told, file = _of_job(job) if job else (shipped.figures(), WEIGHTS / shipped.NETWORKS)
    row = next((row for row in told["runs"] if row["run"] == run), None)
    if row is None or row["diverged"]:
        raise NotThere(f"There is no trained network “{run[:80]}” here.")
    specs = [ResidualSpec.from_json(spec) for spec in told.get("specs", [told.get("spec")])]
    spec = next(spec for spec in specs if row["strategy"] in spec.towers)
    network = backbones.get(row["strategy"]).network(len(told["classes"]), seed=row["seed"], pretrained=False)
    network.load_state_dict(_state(file / row["file"] if job else file, "" if job else f"{row['strategy']}/"))
    backbone = backbones.get(row["strategy"])
    images = _pictures(spec)
    test = spread(split(images, row["seed"] if split(images, spec.seed).redrawn else spec.seed).test, MOST_CUT)
    pictures = normalise(images.pictures[test], backbone.mean, backbone.deviation)
    layout = torch.channels_last
    cuts = told["cuts"].get(row["strategy"], {})
    known = cuts["whole"] if cuts.get("run") == run else None
    return Tower(
        network.to(memory_format=layout), pictures.contiguous(memory_format=layout), images.labels[test], known
    )


def _pictures(spec: ResidualSpec) -> ImageSet:
    """Open a set that is here; one that would have to be fetched or decoded first takes longer than anybody waits."""
    source = sources.find(spec.data)
    if source.name != "digits" and kept.find(key_of(source, spec.size)) is None:
        raise NotThere(
            f"The pictures of {source.title} are no longer here at {spec.size} px. Train these towers again."
        )
    return drained(open_set(spec.data, spec.size))


def _of_job(job: str) -> tuple[dict[str, Any], Path]:
    if not JOB_ID.fullmatch(job):
        raise NotThere(f"“{job[:80]}” is no comparison of towers. Open one from the runs page.")
    folder = home("jobs") / job
    try:
        return json.loads((folder / "result.json").read_text("utf-8")), folder
    except FileNotFoundError:
        raise NotThere("These towers are not trained yet, or were deleted. Open others from the runs page.") from None


def _state(file: Path, prefix: str) -> dict[str, Tensor]:
    """Read the weights whose names begin with `prefix`, in full precision."""
    try:
        found = {name.removeprefix(prefix): value for name, value in load_file(file).items() if name.startswith(prefix)}
    except (FileNotFoundError, SafetensorError) as error:
        raise NotThere(f"The weights in {file.name} are missing or damaged. Train these towers again.") from error
    if not found:
        raise NotThere("This network is not shipped, only its figures. Train towers to cut it yourself.")
    return {name: value.float() if value.is_floating_point() else value for name, value in found.items()}
