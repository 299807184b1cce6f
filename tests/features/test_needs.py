"""What a features job needs in memory and on disk, and when it is refused before it begins."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from model_zoo.backbones import get
from model_zoo.devices import Setting, choose
from model_zoo.estimates import Speed, SplitSizes
from model_zoo.features import needs as needs_
from model_zoo.features.embedding import Extractor
from model_zoo.features.needs import needs, refusal
from model_zoo.features.on_disk import room
from model_zoo.features.spec import FeaturesSpec

ROWS = (4 * 65_536, 4 * 16_000, 4 * 9_000, 4 * 5_000, 4 * 320)
SPEED = Speed("cpu", "fp32", "contiguous", (1e-3,) * 6, (1e-3,) * 6, ROWS, 1e-4, 1_000)
SIZES = SplitSizes(600, 200, 200)


def test_disk_holds_every_value_of_every_stage_and_memory_copies_of_the_widest() -> None:
    pooled = needs(FeaturesSpec("digits"), SIZES, SPEED)
    assert pooled.disk_bytes == 4 * 1000 * 5 * 320
    flat = needs(FeaturesSpec("digits", pooling="flatten"), SIZES, SPEED)
    assert flat.disk_bytes == 4 * 1000 * (320 + 16_000 + 9_000 + 5_000 + 320), "the first is too large, and averaged"
    assert flat.memory_bytes == 3 * 64 * 64 * 1000 + 4 * 4 * 600 * 16_000


def test_the_disk_that_is_told_is_what_the_job_makes_room_for(tmp_path: Path) -> None:
    spec = FeaturesSpec("digits")
    extractor = Extractor(get("resnet_mini"), "average", Setting(), choose("cpu"), spec.size)
    made = room(tmp_path, 1000, spec.stages, extractor.dimensions)
    assert sum(rows.nbytes for rows in made.values()) <= needs(spec, SIZES, SPEED).disk_bytes


def test_page_and_job_refuse_the_same_stage_in_the_same_words() -> None:
    spec = FeaturesSpec("digits", stages=("stem", "stage1"), pooling="flatten")
    extractor = Extractor(get("resnet_mini"), "flatten", Setting(), choose("cpu"), spec.size)
    rows = tuple(4 * values for values in extractor._flat.values())
    said = refusal(spec, replace(SPEED, row_bytes=rows))
    with pytest.raises(ValueError, match="values a picture; the most is 16,384") as refused:
        extractor.check(spec.stages)
    assert str(refused.value) == said
    assert not refusal(replace(spec, stages=("stage4",)), replace(SPEED, row_bytes=rows))
    assert not refusal(replace(spec, pooling="max"), replace(SPEED, row_bytes=rows))


def test_nothing_is_refused_that_only_the_job_can_judge() -> None:
    spec = FeaturesSpec("digits", stages=("stage1",), pooling="flatten")
    half = replace(SPEED, precision="bf16", row_bytes=(4 * 65_536, 2 * 20_000, *ROWS[2:]))
    assert not refusal(spec, half), "20,000 values of two bytes might be 10,000 of four"


def test_a_share_of_what_is_free_is_left() -> None:
    free = SimpleNamespace(disk=100_000_000, memory=100_000_000)
    for told in (needs_.too_little_disk, needs_.too_little_memory):
        assert not told(80_000_000, free.disk)
        assert "0.1 GB are free" in told(81_000_000, free.memory)
