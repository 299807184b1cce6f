"""What towers are asked for, and what they cost."""

import pytest

from model_zoo.residual import towers
from model_zoo.residual.towers import ResidualSpec, chosen, memory_bytes, seconds, spelled, title

SHALLOW, DEEP = spelled(8, "none"), spelled(56, "none")


def row(text: str, rate: float, loss: float | None, seed: int = 0) -> dict:
    return {"strategy": text, "rate": rate, "seed": seed, "train_loss": loss, "diverged": loss is None}


def test_a_spec_travels_as_json_and_comes_back_equal() -> None:
    spec = ResidualSpec("materials", 32, (56, 8, 56), ("identity", "none"), 5, 2)
    assert ResidualSpec.from_json(spec.to_json()) == spec
    assert spec.depths == (8, 56)
    assert spec.towers == (SHALLOW, DEEP, spelled(8, "identity"), spelled(56, "identity")), "plain first"
    assert spec.runs == 4 * (2 + 2)
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


def test_costs_grow_with_depth_pictures_and_pixels_and_shrink_with_lanes() -> None:
    small, deep = ResidualSpec(depths=(8,)), ResidualSpec(depths=(56,))
    assert seconds(deep, 1_000, 300, 1) == pytest.approx(7 * seconds(small, 1_000, 300, 1))
    assert seconds(small, 1_000, 300, 2) == pytest.approx(seconds(small, 1_000, 300, 1) / 2)
    assert memory_bytes(ResidualSpec(size=32), 56) == pytest.approx(
        16 * memory_bytes(ResidualSpec(size=8), 56), rel=0.01
    )


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
