"""Embeddings: what a direct forward pass gives, computed once, shared with the compare page, safe with odd input."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors.numpy import load_file
from torch import Tensor

from model_zoo import backbones
from model_zoo.bank import Bank
from model_zoo.data.views import normalise
from model_zoo.devices import Setting
from model_zoo.events import Progress, drained
from model_zoo.features import embedding
from model_zoo.features.embedding import Embedder, Extractor, pool, written
from model_zoo.prefix_cache import Account, PrefixCache, weights_hash
from tests.features.board import tiny  # noqa: F401
from tests.tiny import TINY, stripes

CPU, FP32, STAGES = torch.device("cpu"), Setting(), TINY.stage_names[:-1]
pytestmark = pytest.mark.usefixtures("tiny")


def cache(folder: Path | None = None) -> PrefixCache:
    return PrefixCache(1 << 26, folder)


def embedder(kept: PrefixCache, pooling: str = "average", setting: Setting = FP32) -> Embedder:
    return Embedder(stripes(), TINY, pooling, setting, CPU, kept)


def direct(depth: int) -> Tensor:
    network = TINY.network(2, seed=0)[:depth].eval()
    with torch.no_grad():
        return network(normalise(stripes().pictures, TINY.mean, TINY.deviation))


@pytest.mark.parametrize(
    ("pooling", "of_maps"),
    [
        ("average", lambda maps: maps.mean((2, 3))),
        ("max", lambda maps: maps.amax((2, 3))),
        ("gem", lambda maps: maps.clamp_min(1e-6).pow(3).mean((2, 3)).pow(1 / 3)),
        ("flatten", lambda maps: maps.flatten(1)),
    ],
)
def test_every_stage_gives_what_a_direct_pass_gives_pooled(pooling: str, of_maps, monkeypatch) -> None:
    monkeypatch.setattr(embedding, "CHUNK", 7)
    found = drained(embedder(cache(), pooling).run(STAGES))
    assert tuple(found) == STAGES
    for depth, stage in enumerate(STAGES, 1):
        expected = direct(depth) if direct(depth).ndim == 2 else of_maps(direct(depth))
        torch.testing.assert_close(found[stage], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.gpu
def test_a_gpu_gives_what_the_processor_gives() -> None:
    on_gpu = Embedder(stripes(), TINY, "average", FP32, torch.device("cuda"), cache())
    for stage, found in drained(on_gpu.run(STAGES)).items():
        torch.testing.assert_close(found, drained(embedder(cache()).run(STAGES))[stage], rtol=1e-2, atol=1e-2)


def test_tokens_are_pooled_over_their_number() -> None:
    tokens = torch.randn(2, 5, 3)
    assert torch.equal(pool(tokens, "average"), tokens.transpose(1, 2).mean(2))
    assert torch.equal(pool(tokens, "max"), tokens.amax(1))


def test_nothing_is_embedded_twice_not_even_by_another_job(tmp_path: Path) -> None:
    first = embedder(cache(tmp_path))
    once = drained(first.run(STAGES))
    assert first.computed == 60
    second = embedder(cache(tmp_path))
    told: list = []
    again = drained(second.run(STAGES), told.append)
    assert second.computed == 0
    assert told == []
    assert all(torch.equal(once[stage], again[stage]) for stage in STAGES)


def test_only_pictures_that_are_missing_go_through_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "CHUNK", 10)
    kept = cache()
    drained(embedder(kept).run(STAGES, torch.arange(30)))
    whole = embedder(kept)
    told: list = []
    found = drained(whole.run(STAGES), told.append)
    assert whole.computed == 30
    torch.testing.assert_close(found["fc"], direct(4), rtol=1e-4, atol=1e-5)
    shares = [event.done for event in told if isinstance(event, Progress)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert told[-1].seconds_left == 0.0


def half_way(kept: PrefixCache):
    """Give work that has embedded half of the pictures, and stands there."""
    work = embedder(kept).run(STAGES)
    while next(work).done < 0.5:
        pass
    return work


def test_what_was_embedded_when_the_work_was_stopped_is_not_embedded_again(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(embedding, "CHUNK", 10)
    half_way(cache(tmp_path)).close()
    rest = embedder(cache(tmp_path))
    found = drained(rest.run(STAGES))
    assert rest.computed == 30
    torch.testing.assert_close(found["fc"], direct(4), rtol=1e-4, atol=1e-5)


def test_what_is_killed_has_kept_all_but_the_last_seconds(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(embedding, "CHUNK", 10)
    monkeypatch.setattr(embedding, "SECONDS_BETWEEN", 0.0)
    killed = half_way(cache(tmp_path))
    rest = embedder(cache(tmp_path))
    drained(rest.run(STAGES))
    assert rest.computed == 40, "the chunk that was told last was not yet kept"
    killed.close()


def test_another_pooling_precision_or_set_is_another_embedding(tmp_path: Path) -> None:
    drained(embedder(cache(tmp_path)).run(("stem",)))
    for other in (
        embedder(cache(tmp_path), "max"),
        embedder(cache(tmp_path), setting=Setting("bf16")),
        Embedder(stripes(seed=1), TINY, "average", FP32, CPU, cache(tmp_path)),
    ):
        drained(other.run(("stem",)))
        assert other.computed == 60


def bank(folder: Path) -> tuple[Bank, Callable[[], Tensor]]:
    """Give what the compare page reads with, and a function that reads the last frozen stage."""
    network = TINY.network(2, seed=0).requires_grad_(False)
    hashes = [weights_hash(stage) for stage in network[:4]]
    made = Bank(stripes(), TINY, FP32, CPU, cache(folder))
    return made, lambda: made.read(network, hashes, 0, torch.arange(60), Account(), shared=True)


def test_the_compare_page_finds_what_was_embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = drained(embedder(cache(tmp_path)).run(STAGES))["fc"]
    theirs, read = bank(tmp_path)
    monkeypatch.setattr(Bank, "_through", lambda *_: pytest.fail("computed again"))
    assert torch.equal(read(), mine)
    assert theirs.cache.found_on_disk


def test_what_the_compare_page_has_kept_is_not_embedded_again(tmp_path: Path) -> None:
    theirs, read = bank(tmp_path)
    rows = read()
    theirs.cache.keep()
    other = embedder(cache(tmp_path))
    assert torch.equal(drained(other.run(("fc",)))["fc"], rows)
    assert other.computed == 0


def test_a_row_is_said_to_have_cost_all_stages_before_it(tmp_path: Path) -> None:
    kept = cache(tmp_path)
    mine = embedder(kept)
    drained(mine.run(STAGES))
    first, last = Account(), Account()
    for account, stage in ((first, "stem"), (last, "fc")):
        kept.rows(mine.keys[stage], torch.arange(60), 60, lambda _: pytest.fail("computed again"), account=account)
    assert 0 < first.alone < last.alone


def test_what_is_larger_than_the_cache_is_still_right_and_written_as_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding, "CHUNK", 8)
    small = Embedder(stripes(), TINY, "average", FP32, CPU, PrefixCache(memory_bytes=300))
    found = drained(small.run(STAGES, room=partial(written, tmp_path / "e.safetensors", 60)))
    kept = load_file(tmp_path / "e.safetensors")
    assert tuple(sorted(kept)) == tuple(sorted(STAGES))
    for depth, stage in enumerate(STAGES, 1):
        expected = direct(depth) if direct(depth).ndim == 2 else direct(depth).mean((2, 3))
        torch.testing.assert_close(torch.from_numpy(kept[stage]), expected, rtol=1e-4, atol=1e-5)
        assert torch.equal(found[stage], torch.from_numpy(kept[stage]))


def test_a_stage_too_large_to_be_flattened_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "LARGEST_FLAT", 100)
    sentence = "stem flattened has 256 values a picture; the most is 100. Take average pooling"
    with pytest.raises(ValueError, match=sentence):
        embedder(cache(), "flatten").extractor.check(("stem",))
    extractor = Extractor(TINY, "flatten", FP32, CPU, 8)
    assert extractor.poolings == {"stem": "average", "stage1": "average", "stage2": "none", "fc": "none"}
    assert extractor.dimensions == {"stem": 4, "stage1": 8, "stage2": 12, "fc": 10}


def test_numbers_that_are_not_finite_are_a_sentence_that_names_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(backbone) -> dict[str, Tensor]:
        state = TINY.state(backbone)
        state["fc.1.weight"][0] = float("nan")
        return state

    monkeypatch.setitem(backbones.REGISTRY._entries, "tiny", replace(TINY, state=broken))
    with pytest.raises(ValueError, match=r"fc gives numbers that are not finite, first for picture 0.png"):
        drained(Embedder(stripes(), backbones.get("tiny"), "average", FP32, CPU, cache()).run(STAGES))


def test_a_new_picture_gets_the_embedding_it_has_in_its_set() -> None:
    found = drained(embedder(cache()).run(("stage1", "fc")))
    alone = Extractor(TINY, "average", FP32, CPU, 8)(stripes().pictures[5:6], ("stage1", "fc"))
    for stage in found:
        torch.testing.assert_close(alone[stage], found[stage][5:6], rtol=1e-4, atol=1e-5)
