"""What every sequence mode promises."""

import json

import pytest
import torch

from model_zoo.rnn.mode import MODES
from model_zoo.rnn.prediction import Prediction

READ = [(name, kind) for name, mode in MODES.items() if mode.READS == "text" for kind in mode.EXAMPLES]
SEEN = [(name, kind) for name, mode in MODES.items() if mode.READS == "picture" for kind in mode.EXAMPLES]
PICTURES = (torch.zeros(3, 128, 128), torch.full((3, 128, 128), 255), torch.rand(3, 128, 128) * 255)
ODD = ["", " \n\t", "🙂", "مرحبا بالعالم", "\x00\x1b[31m\u202e", "<script>alert(1)</script>", "a" * 5_000, "\ud800"]
LONG = ["It was good . " * 80, "qx zj 8k ;; " * 150]  # more words than are shown; and what no reading is likely for


@pytest.mark.parametrize(("name", "kind"), READ)
def test_examples_and_odd_input_give_parts_that_stand_where_they_say(name: str, kind: str) -> None:
    for text in (*MODES[name].EXAMPLES[kind], *ODD, *LONG):
        told = MODES[name].predict(text, kind)
        for span in (*told.tokens, *told.words):
            assert told.text[span.start : span.end] == span.text, text[:40]
        for each in (told.running, told.labels, told.scores):
            assert len(each) in (0, len(told.tokens)), text[:40]
        assert bool(told.readings) == bool(told.labels), text[:40]
        for states in told.states:
            assert states.start + len(states.hidden) <= len(told.tokens), text[:40]
        assert Prediction.from_json(json.loads(json.dumps(told.to_json()))) == told, text[:40]


@pytest.mark.parametrize(("name", "kind"), SEEN)
def test_whatever_a_picture_shows_what_is_said_of_it_hangs_together(name: str, kind: str) -> None:
    for picture in PICTURES:
        told = MODES[name].predict(picture.byte(), kind)
        *said, end = told.said
        assert " ".join(word.text for word in said) == told.text == told.sentences[0].text
        assert end.text == ""
        together = sum(word.log_probability for word in told.said)
        assert together == pytest.approx(told.sentences[0].log_probability, abs=0.01)
        for word in told.said:
            assert len(word.attention) in (0, told.grid[0] * told.grid[1])
            assert not word.attention or sum(word.attention) == pytest.approx(1.0, abs=1e-3)
            assert 1.0 >= word.alternatives[0].probability >= word.alternatives[1].probability
        assert all(node.parent < place for place, node in enumerate(told.tree))
        assert len(told.states[0].hidden) == len(told.said)
        assert Prediction.from_json(json.loads(json.dumps(told.to_json()))) == told


def test_each_mode_names_its_wiring_and_what_it_reads() -> None:
    assert {name: (mode.WIRING, mode.READS) for name, mode in MODES.items()} == {
        "captioning": ("one to many", "picture"),
        "frames": ("in step", "frames"),
        "sentiment": ("many to one", "text"),
        "tagging": ("in step", "text"),
    }
