"""A finished comparison on disk, as the compare job leaves it, with networks of random weights."""

import io
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from model_zoo import backbones

CLASSES = ("ants", "bees", "wasps")
SIZE = 48
RUNS = (("from_scratch", 0, 0.5), ("from_scratch", 1, 0.75), ("full:rate=0.1", 0, 0.25))  # validation accuracy last


def finished_job(home: Path, job: str) -> list[nn.Sequential]:
    """Write the job folder; gives the networks of its runs."""
    folder, backbone = home / "jobs" / job, backbones.get("resnet_mini")
    networks = []
    for index, (strategy, seed, _) in enumerate(RUNS):
        networks.append(random_network(len(CLASSES), seed=10 + index))
        (folder / "runs" / str(index)).mkdir(parents=True)
        about = {"backbone": "resnet_mini", "classes": json.dumps(CLASSES), "size": str(SIZE)}
        about |= {"mean": json.dumps(backbone.mean), "deviation": json.dumps(backbone.deviation)}
        about |= {"strategy": strategy, "seed": str(seed)}
        save_file(networks[-1].state_dict(), folder / "runs" / str(index) / "model.safetensors", about)
    result_file(home, job)
    return networks


def result_file(home: Path, job: str) -> None:
    """Write the job folder's result alone, without networks."""
    rows = [{"strategy": s, "seed": seed, "validation_accuracy": accuracy} for s, seed, accuracy in RUNS]
    (home / "jobs" / job).mkdir(parents=True, exist_ok=True)
    result = {"backbone": "resnet_mini", "classes": CLASSES, "runs": rows}
    (home / "jobs" / job / "result.json").write_text(json.dumps(result))


def random_network(classes: int, seed: int) -> nn.Sequential:
    """Draw a network whose blocks and statistics all count, unlike those of a fresh one."""
    network = backbones.get("resnet_mini").network(classes, seed=seed, pretrained=False).eval()
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in network.state_dict().items():
        if name.endswith(("bn1.weight", "bn2.weight", "running_var")):
            tensor.uniform_(0.5, 1.5, generator=generator)
    return network


def picture_file(seed: int = 0, format: str = "PNG") -> bytes:
    """Give a picture file, wider than high, of coloured patches."""
    patches = np.random.default_rng(seed).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(patches).resize((180, 120)).save(file, format)
    return file.getvalue()
