"""The networks that are shipped to label frames, on clips that they never saw."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from model_zoo.data.moving import RATE, Drawn, draw
from model_zoo.events import drained
from model_zoo.home import WEIGHTS
from model_zoo.prefix_cache import PrefixCache
from model_zoo.rnn import frames
from model_zoo.rnn.frame_encoder import WIDTH, encoder
from model_zoo.rnn.frame_labels import FrameLabels
from model_zoo.rnn.mode import MODES
from model_zoo.rnn.prediction import Prediction

MIB = 2**20
CLIPS = [draw(seed, 250) for seed in (70_001, 70_002, 70_003, 70_004)]


def labelled(clip: Drawn) -> dict[str, FrameLabels]:
    seen = drained(encoder().features(clip.frames, PrefixCache(0)))
    seconds = [place / RATE for place in range(len(clip.frames))]
    truth = {"digit": clip.digits, "motion": clip.motions}
    return frames.labelled(frames.load(), seen, tuple(frames.TASKS), seconds, len(clip.frames) / RATE, truth)


@pytest.fixture(scope="module")
def found() -> list[dict[str, FrameLabels]]:
    return [labelled(clip) for clip in CLIPS]


def right(found: list[dict[str, FrameLabels]], task: str, network: str) -> float:
    return float(np.mean([each[task].right(each[task].labels(network)) for each in found]))


def test_the_networks_are_about_as_right_as_their_card_says(found: list[dict[str, FrameLabels]]) -> None:
    card = frames.card()
    for task in frames.TASKS:
        for network, told in card["figures"][task]["networks"].items():
            assert right(found, task, network) == pytest.approx(told["mean"], abs=0.12), (task, network)


def test_what_recurrence_adds_is_seen_on_what_no_single_frame_tells(found: list[dict[str, FrameLabels]]) -> None:
    assert right(found, "motion", frames.NETWORK) > right(found, "motion", "none") + 0.1
    assert right(found, "motion", frames.NETWORK) > right(found, "motion", "gru")


def test_the_card_holds_what_was_asked_of_the_networks() -> None:
    figures = frames.card()["figures"]
    assert figures["digit"]["networks"][frames.NETWORK]["mean"] >= 0.95
    assert figures["motion"]["ahead of"]["none"]["difference"] >= 0.10
    assert figures["motion"]["ahead of"]["none"]["decided"]
    assert figures["motion"]["ahead of"]["gru"]["difference"] > 0
    assert figures["motion"]["ahead of"]["gru"]["decided"]


def test_the_weights_take_less_than_a_megabyte_and_come_with_terms() -> None:
    assert (WEIGHTS / "frames.safetensors").stat().st_size < MIB
    card = frames.card()
    assert {"terms", "weaknesses", "command", "plan", "data"} <= set(card)


def test_a_network_that_reads_forwards_does_not_know_what_comes_and_one_that_reads_both_ways_does() -> None:
    clip = CLIPS[0]
    half = Drawn(clip.frames[:125], clip.poses[:125])
    whole, begun = labelled(clip), labelled(half)
    for task in frames.TASKS:
        for network, same in (("gru", True), ("lstm", True), ("none", True), (frames.NETWORK, False)):
            first = np.array(whole[task].chances[network][:125])
            assert np.allclose(first, begun[task].chances[network], atol=2e-3) == same, (task, network)


def test_what_was_seen_of_a_clip_is_not_computed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    eye, clip = encoder(), draw(5, 30)
    first = drained(eye.features(clip.frames, PrefixCache(1 << 24, tmp_path)))
    assert first.shape == (30, WIDTH)
    monkeypatch.setattr(type(eye), "__call__", lambda self, frames: pytest.fail("computed again"))
    again = drained(eye.features(clip.frames, PrefixCache(1 << 24, tmp_path)))
    assert torch.equal(first, again)


@pytest.mark.parametrize("task", frames.TASKS)
def test_the_mode_tells_of_every_frame_and_travels_as_json(task: str) -> None:
    for count in (1, 12):
        told = MODES["frames"].predict(draw(9, count).frames, task)
        assert len(told.tokens) == len(told.labels) == len(told.scores) == count
        assert set(told.labels) <= set(frames.CLASSES[task])
        assert all(len(states.hidden) == count for states in told.states)
        assert Prediction.from_json(json.loads(json.dumps(told.to_json()))) == told


def test_an_unknown_task_is_refused_with_the_way_out() -> None:
    with pytest.raises(ValueError, match="must be one of digit, motion, got “mood”"):
        frames.predict(draw(9, 2).frames, "mood")
