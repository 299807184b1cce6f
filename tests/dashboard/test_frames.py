"""The page of frames in every state in which it may be opened; the inference process is made up."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import shell
from components.frames import drawn, labels_view, marking
from components.frames.labels_read import labels_of
from components.inference import Inference, InferenceError
from components.networks import asked
from model_zoo.data import videos
from model_zoo.data.moving import RATE, draw
from model_zoo.data.video import write
from model_zoo.events import Cancelled, EpochEnd, Failed, Finished, Note, Progress, RunEnd, Started, drained
from model_zoo.experiments import leases
from model_zoo.experiments.jobs.frames import FILE, FramesSpec, about
from model_zoo.experiments.queue import Queue
from model_zoo.experiments.store import Store
from model_zoo.home import home
from model_zoo.rnn.frame_labels import OWN, FrameLabels
from model_zoo.rnn.frames import CLASSES
from model_zoo.rnn.marks import Mark, spell
from model_zoo.rnn.prediction import States
from model_zoo.rnn.watchers import WatchersSpec
from tests.dashboard.test_comparison import words as without_captions
from tests.dashboard.test_features_result import board, keys

Open = Callable[..., AppTest]
COUNT = 20
MARKS = (Mark(0, 5, "<b>up</b>"), Mark(8, 15, "down"))
NETWORKS = ("gru:bidirectional=true", "none")
ACCURACY = {"gru:bidirectional=true": 0.9, "none": 0.6}


def words(app: AppTest) -> str:
    return "\n".join([without_captions(app), *(each.value for each in app.caption)])


def said(task: str, classes: tuple[str, ...], networks: tuple[str, ...], truth: tuple[str, ...] = ()) -> FrameLabels:
    """Labels of a network each: the first always says the first class, the others take turns."""
    rows = {name: [[0.9, 0.1] if place % 2 < 1 or not k else [0.2, 0.8] for place in range(COUNT)]
            for k, name in enumerate(networks)}  # fmt: skip
    chances = {name: [[*row, *[0.0] * (len(classes) - 2)] for row in each] for name, each in rows.items()}
    states = (States("layer 1, forwards", 0, (0, 1), 8, ((0.1, -0.2),) * COUNT, {"reset": ((0.5, 0.5),) * COUNT}),)
    seconds = tuple(place / RATE for place in range(COUNT))
    return FrameLabels(task, classes, seconds, COUNT / RATE, chances, truth, states, networks[0])


class MadeUp(Inference):
    """Draws no clip; counts how often it is asked."""

    asked: list[int] = []

    def frames(self, seed: int) -> tuple[bytes, dict[str, FrameLabels]]:
        self.asked.append(seed)
        if seed == 13:
            raise InferenceError("The inference process has a bad day.", 500)
        networks = ("gru:bidirectional=true", "gru", "none")
        return b"film", {task: said(task, each, networks, (each[0],) * COUNT) for task, each in CLASSES.items()}


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> type[MadeUp]:
    monkeypatch.setattr(drawn, "Inference", MadeUp)
    monkeypatch.setattr(MadeUp, "asked", [])
    for cache in (drawn.ask, labels_of, asked._known):
        cache.clear()
    return MadeUp


@pytest.fixture
def clip(thaw_home: Path) -> str:
    file = home("made") / "clip.mp4"
    write(draw(1, COUNT).frames, RATE, file, 2)
    return videos.keep(file.read_bytes(), "my <i>clip</i>.mp4")


def watched(store: Store, clip: str, by: str = "", **result: Any) -> str:
    """Finish the job that labels a clip."""
    opened = drained(videos.opened(clip))
    id = store.enqueue("frames", FramesSpec.of(clip, by), lane="quick")
    claim(store, id, "device")
    tasks = {OWN: said(OWN, ("down", "up"), NETWORKS)} if by else {
        task: said(task, each, NETWORKS) for task, each in CLASSES.items()
    }  # fmt: skip
    (store.folder(id) / FILE).write_text(json.dumps({task: each.to_json() for task, each in tasks.items()}))
    store.append(id, Finished(about(opened) | {"seconds": 1.0} | result))
    return id


def claim(store: Store, id: str, lane: str = "device") -> None:
    lease = leases.find(store.engine, lane) or leases.take(store.engine, lane)
    assert lease is not None
    claimed = Queue(store).claim(("device", "quick"), lease.worker)
    assert claimed is not None
    store.append(id, Started({"split": "60/20/20 were drawn.", "seconds": 12.0}))


def begun(store: Store, clip: str) -> str:
    spec = WatchersSpec(clip, MARKS, NETWORKS, epochs=2, seeds=1)
    id = store.enqueue("watchers", spec.to_json(), lane="device")
    claim(store, id)
    for name in NETWORKS:
        for epoch in range(2):
            store.append(id, epoch_end(name, epoch))
        store.append(id, RunEnd(f"{name}#0", row(name)))
    store.progress(id, Progress("GRU, seed 0, epoch 2", 0.4, 7.0))
    return id


def epoch_end(name: str, epoch: int) -> EpochEnd:
    return EpochEnd(
        f"{name}#0", name, 0, epoch, train_loss=0.5, train_accuracy=ACCURACY[name], validation_loss=0.6,
        validation_accuracy=ACCURACY[name], seconds=1.0, rates=[1e-3] * 3, gradient_norms=[0.1] * 3, drift=[0.1] * 3,
        peak_memory_bytes=10**6, memory_measured=False,
    )  # fmt: skip


def row(name: str) -> dict[str, Any]:
    accuracy = ACCURACY[name]
    return {
        "strategy": name, "seed": 0, "best_epoch": 1, "validation_accuracy": accuracy, "test_accuracy": accuracy,
        "seconds_alone": 2.0, "trained_parameters": 1000,
    }  # fmt: skip


def learned(store: Store, clip: str) -> str:
    drained(videos.opened(clip))
    id = begun(store, clip)
    store.append(id, Note("Frames are tested whose neighbours were learned from.", "the marks"))
    (store.folder(id) / FILE).write_text(json.dumps({OWN: said(OWN, ("down", "up"), NETWORKS).to_json()}))
    (store.folder(id) / "networks.safetensors").write_text("weights")
    ranking = [
        {"strategy": n, "validation_accuracy": a, "test_accuracy": a, "test_accuracy_ci": [a - 0.05, a + 0.05]}
        for n, a in ACCURACY.items()
    ]
    verdict = {"recommended": NETWORKS[0], "sentence": "GRU, both ways: 90 %. One seed says little.", "pairs": []}
    told = {
        "name": "my clip.mp4", "file": "networks.safetensors", "language": "", "layers": ["glance", "states", "head"],
        "right": "the share of a piece's frames whose label is right", "split": "60/20/20 were drawn.",
        "ranking": ranking, "runs": [row(name) for name in NETWORKS], "verdict": verdict, "marked": 14,
    }  # fmt: skip
    store.append(id, Finished(told))
    return id


def timelines(app: AppTest) -> list[dict[str, Any]]:
    """Give what every timeline on the page was told."""
    found = [json.loads(each.proto.json) for each in app.get("bidi_component") if "frames." in each.proto.id]
    return [told for told in found if "tracks" in told]


def test_a_drawn_clip_is_shown_with_its_labels_and_what_both_ways_correct(open_app: Open, made_up: type) -> None:
    app = open_app("frames")
    app.run()
    assert not app.exception
    assert made_up.asked == [drawn.FIRST]
    assert "Frames of this clip with the right label: GRU, both ways **100.0 %**" in words(app)
    assert app.query_params["seed"] in (str(drawn.FIRST), [str(drawn.FIRST)])


def test_the_link_carries_the_clip_and_the_same_clip_is_asked_for_once(open_app: Open, made_up: type) -> None:
    for _ in range(2):
        app = open_app("frames", seed="7")
        app.run()
    assert made_up.asked == [7]
    app.slider(key="frames.drawn.smoothing").set_value(2.0).run()
    assert made_up.asked == [7]
    assert not app.exception


@pytest.mark.parametrize("seed", ["-3", "x", "99999999999", "9" * 5_000, "<b>"])
def test_a_seed_that_is_none_gives_the_first_clip(open_app: Open, made_up: type, seed: str) -> None:
    app = open_app("frames", seed=seed)
    app.run()
    assert not app.exception
    assert made_up.asked == [drawn.FIRST]


def test_a_process_that_fails_says_so_and_is_asked_again(open_app: Open, made_up: type) -> None:
    app = open_app("frames", seed="13")
    app.run()
    assert "has a bad day" in words(app)
    asked_before = len(made_up.asked)
    next(button for button in app.button if button.label == "Ask again").click().run()
    app.run()
    assert len(made_up.asked) > asked_before


def test_your_own_clip_begins_with_what_to_send(open_app: Open) -> None:
    app = open_app("frames", clip="0" * 32)
    assert not app.exception
    assert "There is no video" in words(app)
    assert app.get("file_uploader")


def test_a_clip_that_waits_to_be_watched_says_so_and_one_that_failed_offers_another_try(
    open_app: Open, queue: Store, clip: str
) -> None:
    app = open_app("frames", clip=clip)
    app.button(key="networks.frames.begin").click().run()
    (job,) = queue.jobs(None)
    assert (job.kind, job.spec) == ("frames", FramesSpec.of(clip))
    claim(queue, job.id)
    queue.append(job.id, Failed("my clip.mp4 has sound but no picture."))
    app = open_app("frames", clip=clip)
    assert "has sound but no picture" in words(app)
    assert "networks.frames.begin" not in keys(app)  # the file itself is to blame
    assert "frames.others" in keys(app)


def test_marks_are_taken_listed_and_trained_on(open_app: Open, queue: Store, clip: str) -> None:
    watched(queue, clip)
    app = open_app("frames", clip=clip)
    assert not app.exception
    assert "20 frames, 25 a second" in words(app)
    assert "Nothing is marked yet" in words(app)
    assert app.button(key="frames.train").disabled
    app.session_state[f"frames.marks.{clip}"] = spell(MARKS)
    app.run()
    assert not app.exception
    assert not app.button(key="frames.train").disabled
    app.button(key="frames.train").click().run()
    job = next(job for job in queue.jobs(None) if job.kind == "watchers")
    assert WatchersSpec.from_json(job.spec).marks == MARKS


def test_marks_live_in_the_link_and_are_taken_out_one_by_one(open_app: Open, queue: Store, clip: str) -> None:
    watched(queue, clip)
    app = open_app("frames", clip=clip, marks=spell((*MARKS, Mark(500, 600, "behind the end"))))
    assert not app.exception
    assert app.multiselect(key="frames.marking.list").value == [spell((mark,)) for mark in MARKS]
    app.multiselect(key="frames.marking.list").set_value([spell(MARKS[1:])]).run()
    assert app.query_params["marks"] in (spell(MARKS[1:]), [spell(MARKS[1:])])
    assert "the marks have 1" in words(app)


def test_as_many_networks_as_are_offered_can_be_trained(open_app: Open, queue: Store, clip: str) -> None:
    watched(queue, clip)
    app = open_app("frames", clip=clip, marks=spell(MARKS))
    app.get("button_group")[1].set_value(list(marking.OFFERED)).run()
    assert not app.exception
    assert not app.button(key="frames.train").disabled
    app.get("button_group")[1].set_value([]).run()
    assert "Choose at least one network" in words(app)


@pytest.mark.parametrize("by", ["../../x", "nobody", "<b>"])
def test_a_training_that_is_not_there_leaves_the_clip_to_the_shipped_networks(
    open_app: Open, queue: Store, clip: str, by: str
) -> None:
    watched(queue, clip)
    app = open_app("frames", clip=clip, by=by)
    assert not app.exception
    assert "The training of this link is not here" in words(app)
    assert "Mark what happens in it" in words(app) or app.subheader


def test_a_clip_whose_film_is_gone_is_watched_again(open_app: Open, queue: Store, clip: str) -> None:
    watched(queue, clip)
    shutil.rmtree(home("videos") / clip / videos.DECODED)
    app = open_app("frames", clip=clip)
    assert not app.exception
    assert "networks.frames.begin" in keys(app)


def test_a_training_that_runs_shows_who_leads_and_can_be_ended(open_app: Open, queue: Store, clip: str) -> None:
    app = open_app("frames", id=begun(queue, clip))
    assert not app.exception
    assert "2 of 2 runs finished" in words(app)
    assert "2 stretches, 14 frames, 2 labels" in words(app)
    assert [line["validation"] for line in board(app)["rows"]] == ["90.0 %", "60.0 %"]
    app.button(key="frames.end").click().run()
    assert "Stopping" in words(app)


def test_a_training_that_was_cancelled_goes_back_to_its_marks(
    open_app: Open, queue: Store, clip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    went: list[tuple[str, Any]] = []
    monkeypatch.setattr(shell, "go", lambda page, query=None: went.append((page, query)))
    id = begun(queue, clip)
    queue.append(id, Cancelled())
    app = open_app("frames", id=id)
    assert not app.exception
    app.button(key="frames.mark_more").click().run()
    assert went == [("frames", {"clip": clip, "marks": spell(MARKS)})]


def test_a_finished_training_shows_verdict_frames_and_what_to_keep(open_app: Open, queue: Store, clip: str) -> None:
    app = open_app("frames", id=learned(queue, clip))
    assert not app.exception
    assert "One seed says little" in words(app)
    assert "neighbours were learned from" in words(app)
    kept = [button.proto.label for button in app.get("download_button")]
    assert kept == ["CSV", "WebVTT", "Film", "Runs as CSV", "Networks"]
    assert "They agree on" in words(app)


def test_another_clip_labelled_by_a_training_leads_back_to_it(
    open_app: Open, queue: Store, clip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = learned(queue, clip)
    watched(queue, clip, by=by)
    app = open_app("frames", clip=clip, by=by)
    assert not app.exception
    assert "networks that learned from marks" in words(app)
    app.get("button_group")[1].set_value([]).run()
    assert not app.exception
    assert "Choose a network above" in words(app)
    went: list[tuple[str, Any]] = []
    monkeypatch.setattr(shell, "go", lambda page, query=None: went.append((page, query)))
    app.button(key="frames.training").click().run()
    assert went == [("frames", {"id": by})]


@pytest.mark.parametrize("id", ["nonsense", "../../etc/passwd", "<script>"])
def test_an_address_that_names_no_training_says_so(open_app: Open, id: str) -> None:
    app = open_app("frames", id=id)
    app.run()
    assert not app.exception
    assert "There is no such training at this address" in words(app)


def test_sentences_of_a_clip_whose_truth_is_known_count_what_is_corrected() -> None:
    truth = ("down",) * COUNT
    found = said(OWN, ("down", "up"), ("gru:bidirectional=true", "gru"), truth)
    labels = {name: found.labels(name) for name in found.chances}
    lines = labels_view.told(found, labels)
    assert "has 10 frames right that reading forwards gets wrong, and gets 0 wrong" in lines[1]
