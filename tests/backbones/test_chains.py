"""Networks whose forward does more than run its children: made into chains, and adapted by strategies as any other."""

import pytest
import torch
from torch import nn
from torchvision.models import ConvNeXt, DenseNet, VisionTransformer
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.vision_transformer import interpolate_embeddings

from model_zoo import backbones, strategies
from model_zoo.adapters import merge
from model_zoo.backbones.networks.chains import build, chain
from model_zoo.backbones.networks.staged import staged

PATCH, SIZE = 8, 32


def transformer(size=SIZE):
    network = VisionTransformer(size, PATCH, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=32, num_classes=5)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.startswith(("heads", "class_token")):  # torchvision starts these at zero
                parameter.normal_()
    return network.eval()


def convnext():
    blocks = [CNBlockConfig(8, 16, 1), CNBlockConfig(16, None, 1)]
    network = ConvNeXt(blocks, layer_scale=1.0, num_classes=5)
    ends = {"stem": "features.0", "stage1": "features.1", "stage2": "classifier.1", "head": "classifier.2"}
    return staged(chain(network), ends).eval()


def cut(network):
    ends = {"stem": "tokens", "stage1": "encoder_layer_0", "stage2": "class_token", "head": "head"}
    return staged(chain(network), ends).eval()


@pytest.fixture(autouse=True)
def seed():
    with torch.random.fork_rng():
        torch.manual_seed(4)
        yield


@pytest.fixture
def pictures():
    return torch.randn(3, 3, SIZE, SIZE)


def test_a_transformer_in_stages_gives_what_torchvision_gives_with_the_same_parameters(pictures):
    network = transformer()
    stages = cut(network)
    torch.testing.assert_close(stages(pictures), network(pictures), atol=1e-6, rtol=1e-6)
    assert {id(p) for p in stages.parameters()} == {id(p) for p in network.parameters()}
    assert stages[:-1](pictures).shape == (3, 16)


@pytest.mark.parametrize("size", [16, 40, 96])
def test_at_another_size_positions_are_interpolated_as_torchvision_does_for_checkpoints(size):
    network, other = transformer(), transformer(size)
    other.load_state_dict(interpolate_embeddings(size, PATCH, dict(network.state_dict())))
    pictures = torch.randn(3, 3, size, size)
    torch.testing.assert_close(cut(network)(pictures), other(pictures), atol=1e-5, rtol=1e-5)
    assert network.encoder.pos_embedding.shape[1] == 1 + (SIZE // PATCH) ** 2, "the weights keep their shape"


def test_position_embeddings_learn_at_another_size_too():
    stages = cut(transformer()).train()
    stages(torch.randn(2, 3, 16, 16)).sum().backward()
    assert stages.stem.pos_embedding.grad.abs().max() > 0
    assert stages.stem.class_token.grad.abs().max() > 0


def test_pixels_beyond_the_last_whole_patch_are_not_seen(pictures):
    larger = torch.nn.functional.pad(pictures, (0, PATCH - 1, 0, PATCH - 1), value=9.0)
    stages = cut(transformer())
    torch.testing.assert_close(stages(larger), stages(pictures))


def test_what_densenet_does_between_features_and_classifier_became_modules(pictures):
    network = DenseNet(growth_rate=4, block_config=(1, 1), num_init_features=8, num_classes=5).eval()
    names, expected = list(network.state_dict()), network(pictures)
    stages = staged(chain(network), {"stem": "features.pool0", "stage1": "flatten", "head": "classifier"})
    torch.testing.assert_close(stages(pictures), expected)
    assert list(network.state_dict()) == names


def test_a_network_that_computes_with_numbers_while_it_is_built_can_stand_on_meta():
    with torch.device("meta"):
        network = build("regnet_y_400mf", classes=3)
    assert {p.device.type for p in network.parameters()} == {"meta"}


@pytest.mark.parametrize("make", [convnext, lambda: cut(transformer())])
def test_adapters_sit_on_every_linear_layer_start_at_nothing_and_merge_away(make, pictures):
    network = make()
    names, before = set(network.state_dict()), network(pictures)
    adapted = [m for stage in network[:-1] for m in stage.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    strategies.get("lora:rank=2").prepare(network)
    assert all(hasattr(module, "parametrizations") for module in adapted)
    torch.testing.assert_close(network(pictures), before)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith((".up", ".down")):
                parameter.normal_()
    changed = network(pictures)
    assert not torch.allclose(changed, before, atol=1e-3)
    merge(network)
    torch.testing.assert_close(network(pictures), changed)
    assert set(network.state_dict()) == names


def test_attention_is_adapted_in_its_queries_keys_and_values_as_well():
    network = cut(transformer())
    strategies.get("lora:rank=2").prepare(network)
    attention = network.stage1.self_attention
    attention.parametrizations.in_proj_weight[0].up.data.normal_()
    assert (attention.in_proj_weight - attention.parametrizations.in_proj_weight.original).abs().max() > 0


def test_bitfit_trains_the_biases_of_attention_too():
    attention = cut(transformer()).stage1.self_attention
    trained = [
        name for name, _ in attention.named_parameters(recurse=False) if bitfit().trains("stage1", name, attention)
    ]
    assert trained == ["in_proj_bias"]


def bitfit():
    return strategies.get("bitfit")


@pytest.mark.parametrize("name", ["convnext_tiny", "vit_b_16"])
def test_norm_only_trains_every_layer_norm_and_nothing_else_of_the_trunk(name):
    with torch.device("meta"):
        network = backbones.get(name).architecture(2)
    strategy, trained = strategies.get("norm_only"), []
    for stage, module in list(network.named_children())[:-1]:
        for part in module.modules():
            trained += [part for p, _ in part.named_parameters(recurse=False) if strategy.trains(stage, p, part)]
    norms = [module for module in network.modules() if isinstance(module, nn.LayerNorm)]
    assert {id(part) for part in trained} == {id(norm) for norm in norms}
    assert len(norms) == {"convnext_tiny": 23, "vit_b_16": 25}[name]
