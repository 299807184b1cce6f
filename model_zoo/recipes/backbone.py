"""Pre-train a shipped backbone on Tiny-ImageNet.

    THAW_DATASETS=… python -m model_zoo.recipes.backbone resnet_mini --epochs 6

SGD with Nesterov momentum under a one-cycle rate (Smith & Topin 2017, arXiv:1708.07120), label smoothing, random crops
and mirroring, bf16. Every random number follows from (seed, step), so a killed run goes on as if nothing had happened.
"""

import argparse
import importlib
import json
import math
import os
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.data.views import crop, draw_crops, normalise
from model_zoo.recipes import tiny_imagenet

MEAN, DEVIATION = (0.480, 0.448, 0.398), (0.277, 0.269, 0.282)  # of the Tiny-ImageNet training pictures
WEIGHTS = Path(__file__).parents[1] / "weights"
SECONDS_BETWEEN_CHECKPOINTS = 120


@dataclass(frozen=True)
class Plan:
    """What the run depends on; a checkpoint is only continued under the same plan."""

    network: str
    epochs: int
    batch: int = 256
    rate: float = 1.0
    momentum: float = 0.9
    weight_decay: float = 2e-4
    smoothing: float = 0.1
    warm_share: float = 0.25  # of all steps, until the rate has risen to its peak
    size: int = 64
    first_size: int = 48  # smaller pictures first: nearly twice as quick (Touvron et al. 2019, arXiv:1906.06423)
    first_share: float = 0.85  # of all steps
    smallest_area: float = 0.8  # of a picture that a crop shows
    start: str = ""  # weights to start from, for another cycle (Loshchilov & Hutter 2017, arXiv:1608.03983)
    seed: int = 0


def one_cycle(step: int, steps: int, plan: Plan) -> float:
    """Give the learning rate at `step`: a cosine up from a twentieth, then a cosine down to zero."""
    peak = plan.warm_share * steps
    if step < peak:
        return plan.rate * (0.05 + 0.95 * (1 - math.cos(math.pi * step / peak)) / 2)
    return plan.rate * (1 + math.cos(math.pi * (step - peak) / (steps - peak))) / 2


def train(
    plan: Plan, pictures: Tensor, labels: Tensor, checkpoint: Path, device: torch.device
) -> Generator[tuple[int, int, float], None, tuple[nn.Module, float]]:
    """Train from `checkpoint` on, or from the start; yields (step, steps, loss), returns the network and its hours."""
    network, optimiser = _new(plan, int(labels.max()) + 1, device)
    step, seconds = _resume(checkpoint, plan, network, optimiser)
    per_epoch = len(labels) // plan.batch
    steps = plan.epochs * per_epoch
    tick = saved = time.monotonic()
    while step < steps:
        epoch, position = divmod(step, per_epoch)
        if position == 0 or "order" not in locals():
            order = torch.randperm(len(labels), generator=_generator(plan.seed, epoch))
        batch = order[position * plan.batch : (position + 1) * plan.batch]
        for group in optimiser.param_groups:
            group["lr"] = one_cycle(step, steps, plan)
        size = plan.first_size if step < plan.first_share * steps else plan.size
        loss = _step(plan, network, optimiser, pictures[batch].to(device), labels[batch].to(device), step, size)
        step += 1
        if step % 50 == 0 or step == steps:
            now = time.monotonic()
            seconds, tick = seconds + now - tick, now
            if now - saved > SECONDS_BETWEEN_CHECKPOINTS or step == steps:
                _save(checkpoint, plan, network, optimiser, step, seconds)
                saved = now
            yield step, steps, loss.item()
    return network, seconds / 3600


def _new(plan: Plan, classes: int, device: torch.device) -> tuple[nn.Module, torch.optim.Optimizer]:
    family = "plain" if plan.network.startswith("vgg") else "residual"
    build = getattr(importlib.import_module(f"model_zoo.backbones.networks.{family}"), plan.network)
    with torch.random.fork_rng():
        torch.manual_seed(plan.seed)
        network = build(classes)
    if plan.start:
        network.load_state_dict(load_file(plan.start))
    network = network.to(device, memory_format=torch.channels_last)
    decayed = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": plan.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return network, torch.optim.SGD(groups, lr=plan.rate, momentum=plan.momentum, nesterov=True)


def _step(plan: Plan, network: nn.Module, optimiser, pictures: Tensor, labels: Tensor, step: int, size: int) -> Tensor:
    network.train()
    crops = draw_crops(len(labels), _generator(plan.seed, 10_000 + step), smallest_area=plan.smallest_area)
    x = normalise(crop(pictures, crops.to(pictures.device), size), MEAN, DEVIATION).contiguous(
        memory_format=torch.channels_last
    )
    with torch.autocast(pictures.device.type, torch.bfloat16):
        logits = network(x)
    loss = F.cross_entropy(logits.float(), labels, label_smoothing=plan.smoothing)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    return loss.detach()


def _generator(seed: int, index: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed * 1_000_003 + index)


def _save(checkpoint: Path, plan: Plan, network, optimiser, step: int, seconds: float) -> None:
    aside = checkpoint.with_suffix(".part")
    state = {"plan": asdict(plan), "network": network.state_dict(), "optimiser": optimiser.state_dict()}
    torch.save(state | {"step": step, "seconds": seconds}, aside)
    aside.rename(checkpoint)


def _resume(checkpoint: Path, plan: Plan, network, optimiser) -> tuple[int, float]:
    if not checkpoint.exists():
        return 0, 0.0
    state = torch.load(checkpoint, weights_only=True)
    if state["plan"] != asdict(plan):
        raise ValueError(f"{checkpoint} belongs to another plan, {state['plan']}. Remove it to start anew.")
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    return state["step"], state["seconds"]


@torch.inference_mode()
def accuracy(network: nn.Module, pictures: Tensor, labels: Tensor, device: torch.device) -> float:
    """Measure top-1 accuracy, a fraction, on whole pictures in bf16."""
    network.eval()
    right = 0
    for index in torch.arange(len(labels)).split(500):
        x = normalise(pictures[index].to(device), MEAN, DEVIATION).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            right += (network(x).argmax(1).cpu() == labels[index]).sum().item()
    return right / len(labels)


def write(
    network: nn.Module, plan: Plan, classes: list[str], figures: dict, hours: float, folder: Path = WEIGHTS
) -> None:
    """Write NAME.safetensors in fp16 and its model card NAME.json, which tells the cycles that led to it."""
    earlier = _cycles(Path(plan.start)) if plan.start else []
    state = {n: (t.half() if t.is_floating_point() else t).contiguous() for n, t in network.state_dict().items()}
    save_file(state, folder / f"{plan.network}.safetensors")
    (folder / f"{plan.network}.safetensors").chmod(0o644)
    card = {
        "name": plan.network,
        "data": "Tiny-ImageNet-200: 100,000 training pictures of 200 ImageNet classes, 64 px",
        "terms": "ImageNet terms: research, non-commercial",
        "overlap": "Tiny-ImageNet has bees but no ants among its classes.",
        "weaknesses": "Trained on photographs of 48 and 64 px: weak on line drawings, writing and fine detail.",
        "parameters": sum(p.numel() for p in network.parameters()),
        "date": time.strftime("%Y-%m-%d"),
        "preprocessing": {"mean": MEAN, "deviation": DEVIATION, "size": plan.size},
        "figures": figures,
        "cycles": [*earlier, _cycle(plan, hours)],
        "classes": classes,
    }
    (folder / f"{plan.network}.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")


def _cycle(plan: Plan, hours: float) -> dict:
    told = asdict(plan) | {"start": Path(plan.start).name}
    return {"command": _command(plan), "hours": round(hours, 2), "plan": told}


def _cycles(weights: Path) -> list[dict]:
    card = weights.with_suffix(".json")
    return json.loads(card.read_text())["cycles"] if card.exists() else []


def _command(plan: Plan) -> str:
    options = f"--epochs {plan.epochs} --rate {plan.rate:g} --first-share {plan.first_share:g} --seed {plan.seed}"
    start = f" --start {Path(plan.start).name}" if plan.start else ""
    return f"python -m model_zoo.recipes.backbone {plan.network} {options}{start}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network")
    parser.add_argument("--measure", action="store_true", help="only print the top-1 of the weights that are shipped")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--rate", type=float, default=1.0)
    parser.add_argument("--first-share", type=float, default=Plan.first_share, help="of the steps, on smaller pictures")
    parser.add_argument("--start", default="", help="weights to start from instead of random ones")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, default=Path("/tmp/thaw-recipes"), help="checkpoints and decoded pictures")
    arguments = parser.parse_args()
    folder = os.environ.get("THAW_DATASETS")
    if not folder:
        raise SystemExit("Set THAW_DATASETS to the folder that holds Tiny-ImageNet.")
    plan = Plan(
        arguments.network,
        arguments.epochs,
        rate=arguments.rate,
        first_share=arguments.first_share,
        start=arguments.start,
        seed=arguments.seed,
    )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    (pictures, labels), (val_pictures, val_labels) = tiny_imagenet.load(Path(folder), arguments.work)
    if arguments.measure:
        shipped = replace(plan, start=str(WEIGHTS / f"{plan.network}.safetensors"))
        network, _ = _new(shipped, int(labels.max()) + 1, device)
        print(f"top-1 on the validation set: {accuracy(network, val_pictures, val_labels, device):.4f}")
        return
    run = train(plan, pictures, labels, arguments.work / f"{plan.network}-{plan.seed}-{plan.epochs}.pt", device)
    while True:
        try:
            step, steps, loss = next(run)
            print(f"{time.strftime('%H:%M:%S')} step {step}/{steps} loss {loss:.3f}", flush=True)
        except StopIteration as end:
            network, hours = end.value
            break
    top1 = accuracy(network, val_pictures, val_labels, device)
    print(f"top-1 on the validation set: {top1:.4f}")
    figures = {"tiny_imagenet_val_top1_64px": round(top1, 4)}
    write(network, plan, tiny_imagenet.class_names(Path(folder)), figures, hours)


if __name__ == "__main__":
    main()
