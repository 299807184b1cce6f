"""The CRF against counting every reading by hand, on sentences short enough for it."""

from itertools import pairwise, product

import pytest
import torch
from torch import Tensor

from model_zoo.rnn import tags
from model_zoo.rnn.crf import CRF, FORBIDDEN

TAGS = tags.iob2(("PER", "LOC"))
LENGTHS = torch.tensor([4, 1, 3])


def crf(seed: int = 0) -> CRF:
    made = CRF(
        torch.tensor([tags.starts(tag) for tag in TAGS]),
        torch.tensor([[tags.follows(before, tag) for tag in TAGS] for before in TAGS]),
    )
    torch.manual_seed(seed)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter)
    return made


def emissions(seed: int = 1) -> Tensor:
    return 2 * torch.randn(len(LENGTHS), int(LENGTHS.max()), len(TAGS), generator=torch.Generator().manual_seed(seed))


def counted(field: CRF, rows: Tensor) -> dict[tuple[int, ...], float]:
    """Give every valid reading of emissions (T, K) with its probability."""
    scores = {}
    for reading in product(range(len(TAGS)), repeat=len(rows)):
        names = [TAGS[place] for place in reading]
        if tags.starts(names[0]) and all(tags.follows(*pair) for pair in pairwise(names)):
            score = field.first[reading[0]] + field.last[reading[-1]] + sum(rows[t, k] for t, k in enumerate(reading))
            scores[reading] = (score + sum(field.between[pair] for pair in pairwise(reading))).exp().item()
    whole = sum(scores.values())
    return {reading: score / whole for reading, score in scores.items()}


def test_the_likelihood_is_the_share_among_valid_readings_whatever_stands_beside() -> None:
    field, rows = crf(), emissions()
    right = torch.zeros(rows.shape, dtype=torch.bool)
    right[:, :, 0] = True
    right[0, 1] = torch.tensor([tag != "B-PER" for tag in TAGS])  # one step of the first sentence is left open
    found = field.log_likelihood(rows, LENGTHS, right).exp()
    for row, length in enumerate(LENGTHS.tolist()):
        wanted = sum(
            probability
            for reading, probability in counted(field, rows[row, :length]).items()
            if all(right[row, t, k] for t, k in enumerate(reading))
        )
        assert found[row].item() == pytest.approx(wanted, rel=1e-4)


def test_marginals_are_the_sums_over_readings() -> None:
    field, rows = crf(), emissions()
    found = field.marginals(rows, LENGTHS)
    for row, length in enumerate(LENGTHS.tolist()):
        wanted = torch.zeros(length, len(TAGS))
        for reading, probability in counted(field, rows[row, :length]).items():
            wanted[range(length), reading] += probability
        torch.testing.assert_close(found[row, :length], wanted, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("k", [1, 3, 40])
def test_the_best_readings_are_those_a_full_count_finds_in_their_order(k: int) -> None:
    field, rows = crf(), emissions()
    found, logs = field.best(rows, LENGTHS, k)
    for row, length in enumerate(LENGTHS.tolist()):
        wanted = sorted(counted(field, rows[row, :length]).items(), key=lambda pair: -pair[1])[:k]
        real = (logs[row] > FORBIDDEN / 2).sum().item()
        assert real == len(wanted)
        assert [tuple(reading[:length]) for reading in found[row, :real].tolist()] == [pair[0] for pair in wanted]
        assert logs[row, :real].exp().tolist() == pytest.approx([pair[1] for pair in wanted], rel=1e-3)


def test_nothing_invalid_is_read_even_where_every_emission_calls_for_it() -> None:
    rows = torch.zeros(1, 6, len(TAGS))
    rows[:, ::2, TAGS.index("I-PER")] = rows[:, 1::2, TAGS.index("I-LOC")] = 500.0
    found, logs = crf().best(rows, torch.tensor([6]), 5)
    for reading in found[0].tolist():
        names = [TAGS[place] for place in reading]
        assert tags.repaired(names) == names
    assert (logs > FORBIDDEN / 2).all()


def test_gradients_stay_finite_where_what_is_right_is_forbidden_elsewhere() -> None:
    field, rows = crf(), emissions().requires_grad_()
    right = torch.zeros(rows.shape, dtype=torch.bool)
    right[:, :, TAGS.index("B-LOC")] = True
    (-field.log_likelihood(rows, LENGTHS, right).sum()).backward()
    assert torch.isfinite(rows.grad).all()
    assert torch.isfinite(field.between.grad).all()
    assert not field.between.grad[~field.follows].any(), "what is forbidden learns nothing"
    assert not rows.grad[1, 1:].any(), "what lies beyond a sentence learns nothing"
