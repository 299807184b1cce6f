"""Write networks that caption pictures as they are shipped: weights, words, and the model card."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from model_zoo.recipes.captioning_lesson import Plan
from model_zoo.rnn.captioning import Captioner

DATA = (
    "Flickr8k: {:,} photographs of people and animals with five captions each (Hodosh, Young & Hockenmaier 2013), "
    "squashed to 128 × 128 px; {:,} more chose how the length of a caption counts"
)
WEAK = (
    "Knows people, dogs and sports on photographs. Of all else it speaks with the same confidence. Counts, colours "
    "and who does what are often wrong."
)


@dataclass(frozen=True)
class Trained:
    """The plan of each phase, and how many photographs were learned from, and chose."""

    plans: tuple[Plan, ...]
    photographs: int
    chose: int


def write(captioners: dict[str, Captioner], trained: Trained, figures: dict[str, Any], folder: Path) -> None:
    """Write captioning.safetensors in fp16, the words in its metadata, and the model card captioning.json."""
    one = captioners["attention"]
    parts = {f"usual.{name}": part for name, part in one.usual.items()}
    for kind, captioner in captioners.items():
        parts |= {f"{kind}.{name}": part for name, part in captioner.network.state_dict().items()}
    file = folder / "captioning.safetensors"
    save_file({name: part.half().contiguous() for name, part in parts.items()}, file, {"words": "\n".join(one.words)})
    file.chmod(0o644)
    networks = {kind: captioner.network for kind, captioner in captioners.items()}
    backbone = one.encoder.backbone.name
    epochs, *more = (plan.epochs for plan in trained.plans)
    command = f"python -m model_zoo.recipes.captioning --backbone {backbone}"
    card = {
        "name": "captioning",
        "data": DATA.format(trained.photographs, trained.chose),
        "terms": "Those of Flickr8k: research and teaching",
        "weaknesses": WEAK,
        "parameters": {kind: sum(part.numel() for part in network.parameters()) for kind, network in networks.items()},
        "date": time.strftime("%Y-%m-%d"),
        "command": f"{command} --epochs {epochs}" + "".join(f" --more {count}" for count in more),
        "backbone": backbone,
        "encoder": one.encoder.digest,
        "plans": [asdict(plan) for plan in trained.plans],
        "how": one.how,
        "shapes": {kind: asdict(network.shape) for kind, network in networks.items()},
        "unlikeness": [round(rung, 3) for rung in one.unlikeness],
        "figures": figures,
        "measured": f"{command} --measure",
    }
    write_card(card, folder)


def write_card(card: dict[str, Any], folder: Path) -> None:
    """Write the model card captioning.json."""
    (folder / "captioning.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
