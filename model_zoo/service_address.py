"""Where the inference process of this machine and this THAW_HOME is found. Plain Python: the web process asks too."""

import hashlib
import os
import platform
import sys
import tempfile
from pathlib import Path

from model_zoo.home import home

LONGEST_PATH = 100  # bytes; the path of a Unix socket may have 103 on macOS, 107 on Linux
COMMAND = (sys.executable, "-m", "model_zoo.service")
FOLDER = Path(__file__).parents[1]  # where COMMAND finds the package


def socket_path() -> Path:
    """Give the path of the socket: in THAW_HOME, or, where that is too long, in a private folder among temporary files.

    Raises ValueError where neither is short enough, or the private folder is open to others.
    """
    path = lock_path().with_suffix(".socket")
    if len(os.fsencode(path)) <= LONGEST_PATH:
        return path
    short = _private_folder() / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:24]}.socket"
    if len(os.fsencode(short)) > LONGEST_PATH:
        raise ValueError(f"The path of the socket, {short}, is too long. Set TMPDIR or THAW_HOME to a shorter folder.")
    return short


def lock_path() -> Path:
    """Give the file that the one inference process of this machine and THAW_HOME holds locked; it holds its pid."""
    machine = hashlib.sha256(platform.node().encode()).hexdigest()[:8]  # a THAW_HOME may be shared between machines
    folder = home("service").resolve()
    folder.chmod(0o700)
    return folder / f"inference-{machine}.lock"


def log_path() -> Path:
    """Give the file that the process writes its log to."""
    return home("logs") / "inference.log"


def _private_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"thaw-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise ValueError(f"{folder} can be written by others. Remove it, or set THAW_HOME to a shorter folder.")
    return folder
