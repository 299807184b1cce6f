"""The recipe of the sentiment network, run for a moment on made-up reviews."""

from pathlib import Path

import pytest
import torch

from model_zoo.events import drained
from model_zoo.recipes import language_model, sentiment
from model_zoo.recipes.language_model import LanguagePlan, learn
from model_zoo.recipes.reviews import Reviews, as_written
from model_zoo.recipes.sentiment import Lesson, Plan, apart, fit, judge, temperature
from model_zoo.rnn.sentiment_network import SentimentNetwork, Shape

SHAPE = Shape(tokens=12, inputs=8, hidden_size=16, head_width=8, dropout=0.0)
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


def test_a_network_learns_what_a_word_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentiment, "MOST_TOKENS_A_BATCH", 256)
    torch.manual_seed(0)
    network, unseen = SentimentNetwork(SHAPE), lesson(100, 9)
    plan = Plan("en", SHAPE, epochs=25, rate=5e-3, average=0.9)
    found = drained(fit(network, lesson(400, 1), lesson(60, 2), plan))
    right = (judge(network, unseen.rows) > 0) == unseen.targets.bool()
    assert right.float().mean() > 0.95
    assert found > 0


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
