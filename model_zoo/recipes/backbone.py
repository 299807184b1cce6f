"""Pre-train a shipped backbone on Tiny-ImageNet, with a larger network as its teacher.

    THAW_DATASETS=… python -m model_zoo.recipes.backbone resnet_mini --epochs 40 --teacher FILE.npz

The pupil learns the 200 labels and, of every crop, the teacher's embedding and soft labels (see `teacher`). Its rate is
even after a warm-up and falls to zero at the end (Hägele et al. 2024, arXiv:2405.18392), so that a run can be made
longer as long as it has not begun to fall. SGD with Nesterov momentum, bf16 where the machine knows it, pictures of
several sizes. A crop magnifies what it shows, a whole picture does not (Touvron et al. 2019, arXiv:1906.06423): the end
of the run is on nearly whole ones, and batch norm has the statistics of whole ones. Every random number follows from
(seed, step): a killed run goes on as if nothing had happened.
"""

import argparse
import importlib
import os
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo import backbones, devices
from model_zoo.backbones.backbone import with_pretrained_head
from model_zoo.data.views import SMALLEST_AREA, crop, draw_crops, normalise
from model_zoo.events import drained
from model_zoo.home import WEIGHTS
from model_zoo.recipes import flickr8k, teacher, tiny_imagenet
from model_zoo.recipes.card import PREPROCESSING, figure, write
from model_zoo.recipes.teacher import AREAS, Teacher, View

MEAN, DEVIATION = PREPROCESSING["mean"], PREPROCESSING["deviation"]
SETTLING = 20_000  # pictures that batch norm's statistics are taken of in the end
MOMENTUM = 0.1  # of these statistics before, torch's own
SECONDS_BETWEEN_CHECKPOINTS, STEPS_BETWEEN_REPORTS = 120, 50


@dataclass(frozen=True)
class Plan:
    """What the run depends on; a checkpoint is only continued under the same plan."""

    network: str
    epochs: int = 40
    teacher: str = ""
    views: int = 9  # crops of every picture that the teacher speaks of
    batch: int = 512
    rate: float = 0.5
    momentum: float = 0.9
    weight_decay: float = 2e-4
    smoothing: float = 0.1
    warm_steps: int = 500
    falling_share: float = 0.5  # of all steps
    last_share: float = 0.2  # of all steps, at the end, on pictures as the network will be asked about: whole ones
    unlabelled_share: float = 0.1  # of the steps, on pictures of which only the teacher says something; such a step
    # takes the place of one on labelled pictures, so an epoch shows about nine tenths of them
    sizes: tuple[tuple[int, float], ...] = ((48, 0.45), (64, 0.45), (96, 0.1))  # px and share
    last_sizes: tuple[tuple[int, float], ...] = ((48, 0.1), (64, 0.6), (96, 0.15), (128, 0.15))  # at the end
    embedding_weight: float = 2.0
    soft_weight: float = 1.0
    seed: int = 0

    def steps(self, pictures: int) -> int:
        return self.epochs * (pictures // self.batch)

    def falls_at(self, steps: int) -> int:
        return round((1 - self.falling_share) * steps)

    def ends_at(self, steps: int) -> int:
        """Give the step from which pictures are as the network will be asked about."""
        return round((1 - self.last_share) * steps)


@dataclass(frozen=True)
class Lesson:
    """Pictures (N, 3, S, S) to learn from: with labels (N,) or without, with a teacher's views or without."""

    pictures: Tensor
    labels: Tensor | None = None
    views: tuple[View, ...] = ()

    def to(self, device: torch.device) -> "Lesson":
        """Move what is large to where it is read; crops are drawn and turned on the CPU."""
        views = tuple(View(view.crops, view.embeddings.to(device)) for view in self.views)
        return Lesson(self.pictures.to(device), self.labels, views)


class Pupil(nn.Module):
    """The network, and a linear layer that guesses the teacher's standardised embedding from the network's own."""

    def __init__(self, network: nn.Sequential, master: Teacher | None, lesson: Lesson) -> None:
        super().__init__()
        self.network = network
        if master:
            some = torch.cat([view.embeddings[:10_000].float() for view in lesson.views])
            self.guess = nn.Linear(network[-1].in_features, some.shape[1])
            self.register_buffer("mean", some.mean(0), persistent=False)
            self.register_buffer("deviation", some.std(0) + 1e-3, persistent=False)
            self.register_buffer("weight", master.weight.detach(), persistent=False)
            self.register_buffer("bias", master.bias.detach(), persistent=False)

    def loss(self, x: Tensor, labels: Tensor | None, taught: Tensor | None, plan: Plan) -> Tensor:
        """Weigh what labels (B,) and the teacher's embeddings (B, D) say of pictures (B, 3, S, S)."""
        with devices.mixed(x.device):
            embedding = self.network[:-1](x)
        embedding = embedding.float()
        loss = embedding.new_zeros(())
        if labels is not None:
            loss = loss + F.cross_entropy(self.network[-1](embedding), labels, label_smoothing=plan.smoothing)
        if taught is not None:
            guessed = self.guess(embedding)  # (B, D)
            loss = loss + plan.embedding_weight * F.mse_loss(guessed, (taught - self.mean) / self.deviation)
            soft = F.softmax(F.linear(taught, self.weight, self.bias), 1)  # (B, teacher's classes)
            named = F.linear(guessed * self.deviation + self.mean, self.weight, self.bias)
            loss = loss + plan.soft_weight * F.cross_entropy(named, soft)
        return loss


def rate_at(step: int, steps: int, plan: Plan) -> float:
    """Give the learning rate at `step`: a linear rise, an even stretch, a linear fall to zero."""
    left = (steps - step) / max(1, steps - plan.falls_at(steps))
    return plan.rate * min(1.0, (step + 1) / plan.warm_steps, left)


def train(
    plan: Plan, lessons: list[Lesson], master: Teacher | None, checkpoint: Path, device: torch.device
) -> Generator[tuple[int, int, float], None, tuple[nn.Sequential, float]]:
    """Train from `checkpoint` on, or from the start; yields (step, steps, loss), returns the network and its hours.

    The first of `lessons` has labels and makes the epochs.
    """
    pupil, optimiser = _new(plan, lessons[0], master, device)
    steps = plan.steps(len(lessons[0].pictures))
    step, seconds = _resume(checkpoint, plan, steps, pupil, optimiser)
    pupil.train()
    tick = saved = time.monotonic()
    while step < steps:
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, steps, plan)
        loss = pupil.loss(*_batch(plan, lessons, step, steps, device), plan)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        step += 1
        if step % STEPS_BETWEEN_REPORTS == 0 or step == steps:
            now = time.monotonic()
            seconds, tick = seconds + now - tick, now
            if now - saved > SECONDS_BETWEEN_CHECKPOINTS or step == steps:
                _save(checkpoint, plan, pupil, optimiser, step, seconds)
                saved = now
            yield step, steps, loss.item()
    settle(pupil.network, lessons[0].pictures, plan, device)
    return pupil.network, seconds / 3600


@torch.no_grad()
def settle(network: nn.Sequential, pictures: Tensor, plan: Plan, device: torch.device) -> None:
    """Let batch norm know pictures (N, 3, S, S) as they are asked about, whole (Wu & Johnson 2021, arXiv:2105.07576).

    In training its statistics follow the last few steps, of whatever size their pictures were.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average
    generator = _generator(plan.seed, 0)
    network.train()
    for index in torch.randperm(len(pictures), generator=generator)[:SETTLING].split(plan.batch):
        x = normalise(pictures[index].to(device), MEAN, DEVIATION)
        with devices.mixed(device):
            network(x.contiguous(memory_format=torch.channels_last))
    for norm in norms:
        norm.momentum = MOMENTUM


def _batch(
    plan: Plan, lessons: list[Lesson], step: int, steps: int, device: torch.device
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Draw the pictures of `step`, normalised, their labels, and what the teacher says of them."""
    generator = _generator(plan.seed, step)
    without_labels = len(lessons) > 1 and torch.rand((), generator=generator) < plan.unlabelled_share
    lesson = lessons[1] if without_labels else lessons[0]
    if without_labels:
        index = torch.randint(len(lesson.pictures), (plan.batch,), generator=generator)
    else:
        epoch, place = divmod(step, len(lesson.pictures) // plan.batch)
        index = _order(plan.seed, epoch, len(lesson.pictures))[place * plan.batch : (place + 1) * plan.batch]
    ending = step >= plan.ends_at(steps)
    crops, taught = draw_crops(len(index), generator, smallest_area=AREAS[0] if ending else SMALLEST_AREA), None
    if lesson.views:
        views = lesson.views[:: len(AREAS)] if ending else lesson.views
        view = views[int(torch.randint(len(views), (), generator=generator))]
        mirror = crops[:, 0, 0].sign()  # the teacher saw the picture unmirrored
        crops, taught = view.crops[index].clone(), view.embeddings[index].float().to(device)
        crops[:, 0, 0] *= mirror
    sizes, shares = zip(*(plan.last_sizes if ending else plan.sizes), strict=True)
    size = sizes[int(torch.multinomial(torch.tensor(shares), 1, generator=generator))]
    x = normalise(crop(lesson.pictures[index].to(device), crops.to(device), size), MEAN, DEVIATION)
    labels = None if lesson.labels is None else lesson.labels[index].to(device)
    return x.contiguous(memory_format=torch.channels_last), labels, taught


def _new(
    plan: Plan, lesson: Lesson, master: Teacher | None, device: torch.device
) -> tuple[Pupil, torch.optim.Optimizer]:
    family = "plain" if plan.network.startswith("vgg") else "residual"
    build = getattr(importlib.import_module(f"model_zoo.backbones.networks.{family}"), plan.network)
    with torch.random.fork_rng():
        torch.manual_seed(plan.seed)
        pupil = Pupil(build(int(lesson.labels.max()) + 1), master, lesson)
    pupil = pupil.to(device, memory_format=torch.channels_last)
    decayed = [p for p in pupil.parameters() if p.ndim > 1]
    others = [p for p in pupil.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": plan.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return pupil, torch.optim.SGD(groups, lr=plan.rate, momentum=plan.momentum, nesterov=True)


@lru_cache(maxsize=1)
def _order(seed: int, epoch: int, count: int) -> Tensor:
    return torch.randperm(count, generator=_generator(seed, -1 - epoch))


def _generator(seed: int, index: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed * 1_000_003 + index + 1_000)


def _save(checkpoint: Path, plan: Plan, pupil: Pupil, optimiser, step: int, seconds: float) -> None:
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    aside = checkpoint.with_suffix(".part")
    state = {"plan": asdict(plan), "pupil": pupil.state_dict(), "optimiser": optimiser.state_dict()}
    torch.save(state | {"step": step, "seconds": seconds}, aside)
    aside.rename(checkpoint)


def _resume(checkpoint: Path, plan: Plan, steps: int, pupil: Pupil, optimiser) -> tuple[int, float]:
    if not checkpoint.exists():
        return 0, 0.0
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    epochs = state["plan"]["epochs"]
    old_steps = steps // plan.epochs * epochs
    even = min(whole(total) for whole in (plan.falls_at, plan.ends_at) for total in (steps, old_steps))
    longer = state["plan"] | {"epochs": plan.epochs} == asdict(plan) and state["step"] <= even
    if state["plan"] != asdict(plan) and not longer:
        raise ValueError(f"{checkpoint} belongs to another plan, {state['plan']}. Remove it to start anew.")
    pupil.load_state_dict(state["pupil"])
    optimiser.load_state_dict(state["optimiser"])
    return state["step"], state["seconds"]


@torch.inference_mode()
def accuracy(network: nn.Module, pictures: Tensor, labels: Tensor, device: torch.device) -> float:
    """Measure top-1 accuracy, a fraction, on whole pictures."""
    network.eval()
    right = 0
    for index in torch.arange(len(labels)).split(500):
        x = normalise(pictures[index].to(device), MEAN, DEVIATION).contiguous(memory_format=torch.channels_last)
        with devices.mixed(device):
            right += (network(x).argmax(1).cpu() == labels[index]).sum().item()
    return right / len(labels)


def main() -> None:
    """Train, measure and write what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network")
    parser.add_argument("--measure", action="store_true", help="only print the top-1 of the weights that are shipped")
    parser.add_argument("--epochs", type=int, default=Plan.epochs)
    parser.add_argument("--teacher", default="", help="an .npz file or a backbone; none: labels only")
    parser.add_argument("--views", type=int, default=Plan.views, help="crops of a picture that the teacher speaks of")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, default=Path("/tmp/thaw-recipes"), help="checkpoints, decoded pictures, …")
    parser.add_argument("--into", type=Path, default=WEIGHTS, help="where weights and card are written")
    arguments = parser.parse_args()
    if not (folder := os.environ.get("THAW_DATASETS")):
        raise SystemExit("Set THAW_DATASETS to the folder that holds Tiny-ImageNet.")
    plan = Plan(arguments.network, arguments.epochs, Path(arguments.teacher).name, arguments.views, seed=arguments.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cudnn.benchmark = True
    (pictures, labels), validation = tiny_imagenet.load(Path(folder), arguments.work)
    if arguments.measure:
        network = with_pretrained_head(backbones.get(plan.network)).to(device, memory_format=torch.channels_last)
        print(f"top-1 on the validation set: {accuracy(network, *validation, device):.4f}")
        return
    lessons, master = [Lesson(pictures, labels)], None
    if arguments.teacher:
        master = teacher.load(arguments.teacher)
        others = flickr8k.load(Path(folder), arguments.work)
        sets = {"tiny_imagenet": (pictures, labels), "flickr8k": (others, None)}
        lessons = [
            Lesson(seen, named, tuple(teacher.views(master, seen, data, arguments.work, device, plan.views)))
            for data, (seen, named) in sets.items()
        ]
    lessons = [lesson.to(device) for lesson in lessons]
    run = train(plan, lessons, master, arguments.work / f"{plan.network}-{plan.seed}.pt", device)
    network, hours = drained(run, _tell)
    top1 = accuracy(network, *validation, device)
    print(f"top-1 on the validation set: {top1:.4f}")
    figures = {"Tiny-ImageNet validation, top-1 at 64 px": figure(top1, len(validation[1]))}
    title = master.title if master else ""
    write(network, asdict(plan), title, tiny_imagenet.class_names(Path(folder)), figures, hours, arguments.into)


def _tell(report: tuple[int, int, float]) -> None:
    step, steps, loss = report
    print(f"{time.strftime('%H:%M:%S')} step {step}/{steps} loss {loss:.3f}", flush=True)


if __name__ == "__main__":
    main()
