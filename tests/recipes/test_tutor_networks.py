"""Networks as tutors: each judges what it has not learned from, and a smaller one learns of that."""

from pathlib import Path

import numpy as np
import pytest

from model_zoo.recipes import tutor_networks, tutors
from model_zoo.recipes.language_model import LanguagePlan
from model_zoo.recipes.reviews import Reviews, as_written
from model_zoo.recipes.sentiment import material
from model_zoo.recipes.sentiment_lesson import Plan
from model_zoo.recipes.sentiment_sets import Sets, together
from model_zoo.recipes.tutor_networks import dealt, said, teach
from model_zoo.rnn.sentiment_network import Shape
from model_zoo.rnn.text import train_tokenizer

WORDS = ("bad", "good")
DOCUMENTS = Reviews(
    [f"A {WORDS[n % 2]} film, number {n}. It is {WORDS[n % 2]}, they say." for n in range(60)], [0, 1] * 30
)
SENTENCES = Reviews([f"it is n't a {WORDS[n % 2]} play {n % 10} ." for n in range(40)], [0, 1] * 20)
FOUND = Sets((DOCUMENTS, SENTENCES), Reviews(["a good one", "a bad one"], [1, 0]), {})
SHAPE = Shape(tokens=320, inputs=8, hidden_size=16, head_width=8, dropout=0.0)
PLAN = Plan("en", SHAPE, LanguagePlan(1, 4, 8), epochs=3, tokens_a_batch=256, sentences=20, rate=1e-2, average=0.9)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Let the tutors of all parts learn."""
    folder = tmp_path_factory.mktemp("tutors")
    tokenizer = train_tokenizer(together(FOUND).texts, SHAPE.tokens)
    for part in range(tutors.PARTS):
        teach(FOUND, part, PLAN, tokenizer, folder)
    return folder


def test_no_copy_of_a_text_is_learned_from_by_who_judges_it() -> None:
    texts = together(FOUND)
    spelled = [as_written(text) for text in texts.texts]
    judged = []
    for learned, index in dealt(texts):
        assert not {spelled[i] for i in learned} & {spelled[i] for i in index}
        judged += index
    assert sorted(judged) == list(range(100))


def test_every_text_is_judged_and_so_are_sentences_out_of_the_long_ones(work: Path) -> None:
    told = said(FOUND, PLAN, work)
    assert [len(part) for part in told.parts] == [60, 40]
    assert all(np.isfinite(part).all() and (part >= 0).all() and (part <= 1).all() for part in told.parts)
    for part, reviews in zip(told.parts, FOUND.train, strict=True):
        assert ((part > 0.5) == np.array(reviews.labels)).mean() > 0.9, "one word tells it"
    assert len(told.sentences) == len(told.of_sentences) == 20
    good = np.array(["good" in sentence for sentence in told.sentences])
    assert told.of_sentences[good].mean() > told.of_sentences[~good].mean()


def test_what_was_said_is_kept(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tutor_networks, "fit", lambda *_: pytest.fail("learned again"))
    teach(FOUND, 0, PLAN, train_tokenizer(together(FOUND).texts, SHAPE.tokens), work)


def test_who_has_not_learned_yet_is_missed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="tutor_en_0"):
        said(FOUND, PLAN, tmp_path)


def test_a_smaller_network_learns_of_what_they_said(work: Path) -> None:
    told = said(FOUND, PLAN, work)
    plan = Plan("en", SHAPE, tutored=0.7, repeats=2)
    taught = material(FOUND, plan, None, train_tokenizer(together(FOUND).texts, SHAPE.tokens), told)
    assert len(taught.texts) == len(taught.targets) == 60 + 2 * 40 + 20
    wanted = 0.3 * np.array(DOCUMENTS.labels) + 0.7 * told.parts[0]
    np.testing.assert_allclose(taught.targets[:60].numpy(), wanted, atol=1e-6)
    assert taught.texts[140:] == told.sentences
    np.testing.assert_allclose(taught.targets[140:].numpy(), told.of_sentences, atol=1e-6)
