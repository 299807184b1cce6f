"""In step: a label for every frame of a clip. Which digit is there, and what it does; or labels of a visitor's own.

Networks that differ only in how they read are shipped: in one direction, in both, or each frame on its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from model_zoo.data.moving import DIGITS, MOTIONS
from model_zoo.events import drained
from model_zoo.home import WEIGHTS
from model_zoo.rnn.frame_labels import DECIMALS, FrameLabels
from model_zoo.rnn.mode import Reads, Wiring
from model_zoo.rnn.prediction import Prediction, Span

if TYPE_CHECKING:
    from torch import Tensor

    from model_zoo.rnn.frames_network import FrameReader, Glance

TITLE = "Frames"
READS: Reads = "frames"
WIRING: Wiring = "in step"
TASKS = {"digit": "Which digit", "motion": "What it does"}
CLASSES: dict[str, tuple[str, ...]] = {"digit": DIGITS, "motion": MOTIONS}
EXAMPLES: dict[str, tuple[str, ...]] = dict.fromkeys(TASKS, ())  # clips, which are drawn
NETWORK = "gru:bidirectional=true"  # whose states are told, and whose labels the command writes
FRAMES_SHOWN = 250  # of what happens inside; the first ones
FRAMES_AT_ONCE = 1_000


@dataclass(frozen=True)
class Watcher:
    """Networks that label frames from glances alike: `readers` by their spelling, with the `classes` of each task."""

    glance: Glance
    readers: Mapping[str, FrameReader]
    classes: Mapping[str, tuple[str, ...]]


def card(folder: Path = WEIGHTS) -> dict[str, Any]:
    """Read the model card; raises ValueError with a sentence where it is not there."""
    return json.loads(_shipped(folder, ".json").read_text("utf-8"))


def digest() -> str:
    """Hash the weights that are shipped; raises ValueError where they are not there."""
    return hashlib.sha256(_shipped(WEIGHTS, ".safetensors").read_bytes()).hexdigest()[:16]


def known(task: str) -> str:
    """Give `task`; raises ValueError with the way out where there is no such task."""
    if task not in TASKS:
        raise ValueError(f"The task must be one of {', '.join(TASKS)}, got “{task[:40]}”.")
    return task


@cache
def load(folder: Path = WEIGHTS) -> Watcher:
    """Load what is shipped; raises ValueError with a sentence where it is not there."""
    from safetensors.torch import load_file

    from model_zoo.rnn.frames_network import FrameReader, Glance, Look, Shape, fill

    told, parts = card(folder), load_file(_shipped(folder, ".safetensors"))
    readers = {name: fill(FrameReader(Shape.from_json(shape)), parts, name) for name, shape in told["shapes"].items()}
    return Watcher(fill(Glance(Look(**told["look"])), parts, "glance"), readers, CLASSES)


def _shipped(folder: Path, suffix: str) -> Path:
    file = folder / f"frames{suffix}"
    if not file.exists():
        raise ValueError(f"Labels of frames need {file}, which is not there. Get Thaw whole again.")
    return file


def labelled(
    watcher: Watcher,
    features: Tensor,
    tasks: Sequence[str],
    seconds: Sequence[float],
    length: float,
    truth: Mapping[str, tuple[str, ...]] | None = None,
    networks: Sequence[str] = (),
) -> dict[str, FrameLabels]:
    """Label what the encoder saw in a clip, features (T, WIDTH), by task; `networks` are those that are asked, all
    where there are none. States are told of NETWORK, or of the first one.
    """
    import torch

    asked = tuple(networks) or tuple(watcher.readers)
    with torch.inference_mode():
        glances = torch.cat([watcher.glance(some) for some in features.split(FRAMES_AT_ONCE)])[None]  # (1, T, I)
        chances = {name: _chances(watcher.readers[name], glances, watcher.classes) for name in asked}
    told_of = NETWORK if NETWORK in asked else asked[0]
    states = _states(watcher.readers[told_of], glances)
    return {
        task: FrameLabels(
            task, watcher.classes[task], tuple(seconds), length,
            {name: each[task] for name, each in chances.items()}, (truth or {}).get(task, ()), states,
            told_of,
        )
        for task in tasks
    }  # fmt: skip


def predict(frames: np.ndarray, task: str) -> Prediction:
    """Label uint8 frames (T, 3, S, S), shown at RATE, by the network that is shipped for both directions."""
    from model_zoo.data.moving import RATE
    from model_zoo.prefix_cache import PrefixCache
    from model_zoo.rnn.frame_encoder import encoder

    known(task)
    features = drained(encoder().features(frames, PrefixCache(0)))
    seconds = [place / RATE for place in range(len(frames))]
    found = labelled(load(), features, (task,), seconds, len(frames) / RATE, networks=(NETWORK,))[task]
    labels = found.labels(NETWORK)
    return Prediction("", spans(found), labels=labels, scores=found.scores(NETWORK, labels), states=found.states)


def spans(found: FrameLabels) -> tuple[Span, ...]:
    """Give a token for every frame, called by when it is shown."""
    return tuple(Span(f"{second:.2f} s", 0, 0) for second in found.seconds)


def _chances(reader: FrameReader, glances: Tensor, classes: Mapping[str, Any]) -> dict[str, list[list[float]]]:
    logits = reader(glances)
    pairs = zip(classes, logits, strict=True)
    return {task: np.round(each[0].softmax(1).numpy(), DECIMALS).tolist() for task, each in pairs}


def _states(reader: FrameReader, glances: Tensor) -> tuple:
    from model_zoo.rnn.states import told

    return told(reader.steps(glances), range(min(FRAMES_SHOWN, glances.shape[1])), 0)
