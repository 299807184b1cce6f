"""IOB2: what may stand where, and the entities that stand there."""

from model_zoo.rnn.tags import Entity, entities, follows, iob2, repaired, starts, without


def test_an_entity_only_goes_on_with_its_own_label() -> None:
    assert follows("B-PER", "I-PER")
    assert follows("I-PER", "I-PER")
    assert not follows("B-PER", "I-LOC")
    assert not follows("O", "I-PER")
    assert not starts("I-PER")


def test_parts_of_speech_may_stand_anywhere() -> None:
    tags = ("INTJ", "NOUN", "PUNCT", "X")
    assert all(starts(tag) for tag in tags)
    assert all(follows(before, tag) for before in tags for tag in tags)


def test_data_without_b_gets_them_where_an_entity_begins() -> None:
    assert repaired(["I-ORG", "I-ORG", "O", "I-PER", "I-LOC"]) == ["B-ORG", "I-ORG", "O", "B-PER", "B-LOC"]


def test_valid_tags_stay_as_they_are() -> None:
    valid = ["B-PER", "B-PER", "I-PER", "O"]
    assert repaired(valid) == valid


def test_entities_side_by_side_are_told_apart() -> None:
    assert entities(["B-PER", "B-PER", "I-PER", "O", "B-LOC"]) == [
        Entity("PER", 0, 1),
        Entity("PER", 1, 3),
        Entity("LOC", 4, 5),
    ]


def test_outside_stands_first_and_each_label_has_both_kinds() -> None:
    assert iob2(("PER", "LOC")) == ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


def test_a_label_that_does_not_count_is_taken_out_whole() -> None:
    assert without(["B-MISC", "I-MISC", "B-PER"], ("MISC",)) == ["O", "O", "B-PER"]
