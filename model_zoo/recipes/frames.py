"""Train the shipped networks that label frames: one glance for all of them, then readers with and without recurrence.

    python -m model_zoo.recipes.frames [--files 12] [--work /tmp/thaw-recipes/frames]

First the glance learns to say of a single frame which digit is where. It stands still from then on, and every reader
learns from the same glances, so that they differ in how they read and in nothing else.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model_zoo.data.moving import Part
from model_zoo.home import WEIGHTS
from model_zoo.recipes import frames_card
from model_zoo.recipes.frames_clips import CLASSES, EVERY, FAR, PLACES, Clips, clips
from model_zoo.rnn.frames_network import FrameReader, Glance, Look, Shape

TASKS = tuple(CLASSES)
HEADS = tuple(map(len, CLASSES.values()))
READERS = {
    "gru:bidirectional=true": Shape(HEADS, "gru", True),
    "gru": Shape(HEADS, "gru"),
    "lstm:bidirectional=true": Shape(HEADS, "lstm", True),
    "lstm": Shape(HEADS, "lstm"),
    "none": Shape(HEADS, "none"),
}
FILES: dict[Part | Literal["far"], int] = {"far": 12, "train": 12, "validation": 1, "test": 2}
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How the glance and the readers are learned."""

    glance_epochs: int = 12
    batch: int = 512
    glance_rate: float = 3e-3
    places_weight: float = 20.0
    epochs: int = 24
    together: int = 125  # frames that are read as one: clips are cut, which halves the time
    batch_of_readers: int = 32
    rate: float = 6e-3
    weight_decay: float = 0.02
    seeds: int = 3


@dataclass(frozen=True)
class Glances:
    """What the glance made of the clips of one part, (N, T, outputs), and their labels by task, (N, T)."""

    seen: Tensor
    labels: dict[str, Tensor]

    def cut(self, frames: int) -> "Glances":
        """Cut the clips into shorter ones of so many frames."""
        labels = {task: each.reshape(-1, frames) for task, each in self.labels.items()}
        return Glances(self.seen.reshape(-1, frames, self.seen.shape[2]), labels)


class Pupil(nn.Module):
    """A glance, and what it is asked of a single frame: the classes of each task, and where the digit is."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.glance = Glance(look)
        self.heads = nn.ModuleList(nn.Linear(look.outputs, classes) for classes in HEADS)
        self.places = nn.Linear(look.outputs, PLACES)
        self.dropout = nn.Dropout(0.2)

    def forward(self, features: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        glance = self.dropout(self.glance(features).relu())
        return tuple(head(glance) for head in self.heads), self.places(glance)


def learn_glance(train: Sequence[Clips], validation: Clips, plan: Plan, say: Say) -> Glance:
    """Teach a glance what single frames tell."""
    torch.manual_seed(0)
    pupil = Pupil(Look())
    far, near = train
    picked = (slice(None), slice(None, None, EVERY))  # of clips whose every frame is there
    frames = torch.cat((far.features.flatten(0, 1), near.features[picked].flatten(0, 1)))
    places = torch.cat((far.places.flatten(0, 1), near.places[picked].flatten(0, 1)))
    labels = [torch.cat((far.labels[task].flatten(), near.labels[task][picked].flatten())) for task in TASKS]
    pupil.glance.measure(frames[torch.randperm(len(frames))[:4_000]])
    steps = plan.glance_epochs * (len(frames) // plan.batch)
    optimiser, schedule = _optimiser(pupil, plan.glance_rate, plan.weight_decay, steps)
    for epoch in range(plan.glance_epochs):
        pupil.train()
        for index in torch.randperm(len(frames)).split(plan.batch):
            if len(index) == plan.batch:
                loss = _glance_loss(pupil(frames[index]), [each[index] for each in labels], places[index], plan)
                _step(pupil, loss, optimiser, schedule)
        say(f"glance, epoch {epoch + 1}: loss {loss.item():.3f}, digit {_digits(pupil, validation):.4f} of frames")
    return pupil.glance.eval()


def learn_reader(name: str, seed: int, train: Glances, validation: Glances, plan: Plan, say: Say) -> FrameReader:
    """Teach one reader from glances that stand still; the epoch with the least loss on validation clips is kept."""
    torch.manual_seed(seed)
    reader, train = FrameReader(READERS[name]), train.cut(plan.together)
    steps = plan.epochs * -(-len(train.seen) // plan.batch_of_readers)
    optimiser, schedule = _optimiser(reader, plan.rate, plan.weight_decay, steps)
    best, kept = float("inf"), reader.state_dict()
    for _ in range(plan.epochs):
        reader.train()
        for index in torch.randperm(len(train.seen)).split(plan.batch_of_readers):
            _step(reader, _loss(reader(train.seen[index]), train.labels, index), optimiser, schedule)
        loss = _judged(reader, validation)[0]
        if loss < best:
            best, kept = loss, {key: value.clone() for key, value in reader.state_dict().items()}
    reader.load_state_dict(kept)
    right = _judged(reader, validation)[1]
    say(f"{name}, seed {seed}: loss {best:.4f}, " + ", ".join(f"{t} {r.mean():.4f}" for t, r in right.items()))
    return reader.eval()


@torch.no_grad()
def glances(glance: Glance, found: Clips) -> Glances:
    """Look at every frame once."""
    seen = torch.cat([glance(frames) for frames in found.features.flatten(0, 1).split(1_000)])
    return Glances(seen.unflatten(0, (len(found), -1)), found.labels)


def _glance_loss(told: tuple, labels: list[Tensor], places: Tensor, plan: Plan) -> Tensor:
    logits, where = told
    there = places[:, 0].isfinite()
    loss = plan.places_weight * F.mse_loss(where[there], places[there])
    return loss + sum(F.cross_entropy(each, right) for each, right in zip(logits, labels, strict=True))


def _loss(logits: tuple[Tensor, ...], labels: dict[str, Tensor], index: Tensor) -> Tensor:
    pairs = zip(logits, labels.values(), strict=True)
    return torch.stack([F.cross_entropy(each.flatten(0, 1), right[index].flatten()) for each, right in pairs]).sum()


@torch.no_grad()
def _judged(reader: FrameReader, found: Glances) -> tuple[float, dict[str, Tensor]]:
    """Give the mean loss, and by task how many frames of each clip are right, (N,)."""
    reader.eval()
    logits = reader(found.seen)
    loss = _loss(logits, found.labels, torch.arange(len(found.seen))).item()
    pairs = zip(logits, found.labels.items(), strict=True)
    return loss, {task: (each.argmax(2) == right).float().mean(1) for each, (task, right) in pairs}


@torch.no_grad()
def _digits(pupil: Pupil, found: Clips) -> float:
    pupil.eval()
    said = torch.cat([pupil(frames)[0][0].argmax(1) for frames in found.features.flatten(0, 1).split(1_000)])
    return (said == found.labels["digit"].flatten()).float().mean().item()


def _optimiser(network: nn.Module, rate: float, decay: float, steps: int) -> tuple:
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=decay, fused=True)
    return optimiser, torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.2)


def _step(network: nn.Module, loss: Tensor, optimiser: torch.optim.Optimizer, schedule: object) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    schedule.step()


def main() -> None:
    """Learn, write weights and card, and print what held-out clips say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=FILES["train"], help="of 40 training clips each")
    parser.add_argument("--work", type=Path, default=Path("/tmp/thaw-recipes/frames"))
    parser.add_argument("--to", type=Path, default=WEIGHTS, help="the folder for weights and card")
    arguments = parser.parse_args()
    plan, started = Plan(), time.monotonic()
    parts = {part: _parts(part, count, arguments.work) for part, count in (FILES | {"train": arguments.files}).items()}
    far = parts.pop(FAR)
    glance = _glance(far, parts["train"], parts["validation"], plan, arguments.work)
    seen = {part: glances(glance, found) for part, found in parts.items()}
    readers = {
        name: [_reader(name, seed, seen, plan, arguments.work) for seed in range(plan.seeds)] for name in READERS
    }
    frames_card.write_shipped(glance, readers, seen, asdict(plan), (time.monotonic() - started) / 3600, arguments)


def _glance(far: Clips, train: Clips, validation: Clips, plan: Plan, work: Path) -> Glance:
    """Learn the glance, or read the one that was learned before under the same plan."""
    told = {**asdict(plan), "clips": [len(far), len(train)]}
    state = _kept(work / "glance.pt", told, lambda: learn_glance((far, train), validation, plan, _say))
    glance = Glance(Look()).eval()
    glance.load_state_dict(state)
    return glance


def _reader(name: str, seed: int, seen: dict[Part, Glances], plan: Plan, work: Path) -> FrameReader:
    """Learn a reader, or read the one that was learned before from the same glances under the same plan."""
    digest = sha256(seen["validation"].seen.numpy().data).hexdigest()
    file = work / f"{name.partition(':')[0]}_{len(name)}_{seed}.pt"
    learn = partial(learn_reader, name, seed, seen["train"], seen["validation"], plan, _say)
    reader = FrameReader(READERS[name]).eval()
    reader.load_state_dict(_kept(file, {**asdict(plan), "glances": digest}, learn))
    return reader


def _kept(file: Path, told: dict[str, Any], learn: Callable[[], nn.Module]) -> dict[str, Tensor]:
    """Give the weights in `file` if they came about as is `told`; else learn them, and keep them there."""
    if file.exists() and (kept := torch.load(file, weights_only=True))["told"] == told:
        return kept["weights"]
    weights = learn().state_dict()
    torch.save({"weights": weights, "told": told}, file)
    return weights


def _parts(part: Part | Literal["far"], count: int, work: Path) -> Clips:
    for told, found in clips(part, count, work):
        if found is not None:
            return found
        _say(told)
    raise AssertionError("clips end with all of them")


def _say(told: str) -> None:
    print(time.strftime("%H:%M:%S"), told, flush=True)


if __name__ == "__main__":
    main()
