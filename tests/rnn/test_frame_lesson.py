"""Marked stretches of a clip as networks learn them."""

import pytest
import torch

from model_zoo.events import EpochEnd, Finished
from model_zoo.rnn.frame_encoder import WIDTH
from model_zoo.rnn.frame_lesson import LOOK, FrameLesson, OwnNetwork
from model_zoo.rnn.frames_network import FrameReader, Glance, Shape
from model_zoo.rnn.learning import Learner
from model_zoo.rnn.marks import Mark, Piece
from model_zoo.rnn.watchers import WatchersSpec, title

CLIP = "0" * 32
MARKS = tuple(Mark(start, start + 19, "on" if place % 2 else "off") for place, start in enumerate(range(0, 200, 25)))


def seen() -> torch.Tensor:
    """Features of a clip in which one channel tells the label."""
    features = torch.randn(230, WIDTH, generator=torch.Generator().manual_seed(0)) * 0.3
    for mark in MARKS:
        if mark.label == "on":
            features[mark.first : mark.last + 1, :640] += 2.0
    return features.half()


def stretch(piece: Piece) -> tuple[int, int]:
    return piece.label, piece.stretch


def test_every_part_has_every_label_and_no_piece_is_in_two() -> None:
    lesson = FrameLesson(seen(), MARKS, ("off", "on"))
    for seed in range(5):
        parts = lesson.parts(seed)
        together = torch.cat((parts.train, parts.validation, parts.test)).sort().values
        assert together.tolist() == list(range(len(lesson.pieces)))
        for part in (parts.train, parts.validation, parts.test):
            assert {lesson.pieces[i].label for i in part.tolist()} == {0, 1}


def test_whole_stretches_are_kept_apart_where_a_label_has_three() -> None:
    lesson = FrameLesson(seen(), MARKS, ("off", "on"))
    for seed in range(5):
        parts = lesson.parts(seed)
        of = [
            {stretch(lesson.pieces[i]) for i in part.tolist()} for part in (parts.train, parts.validation, parts.test)
        ]
        assert sum(map(len, of)) == len(set.union(*of))


def test_what_is_around_a_piece_changes_nothing_that_counts_without_recurrence() -> None:
    torch.manual_seed(0)
    network = OwnNetwork(Glance(LOOK), FrameReader(Shape((2,), "none", inputs=LOOK.outputs))).eval()
    lesson = FrameLesson(seen(), MARKS, ("off", "on"))
    alone, _ = lesson.judged(network, [3])
    among, _ = lesson.judged(network, [0, 3, len(lesson.pieces) - 1])
    assert among[1].item() == pytest.approx(alone[0].item())


def test_a_channel_that_tells_the_label_is_learned() -> None:
    small = ("gru:hidden_size=8", "none:hidden_size=8")
    spec = WatchersSpec(CLIP, MARKS, small, epochs=12, seeds=1, rate=1e-2)
    learner = Learner(spec, FrameLesson(seen(), spec.marks, spec.classes))
    events = list(learner.events())
    assert isinstance(events[-1], Finished)
    assert {line["test_accuracy"] > 0.9 for line in events[-1].result["ranking"]} == {True}
    ends = [event for event in events if isinstance(event, EpochEnd) and event.run == f"{small[0]}#0"]
    assert ends[-1].train_loss < ends[0].train_loss
    assert len(ends[0].rates) == len(events[-1].result["layers"]) == 3


def test_the_fine_tuned_network_begins_as_the_shipped_one_below_its_head() -> None:
    from model_zoo.rnn import frames

    network = FrameLesson(seen(), MARKS, ("off", "on")).network("shipped", seed=0)
    shipped = frames.load()
    for mine, theirs in (
        (network.glance, shipped.glance),
        (network.reader.recurrent, shipped.readers[frames.NETWORK].recurrent),
    ):
        for name, part in theirs.state_dict().items():
            assert torch.equal(mine.state_dict()[name], part)
    assert network.reader.heads[0].out_features == 2


def test_a_spec_travels_as_json_and_its_networks_have_names() -> None:
    spec = WatchersSpec(CLIP, MARKS, ("none", "gru:bidirectional=true"))
    assert WatchersSpec.from_json(spec.to_json()) == spec
    assert [title(text) for text in spec.configurations] == ["Without recurrence", "GRU, both ways"]
    with pytest.raises(ValueError, match="transformer"):
        WatchersSpec(CLIP, MARKS, ("transformer",))
