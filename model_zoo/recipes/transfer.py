"""Judge backbones by what their weights are worth on other pictures: `make transfer`.

    THAW_DATASETS=… python -m model_zoo.recipes.transfer [NAME …] [--json] [--write]

Every figure stands beside that of the same network as it is drawn, batch-norm statistics and all, and that of the
pixels themselves. A probe is a logistic regression on standardised embeddings, channels pooled over the picture; its
regularisation is chosen on training pictures. Figures are means over draws of training pictures; `transfer_probes`
says what kind of 95 % interval they have. `--write` puts them into the model card of a shipped network.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from model_zoo import backbones
from model_zoo.backbones import Backbone
from model_zoo.backbones.weights import weights_ready
from model_zoo.comparison import compare
from model_zoo.data.image_set import PARTS, ImageSet
from model_zoo.data.views import normalise
from model_zoo.devices import Setting, autocast, choose, device_name
from model_zoo.events import Finished, drained
from model_zoo.home import WEIGHTS
from model_zoo.recipes.transfer_probes import Draw, Figure, draw, figure, probe
from model_zoo.recipes.transfer_sets import TASKS, Task, read
from model_zoo.recipes.transfer_table import markdown
from model_zoo.specs import ComparisonSpec
from model_zoo.speed import measure

SEED = 0  # of the random weights; draws have the seeds SEED, SEED + 1, …
BATCH = 128
PIXELS = 32  # px at which raw pixels are probed: 3,072 values
TUNED, FROM_SCRATCH = "full:rate=0.1", "from_scratch"
SECONDS_A_TIMING = 2.0


@dataclass(frozen=True)
class Plan:
    """How much is measured. `draws` are for the last stage; other stages and fine-tuning are dearer and have fewer."""

    draws: int = 20
    stage_draws: int = 5
    tuning_draws: int = 3
    epochs: int = 10
    sizes: tuple[int, ...] = (64, 128)
    tasks: tuple[Task, ...] = TASKS

    def reduced(self, draws: int) -> "Plan":
        """Give the plan with at most as many draws of anything."""
        least = {name: min(draws, getattr(self, name)) for name in ("stage_draws", "tuning_draws")}
        return replace(self, draws=draws, **least)


def judge(backbone: Backbone, plan: Plan, folder: Path) -> Generator[str, None, dict[str, Any]]:
    """Measure everything about one backbone; yields what it is doing, gives the figures as JSON.

    Raises ValueError where its weights or a set are not on this machine.
    """
    device = choose()
    networks = {"pretrained": _network(backbone, True), "random": _network(backbone, False)}
    sizes = [size for size in plan.sizes if backbone.smallest <= size <= backbone.largest]
    if not sizes:
        raise ValueError(f"{backbone.name} takes {backbone.smallest} to {backbone.largest} px; name such a size.")
    settings = {size: _setting(backbone, size) for size in sizes}
    rows: list[dict[str, Any]] = []
    for task in plan.tasks:
        yield f"{backbone.name}: {task.title}, raw pixels"
        pixels = read(task, PIXELS, folder)
        rows.append(
            _row(task, "pixels", PIXELS, "", _probed(pixels.pictures.flatten(1).numpy(), pixels, task, plan.draws))
        )
        for size in sizes:
            images = read(task, size, folder)
            for weights, network in networks.items():
                yield f"{backbone.name}: {task.title}, {size} px, {weights}"
                rows += _stages(backbone, network.to(device), weights, images, task, settings[size], plan)
        if task.thorough and plan.tuning_draws:
            yield f"{backbone.name}: {task.title}, fine-tuning"
            rows += _tuned(backbone, read(task, max(64, backbone.smallest), folder), task, plan)
    yield f"{backbone.name}: how fast it is"
    speed = {str(size): _milliseconds(networks["pretrained"], backbone, size, settings[size]) for size in sizes}
    return {
        "backbone": backbone.name,
        "stages": list(backbone.stage_names[:-1]),
        "date": time.strftime("%Y-%m-%d"),
        "device": device_name(device),
        "precision": {str(size): setting.precision for size, setting in settings.items()},
        "batch": BATCH,
        "milliseconds_a_picture": speed,
        "rows": rows,
    }


@torch.inference_mode()
def embed(network: nn.Sequential, backbone: Backbone, pictures: Tensor, setting: Setting) -> list[np.ndarray]:
    """Run pictures (N, 3, S, S) through once; gives for every stage but the head its channels (N, C), pooled."""
    network = network.eval().to(memory_format=setting.layout)
    device = next(network.parameters()).device
    found: list[list[Tensor]] = [[] for _ in network[:-1]]
    for part in pictures.split(BATCH):
        x = _entered(part, backbone, setting, device)
        for place, stage in enumerate(network[:-1]):
            with autocast(device, setting.precision):
                x = stage(x)
            found[place].append(_pooled(x).float().cpu())
    return [torch.cat(rows).numpy() for rows in found]


def write_card(result: dict[str, Any], folder: Path = WEIGHTS) -> Path:
    """Put the figures and their table into the model card under `transfer`, keep the rest, and give its file.

    Raises ValueError for a network that has no card, because it is not shipped.
    """
    file = folder / f"{result['backbone']}.json"
    if not file.is_file():
        raise ValueError(f"{result['backbone']} has no model card {file}; only shipped networks have one.")
    card = json.loads(file.read_text())
    figures = {key: value for key, value in result.items() if key != "backbone"}
    card["transfer"] = {"table": markdown(result), **figures}
    aside = file.with_suffix(".part")
    aside.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    aside.rename(file)
    return file


def _network(backbone: Backbone, pretrained: bool) -> nn.Sequential:
    return backbone.network(2, seed=SEED, pretrained=pretrained).requires_grad_(False)


def _setting(backbone: Backbone, size: int) -> Setting:
    found = drained(measure(backbone, size))
    return Setting(found.precision, found.memory_format)


def _stages(
    backbone: Backbone,
    network: nn.Sequential,
    weights: str,
    images: ImageSet,
    task: Task,
    setting: Setting,
    plan: Plan,
) -> Iterator[dict[str, Any]]:
    embeddings = dict(zip(backbone.stage_names, embed(network, backbone, images.pictures, setting), strict=False))
    last = backbone.stage_names[-2]
    for stage, found in embeddings.items():
        draws = plan.draws if stage == last else plan.stage_draws if task.thorough else 0
        if draws:
            yield _row(task, weights, images.size, stage, _probed(found, images, task, draws))


def _probed(embeddings: np.ndarray, images: ImageSet, task: Task, count: int) -> Figure:
    labels = images.labels.numpy()
    draws = [draw(labels, task.per_class, SEED + number) for number in range(count)]
    x = embeddings.astype(np.float32)
    return figure([probe(x, labels, drawn, SEED + number) for number, drawn in enumerate(draws)], draws)


def _tuned(backbone: Backbone, images: ImageSet, task: Task, plan: Plan) -> Iterator[dict[str, Any]]:
    """Fine-tune on the training pictures of each draw, a fifth of them choosing the epoch, as the compare page does."""
    labels = images.labels.numpy()
    draws = [draw(labels, task.per_class, SEED + number) for number in range(plan.tuning_draws)]
    correct: dict[str, list[np.ndarray]] = {TUNED: [], FROM_SCRATCH: []}
    for number, drawn in enumerate(draws):
        for strategy, right in _raced(backbone, images, drawn, SEED + number, plan.epochs).items():
            correct[strategy].append(right)
    for weights, strategy in (("pretrained", TUNED), ("random", FROM_SCRATCH)):
        yield _row(task, weights, images.size, strategy, figure(correct[strategy], draws))


def _raced(backbone: Backbone, images: ImageSet, drawn: Draw, seed: int, epochs: int) -> dict[str, np.ndarray]:
    spec = ComparisonSpec(
        "transfer", backbone.name, (TUNED, FROM_SCRATCH), epochs=epochs, seeds=1, seed=seed, size=images.size
    )
    with tempfile.TemporaryDirectory() as folder:
        *_, end = compare(spec, given(images, drawn, seed), Path(folder))
        assert isinstance(end, Finished)
        found = load_file(Path(folder) / "predictions.safetensors")
    right = {}
    for index, strategy in enumerate(spec.strategies):
        order = found[f"test.{index}"].long()
        answers = (found[f"logits.{index}"].argmax(1) == images.labels[order]).numpy()
        right[strategy] = answers[order.argsort().numpy()]  # pictures in rising order, as `draw` gives them
    return right


def given(images: ImageSet, drawn: Draw, seed: int) -> ImageSet:
    """Give the set with the draw as its split; a stratified fifth of the training pictures validates."""
    from sklearn.model_selection import train_test_split

    labels = images.labels.numpy()[drawn.train]
    train, validation = train_test_split(drawn.train, test_size=0.2, stratify=labels, random_state=seed)
    parts = images.given.clone()
    for name, index in (("train", train), ("validation", validation), ("test", drawn.test)):
        parts[torch.from_numpy(index)] = PARTS.index(name)
    return replace(images, given=parts)


def _milliseconds(network: nn.Sequential, backbone: Backbone, size: int, setting: Setting) -> float:
    """Time the whole network on a batch of 128, on all cores; the quickest of what fits into two seconds."""
    device = next(network.parameters()).device
    network = network.eval().to(memory_format=setting.layout)
    x = _entered(torch.randint(0, 256, (BATCH, 3, size, size), dtype=torch.uint8), backbone, setting, device)
    best, started, rounds = float("inf"), time.perf_counter(), 0
    while rounds < 3 or time.perf_counter() - started < SECONDS_A_TIMING:
        begun = time.perf_counter()
        with torch.inference_mode(), autocast(device, setting.precision):
            network(x).float().sum().item()  # waits for an accelerator
        best, rounds = min(best, time.perf_counter() - begun), rounds + 1
    return round(best / BATCH * 1000, 3)


def _entered(pictures: Tensor, backbone: Backbone, setting: Setting, device: torch.device) -> Tensor:
    x = normalise(pictures.to(device), backbone.mean, backbone.deviation)
    return x.contiguous(memory_format=setting.layout)


def _pooled(x: Tensor) -> Tensor:
    """Average maps (B, C, h, w) over the picture and tokens (B, T, C) over their number; leave (B, C) as it is."""
    return x.mean(dim=(2, 3)) if x.ndim == 4 else x.mean(dim=1) if x.ndim == 3 else x


def _row(task: Task, weights: str, size: int, stage: str, found: Figure) -> dict[str, Any]:
    return {"task": task.name, "weights": weights, "size": size, "stage": stage, **found.to_json()}


def _shipped() -> list[str]:
    rows = map(backbones.get, backbones.pretrained())
    return [row.name for row in rows if row.weights is None and weights_ready(row)]


def _plan(arguments: argparse.Namespace) -> Plan:
    known = {task.name: task for task in TASKS}
    if unknown := set(arguments.sets or ()) - set(known):
        raise ValueError(f"There is no set “{min(unknown)}”; there are {', '.join(known)}.")
    if arguments.draws < 1:
        raise ValueError(f"draws must be at least 1, got {arguments.draws}.")
    tasks = tuple(known[name] for name in arguments.sets or known)
    return Plan(sizes=tuple(arguments.sizes), tasks=tasks).reduced(arguments.draws)


def main() -> None:
    """Measure and print what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="a backbone whose weights are here; default: shipped")
    parser.add_argument("--sets", nargs="+", metavar="SET", help=f"of {', '.join(task.name for task in TASKS)}")
    parser.add_argument("--sizes", nargs="+", type=int, default=list(Plan.sizes), metavar="PX")
    parser.add_argument("--draws", type=int, default=Plan.draws, help="fewer, for a quick look")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--write", action="store_true", help="put the figures into the model cards")
    arguments = parser.parse_args()
    if not (folder := os.environ.get("THAW_DATASETS")):
        raise SystemExit("Set THAW_DATASETS to the folder that holds the Parquet files of ants and bees and of PACS.")
    try:
        results = [
            drained(judge(backbones.get(name), _plan(arguments), Path(folder)), _tell)
            for name in arguments.names or _shipped()
        ]
        for result in results if arguments.write else []:
            print(f"written into {write_card(result)}", file=sys.stderr)
    except ValueError as error:
        raise SystemExit(str(error)) from error
    print(json.dumps(results) if arguments.json else "\n\n".join(map(markdown, results)))


def _tell(doing: str) -> None:
    print(doing, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
