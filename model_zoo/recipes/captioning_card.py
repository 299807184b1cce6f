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
    "Flickr8k: 5,782 photographs of people and animals with five captions each (Hodosh, Young & Hockenmaier 2013), "
    "squashed to 128 × 128 px; 304 more chose how the length of a caption counts"
)
WEAK = (
    "Knows people, dogs and sports on photographs. Of all else it speaks with the same confidence. Counts, colours "
    "and who does what are often wrong."
)


@dataclass(frozen=True)
class Trained:
    """What was trained: the backbone that sees, the plan, the epochs that followed, and how words are chosen."""

    backbone: str
    plan: Plan
    more: int
    how: str


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
    command = f"python -m model_zoo.recipes.captioning --backbone {trained.backbone}"
    card = {
        "name": "captioning",
        "data": DATA,
        "terms": "Those of Flickr8k: research and teaching",
        "weaknesses": WEAK,
        "parameters": {kind: sum(part.numel() for part in network.parameters()) for kind, network in networks.items()},
        "date": time.strftime("%Y-%m-%d"),
        "command": f"{command} --epochs {trained.plan.epochs} --more {trained.more}",
        "backbone": trained.backbone,
        "plan": asdict(trained.plan),
        "how": trained.how,
        "shapes": {kind: asdict(network.shape) for kind, network in networks.items()},
        "unlikeness": [round(rung, 3) for rung in one.unlikeness],
        "figures": figures,
        "measured": f"{command} --measure",
    }
    file.with_suffix(".json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
