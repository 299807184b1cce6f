"""A tagger: what stands beside a sentence changes nothing, odd input is tagged too, and weights survive the disk."""

from pathlib import Path

import pytest
import torch

from model_zoo.rnn import tags
from model_zoo.rnn.tagger import LONGEST, Tagger, cut, load, read, save
from model_zoo.rnn.tagging_network import Shape, TaggingNetwork
from model_zoo.rnn.vocabulary import HALF, PADDING, Vocabulary, case, plain

SHAPE = Shape(inputs=8, character_inputs=6, filters=6, case_inputs=2, hidden_size=10)
KNOWN = Vocabulary(("the", "paris", "00", "in"), "abcdefghij PT", tags.iob2(("PER", "LOC")))
SENTENCES = [
    ["The", "Paris"],
    ["in", "1984", "a" * 300, "Paris", "😀", "", "שלום"] * 5,
    [],
    [""],
    ["\x00", "<script>", "PARIS"],
]


@pytest.fixture
def tagger() -> Tagger:
    torch.manual_seed(0)
    network = TaggingNetwork(SHAPE, KNOWN)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    torch.nn.init.zeros_(network.characters.embedding.weight[PADDING])  # as it stays all through training
    return Tagger(network, KNOWN)


def test_a_sentence_alone_and_in_a_batch_gets_the_same_tags_and_scores(tagger: Tagger) -> None:
    together = tagger.tag(SENTENCES)
    for words, found in zip(SENTENCES, together, strict=True):
        alone = tagger.tag([words])[0]
        assert alone.tags == found.tags
        assert alone.scores == pytest.approx(found.scores, abs=1e-3)


def test_every_word_gets_a_valid_tag_and_a_probability(tagger: Tagger) -> None:
    for words, found in zip(SENTENCES, tagger.tag(SENTENCES), strict=True):
        assert len(found.tags) == len(found.scores) == len(words)
        assert tags.repaired(found.tags) == found.tags
        assert all(0 <= score <= 1.00001 for score in found.scores)


def test_what_is_too_long_is_read_in_pieces_that_end_with_a_sentence(tagger: Tagger) -> None:
    words = (["Paris"] * 249 + ["."]) * 5
    assert [len(piece) for piece in cut(words)] == [250] * 5
    assert [len(piece) for piece in cut(["Paris"] * (LONGEST + 1))] == [LONGEST, 1]
    assert len(tagger.tag([words])[0].tags) == len(words)


def test_raw_text_is_cut_as_the_training_sentences_were(tagger: Tagger) -> None:
    pos = Tagger(tagger.network, Vocabulary((), "", ("NOUN",)))
    assert [word.text for word in tagger.words("Jean-Luc's")] == ["Jean-Luc", "'s"]
    assert [word.text for word in pos.words("Jean-Luc's")] == ["Jean", "-", "Luc", "'s"]


def test_readings_stand_in_order_and_the_first_is_what_is_tagged(tagger: Tagger) -> None:
    words = ["The", "Paris", "in"]
    found = tagger.readings(words, 4)
    assert [one.probability for one in found] == sorted((one.probability for one in found), reverse=True)
    assert list(found[0].labels) == tagger.tag([words])[0].tags
    assert len({one.labels for one in found}) == 4


def test_of_one_word_all_readings_are_given_and_add_up_to_one(tagger: Tagger) -> None:
    found = tagger.readings(["Paris"], 50)
    assert sorted(one.labels[0] for one in found) == ["B-LOC", "B-PER", "O"], "a sentence never starts inside"
    assert sum(one.probability for one in found) == pytest.approx(1, abs=1e-5)
    assert tagger.readings([], 5) == []


def test_states_and_gates_are_told_for_every_word_in_both_directions(tagger: Tagger) -> None:
    ahead, back = tagger.steps(["The", "Paris", "in"])
    assert (ahead.backwards, back.backwards) == (False, True)
    assert ahead.hidden.shape == back.gates["forget"].shape == (1, 3, SHAPE.hidden_size)


def test_unknown_words_differ_by_their_characters(tagger: Tagger) -> None:
    batch = KNOWN.batch([["hidebc", "gajfde"]])
    assert batch.words.tolist() == [[0, 0]]
    first, second = tagger.network.eval().features(batch)[0]
    assert not torch.equal(first, second)


def test_padding_behind_a_word_changes_nothing_of_it(tagger: Tagger) -> None:
    network = tagger.network.eval()
    alone, beside = (network.characters(KNOWN.batch([row]).spelled)[0] for row in (["a"], ["a", "abcdef", "x" * 30]))
    torch.testing.assert_close(alone, beside)


def test_of_a_long_word_both_ends_count() -> None:
    spelled = KNOWN.batch([["a" * 5_000 + "b"]]).spelled
    assert spelled.shape == (1, 2 * HALF + 2)
    assert spelled[0, -2] != spelled[0, 1]


def test_words_are_looked_up_small_with_straight_quotes_and_digits_as_noughts() -> None:
    assert plain("Don’t") == "don't"
    assert plain("1,984th") == "0,000th"
    assert plain("Cafe\u0301") == "café"


def test_each_way_to_write_a_word_is_a_case_of_its_own() -> None:
    assert len({case(word) for word in ("...", "small", "Capital", "CAPITALS", "miXed", "d1gits")}) == 6


def test_hidden_words_are_read_as_unknown(tagger: Tagger) -> None:
    network = tagger.network.eval()
    batch, unknown = KNOWN.batch([["Paris"]]), network.embedding.weight[0]
    found = network.features(batch, torch.ones(1, 1, dtype=torch.bool))
    torch.testing.assert_close(found[0, 0, : SHAPE.inputs], unknown)


def test_a_tagger_survives_the_disk(tagger: Tagger, tmp_path: Path) -> None:
    save(tagger, tmp_path / "tagging_ner.safetensors")
    again = load("ner", tmp_path)
    assert again.vocabulary == KNOWN
    assert again.network.shape == SHAPE
    for one, other in zip(tagger.tag(SENTENCES), again.tag(SENTENCES), strict=True):
        assert one.scores == pytest.approx(other.scores, abs=0.02), "half precision"


def test_missing_weights_are_named_with_the_recipe(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"tagging_pos.safetensors is missing .* model_zoo.recipes.tagging pos"):
        read(tmp_path / "tagging_pos.safetensors")
