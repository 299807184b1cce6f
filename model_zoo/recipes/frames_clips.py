"""Clips to learn from: drawn, seen by the shipped CNN, and kept in files, so that a recipe that was stopped goes on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from model_zoo.data.moving import DIGITS, MOTIONS, SIDES, SIZE, Drawn, Part, draw
from model_zoo.rnn.frame_encoder import AT_ONCE, FrameEncoder

FRAMES = 250  # of a clip: ten seconds
CLIPS = 40  # of a file
FAR, EVERY = "far", 10  # files of other training clips of which only some frames are drawn: more that differ more
FIRST_FAR = 100_000  # seed
CLASSES = {"digit": DIGITS, "motion": MOTIONS}
PLACES = 5  # numbers that say where a digit is and how it looks: x, y, side, strength, how mixed


@dataclass(frozen=True)
class Clips:
    """Clips of one part: features (N, T, WIDTH) in half precision, labels (N, T) by task, and what is where
    (N, T, PLACES), each about 0 to 1; nan where nothing is there.
    """

    features: Tensor
    labels: dict[str, Tensor]
    places: Tensor

    def __len__(self) -> int:
        return len(self.features)


def clips(part: Part | Literal["far"], count: int, folder: Path) -> Iterator[tuple[str, Clips | None]]:
    """Make `count` files of clips that are not in `folder` yet, saying which; ends with all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{part}_{number:02d}.safetensors" for number in range(count)]
    for number, file in enumerate(files):
        if not file.exists():
            aside = file.with_suffix(".part")
            save_file(_embedded(part, number), aside)
            aside.rename(file)
            yield f"{file.name} drawn and seen", None
    found = [load_file(file) for file in files]
    labels = {task: torch.cat([each[task] for each in found]) for task in CLASSES}
    yield "", Clips(torch.cat([each["features"] for each in found]), labels, torch.cat([e["places"] for e in found]))


def _drawn(part: Part | Literal["far"], number: int) -> list[Drawn]:
    if part == FAR:
        first, count = FIRST_FAR + CLIPS * EVERY * number, CLIPS * EVERY
        return [draw(seed, FRAMES, "train", EVERY) for seed in range(first, first + count)]
    return [draw(seed, FRAMES, part) for seed in range(CLIPS * number, CLIPS * (number + 1))]


def _embedded(part: Part | Literal["far"], number: int) -> dict[str, Tensor]:
    drawn, encoder = _drawn(part, number), FrameEncoder()
    features = [encoder(frames) for each in drawn for frames in np.array_split(each.frames, FRAMES // AT_ONCE + 1)]
    return {
        "features": torch.cat(features).unflatten(0, (len(drawn), -1)),
        "digit": torch.tensor([[DIGITS.index(label) for label in each.digits] for each in drawn]),
        "motion": torch.tensor([[MOTIONS.index(label) for label in each.motions] for each in drawn]),
        "places": torch.stack([_places(each) for each in drawn]),
    }


def _places(drawn: Drawn) -> Tensor:
    rows = [
        (pose.x / SIZE, pose.y / SIZE, pose.side / SIDES[1], pose.strength, 2 * min(pose.mixed, 1 - pose.mixed))
        if pose.strength
        else (torch.nan,) * PLACES
        for pose in drawn.poses
    ]
    return torch.tensor(rows)  # (T, PLACES)
