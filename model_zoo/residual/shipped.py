"""What comes with the program: figures of towers trained on digits, and two networks of which blocks can be cut."""

import json
from functools import cache
from typing import Any

from model_zoo.home import WEIGHTS

FIGURES, NETWORKS = "residual.json", "residual.safetensors"


@cache
def figures() -> dict[str, Any]:
    """Give the figures: as the result of a job, with `epochs`, `inside` and the `command` that made them."""
    found: dict[str, Any] = json.loads((WEIGHTS / FIGURES).read_text("utf-8"))
    return found
