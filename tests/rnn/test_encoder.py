"""The eye of the captioner gives what the backbone would have pooled, place by place."""

import pytest
import torch

from model_zoo import backbones
from model_zoo.data.views import normalise
from model_zoo.rnn.encoder import SIZE, Encoder

PICTURES = torch.randint(0, 256, (2, 3, SIZE, SIZE), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", ["vgg_mini", "resnet_mini"])
def test_the_grid_pools_to_what_the_head_reads(name: str) -> None:
    encoder, backbone = Encoder(name), backbones.get(name)
    with torch.inference_mode():
        grid = encoder(PICTURES)
        *stages, _ = backbone.network(2, seed=0).eval()
        pooled = torch.nn.Sequential(*stages)(normalise(PICTURES, backbone.mean, backbone.deviation))
    assert grid.shape == (2, 64, backbone.embedding)
    torch.testing.assert_close(grid.mean(1), pooled, atol=1e-4, rtol=1e-3)


def test_a_part_of_a_picture_that_changes_changes_its_place_in_the_grid_most() -> None:
    encoder = Encoder("vgg_mini")
    other = PICTURES[:1].clone()
    other[..., 96:, 96:] = 255 - other[..., 96:, 96:]
    with torch.inference_mode():
        moved = (encoder(other) - encoder(PICTURES[:1])).norm(dim=2).view(8, 8)
    assert moved[6:, 6:].mean() > 5 * moved[:4, :4].mean()


def test_many_pictures_are_seen_some_at_once_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_zoo.rnn.encoder.AT_ONCE", 1)
    encoder = Encoder("resnet_mini")
    first, second = encoder.grids(PICTURES)
    with torch.inference_mode():
        torch.testing.assert_close(torch.cat((first, second)), encoder(PICTURES), atol=1e-4, rtol=1e-3)
