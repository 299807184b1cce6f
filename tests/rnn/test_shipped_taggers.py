"""The taggers as they are shipped: what they know, and the marks that they reach."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from model_zoo.home import WEIGHTS
from model_zoo.recipes import tagged
from model_zoo.recipes.tagged import Sentence
from model_zoo.recipes.tagging import figures
from model_zoo.rnn.tagger import Task, load
from model_zoo.rnn.tagging import card

MARKS: dict[str, tuple[Task, Callable[[Path, str], list[Sentence]], float]] = {
    "UD-EWT dev": ("pos", tagged.ud_ewt, 0.93),
    "WikiANN-en dev": ("ner", tagged.wikiann, 0.75),
}
MOST_BYTES = 3_900_000
DATASETS = os.environ.get("THAW_DATASETS")


def test_people_and_places_are_told_apart() -> None:
    found = load("ner").tag([["Angela", "Merkel", "was", "born", "in", "Hamburg", "."]])[0]
    assert found.tags == ["B-PER", "I-PER", "O", "O", "O", "B-LOC", "O"]


def test_a_word_is_a_noun_or_a_verb_by_what_stands_beside_it() -> None:
    found = load("pos").tag([["They", "run", "every", "day", "."], ["It", "was", "a", "long", "run", "."]])
    assert (found[0].tags[1], found[1].tags[4]) == ("VERB", "NOUN")


@pytest.mark.parametrize("task", ["ner", "pos"])
def test_a_shipped_tagger_says_the_same_of_a_sentence_alone_and_beside_others(task: Task) -> None:
    rows = [["Paris"], ["I", "don't", "know", "😀", "who", "Ann", "is"], ["x" * 500, "", "Dr."] * 30, ["Go", "."]]
    for row, together in zip(rows, load(task).tag(rows), strict=True):
        alone = load(task).tag([row])[0]
        assert alone.tags == together.tags
        assert alone.scores == pytest.approx(together.scores, abs=1e-3)


def test_both_taggers_with_their_cards_stay_small() -> None:
    assert sum(file.stat().st_size for file in WEIGHTS.glob("tagging_*")) <= MOST_BYTES


@pytest.mark.parametrize("name", MARKS)
def test_the_card_claims_the_mark_with_a_rival_beside(name: str) -> None:
    task, _, mark = MARKS[name]
    told = card(task)["figures"][name]
    assert mark <= told["mean"] > told["rival"]["mean"]


@pytest.mark.slow
@pytest.mark.skipif(not DATASETS, reason="THAW_DATASETS names no folder")
@pytest.mark.parametrize("name", MARKS)
def test_the_shipped_tagger_does_what_its_card_claims(name: str) -> None:
    task, read, _ = MARKS[name]
    sentences = read(Path(str(DATASETS)), "dev")
    said = [found.tags for found in load(task).tag([sentence.words for sentence in sentences])]
    assert figures(task, sentences, said)["mean"] == pytest.approx(card(task)["figures"][name]["mean"], abs=2e-3)
