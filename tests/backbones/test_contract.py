"""What every backbone keeps to, whoever adds the row. Networks run at their smallest size; larger ones on `meta`."""

import subprocess
import sys
from copy import deepcopy

import pytest
import torch
from torch import nn

from model_zoo import backbones
from model_zoo.backbones.backbone import softmax, with_pretrained_head
from model_zoo.side_by_side import draws

CLASSES = 3
SHIPPED = [name for name in backbones.pretrained() if backbones.get(name).weights is None]


@pytest.fixture(scope="module", params=list(backbones.REGISTRY))
def backbone(request):
    return backbones.get(request.param)


@pytest.fixture(scope="module")
def network(backbone):
    return backbone.network(CLASSES, seed=5, pretrained=False)


@pytest.fixture(scope="module")
def pictures(backbone):
    return torch.randn(2, 3, backbone.smallest, backbone.smallest, generator=torch.Generator().manual_seed(1))


def on_meta(backbone, classes):
    with torch.device("meta"):
        return backbone.architecture(classes).eval()


def test_stages_partition_the_parameters(backbone, network):
    assert tuple(name for name, _ in network.named_children()) == backbone.stage_names
    owned = [id(parameter) for stage in network for parameter in stage.parameters()]
    assert len(owned) == len(set(owned))
    assert set(owned) == {id(parameter) for parameter in network.parameters()}


@pytest.mark.parametrize("classes", [2, 37])
def test_parameters_are_as_many_as_the_row_says(backbone, classes):
    counted = tuple(sum(p.numel() for p in stage.parameters()) for stage in on_meta(backbone, classes))
    assert counted == backbone.parameters(classes)


def test_the_head_comes_last_and_only_its_last_linear_layer_has_parameters(backbone, network):
    name, head = list(network.named_children())[-1]
    owners = [module for module in head.modules() if list(module.parameters(recurse=False))]
    assert (name, owners, list(head.modules())[-1]) == ("head", [softmax(network)], softmax(network))
    assert softmax(network).in_features == backbone.embedding


def test_the_head_is_drawn_from_the_seed_alone(backbone, network):
    with torch.random.fork_rng():
        torch.manual_seed(5)
        expected = nn.Linear(backbone.embedding, CLASSES)
    assert torch.equal(softmax(network).weight, expected.weight)
    assert torch.equal(softmax(network).bias, expected.bias)


def test_training_draws_from_the_global_generator_where_the_modules_say_so(network, pictures):
    before = torch.get_rng_state()
    with torch.no_grad():
        deepcopy(network).train()(pictures)
    assert draws(network) == (not torch.equal(torch.get_rng_state(), before))


@pytest.mark.parametrize("size", ["smallest", "size", "largest"])
def test_every_size_of_the_row_gives_an_embedding_and_one_logit_a_class(backbone, size):
    pixels = getattr(backbone, size)
    network = on_meta(backbone, classes=7)
    embedding = network[:-1](torch.empty(2, 3, pixels, pixels, device="meta"))
    assert embedding.shape == (2, backbone.embedding)
    assert network[-1](embedding).shape == (2, 7)


def test_the_stages_one_by_one_give_what_the_network_gives_and_leave_its_state_alone(network, pictures):
    network.eval()
    before = {name: buffer.clone() for name, buffer in network.named_buffers()}
    with torch.inference_mode():
        x = pictures
        for stage in network:
            x = stage(x)
        torch.testing.assert_close(x, network(pictures), atol=1e-6, rtol=1e-6)
    assert all(torch.equal(buffer, before[name]) for name, buffer in network.named_buffers())


def test_no_stage_changes_its_input_while_it_trains_and_only_batch_norm_keeps_statistics(network, pictures):
    network.train()
    before = {name: buffer.clone() for name, buffer in network.named_buffers()}
    x = pictures
    with torch.no_grad():
        for stage in network:
            seen = x.clone()
            y = stage(x)
            assert torch.equal(x, seen), "a cached activation would be overwritten"
            x = y
    moved = {name for name, buffer in network.named_buffers() if not torch.equal(buffer, before[name])}
    norms = [name for name, module in network.named_modules() if isinstance(module, nn.BatchNorm2d)]
    assert {name.rpartition(".")[0] for name in moved} == set(norms)


def test_what_a_screen_shows_is_there(backbone):
    assert backbone.title
    assert backbone.reference
    assert 0 < backbone.smallest <= backbone.size <= backbone.largest
    assert all(0 < mean < 1 for mean in backbone.mean)
    assert all(0 < deviation < 1 for deviation in backbone.deviation)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_weights_fill_every_stage_and_leave_the_new_head(name):
    backbone = backbones.get(name)
    fresh, loaded = (backbone.network(CLASSES, seed=5, pretrained=pretrained) for pretrained in (False, True))
    assert torch.equal(softmax(fresh).weight, softmax(loaded).weight)
    for before, after in zip(list(fresh)[:-1], list(loaded)[:-1], strict=True):
        assert any(not torch.equal(a, b) for a, b in zip(before.parameters(), after.parameters(), strict=True))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_network_can_be_had_with_the_head_it_was_trained_with(name):
    backbone = backbones.get(name)
    network = with_pretrained_head(backbone)
    assert softmax(network).out_features == backbone.pretrained_classes
    stored = backbone.state(backbone)
    assert {key: value.shape for key, value in network.state_dict().items()} == {k: v.shape for k, v in stored.items()}
    assert all(torch.equal(value, stored[key].to(value.dtype)) for key, value in network.state_dict().items())


def test_another_seed_draws_another_network_and_the_global_generator_stays_where_it_was():
    backbone = backbones.get("resnet_mini")
    before = torch.get_rng_state()
    one, same, other = (backbone.network(CLASSES, seed=seed, pretrained=False) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one.stem.conv.weight, same.stem.conv.weight)
    assert not torch.equal(one.stem.conv.weight, other.stem.conv.weight)
    assert not torch.equal(softmax(one).weight, softmax(other).weight)


def test_reading_every_row_imports_neither_torch_nor_torchvision():
    program = (
        "import sys; from model_zoo import backbones; from model_zoo.backbones.weights import weights_ready\n"
        "rows = [backbones.get(name) for name in backbones.REGISTRY]\n"
        "[(row.parameters(5), weights_ready(row)) for row in rows]\n"
        "assert len(rows) > 5 and not {'torch', 'torchvision', 'sklearn', 'xgboost'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_an_unknown_backbone_is_answered_with_the_near_miss():
    with pytest.raises(ValueError, match="no backbone “resnet81”. Did you mean “resnet18”"):
        backbones.get("resnet81")
