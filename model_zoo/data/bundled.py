"""The sets that come with the program: scanned digits and drawn materials, as arrays.

As a program (`python -m model_zoo.data.bundled SEED SIZE PER_CLASS FIRST STEP`) it draws every STEP-th material and
writes the pixels to standard output, so that several processes can share the drawing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from model_zoo.data.gathering import Pace, check_room
from model_zoo.data.kept import NOT_GIVEN, Arrays
from model_zoo.data.sources import MaterialsOptions
from model_zoo.events import Event, Progress

ROOT = Path(__file__).parents[2]
PICTURES_A_PROCESS = 100  # fewer are not worth another start
MOST_PROCESSES = 16


def digits(size: int) -> Generator[Event, None, Arrays]:
    """Give scikit-learn's 1,797 scans of 8 × 8 pixels, white on black, made large smoothly. Mirrored, they change."""
    from sklearn.datasets import load_digits

    yield Progress("Making the digits large")
    scans, labels = load_digits(return_X_y=True)
    check_room(len(scans), size)
    grey = (scans.reshape(-1, 8, 8) * (255 / 16)).round().astype(np.uint8)
    bicubic = Image.Resampling.BICUBIC
    large = np.stack([np.asarray(Image.fromarray(scan).resize((size, size), bicubic)) for scan in grey])
    return Arrays(
        pictures=np.repeat(large[:, None], 3, axis=1),
        labels=labels,
        classes=tuple("0123456789"),
        names=tuple(f"{label}/scan {number}" for number, label in enumerate(labels)),
        given=np.full(len(labels), NOT_GIVEN, np.int8),
        origin="Digits, scanned by hand-writers at NIST, from scikit-learn",
        mirror=False,
        original=np.full((len(labels), 2), 8, np.int32),
    )


def materials(size: int, options: MaterialsOptions) -> Generator[Event, None, Arrays]:
    """Draw the materials: `per_class` of each of the ten, the same ones at every size."""
    from model_zoo.data.drawn.camera import CLASSES

    count = len(CLASSES) * options.per_class
    check_room(count, size)
    pictures = np.empty((count, 3, size, size), np.uint8)
    pace = Pace(f"Drawing {count:,} materials", count)
    with _drawers(size, options, count) as drawers:
        for number in range(count):
            pictures[number] = next(drawers[number % len(drawers)])
            yield from pace.at(number + 1)
    labels = np.repeat(np.arange(len(CLASSES)), options.per_class)
    return Arrays(
        pictures=pictures,
        labels=labels,
        classes=CLASSES,
        names=tuple(f"{CLASSES[label]}/{number % options.per_class:04d}" for number, label in enumerate(labels)),
        given=np.full(count, NOT_GIVEN, np.int8),
        origin=f"Materials drawn by Thaw, {options.per_class:,} of each",
    )


@contextmanager
def _drawers(size: int, options: MaterialsOptions, count: int) -> Iterator[list[Iterator[np.ndarray]]]:
    """Give iterators that draw side by side: iterator i of n draws pictures i, i + n, i + 2 n, …"""
    number = max(1, min(os.cpu_count() or 1, MOST_PROCESSES, count // PICTURES_A_PROCESS))
    if number == 1:
        yield [_drawn(options.seed, size, options.per_class, 0, 1)]
        return
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    processes = []
    try:
        for first in range(number):
            arguments = map(str, (options.seed, size, options.per_class, first, number))
            command = [sys.executable, "-m", "model_zoo.data.bundled", *arguments]
            processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, env=environment))
        yield [_received(process, size) for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()
            process.stdout.close()  # type: ignore[union-attr]


def _received(process: subprocess.Popen[bytes], size: int) -> Iterator[np.ndarray]:
    assert process.stdout is not None
    while len(data := process.stdout.read(3 * size * size)) == 3 * size * size:
        yield np.frombuffer(data, np.uint8).reshape(3, size, size)
    raise RuntimeError(f"The process that draws materials ended with code {process.wait()}.")


def _drawn(seed: int, size: int, per_class: int, first: int, step: int) -> Iterator[np.ndarray]:
    from model_zoo.data.drawn.camera import CLASSES, draw

    for number in range(first, len(CLASSES) * per_class, step):
        yield draw(number // per_class, number % per_class, seed, size)


def main() -> None:
    """Draw what the arguments say and write it to standard output."""
    seed, size, per_class, first, step = map(int, sys.argv[1:])
    for picture in _drawn(seed, size, per_class, first, step):
        sys.stdout.buffer.write(picture.tobytes())


if __name__ == "__main__":
    main()
