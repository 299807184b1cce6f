"""The networks of the inference process: found in the folders of finished comparisons, kept while memory allows."""

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from model_zoo import backbones
from model_zoo.backbones import shipped
from model_zoo.backbones.backbone import Backbone, with_pretrained_head
from model_zoo.home import home

if TYPE_CHECKING:
    from torch import nn

JOB_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


class NotThere(ValueError):
    """What was asked for does not exist; the sentence is for the visitor."""


@dataclass(frozen=True)
class Run:
    """One run of a finished comparison; `file` holds its best epoch."""

    job: str
    index: int
    strategy: str
    seed: int
    validation_accuracy: float
    file: Path


@dataclass(frozen=True)
class Fitted:
    """A network in evaluation mode, its classes, and the preprocessing that belongs to it."""

    network: "nn.Sequential"
    backbone: str
    classes: tuple[str, ...]
    size: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @cached_property
    def bytes(self) -> int:
        """Count what the weights take in memory."""
        return sum(t.numel() * t.element_size() for t in self.network.state_dict().values())


class Weighed(Protocol):
    """What can stand on the shelf: it says what it takes in memory."""

    @property
    def bytes(self) -> int: ...


W = TypeVar("W", bound=Weighed)


class Shelf:
    """Networks in memory, at most `most_bytes` of them: the least recently used go first. One larger stands alone.

    For one thread at a time.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    @property
    def bytes(self) -> int:
        return sum(kept.bytes for kept in list(self._kept.values()))

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable, expected_bytes: int, load: Callable[[], W]) -> W:
        """Give what stands under `key`; if it is not there, make room for `expected_bytes` and load it."""
        if key not in self._kept:
            self._drop(self.most_bytes - expected_bytes, keep=0)
            self._kept[key] = load()
        self._kept.move_to_end(key)
        self._drop(self.most_bytes, keep=1)
        found: W = self._kept[key]
        return found

    def run(self, run: Run) -> Fitted:
        """Give the network of a run; raises NotThere where its file is missing or damaged."""
        try:
            status = run.file.stat()
        except FileNotFoundError:
            raise NotThere(f"The network of {_name(run)} is not there any more. Run the comparison again.") from None
        key = (run.file, status.st_size, status.st_mtime_ns)
        return self.get(key, status.st_size, lambda: _load_run(run))

    def pretrained(self, backbone: Backbone) -> Fitted:
        """Give a pre-trained network with the classes it was pre-trained on; raises ValueError with the way out."""
        expected = 4 * sum(backbone.parameters(backbone.pretrained_classes))
        return self.get(("pretrained", backbone.name), expected, lambda: _load_pretrained(backbone))

    def _drop(self, most_bytes: int, keep: int) -> None:
        while len(self._kept) > keep and self.bytes > most_bytes:
            self._kept.popitem(last=False)


def runs(job: str) -> list[Run]:
    """List the runs of a finished comparison; raises NotThere with the way out."""
    if not JOB_ID.fullmatch(job):
        raise NotThere(f"“{job[:80]}” is no comparison. Open one from the runs page.")
    folder = home("jobs") / job
    try:
        result = json.loads((folder / "result.json").read_text())
    except FileNotFoundError:
        raise NotThere("This comparison has not finished yet, or was deleted. Open one from the runs page.") from None
    if not result.get("runs"):
        raise NotThere("This job has no networks to ask. Open a comparison from the runs page.")
    return [
        Run(job, i, r["strategy"], r["seed"], r["validation_accuracy"], folder / "runs" / str(i) / "model.safetensors")
        for i, r in enumerate(result["runs"])
    ]


def best_of_each(found: list[Run]) -> list[Run]:
    """Keep the best seed, by validation, of each strategy, in the order in which the strategies first appear."""
    best: dict[str, Run] = {}
    for run in found:
        if run.strategy not in best or run.validation_accuracy > best[run.strategy].validation_accuracy:
            best[run.strategy] = run
    return list(best.values())


def one(found: list[Run], index: str) -> Run:
    """Give the run at `index`, as it stands in a request; raises NotThere with the bounds."""
    chosen = next((run for run in found if str(run.index) == index), None)
    if chosen is None:
        raise NotThere(f"This comparison has the runs 0 to {len(found) - 1}, not “{index[:80]}”.")
    return chosen


def pretrained_classes(backbone: Backbone) -> tuple[str, ...]:
    """Name the classes that a network was pre-trained on: from its model card, or from torchvision."""
    if backbone.weights is None:
        card = shipped.WEIGHTS / f"{backbone.name}.json"
        names = tuple(json.loads(card.read_text()).get("classes", ())) if card.exists() else ()
    else:
        from torchvision.models import get_model_weights

        names = tuple(get_model_weights(backbone.name)["IMAGENET1K_V1"].meta["categories"])
    if len(names) != backbone.pretrained_classes:
        raise NotThere(
            f"Nobody has written down what the {backbone.pretrained_classes} classes of {backbone.title} are."
        )
    return names


def _load_run(run: Run) -> Fitted:
    import torch
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(run.file, framework="pt") as file:
            told = file.metadata() or {}
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        classes = tuple(json.loads(told["classes"]))
        backbone = backbones.get(told["backbone"])
        with torch.device("meta"):  # without memory: the weights take their places
            network = backbone.network(len(classes), seed=0, pretrained=False)
        network.load_state_dict(state, assign=True)
        mean, deviation = tuple(json.loads(told["mean"])), tuple(json.loads(told["deviation"]))
        return _ready(network, told["backbone"], classes, int(told["size"]), mean, deviation)
    except (SafetensorError, KeyError, RuntimeError, json.JSONDecodeError) as error:
        raise NotThere(f"The network of {_name(run)} is damaged ({error}). Run the comparison again.") from error


def _load_pretrained(backbone: Backbone) -> Fitted:
    classes, network = pretrained_classes(backbone), with_pretrained_head(backbone)
    return _ready(network, backbone.name, classes, backbone.size, backbone.mean, backbone.deviation)


def _ready(
    network: "nn.Sequential",
    backbone: str,
    classes: tuple[str, ...],
    size: int,
    mean: tuple[float, ...],
    deviation: tuple[float, ...],
) -> Fitted:
    return Fitted(network.float().eval().requires_grad_(False), backbone, classes, size, mean, deviation)


def _name(run: Run) -> str:
    return f"{run.strategy} with seed {run.seed}"
