"""What excites a channel: pictures made so that it is known which one does, and where."""

from collections import OrderedDict

import pytest
import torch
from torch import Tensor, nn

from model_zoo.explain.channels import FINEST, Ranking, activations, as_maps, stage_map

RED, GREEN, BLUE = range(3)
SIZE = 16


def colours() -> nn.Sequential:
    """A channel for each colour: how much more of it there is than of both others; then the mean over all places."""
    conv = nn.Conv2d(3, 3, 1, bias=False)
    with torch.no_grad():
        conv.weight.copy_((2 * torch.eye(3) - 1)[..., None, None])
    pooled = nn.Sequential(conv, nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(OrderedDict(stage=pooled, head=nn.Linear(3, 2)))


def spotted(count: int, colour: int, where: tuple[int, int], picture: int) -> Tensor:
    """Grey pictures (count, 3, S, S), of which one has a spot."""
    pictures = torch.full((count, 3, SIZE, SIZE), 0.3)
    pictures[picture, :, where[0], where[1]] = torch.eye(3)[colour]
    return pictures


def test_the_picture_with_the_spot_excites_its_channel_most_and_the_map_shows_where() -> None:
    pictures = spotted(20, GREEN, where=(3, 12), picture=17)
    ranking = Ranking(top=4)
    for start in range(0, 20, 6):
        part = torch.arange(start, min(start + 6, 20))
        ranking.add(activations(colours(), pictures[part])["stage"], part)

    excited = ranking.result()

    assert excited.pictures[GREEN, 0] == 17
    assert excited.values[GREEN].tolist() == [1.0, 0, 0, 0]
    assert excited.maps[GREEN, 0].argmax() == 3 * SIZE + 12
    assert excited.maps[GREEN, 0].max() == 255
    assert excited.maps[RED].max() == 0, "a channel that nothing excites has an empty map"


def test_values_pictures_and_maps_of_a_mean_of_red_are_those_worked_out_by_hand() -> None:
    mean_of_red = nn.Conv2d(3, 2, SIZE // 2, stride=SIZE // 2, bias=False)
    with torch.no_grad():
        mean_of_red.weight.zero_()
        mean_of_red.weight[0, RED] = 4 / SIZE**2  # of each quarter of the picture
        mean_of_red.weight[1, RED] = -4 / SIZE**2
    doubled = nn.Conv2d(2, 1, 1, bias=False)
    nn.init.constant_(doubled.weight[:, :1], 2.0), nn.init.zeros_(doubled.weight[:, 1:])
    network = nn.Sequential(OrderedDict(stage=mean_of_red, after=nn.Sequential(nn.Dropout(0.5), doubled)))
    pictures = torch.rand(5, 3, SIZE, SIZE)  # green and blue say nothing
    quarters = torch.tensor(
        [[0.1, 0.0, 0.0, 0.2], [0.3, 0.3, 0.3, 0.3], [0.0, 0.8, 0.35, 0.0], [0.5, 0, 0, 0], [0.0] * 4]
    )
    pictures[:, RED] = quarters.view(5, 2, 2).repeat_interleave(SIZE // 2, 1).repeat_interleave(SIZE // 2, 2)

    ranking, after = Ranking(top=3), Ranking(top=1)
    found = activations(network.train(), pictures)
    ranking.add(found["stage"], torch.arange(10, 15))
    after.add(found["after"], torch.arange(10, 15))
    excited = ranking.result()

    assert excited.pictures[0].tolist() == [12, 13, 11]
    assert excited.values[0].tolist() == pytest.approx([0.8, 0.5, 0.3])
    assert excited.maps[0].flatten(1).tolist() == [[0, 255, 112, 0], [159, 0, 0, 0], [96] * 4], "of 255 for 0.8"
    assert excited.values[1].tolist() == pytest.approx([0.0, 0.0, 0.0]), "the highest place, not the mean, counts"
    assert excited.maps[1].max() == 0
    assert (after.result().values.item(), after.result().pictures.item()) == (pytest.approx(1.6), 12)


def test_pictures_come_in_one_order_however_they_are_batched() -> None:
    network, pictures = colours().eval(), torch.rand(23, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    found = []
    for batch in (4, 23):
        ranking = Ranking()
        for start in range(0, 23, batch):
            part = torch.arange(start, min(start + batch, 23))
            ranking.add(activations(network, pictures[part])["stage"], part)
        found.append(ranking.result())

    assert torch.equal(found[0].pictures, found[1].pictures)
    assert torch.equal(found[0].maps, found[1].maps)
    direct = (2 * pictures[:, RED] - pictures.sum(1)).flatten(1).amax(1)  # (23,)
    assert found[0].pictures[RED].tolist() == direct.topk(9).indices.tolist()


def test_large_maps_are_kept_small_without_losing_their_peak() -> None:
    maps = torch.zeros(1, 1, 112, 112)
    maps[0, 0, 100, 7] = 5.0
    ranking = Ranking()
    ranking.add(maps, torch.tensor([0]))

    excited = ranking.result()

    assert excited.maps.shape == (1, 1, FINEST, FINEST)
    assert excited.values.item() == 5.0
    assert excited.maps[0, 0, 25, 1] == 255


def test_the_maps_of_a_stage_are_those_before_it_pools_the_places_away() -> None:
    stage = colours()[0]
    x = spotted(2, BLUE, where=(5, 6), picture=1)

    output, maps = stage_map(stage, x)

    assert output.shape == (2, 3)
    assert maps.shape == (2, 3, SIZE, SIZE)
    assert torch.allclose(maps.mean((2, 3)), output)
    assert not stage._forward_hooks, "and nothing is left hanging on it"


def test_vectors_have_one_place_and_tokens_the_square_they_came_from_without_their_class_token() -> None:
    assert as_maps(torch.rand(2, 7)).shape == (2, 7, 1, 1)
    tokens = torch.rand(2, 17, 5)
    maps = as_maps(tokens)
    assert maps.shape == (2, 5, 4, 4)
    assert torch.equal(maps[0, :, 1, 2], tokens[0, 1 + 6])
    assert as_maps(torch.rand(2, 15, 5)).shape == (2, 5, 15, 1)


def test_no_pictures_at_all_is_said_in_words() -> None:
    with pytest.raises(ValueError, match="no pictures to excite a channel with. Choose another picture set"):
        Ranking().result()
