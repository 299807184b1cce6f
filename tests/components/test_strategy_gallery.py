"""The wall of strategies on the home page."""

from components import strategy_gallery as wall
from model_zoo import backbones, strategies

STAGES = backbones.get(wall.BACKBONE).stage_names


def test_less_that_moves_is_colder() -> None:
    heat = {
        name: wall._heat(strategies.get(name), STAGES)
        for name in ("linear_probe", "freeze_first:k=2", "full:rate=0.1", "full")
    }
    assert heat["linear_probe"] < heat["freeze_first:k=2"] < heat["full"]
    assert heat["full:rate=0.1"] < heat["full"]


def test_the_painted_example_can_run_and_moves_every_stage_differently_over_time() -> None:
    painted = wall._painted(STAGES)
    rows = list(zip(*(painted.lr_scales(STAGES, epoch, wall.EPOCHS) for epoch in range(wall.EPOCHS)), strict=True))
    assert all(len(set(row)) > 3 for row in rows)
    assert len(set(rows)) == len(STAGES)
