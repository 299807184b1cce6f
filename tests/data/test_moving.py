"""Clips of digits that move, and what is said to be true of them."""

from dataclasses import replace

import numpy as np
import pytest

from model_zoo.data import moving
from model_zoo.data.moving import DIGITS, MOTIONS, NOTHING, SCANS, SIZE, TOUCH, WAYS, Drawn, Pose, draw

CLIPS = [draw(seed, 300) for seed in range(8)]


@pytest.fixture(params=CLIPS, ids=range(len(CLIPS)))
def clip(request: pytest.FixtureRequest) -> Drawn:
    return request.param


def test_the_same_seed_draws_the_same_clip_and_others_draw_others() -> None:
    again = draw(0, 300)
    assert np.array_equal(again.frames, CLIPS[0].frames)
    assert again.poses == CLIPS[0].poses
    assert draw(0, 300, "train").poses != CLIPS[0].poses
    assert CLIPS[1].poses != CLIPS[0].poses


def test_a_longer_clip_begins_as_the_shorter_one_goes() -> None:
    assert draw(0, 40).poses == CLIPS[0].poses[:40]


def test_every_label_comes_up_and_no_part_takes_digits_of_another() -> None:
    assert {label for clip in CLIPS for label in clip.motions} == set(MOTIONS)
    played = [moving._played(np.random.default_rng(seed), 300, "test") for seed in range(30)]
    assert {pose.digit for poses in played for pose in poses} == set(DIGITS)
    used = {number for poses in played for pose in poses if pose.strength for number in (pose.number, pose.other)}
    assert used - {0} <= set(SCANS["test"])  # 0: nothing it changes into
    assert len(set().union(*SCANS.values())) == sum(map(len, SCANS.values()))


def test_nothing_is_there_just_where_the_frame_is_empty(clip: Drawn) -> None:
    for frame, pose in zip(clip.frames, clip.poses, strict=True):
        assert (pose.motion == "empty") == (pose.digit == NOTHING)
        if pose.motion == "empty":
            assert frame.reshape(3, -1).std(1).max() < moving.NOISE * 1.2


def test_a_digit_is_drawn_where_its_pose_says() -> None:
    pose = Pose("still", number=1_500, strength=1.0, x=20.0, y=40.0, side=24.0)
    ink = moving._shown(pose)
    rows, columns = np.mgrid[:SIZE, :SIZE] + 0.5
    assert (ink * columns).sum() / ink.sum() == pytest.approx(20, abs=2)
    assert (ink * rows).sum() / ink.sum() == pytest.approx(40, abs=2)
    assert ink[:, :6].max() < 0.01
    moved = moving._shown(replace(pose, x=25.0))
    assert np.allclose(moved[:, 10:], ink[:, 5:-5], atol=0.02)


def test_what_moves_moves_as_its_label_says_and_what_is_still_does_not(clip: Drawn) -> None:
    for before, pose in zip(clip.poses, clip.poses[1:], strict=False):
        step = (pose.x - before.x, pose.y - before.y)
        if pose.motion in WAYS and before.strength:
            across, along = WAYS[pose.motion]
            assert (np.sign(round(step[0], 6)), np.sign(round(step[1], 6))) == (across, along)
        if pose.motion in ("still", "changing", "fading out"):
            assert step == (0, 0)


def test_a_bounce_turns_round_at_an_edge_and_stays_inside(clip: Drawn) -> None:
    places = [place for place, pose in enumerate(clip.poses) if pose.motion == "bouncing"]
    for place in places:
        pose = clip.poses[place]
        assert pose.inside()
        gaps = (pose.x - pose.side / 2, pose.y - pose.side / 2, SIZE - pose.side / 2 - pose.x)
        assert min(*gaps, SIZE - pose.side / 2 - pose.y) < (TOUCH + 1) * moving.SPEEDS[1]


def test_what_enters_comes_into_sight_and_what_leaves_goes_out_of_it(clip: Drawn) -> None:
    for pose in clip.poses:
        if pose.motion == "leaving":
            assert not pose.inside()
            assert pose.in_sight()
    for before, pose in zip(clip.poses, clip.poses[1:], strict=False):
        if before.motion == "leaving" and pose.motion != "leaving":
            assert pose.motion == "empty"


def test_a_frame_alone_does_not_say_whether_a_digit_fades_in_or_out() -> None:
    ways = {pose.motion for clip in CLIPS for pose in clip.poses if 0 < pose.strength < 1}
    assert ways == {"fading in", "fading out"}
    strengths = {m: [p.strength for c in CLIPS for p in c.poses if p.motion == m] for m in ways}
    assert max(strengths["fading out"]) > 0.8
    assert min(strengths["fading out"]) < 0.2


@pytest.mark.parametrize("count", [0, moving.LONGEST + 1])
def test_too_few_and_too_many_frames_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 7,500 frames, got {count:,}"):
        draw(0, count)
