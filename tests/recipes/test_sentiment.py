"""The recipe of the sentiment network, run for a moment on made-up reviews."""

from pathlib import Path

import pytest
import torch

from model_zoo.events import drained
from model_zoo.recipes import sentiment
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


def test_a_language_is_learned_and_a_killed_run_goes_on_from_its_step(tmp_path: Path) -> None:
    rows = [[1, 2, 3, 4, 5] for _ in range(200)]
    plan = LanguagePlan(epochs=4, streams=4, bptt=10, rate=2e-2)
    torch.manual_seed(0)
    whole = []
    drained(learn(SentimentNetwork(SHAPE), rows, plan, tmp_path / "run.pt"), whole.append)
    step, steps, loss = whole[-1]
    assert step == steps == 120
    assert loss < 0.5 < whole[0][2] + 1
    again = list(learn(SentimentNetwork(SHAPE), rows, plan, tmp_path / "run.pt"))
    assert again == [], "it stood at its end"
    with pytest.raises(ValueError, match="belongs to another plan"):
        drained(learn(SentimentNetwork(SHAPE), rows, LanguagePlan(epochs=5), tmp_path / "run.pt"))
