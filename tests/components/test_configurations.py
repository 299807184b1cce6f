"""Names and marks of configurations."""

from xml.etree import ElementTree

from components.configurations import NO_BREAK, drawing, explained, label, marks
from model_zoo import strategies


def test_a_label_tells_configurations_of_one_strategy_apart() -> None:
    assert label("full") == "Full fine-tuning"
    assert label("full:rate=0.1").replace(NO_BREAK, " ") == "Full fine-tuning · rate 0.1"
    assert label("freeze_first").replace(NO_BREAK, " ") == "Freeze the first stages · k 2"


def test_knobs_that_a_label_names_are_explained_once_in_plain_words() -> None:
    lines = explained(["freeze_first:k=1", "full", "freeze_first:k=3", "lora"])
    assert lines == [
        "k of Freeze the first stages: pre-trained stages that stay frozen, counted from the input.",
        "rank of LoRA: rank of the change to each weight.",
    ]


def test_equal_labels_are_numbered() -> None:
    painted = ["custom:map=head=1", "custom:map=head=1;stem=1", "full"]
    assert [mark.label for mark in marks(painted, False).values()] == [
        "Your own (1)",
        "Your own (2)",
        "Full fine-tuning",
    ]


def test_no_two_configurations_look_the_same_and_colours_hold_in_both_themes() -> None:
    names = [*strategies.REGISTRY, "full:rate=0.1", "full:rate=0.01"]
    for dark in (False, True):
        found = marks(names, dark)
        assert len({(mark.colour, mark.dash) for mark in found.values()}) == len(names)
        assert all(mark.colour in mark.css for mark in found.values())


def test_every_mark_can_be_drawn() -> None:
    names = list(strategies.REGISTRY)
    drawings = {drawing(mark) for mark in marks(names, True).values()}
    assert len(drawings) == len(names)
    assert all(ElementTree.fromstring(svg).tag == "svg" for svg in drawings)
