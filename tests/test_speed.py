"""The trial that chooses precision and memory format."""

from pathlib import Path

import pytest

from model_zoo import devices, speed
from model_zoo.events import Progress, drained
from tests.tiny import TINY


@pytest.mark.parametrize(("known", "tried"), [(True, {"fp32", "bf16"}), (False, {"fp32"})])
def test_bf16_is_only_tried_where_the_processor_knows_it(
    known: bool, tried: set[str], thaw_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "knows_bf16", lambda device: known)
    monkeypatch.setattr(speed, "SECONDS_A_TIMING", 0.0001)
    told: list[Progress] = []
    found = drained(speed.measure(TINY, TINY.smallest), told.append)
    assert {event.doing.split()[1].rstrip(",") for event in told if event.doing.startswith("trying")} == tried
    assert found.precision in tried


def test_a_precision_that_is_asked_for_is_tried_even_where_it_is_slow(
    thaw_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "knows_bf16", lambda device: False)
    monkeypatch.setattr(speed, "SECONDS_A_TIMING", 0.0001)
    assert drained(speed.measure(TINY, TINY.smallest, precision="bf16")).precision == "bf16"


def test_a_graphics_card_knows_bf16() -> None:
    import torch

    assert devices.knows_bf16(torch.device("cuda"))
    assert not devices.knows_bf16(torch.device("mps"))
