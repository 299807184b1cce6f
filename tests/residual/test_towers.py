"""What towers are asked for, and what they cost."""

import pytest

from model_zoo.residual import towers
from model_zoo.residual.towers import ResidualSpec, Work, chosen, counted, memory_bytes, spelled, title, too_large

SHALLOW, DEEP = spelled(8, "none"), spelled(56, "none")


def row(text: str, rate: float, loss: float | None, seed: int = 0) -> dict:
    return {"strategy": text, "rate": rate, "seed": seed, "train_loss": loss, "diverged": loss is None}


def test_a_spec_travels_as_json_and_comes_back_equal() -> None:
    spec = ResidualSpec("materials", 32, (56, 8, 56), ("identity", "none"), 5, 2)
    assert ResidualSpec.from_json(spec.to_json()) == spec
    assert spec.depths == (8, 56)
    assert spec.towers == (SHALLOW, DEEP, spelled(8, "identity"), spelled(56, "identity")), "plain first"
    assert spec.runs == 4 * (2 + 3)
    assert list(map(title, spec.towers)) == [
        "Plain, 8 layers",
        "Plain, 56 layers",
        "Residual, 8 layers",
        "Residual, 56 layers",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"depths": (9,)}, "depth must be 6 n \\+ 2, such as 8 or 14, got 9"),
        ({"depths": ()}, "Choose at least one of depths"),
        ({"shortcuts": ("round",)}, "shortcuts are identity, projection, none, scaled, got “round”"),
        ({"size": 4}, "size must be 8 to 64, got 4"),
        ({"depths": tuple(range(8, 110, 6))}, "the number of towers must be 1 to 14, got 34"),
        ({"epochs": 1}, "epochs must be 2 to 200"),
        ({"rates": (0.0,)}, "rate must be"),
    ],
)
def test_what_cannot_be_trained_is_refused_by_name(changes: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ResidualSpec(**changes)


def test_the_rate_with_the_lowest_training_loss_of_the_first_seed_is_chosen() -> None:
    rows = [row(SHALLOW, 0.1, 0.5), row(SHALLOW, 0.01, 0.4), row(SHALLOW, 0.03, 0.1, seed=1), row(DEEP, 0.1, None)]
    assert chosen(rows, seed=0) == {SHALLOW: 0.01}, "other seeds choose nothing, nor do runs that diverged"


def seconds(cores: int = 1, **changes: object) -> float:
    return Work(ResidualSpec(**{"depths": (8,)} | changes), 1_000, 300, 300).seconds(cores)


def test_costs_grow_with_epochs_and_pixels_and_shrink_with_lanes_as_long_as_there_are_runs() -> None:
    assert seconds(2) == pytest.approx(seconds() / 2)
    assert seconds(8) == seconds(800), "of two towers at four rates eight runs are side by side at most"
    assert seconds(epochs=24) > 1.9 * seconds(epochs=12)
    assert seconds(size=16) > 1.5 * seconds(size=8)


def test_cutting_is_counted_and_on_a_thousand_pictures_at_most() -> None:
    few, many = (Work(ResidualSpec(depths=(56,)), 1_000, 300, test) for test in (500, 10_000))
    assert few.cut(56) == pytest.approx(56 * 27 * 500 * towers.EVALUATED)
    assert many.cut(56) == pytest.approx(2 * few.cut(56))
    assert few.all == pytest.approx(2 * (6 * few.run(56) + few.cut(56)))


def test_memory_grows_with_pixels_and_what_does_not_fit_is_named() -> None:
    small, large = ResidualSpec(size=8), ResidualSpec(size=32)
    assert memory_bytes(large, 56) == pytest.approx(16 * memory_bytes(small, 56), rel=0.01)
    assert too_large(small, 2, 10**12) == ""
    enough_for_20 = memory_bytes(large, 20, large.lanes(2)) / towers.SHARE_OF_ROOM + 10
    assert too_large(large, 2, int(enough_for_20)).startswith("56 layers need about")


def test_runs_that_count_are_those_at_the_chosen_rate() -> None:
    rows = [row(SHALLOW, 0.1, 0.5), row(SHALLOW, 0.01, 0.4), row(SHALLOW, 0.01, None, seed=1)]
    assert counted(rows, {SHALLOW: 0.01}) == rows[1:]


def test_memory_is_about_what_a_step_keeps_for_its_way_back() -> None:
    import torch

    from model_zoo import backbones
    from model_zoo.devices import SavedBytes

    spec = ResidualSpec(size=16, depths=(20,))
    network = backbones.get(spelled(20, "identity")).network(10, seed=0, pretrained=False)
    with SavedBytes() as saved:
        network(torch.randn(spec.batch, 3, 16, 16))
    assert saved.bytes == pytest.approx(memory_bytes(spec, 20), rel=0.35)


def test_every_kind_of_shortcut_is_named_and_explained() -> None:
    assert set(towers.KINDS) == set(towers.ABOUT) == set(towers.SHORTCUTS)
