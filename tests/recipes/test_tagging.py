"""The recipe of the taggers, run for a moment on made-up sentences, and what it counts."""

import json
import random
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from model_zoo.events import drained
from model_zoo.recipes import tagging_card
from model_zoo.recipes.tagged import Sentence
from model_zoo.recipes.tagging import LABELS, Plan, Sets, allowed, apart, figures, fit, vocabulary
from model_zoo.recipes.tagging_figures import gazetteer, most_frequent
from model_zoo.recipes.word_vectors import word_vectors
from model_zoo.rnn.tagger import Tagger
from model_zoo.rnn.tagging_network import Shape, TaggingNetwork
from model_zoo.rnn.tags import iob2
from model_zoo.rnn.vocabulary import Vocabulary

SHAPE = Shape(inputs=8, character_inputs=8, filters=8, case_inputs=2, hidden_size=16, dropout=0.1)
PLAN = Plan("ner", SHAPE, epochs=3, words_a_batch=60, rate=2e-2, embedding_rate=1e-2)


def sentences(count: int, seed: int) -> list[Sentence]:
    """Sentences in which the word after “mr” is a person, whatever it is, and the word after “in” a place."""
    draw, found = random.Random(seed), []
    for _ in range(count):
        name, place = ("".join(draw.choices("abcdef", k=4)) for _ in range(2))
        found.append(Sentence(("mr", name, "is", "in", place), ("O", "B-PER", "O", "O", "B-LOC")))
    return found


def parts() -> Sets:
    return Sets(sentences(200, 1), sentences(30, 2), {"unseen": sentences(50, 3)})


def tagger(found: Sets) -> Tagger:
    torch.manual_seed(0)
    known = vocabulary("ner", found.train, [], 20)
    return Tagger(TaggingNetwork(SHAPE, known), known)


def test_names_never_met_are_tagged_by_what_stands_beside_them(tmp_path: Path) -> None:
    found = parts()
    learned = tagger(found)
    drained(fit(learned, found, PLAN, tmp_path / "run.pt"))
    said = [each.tags for each in learned.tag([one.words for one in found.measure["unseen"]])]
    assert figures("ner", found.measure["unseen"], said)["mean"] > 0.95


def test_a_killed_run_goes_on_to_the_same_weights_and_another_plan_is_refused(tmp_path: Path) -> None:
    found = parts()
    whole, halted = tagger(found), tagger(found)
    drained(fit(whole, found, PLAN, tmp_path / "whole.pt"))
    for where, _ in fit(halted, found, PLAN, tmp_path / "halted.pt"):
        if where.startswith("epoch 3"):
            break
    again = tagger(found)
    drained(fit(again, found, PLAN, tmp_path / "halted.pt"))
    for name, value in whole.network.state_dict().items():
        torch.testing.assert_close(value, again.network.state_dict()[name], msg=name)
    with pytest.raises(ValueError, match="belongs to another plan"):
        drained(fit(again, found, replace(PLAN, rate=1.0), tmp_path / "halted.pt"))


def test_no_sentence_chooses_that_is_learned_from() -> None:
    found = [Sentence((f"w{number % 60}",), ("O",)) for number in range(200)]
    train, choose = apart(found, 0)
    assert choose
    assert len(train) + len(choose) == 200
    assert not {one.words for one in train} & {one.words for one in choose}


def test_an_o_may_hide_only_what_nobody_looked_for() -> None:
    known = Vocabulary((), "", iob2(LABELS))
    blind = Sentence(("a", "b"), ("O", "B-PER"), ("MISC",))
    found = allowed([blind, Sentence(("a",), ("O",))], known, 2)
    names = [[tag for tag, right in zip(known.tags, row, strict=True) if right] for row in found.flatten(0, 1)]
    assert names == [["O", "B-MISC", "I-MISC"], ["B-PER"], ["O"], []]


def test_the_vocabulary_prefers_what_is_met_in_training() -> None:
    train = [Sentence(("Rare", "Often", "often", "7"), ("O",) * 4), Sentence(("8", "x"), ("O", "O"))]
    known = vocabulary("ner", train, [["beside"] * 9 + ["rare"] * 5 + ["often"] * 7 + ["last"]], 4)
    assert known.words == ("often", "0", "beside", "rare")


def test_entities_count_by_bounds_and_label_and_what_nobody_looked_for_does_not() -> None:
    right = [
        Sentence(("a",) * 4, ("B-PER", "I-PER", "O", "B-LOC")),
        Sentence(("a",) * 3, ("O", "B-ORG", "O"), ("MISC",)),
    ]
    said = [["B-PER", "O", "O", "B-LOC"], ["B-MISC", "B-ORG", "O"]]
    found = figures("ner", right, said)
    assert found["mean"] == pytest.approx(2 * 2 / (3 + 3), abs=1e-3)
    assert (found["entities"], found["missed"], found["wrongly said"]) == (3, 1, 1)
    assert found["by label"]["PER"]["F1"] == 0.0
    assert found["interval"][0] <= found["mean"] <= found["interval"][1]


def test_words_count_by_tag_with_both_kinds_of_mistake() -> None:
    found = figures("pos", [Sentence(("a", "b", "c"), ("NOUN", "VERB", "NOUN"))], [["NOUN", "NOUN", "NOUN"]])
    assert found["mean"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["by tag"]["VERB"] == {"words": 1, "missed": 1, "wrongly said": 0}
    assert found["by tag"]["NOUN"] == {"words": 2, "missed": 0, "wrongly said": 1}
    assert found["most often"] == {"VERB taken for NOUN": 1}


def test_the_rivals_look_words_up() -> None:
    train = [Sentence(("The", "run", "ran"), ("DET", "NOUN", "VERB")), Sentence(("the", "cat"), ("DET", "NOUN"))]
    assert most_frequent(train)(Sentence(("THE", "dog"), ("DET", "NOUN"))) == ["DET", "NOUN"]
    named = [Sentence(("New", "York", "New"), ("B-LOC", "I-LOC", "O")), Sentence(("York",), ("B-PER",))]
    rival = gazetteer(named)
    assert rival(Sentence(("New", "York", "York", "New"), ("O",) * 4)) == ["B-LOC", "I-LOC", "B-PER", "O"]


def test_words_with_the_same_neighbours_get_like_vectors() -> None:
    draw = random.Random(0)
    animals, numbers = ["cat", "dog"], ["one", "two"]
    rows = [["the", draw.choice(animals), "eats"] for _ in range(300)] + [
        ["count", draw.choice(numbers), "more"] for _ in range(300)
    ]
    found = word_vectors(rows, [*animals, *numbers, "the", "eats", "count", "more", "never"], 3, seed=0)
    assert found[0] @ found[1] > 0.9 > 0.5 > abs(found[0] @ found[2])
    assert not found[-1].any(), "a word that is never met has no vector"
    assert torch.isfinite(found).all()


def test_a_card_says_what_the_shipped_file_gets_right_with_a_rival_beside(tmp_path: Path) -> None:
    found = parts()
    tagging_card.write(tagger(found), "ner", asdict(PLAN), 0.5, tmp_path)
    told = tagging_card.measure("ner", found, tmp_path)["unseen"]
    card = json.loads((tmp_path / "tagging_ner.json").read_text())
    assert card["figures"]["unseen"] == told
    assert told["entities"] == told["rival"]["entities"] == 100
    assert {"data", "terms", "weaknesses", "command", "measured", "plan", "hours"} <= set(card)
