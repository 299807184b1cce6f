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
from safetensors.torch import save_file
from torch import Tensor

from model_zoo.data.moving import RATE, draw
from model_zoo.data.video import decode, write
from model_zoo.events import drained
from model_zoo.recipes.frames_clips import CLASSES, FRAMES
from model_zoo.rnn.frame_encoder import BACKBONE, LAST, FrameEncoder
from model_zoo.rnn.frames import NETWORK, load
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


def write_all(
    glance: Glance, readers: Readers, parts: Mapping[str, "Glances"], plan: dict[str, Any], hours: float,
    arguments: Namespace,
) -> None:  # fmt: skip
    """Write frames.safetensors, of each reader the seed with the least loss on validation clips, and frames.json."""
    best = {
        name: max(some, key=lambda reader: _right(reader, parts["validation"]).mean()) for name, some in readers.items()
    }
    state = {
        f"{name}/{key}": value.half().contiguous()
        for name, network in {"glance": glance, **best}.items()
        for key, value in network.state_dict().items()
    }
    file = arguments.to / "frames.safetensors"
    save_file(state, file)
    file.chmod(0o644)
    card = {
        "name": "frames",
        **ABOUT,
        "backbone": f"{BACKBONE} up to {LAST}",
        "parameters": {
            name: sum(p.numel() for p in each.parameters()) for name, each in {"glance": glance, **best}.items()
        },
        "date": time.strftime("%Y-%m-%d"),
        "command": f"python -m model_zoo.recipes.frames --files {arguments.files}",
        "hours": round(hours, 2),
        "plan": plan,
        "look": asdict(glance.look),
        "shapes": {name: asdict(reader.shape) for name, reader in best.items()},
        "figures": {},
    }
    _put(card, file.with_suffix(".json"))
    figures = {task: _judged(task, readers, parts) for task in CLASSES}
    clips, frames = parts["test"].seen.shape[:2]
    card["figures"] = {"clips": clips, "frames": clips * frames, **figures, "from a film": _from_films(arguments.to)}
    _put(card, file.with_suffix(".json"))


def _judged(task: str, readers: Readers, parts: Mapping[str, "Glances"]) -> dict[str, Any]:
    """Give what each reader has right of the test clips' frames over its seeds, and how far NETWORK is ahead."""
    rights = {
        part: {name: [_right(reader, parts[part], task) for reader in some] for name, some in readers.items()}
        for part in ("validation", "test")
    }
    test = rights["test"]
    networks = {
        name: {
            "mean": round(float(np.mean(each)), 4),
            "deviation": round(float(np.std([one.mean() for one in each], ddof=1)), 4),
            "seeds": [round(one.mean().item(), 4) for one in each],
        }
        for name, each in test.items()
    }
    ahead = {name: _pair(task, name, rights) for name in readers if name != NETWORK}
    return {"networks": networks, "ahead of": ahead, "by label": _by_label(task, readers[NETWORK], parts["test"])}


def _pair(task: str, rival: str, rights: Mapping[str, Mapping[str, list[Tensor]]]) -> dict[str, Any]:
    """Compare NETWORK with one rival, paired by clip; over all rivals of a task the intervals are of each alone."""
    outcomes = [
        Outcome(
            name, name, tuple(one.mean().item() for one in rights["validation"][name]), cost,
            tuple(one.numpy() for one in rights["test"][name]),
            tuple(np.arange(len(one)) for one in rights["test"][name]), 0,
        )
        for cost, name in enumerate((NETWORK, rival))
    ]  # fmt: skip
    verdict = decide(outcomes, redrawn=False, of="clips")
    (pair,) = verdict.pairs
    sign = 1 if pair.a == NETWORK else -1
    low, high = sorted((sign * pair.low, sign * pair.high))
    return {
        "difference": round(sign * pair.difference, 4), "interval": [round(low, 4), round(high, 4)],
        "decided": pair.decided,
    }  # fmt: skip


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


def _from_films(folder: Path) -> dict[str, float]:
    """Measure the shipped NETWORK on clips that were written as films and read again, as visitors send them."""
    watcher, encoder = load(folder), FrameEncoder()
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


def _put(card: dict[str, Any], file: Path) -> None:
    file.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
