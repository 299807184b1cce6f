"""Write weights as they are shipped, with the model card that says what they are and how they came to be."""

import json
import time
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn

DATA = "Tiny-ImageNet-200: 100,000 training pictures of 200 ImageNet classes, 64 px"
# Mean and deviation are those of the training pictures.
PREPROCESSING = {"mean": (0.480, 0.448, 0.398), "deviation": (0.277, 0.269, 0.282), "size": 64}
TAUGHT = "; of these and of 6,086 Flickr8k training pictures the embeddings and soft labels of the teacher"


def write(
    network: nn.Module,
    plan: dict[str, Any],
    teacher: str,
    classes: list[str],
    figures: dict[str, Any],
    hours: float,
    folder: Path,
) -> None:
    """Write NAME.safetensors in fp16 and its model card NAME.json; `teacher` is its title, empty without one."""
    state = {n: (t.half() if t.is_floating_point() else t).contiguous() for n, t in network.state_dict().items()}
    file = folder / f"{plan['network']}.safetensors"
    save_file(state, file)
    file.chmod(0o644)
    card = _card(network, plan, teacher, classes, figures, hours)
    file.with_suffix(".json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")


def figure(accuracy: float, count: int) -> dict[str, Any]:
    """Give an accuracy on `count` pictures with its 95 % interval (Wilson 1927), as cards hold it."""
    from scipy.stats import binomtest

    low, high = binomtest(round(accuracy * count), count).proportion_ci(method="wilson")
    return {"mean": round(accuracy, 4), "interval": [round(low, 4), round(high, 4)]}


def _card(
    network: nn.Module, plan: dict[str, Any], teacher: str, classes: list[str], figures: dict[str, Any], hours: float
) -> dict[str, Any]:
    file = f"$THAW_DATASETS/weights/{plan['teacher']}" if plan["teacher"].endswith(".npz") else plan["teacher"]
    by = f" --teacher {file} --views {plan['views']}" if teacher else ""
    options = f"--epochs {plan['epochs']}{by} --seed {plan['seed']}"
    return {
        "name": plan["network"],
        "data": DATA + (TAUGHT if teacher else ""),
        "teacher": teacher,
        "terms": "Those of ImageNet and, where a teacher spoke, of Flickr8k: research, non-commercial",
        "overlap": "Tiny-ImageNet has bees but no ants among its classes; the teacher knew both among its 1000.",
        "weaknesses": "Trained on photographs of 48 to 128 px: weak on line drawings, writing and fine detail.",
        "parameters": sum(p.numel() for p in network.parameters()),
        "date": time.strftime("%Y-%m-%d"),
        "command": f"python -m model_zoo.recipes.backbone {plan['network']} {options}",
        "hours": round(hours, 2),
        "plan": plan,
        "preprocessing": PREPROCESSING,
        "figures": figures,
        "measured": f"python -m model_zoo.recipes.backbone {plan['network']} --measure",
        "classes": classes,
    }
