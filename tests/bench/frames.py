"""How long a clip of a minute takes to be labelled, from file to labels, and training on marks against its estimate.

python -m tests.bench.frames
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from model_zoo.data import videos
from model_zoo.data.moving import RATE, draw
from model_zoo.data.video import write
from model_zoo.events import drained
from model_zoo.experiments.job import Context
from model_zoo.experiments.jobs import watchers as job
from model_zoo.rnn.marks import Mark, frames_read
from model_zoo.rnn.watchers import WatchersSpec

FRAMES, ENLARGED = 1_500, 8  # a minute at 25 a second, 512 pixels a side
ASKED = 20.0  # seconds
TOLD = 2.0  # times that the estimate may be off, either way
MARKED = 40  # frames of a mark


def main() -> bool:
    """Print the seconds of both; gives whether they are as promised."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["THAW_HOME"] = folder
        film = Path(folder) / "minute.mp4"
        write(draw(1, FRAMES).frames, RATE, film, ENLARGED)
        began = time.perf_counter()
        told = subprocess.run(
            [sys.executable, "-m", "model_zoo", "frames", str(film), "--task", "motion", "--json"],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        ).stdout  # fmt: skip
        seconds = time.perf_counter() - began
        assert len(told.splitlines()) == FRAMES
        print(f"{seconds:.1f} s for a minute of 25 frames a second, from file to labels (asked: {ASKED:g})")
        trained, estimated = _trained(film, Path(folder))
    print(f"{trained:.0f} s to train on marks, with labels of all frames (estimated: {estimated:.0f})")
    return seconds < ASKED and 1 / TOLD < trained / estimated < TOLD


def _trained(film: Path, folder: Path) -> tuple[float, float]:
    """Train the networks that are offered first on ten marks; the clip has been opened before."""
    clip = videos.keep(film.read_bytes(), film.name)
    drained(videos.opened(clip))
    marks = tuple(Mark(k, k + MARKED - 1, "even" if k % 200 else "odd") for k in range(0, 1_000, 100))
    spec = WatchersSpec(clip, marks)
    began = time.perf_counter()
    for _ in job.run(spec.to_json(), Context("bench", folder)):
        pass
    return time.perf_counter() - began, spec.estimate(frames_read(marks))


if __name__ == "__main__":
    raise SystemExit(not main())
