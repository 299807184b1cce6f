"""Where things lie: what Thaw must not lose (uploads, pictures, downloads, jobs, caches), and the weights it ships."""

import os
from pathlib import Path

import platformdirs

WEIGHTS = Path(__file__).parent / "weights"  # NAME.safetensors, and its model card NAME.json


def home(*parts: str) -> Path:
    """Give the folder `parts` under THAW_HOME (default: the user's data folder), made if it is not there."""
    root = os.environ.get("THAW_HOME") or platformdirs.user_data_dir("thaw", appauthor=False)
    folder = Path(root).joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
