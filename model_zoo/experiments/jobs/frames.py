"""Label every frame of a clip that a visitor sent, by the shipped networks or by those that learned from marks."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from model_zoo.data import videos
from model_zoo.events import Event, Finished, Progress, Started
from model_zoo.home import home
from model_zoo.rnn import frames

if TYPE_CHECKING:
    from model_zoo.experiments.job import Context

TITLE = "Labels of a clip"
LANE: Literal["device"] = "device"  # a job that is estimated to be short goes to the quick lane
FILE = "labels.json"  # by task, model_zoo.rnn.frame_labels.FrameLabels
SECONDS_TO_BEGIN = 4.0
SECONDS_A_FRAME = 0.01  # two slow cores: python -m tests.bench.frames
SECONDS_A_MEGABYTE = 1.5  # of a film as cameras and screens write it; how long it is nobody knows before it is read
MOST_SECONDS = 180.0


@dataclass(frozen=True)
class FramesSpec:
    """The kept clip by its hash; `by` is the job whose networks learned from marks, "": those that are shipped, which
    are named by their `weights`: other ones say other things.
    """

    clip: str
    by: str = ""
    weights: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9A-Za-z_-]{0,64}", self.by):
            raise ValueError(f"“{self.by[:80]}” is no training. Open one from the runs page.")

    @classmethod
    def of(cls, clip: str, by: str = "") -> dict[str, Any]:
        """Give the spec of labelling a clip with what is here now; raises ValueError."""
        return asdict(cls(clip, by, "" if by else frames.digest()))


def estimate(size: int) -> float:
    """Give the seconds that labelling a file of so many bytes takes, whose frames nobody has counted."""
    return min(MOST_SECONDS, SECONDS_TO_BEGIN + SECONDS_A_MEGABYTE * size / 1e6)


def describe(spec: dict[str, Any]) -> str:
    """Name the clip, and say who labels it."""
    try:
        name = videos.name_of(spec["clip"])
    except ValueError:
        name = "a video that is no longer here"
    return f"{name} · {'networks trained on marks' if spec['by'] else 'shipped networks'}"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Label the clip of the FramesSpec that `spec` holds; what is said of each frame is in labels.json.

    The result says what the clip is: `frames`, `length` in seconds, `rate`, `width`, `height`, `variable` and `note`.
    """
    began, asked = time.perf_counter(), FramesSpec(**spec)
    clip = yield from videos.opened(asked.clip)
    yield Started({"frames": len(clip.frames), "seconds": SECONDS_TO_BEGIN + SECONDS_A_FRAME * len(clip.frames)})
    yield Progress("waking the network")
    from model_zoo.rnn import watched

    seen = yield from watched.features(clip)
    if asked.by:
        networks, classes = watched.kept(home("jobs") / asked.by / watched.NETWORKS)
        found = watched.own_labels(networks, classes, clip, seen)
    else:
        found = frames.labelled(frames.load(), seen, tuple(frames.TASKS), clip.seconds.tolist(), clip.length)
    aside = context.folder / f"{FILE}.part"
    aside.write_text(json.dumps({task: each.to_json() for task, each in found.items()}), "utf-8")
    aside.rename(context.folder / FILE)
    yield Finished(about(clip) | {"seconds": time.perf_counter() - began})


def about(clip: Any) -> dict[str, Any]:
    """Say what a clip is."""
    told = {name: getattr(clip, name) for name in ("length", "rate", "width", "height", "variable", "note")}
    return {"frames": len(clip.frames), **told}
