"""Captioners that have learned nothing, in place of those shipped: small, and saying other things of other pictures."""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save_file

from model_zoo.rnn import captioning
from model_zoo.rnn.captioning_network import CaptionNetwork, Shape

WORDS = (
    "<end>", "<unknown>", "a", "the", "dog", "man", "woman", "child", "red", "ball", "grass", "water", "runs", "jumps",
    "on", "in", "with", "don't",
)  # fmt: skip
BACKBONE, FEATURES = "resnet_mini", 320
HOW = "beam:length_power=0.8"
RUNGS = 101
SPREAD = 6.0  # times as far as learning begins: otherwise all pictures have the same caption


def write(folder: Path, words: tuple[str, ...] = WORDS, width: int = 16, hidden_size: int = 24, seed: int = 0) -> None:
    """Write captioning.safetensors and captioning.json into a folder."""
    torch.manual_seed(seed)
    shapes = {kind: Shape(len(words), FEATURES, width, hidden_size, kind == "attention") for kind in captioning.KINDS}
    parts = {
        "usual.mean": torch.zeros(FEATURES),
        "usual.directions": torch.eye(4, FEATURES),
        "usual.spread": torch.ones(4),
        "usual.rest": torch.ones(()),
    }
    for kind, shape in shapes.items():
        for name, part in CaptionNetwork(shape).state_dict().items():
            parts[f"{kind}.{name}"] = part * (1.0 if name.startswith("norm") else SPREAD)
    save_file(parts, folder / "captioning.safetensors", {"words": "\n".join(words)})
    card = {
        "backbone": BACKBONE,
        "how": HOW,
        "shapes": {kind: asdict(shape) for kind, shape in shapes.items()},
        "unlikeness": [rung / 10 for rung in range(RUNGS)],
        "figures": {},
    }
    (folder / "captioning.json").write_text(json.dumps(card))
