"""Captioners that have learned nothing, in place of those shipped: small, and saying other things of other pictures."""

from pathlib import Path

import torch

from model_zoo.recipes import captioning_card
from model_zoo.recipes.captioning_card import Trained
from model_zoo.recipes.captioning_lesson import Plan
from model_zoo.rnn import captioning
from model_zoo.rnn.captioning import Captioner
from model_zoo.rnn.captioning_network import CaptionNetwork, Shape
from model_zoo.rnn.encoder import Encoder

WORDS = (
    "<end>", "<unknown>", "a", "the", "dog", "man", "woman", "child", "red", "ball", "grass", "water", "runs", "jumps",
    "on", "in", "with", "don't",
)  # fmt: skip
BACKBONE, FEATURES = "resnet_mini", 320
HOW = "beam:length_power=0.8"
RUNGS = 101
SPREAD = 6.0  # times as far as learning begins: otherwise all pictures have the same caption


def write(folder: Path, words: tuple[str, ...] = WORDS, width: int = 16, hidden_size: int = 24, seed: int = 0) -> None:
    """Write captioning.safetensors and captioning.json into a folder, as the recipe does."""
    torch.manual_seed(seed)
    usual = {
        "mean": torch.zeros(FEATURES),
        "directions": torch.eye(4, FEATURES),
        "spread": torch.ones(4),
        "rest": torch.ones(()),
    }
    ladder, encoder = tuple(rung / 10 for rung in range(RUNGS)), Encoder(BACKBONE)
    captioners = {}
    for kind in captioning.KINDS:
        network = CaptionNetwork(Shape(len(words), FEATURES, width, hidden_size, kind == "attention"))
        network.load_state_dict({name: part * SPREAD for name, part in network.state_dict().items()})
        captioners[kind] = Captioner(kind, encoder, network, words, usual, ladder, HOW)
    captioning_card.write(captioners, Trained((Plan(),), 3, 1), {}, folder)
