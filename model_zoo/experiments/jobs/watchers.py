"""Train recurrent networks on the frames of a clip that a visitor has marked, and label the rest of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from model_zoo.data import videos
from model_zoo.events import Event, Finished, Note, Progress, Started
from model_zoo.experiments.jobs.frames import FILE
from model_zoo.rnn.marks import apart
from model_zoo.rnn.watchers import WatchersSpec

if TYPE_CHECKING:
    from model_zoo.experiments.job import Context

TITLE = "Networks that watch"
LANE: Literal["device"] = "device"
NEIGHBOURS = (
    "Some labels have fewer than three stretches, so frames are tested whose neighbours were learned from: on another "
    "clip the networks will be less right. Mark three stretches or more of every label to know."
)


def describe(spec: dict[str, Any]) -> str:
    """Name the clip, and count marks and networks."""
    asked = WatchersSpec.from_json(spec)
    try:
        name = asked.subject
    except ValueError:
        name = "a video that is no longer here"
    count = len(asked.configurations)
    networks = f"{count} {'network' if count == 1 else 'networks'}"
    return f"{name} · {len(asked.classes)} labels · {networks} × {asked.seeds} seeds × {asked.epochs} epochs"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Train what the WatchersSpec in `spec` names; the result is also kept as result.json.

    The result is as that of a comparison of strategies. networks.safetensors has the best seed, by validation, of each
    network, and labels.json what they say of every frame of the clip.
    """
    asked = WatchersSpec.from_json(spec)
    clip = yield from videos.opened(asked.clip)
    if asked.marks[-1].last >= len(clip.frames):
        last = asked.marks[-1].last + 1
        raise ValueError(f"Frame {last:,} is marked, but {asked.subject} has {len(clip.frames):,}. Mark it again.")
    yield Progress("waking the network")
    from model_zoo.rnn import watched
    from model_zoo.rnn.frame_lesson import FrameLesson
    from model_zoo.rnn.learning import Learner

    seen = yield from watched.features(clip)
    lesson = FrameLesson(seen, asked.marks, asked.classes)
    learner = Learner(asked, lesson)
    for event in learner.events():
        if isinstance(event, Finished):
            networks = {name: run.network for name, run in learner.best.items()}
            watched.keep(networks, asked.classes, context.folder / watched.NETWORKS)
            labels = watched.own_labels(networks, asked.classes, clip, seen)
            told = json.dumps({task: each.to_json() for task, each in labels.items()})
            (context.folder / FILE).write_text(told, "utf-8")
            event = Finished(event.result | {"name": asked.subject, "file": watched.NETWORKS, "marked": lesson.marked})
            (context.folder / "result.json").write_text(json.dumps(event.result, ensure_ascii=False), "utf-8")
        yield event
        if isinstance(event, Started) and not apart(asked.marks):
            yield Note(NEIGHBOURS, "the marks")
