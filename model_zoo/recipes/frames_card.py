"""Write the shipped networks that label frames, and judge them on held-out clips; the model card says how."""

import json
import tempfile
import time
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from model_zoo.data.moving import RATE, draw
from model_zoo.data.video import decode, write
from model_zoo.events import drained
from model_zoo.recipes.frames_clips import CLASSES, FRAMES
from model_zoo.rnn import watched
from model_zoo.rnn.frame_encoder import BACKBONE, LAST, FrameEncoder
from model_zoo.rnn.frames import NETWORK, Watcher
from model_zoo.rnn.frames_network import FrameReader, Glance
from model_zoo.verdicts import Outcome, decide

if TYPE_CHECKING:
    from model_zoo.recipes.frames import Glances

FILMS = 10  # clips that are also read from a compressed film
FIRST_FILM = 10_000  # seed
Readers = Mapping[str, Sequence[FrameReader]]  # by name, one a seed
ABOUT = {
    "data": "Clips of moving digits that model_zoo.data.moving draws from scikit-learn's scans; 1,100 scans to learn "
    "from, 300 to choose by, 397 to measure with",
    "terms": "CC BY 4.0: scikit-learn's digits, from Alpaydin & Kaynak 1998, UCI Machine Learning Repository; "
    "seen through resnet_mini, whose terms these networks share (see LICENSE beside the weights)",
    "weaknesses": "Know one digit at a time on an even ground, moving along an axis, at 25 frames a second; of other "
    "films they say what would be true of a digit.",
}


def write_shipped(
    glance: Glance, readers: Readers, parts: Mapping[str, "Glances"], plan: dict[str, Any], hours: float,
    arguments: Namespace,
) -> None:  # fmt: skip
    """Write frames.safetensors, of each reader the seed that is most often right on validation clips, and its card."""
    validation = parts["validation"]
    best = {name: max(some, key=lambda each: _right(each, validation).mean()) for name, some in readers.items()}
    networks: dict[str, nn.Module] = {"glance": glance, **best}
    watched.write(arguments.to / "frames.safetensors", networks)
    clips, frames = parts["test"].seen.shape[:2]
    figures = {task: _judged(task, readers, parts) for task in CLASSES}
    card = {
        "name": "frames",
        **ABOUT,
        "backbone": f"{BACKBONE} up to {LAST}",
        "parameters": {name: sum(map(torch.numel, each.parameters())) for name, each in networks.items()},
        "date": time.strftime("%Y-%m-%d"),
        "command": f"python -m model_zoo.recipes.frames --files {arguments.files}",
        "hours of the last command": round(hours, 2),
        "plan": plan,
        "look": asdict(glance.look),
        "shapes": {name: asdict(reader.shape) for name, reader in best.items()},
        "figures": {
            "clips": clips, "frames": clips * frames, **figures,
            "from a film": _from_films(Watcher(glance, best, CLASSES)),
        },
    }  # fmt: skip
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (arguments.to / "frames.json").write_text(text, "utf-8")


def _judged(task: str, readers: Readers, parts: Mapping[str, "Glances"]) -> dict[str, Any]:
    """Give what each reader has right of the test clips' frames over its seeds, and how far NETWORK is ahead."""
    rights = {name: [_right(reader, parts["test"], task) for reader in some] for name, some in readers.items()}
    networks = {
        name: {
            "mean": round(float(np.mean(each)), 4),
            "deviation": round(float(np.std([one.mean() for one in each], ddof=1)), 4),
            "seeds": [round(one.mean().item(), 4) for one in each],
        }
        for name, each in rights.items()
    }
    by_label = _by_label(task, readers[NETWORK], parts["test"])
    return {"networks": networks, "ahead of": _ahead(rights), "by label": by_label}


def _ahead(rights: Mapping[str, Sequence[Tensor]]) -> dict[str, Any]:
    """Compare NETWORK with all others, paired by clip; `decided` holds for all pairs together (Holm)."""
    outcomes = [
        Outcome(
            name, name, (float(name == NETWORK),) * len(each), 0,  # it stands first, whoever is best
            tuple(one.numpy() for one in each), tuple(np.arange(len(one)) for one in each), 0,
        )
        for name, each in rights.items()
    ]  # fmt: skip
    return {
        pair.b: {
            "difference": round(pair.difference, 4),
            "interval": [round(pair.low, 4), round(pair.high, 4)],
            "decided": pair.decided,
        }
        for pair in decide(outcomes, redrawn=False, of="clips").pairs
    }


@torch.no_grad()
def _right(reader: FrameReader, found: "Glances", task: str = "") -> Tensor:
    """Give the share of each clip's frames whose label is right (N,); without a task, of all of them."""
    told = dict(zip(CLASSES, reader(found.seen), strict=True))
    shares = [(told[each].argmax(2) == found.labels[each]).float().mean(1) for each in ([task] if task else CLASSES)]
    return torch.stack(shares).mean(0)


@torch.no_grad()
def _by_label(task: str, readers: Sequence[FrameReader], found: "Glances") -> dict[str, Any]:
    """Give by label its frames, the share of them that is right, and what it is taken for most often."""
    place = list(CLASSES).index(task)
    said = torch.stack([reader(found.seen)[place].argmax(2) for reader in readers])  # (S, N, T)
    true = found.labels[task].expand_as(said)
    table = {}
    for number, label in enumerate(CLASSES[task]):
        mine = said[true == number]
        others = torch.bincount(mine[mine != number], minlength=len(CLASSES[task]))
        mistake = CLASSES[task][int(others.argmax())] if others.any() else ""
        right = round((mine == number).float().mean().item(), 4) if len(mine) else None
        table[label] = {"frames": int((found.labels[task] == number).sum()), "right": right, "taken for": mistake}
    return table


@torch.no_grad()
def _from_films(watcher: Watcher) -> dict[str, float]:
    """Measure NETWORK on clips that were written as films and read again, as visitors send them."""
    encoder = FrameEncoder()
    rights: dict[str, list[float]] = {task: [] for task in CLASSES}
    for seed in range(FIRST_FILM, FIRST_FILM + FILMS):
        drawn = draw(seed, FRAMES, "test")
        seen = encoder(_through_a_film(drawn.frames))
        told = watcher.readers[NETWORK](watcher.glance(seen)[None])
        for (task, classes), logits, true in zip(CLASSES.items(), told, (drawn.digits, drawn.motions), strict=True):
            said = [classes[place] for place in logits[0].argmax(1).tolist()]
            rights[task].append(float(np.mean([a == b for a, b in zip(said, true, strict=True)])))
    return {task: round(float(np.mean(each)), 4) for task, each in rights.items()}


def _through_a_film(frames: np.ndarray) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clip.mp4"
        write(frames, RATE, file, 5)
        return drained(decode(file, file.name)).frames
