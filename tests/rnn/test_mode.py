"""What every sequence mode promises."""

import json

import pytest

from model_zoo.rnn.mode import MODES
from model_zoo.rnn.prediction import Prediction

KINDS = [(name, kind) for name, mode in MODES.items() for kind in mode.EXAMPLES]
ODD = ["", " \n\t", "🙂", "مرحبا بالعالم", "\x00\x1b[31m\u202e", "<script>alert(1)</script>", "a" * 5_000, "\ud800"]
LONG = ["It was good . " * 80, "qx zj 8k ;; " * 150]  # more words than are shown; and what no reading is likely for


@pytest.mark.parametrize(("name", "kind"), KINDS)
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


def test_each_mode_names_its_wiring_and_what_it_reads() -> None:
    assert {name: (mode.WIRING, mode.READS) for name, mode in MODES.items()} == {
        "sentiment": ("many to one", "text"),
        "tagging": ("in step", "text"),
    }
