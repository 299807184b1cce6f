"""A clip labelled in a job; networks trained on its marks in another; a second clip labelled by these."""

import json
from pathlib import Path

import pytest

from model_zoo.data import videos
from model_zoo.data.moving import RATE, draw
from model_zoo.data.video import write
from model_zoo.events import Finished, Note
from model_zoo.experiments.job import Context
from model_zoo.experiments.jobs import frames, watchers
from model_zoo.home import home
from model_zoo.rnn.frame_labels import OWN, FrameLabels
from model_zoo.rnn.frames import CLASSES, NETWORK
from model_zoo.rnn.marks import Mark
from model_zoo.rnn.watchers import WatchersSpec

COUNT = 120
SMALL = ("none:hidden_size=8", "gru:hidden_size=8")


@pytest.fixture
def clip(thaw_home: Path) -> str:
    return kept(1)


def kept(seed: int) -> str:
    file = home("made") / "clip.mp4"
    write(draw(seed, COUNT).frames, RATE, file, 2)
    return videos.keep(file.read_bytes(), f"clip-{seed}.mp4")


def context(name: str) -> Context:
    return Context(name, home("jobs", name))


def labels(name: str) -> dict[str, FrameLabels]:
    told = json.loads((home("jobs", name) / frames.FILE).read_text("utf-8"))
    return {task: FrameLabels.from_json(each) for task, each in told.items()}


def test_the_shipped_networks_label_every_frame(clip: str) -> None:
    *_, last = frames.run({"clip": clip, "by": ""}, context("a"))
    assert isinstance(last, Finished)
    assert (last.result["frames"], last.result["note"]) == (COUNT, "")
    assert last.result["rate"] == pytest.approx(RATE, rel=0.02)
    for task, found in labels("a").items():
        assert len(found.labels(NETWORK)) == len(found.seconds) == COUNT
        assert set(found.labels(NETWORK)) <= set(CLASSES[task])
        assert found.truth == ()


def test_networks_learn_from_marks_and_label_the_clip_and_another_one(clip: str) -> None:
    marks = (Mark(0, 29, "early"), Mark(60, 89, "late"))
    spec = WatchersSpec(clip, marks, SMALL, epochs=2, seeds=1)
    *events, last = watchers.run(spec.to_json(), context("learned"))
    assert isinstance(last, Finished)
    assert last.result["marked"] == 60
    assert {line["strategy"] for line in last.result["ranking"]} == set(SMALL)
    assert [event.sentence for event in events if isinstance(event, Note)] == [watchers.NEIGHBOURS]
    own = labels("learned")[OWN]
    assert own.told_of == SMALL[1]  # the other one has no states
    assert own.states[0].of == 8
    assert own.classes == ("early", "late")
    assert set(own.chances) == set(SMALL)
    assert len(own.labels(SMALL[1])) == COUNT

    again, other = {"clip": clip, "by": "learned"}, {"clip": kept(2), "by": "learned"}
    *_, last = frames.run(again, context("again"))
    same = labels("again")[OWN]
    for name in SMALL:  # read back in half precision
        for mine, theirs in zip(same.chances[name], own.chances[name], strict=True):
            assert mine == pytest.approx(theirs, abs=0.02)
    *_, last = frames.run(other, context("other"))
    assert labels("other")[OWN].chances != same.chances


def test_three_stretches_of_every_label_need_no_warning(clip: str) -> None:
    marks = tuple(Mark(k, k + 9, "even" if k % 40 else "odd") for k in range(0, 120, 20))
    events = list(watchers.run(WatchersSpec(clip, marks, SMALL[:1], epochs=1, seeds=1).to_json(), context("b")))
    assert not [event for event in events if isinstance(event, Note)]


def test_a_mark_behind_the_end_is_named(clip: str) -> None:
    spec = WatchersSpec(clip, (Mark(0, 9, "a"), Mark(100, 130, "b")), SMALL[:1])
    with pytest.raises(ValueError, match="Frame 131 is marked, but clip-1.mp4 has 120"):
        list(watchers.run(spec.to_json(), context("c")))


def test_jobs_name_their_clip_and_refuse_what_is_no_training(clip: str) -> None:
    assert frames.describe({"clip": clip, "by": ""}) == "clip-1.mp4 · shipped networks"
    spec = WatchersSpec(clip, (Mark(0, 9, "a"), Mark(20, 29, "b")), SMALL)
    assert watchers.describe(spec.to_json()) == "clip-1.mp4 · 2 labels · 2 networks × 3 seeds × 20 epochs"
    with pytest.raises(ValueError, match="is no training"):
        frames.FramesSpec(clip, "../jobs")
    with pytest.raises(ValueError, match="no longer here"):
        list(frames.run({"clip": clip, "by": "nobody"}, context("d")))
