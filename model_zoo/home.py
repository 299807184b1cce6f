"""Where Thaw keeps what it must not lose: uploads, pictures, downloads, jobs, caches."""

import os
from pathlib import Path

import platformdirs


def home(*parts: str) -> Path:
    """Give the folder `parts` under THAW_HOME (default: the user's data folder), made if it is not there."""
    root = os.environ.get("THAW_HOME") or platformdirs.user_data_dir("thaw", appauthor=False)
    folder = Path(root).joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
