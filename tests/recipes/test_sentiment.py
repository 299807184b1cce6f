"""The recipe of the sentiment network, run for a moment on made-up reviews."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model_zoo.events import drained
from model_zoo.recipes import language_model, tutors
from model_zoo.recipes.language_model import LanguagePlan, learn
from model_zoo.recipes.reviews import Reviews, as_written
from model_zoo.recipes.sentiment import material
from model_zoo.recipes.sentiment_lesson import Lesson, Plan, Words, fit, judge, temperature
from model_zoo.recipes.sentiment_sets import Sets, apart, without
from model_zoo.rnn.sentiment_network import SentimentNetwork, Shape
from model_zoo.rnn.text import encode, train_tokenizer

SHAPE = Shape(tokens=12, inputs=8, hidden_size=16, head_width=8, dropout=0.0)
PLAN = Plan("en", SHAPE, epochs=25, rate=5e-3, average=0.9, tokens_a_batch=256)
GOOD, BAD = 3, 4  # tokens


def lesson(count: int, seed: int) -> Lesson:
    """Texts of drawn tokens, in which one says what the label is."""
    generator = torch.Generator().manual_seed(seed)
    labels = [number % 2 for number in range(count)]
    rows = [torch.randint(5, 12, (6,), generator=generator).tolist() for _ in labels]
    for row, label in zip(rows, labels, strict=True):
        row[2] = GOOD if label else BAD
    return Lesson(rows, torch.tensor(labels).float())


def test_the_treebanks_spacing_is_undone() -> None:
    assert as_written("wo n't do , alas .") == "won't do, alas."


def test_no_text_chooses_that_is_learned_from_in_either_spelling() -> None:
    texts = [f"it is n't film {number % 40} ." for number in range(100)] + ["it isn't film 1."]
    rest, chosen = apart(Reviews(texts, [0] * len(texts)), seed=0)
    assert len(rest.texts) + len(chosen.texts) == 101
    assert chosen.texts
    assert not set(map(as_written, rest.texts)) & set(map(as_written, chosen.texts))


def test_a_network_learns_what_a_word_says() -> None:
    torch.manual_seed(0)
    network, unseen = SentimentNetwork(SHAPE), lesson(100, 9)
    plan = PLAN
    found = drained(fit(network, lesson(400, 1), lesson(60, 2), plan))
    right = (judge(network, unseen.rows) > 0) == unseen.targets.bool()
    assert right.float().mean() > 0.95
    assert found > 0


def test_going_on_keeps_what_stood_where_no_epoch_is_better() -> None:
    torch.manual_seed(0)
    network, choose = SentimentNetwork(SHAPE), lesson(60, 2)
    drained(fit(network, lesson(400, 1), choose, PLAN))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    taught = lesson(400, 3)
    wrong = Lesson(taught.rows, 1 - taught.targets)
    reports: list[tuple[str, float]] = []
    drained(
        fit(network, wrong, choose, replace(PLAN, epochs=2, average=0.998), awake=True),
        reports.append,
    )
    assert reports[0][0] == "epoch 0, on what chooses"
    for name, value in network.state_dict().items():
        torch.testing.assert_close(value, before[name], msg=name)


def test_texts_are_cut_otherwise_each_time_and_as_always_afterwards() -> None:
    texts = ["a wonderful film about wonderful people"] * 40
    tokenizer = train_tokenizer(texts, 300)
    words = Words(tokenizer, texts[:8], torch.ones(8), 0.5)
    usual = encode(tokenizer, texts[:1])[0]
    assert len({tuple(row) for _ in range(4) for row in words.rows}) > 1
    assert max(map(len, words.rows)) > len(usual)
    assert encode(tokenizer, texts[:1])[0] == usual


def test_a_tutor_has_not_learned_from_the_text_that_it_judges() -> None:
    texts = [f"{'good' if number % 2 else 'bad'} film {number % 5}" for number in range(60)]
    labels = [number % 2 for number in range(60)]
    odd = Reviews([*texts, *["strange strange strange"] * 1], [*labels, 1])
    judged = tutors.unseen("en", odd)
    assert ((judged[:60] > 0.5) == torch.tensor(labels).bool().numpy()).all()
    assert 0.2 < judged[60] < 0.8, "nobody else uses its words"


def test_what_is_learned_from_has_the_tutors_word_and_sentences_once_a_network_stands() -> None:
    verdicts = ["bad", "good"] * 20
    texts = [f"a {word} film it is. Number {number} of them all it is." for number, word in enumerate(verdicts)]
    part = Reviews(texts, [number % 2 for number in range(40)])
    tokenizer = train_tokenizer(texts, 300)
    plan = Plan("en", SHAPE, tutored=0.5, sentences=20, repeats=2)
    found = Sets((part, part), part, {})
    first = material(found, plan, None, tokenizer)
    assert len(first.texts) == len(first.targets) == 40 + 2 * 40
    assert ((first.targets > 0.5) == torch.tensor([n % 2 for n in range(40)] * 3).bool()).all()
    assert first.targets.min() > 0
    assert first.targets.max() < 1
    then = material(found, plan, SentimentNetwork(replace(SHAPE, tokens=300)), tokenizer)
    assert len(then.texts) == 120 + 20
    assert not set(then.texts[120:]) & set(texts), "sentences out of them, no whole ones"


def test_no_text_that_measures_is_learned_from() -> None:
    left = without(Reviews(["it is n't good .", "fine"], [0, 1]), Reviews(["it isn't good."], [0]))
    assert left == Reviews(["fine"], [1])


def test_the_temperature_calms_what_is_too_sure_of_itself() -> None:
    labels = torch.tensor([1.0, 1.0, 1.0, 0.0])
    assert temperature(torch.full((4,), 3.3), labels) == pytest.approx(3.0, abs=0.1)  # log 3 says 75 in 100


ROWS = [[1, 2, 3, 4, 5] for _ in range(200)]
LANGUAGE = LanguagePlan(epochs=4, streams=4, bptt=10, rate=2e-2)  # 30 steps an epoch


def learned(checkpoint: Path, seed: int = 0, until: int = 120) -> dict[int, float]:
    """Learn ROWS, from `checkpoint` if it is there, and stop for good after step `until`; gives the loss of each."""
    torch.manual_seed(seed)
    steps, told = learn(SentimentNetwork(SHAPE), ROWS, LANGUAGE, checkpoint), {}
    for step, count, loss in steps:
        assert count == 120
        told[step] = loss
        if step == until:
            break
    steps.close()
    return told


@pytest.mark.parametrize(("every", "killed"), [(30, 45), (20, 25)])
def test_a_language_is_learned_and_a_killed_run_goes_on_from_its_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int, killed: int
) -> None:
    monkeypatch.setattr(language_model, "STEPS_BETWEEN_CHECKPOINTS", every)
    monkeypatch.setattr(language_model, "STEPS_BETWEEN_REPORTS", 1)
    whole = learned(tmp_path / "whole.pt")
    assert list(whole) == list(range(1, 121))
    assert whole[120] < 0.5 < 1 < whole[1]

    halted = learned(tmp_path / "run.pt", until=killed)
    assert halted == {step: whole[step] for step in range(1, killed + 1)}
    again = learned(tmp_path / "run.pt", seed=1)  # what the network begins with now counts for nothing
    assert list(again) == list(range(every + 1, 121)), "it goes on from its checkpoint, to the same end"
    exact = every == 30  # where an epoch begins; within one it lacks what its streams had read
    assert list(again.values()) == pytest.approx([whole[step] for step in again], abs=1e-6 if exact else 0.03)
    assert (again[every + 1] == whole[every + 1]) == exact

    assert learned(tmp_path / "run.pt") == {}, "it stood at its end"
    with pytest.raises(ValueError, match="belongs to another plan"):
        drained(learn(SentimentNetwork(SHAPE), ROWS, LanguagePlan(epochs=5), tmp_path / "run.pt"))
