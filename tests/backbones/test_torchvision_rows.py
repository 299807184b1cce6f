"""Each row against torchvision itself: its weights' enum, and its network with the same weights."""

import re
from dataclasses import replace
from hashlib import sha256

import pytest
import torch
from torch import nn
from torchvision.models import get_model_weights

from model_zoo.backbones import torchvision_rows, weights
from model_zoo.backbones.backbone import Download, softmax, with_pretrained_head
from model_zoo.backbones.networks.chains import build

ROWS = {row.name: row for row in torchvision_rows.ROWS}
NAMES = list(ROWS)
SMALL = ["resnet18", "mobilenet_v3_small"]


INTERPOLATED = "vit_b_16"  # takes smaller pictures here than torchvision's, and is compared at theirs


def drawn(size):
    return torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def pictures():
    return drawn(64)


def original(name):
    """Give torchvision's own 1000-class network with random weights and batch-norm statistics."""
    with torch.device("meta"):
        network = build(name, classes=1000)
    network = network.to_empty(device="cpu").eval()
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for module in network.modules():
            for parameter in module.parameters(recurse=False):
                spread = (3 / parameter[0].numel()) ** 0.5 if parameter.ndim > 1 else 0.5
                parameter.uniform_(-spread, spread, generator=generator)
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.uniform_(-0.2, 0.2, generator=generator)
                module.running_var.uniform_(0.5, 1.5, generator=generator)
                module.num_batches_tracked.fill_(11)
    return network


def as_hosted(name, state):
    """Give `state` the names it has in the file that torchvision hosts, which may be older than its network's."""
    older = {
        "densenet121": (r"(norm|conv)([12]\.)", r"\1.\2"),
        "vit_b_16": (r"mlp\.([03])\.", lambda match: f"mlp.linear_{1 if match[1] == '0' else 2}."),
    }
    return {re.sub(*older[name], key) if name in older else key: value for key, value in state.items()}


def stored(row, state, folder, **how):
    """Write `state` where the row's downloaded weights belong, and give the row with the checksum of that file."""
    file = folder / f"{row.name}-test.pth"
    torch.save(state, file, **how)
    content = file.read_bytes()
    download = Download(f"https://example.org/{file.name}", sha256(content).hexdigest()[:8], len(content))
    return replace(row, weights=download)


@pytest.fixture
def checkpoints(tmp_path, monkeypatch):
    monkeypatch.setenv("THAW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return weights.folder()


@pytest.mark.parametrize("name", NAMES)
def test_the_row_agrees_with_the_enum_of_torchvision(name):
    row, enum = ROWS[name], get_model_weights(name)["IMAGENET1K_V1"]
    preprocessing = enum.transforms()
    assert row.weights.url == enum.url
    assert enum.url.endswith(f"-{row.weights.sha256}.pth")
    assert row.weights.bytes / 2**20 == pytest.approx(enum.meta["_file_size"], abs=6e-4)  # given to a thousandth
    assert row.mean == tuple(preprocessing.mean)
    assert row.deviation == tuple(preprocessing.std)
    assert [row.size] == preprocessing.crop_size
    assert row.smallest >= max(enum.meta["min_size"]) or name == INTERPOLATED
    assert row.pretrained_classes == len(enum.meta["categories"])
    assert sum(row.parameters(1000)) == enum.meta["num_params"]


@pytest.mark.parametrize("name", NAMES)
def test_loaded_weights_give_the_logits_of_torchvision(name, monkeypatch):
    network, pictures = original(name), drawn(224 if name == INTERPOLATED else 64)
    hosted = as_hosted(name, network.state_dict())
    monkeypatch.setattr(weights, "path", lambda row: f"{row.name}.pth")
    monkeypatch.setattr(torch, "load", lambda file, **_: hosted if file == f"{name}.pth" else None)
    with torch.inference_mode():
        expected = network(pictures)
        got = with_pretrained_head(ROWS[name]).eval()(pictures)
    assert expected.std() > 1e-3
    torch.testing.assert_close(got, expected, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("name", SMALL)
def test_a_checkpoint_on_disk_fills_every_stage_and_leaves_the_new_head(name, pictures, checkpoints):
    network = original(name)
    row = stored(ROWS[name], network.state_dict(), checkpoints)
    loaded, fresh = (row.network(4, seed=3, pretrained=pretrained).eval() for pretrained in (True, False))
    assert torch.equal(softmax(loaded).weight, softmax(fresh).weight)
    last = network.fc if name == "resnet18" else network.classifier[-1]
    read = []
    last.register_forward_pre_hook(lambda _, inputs: read.append(inputs[0]))
    with torch.inference_mode():
        network(pictures)
        torch.testing.assert_close(loaded[:-1](pictures), read[0], atol=1e-6, rtol=1e-6)
    assert (
        loaded.get_buffer("stem.bn1.num_batches_tracked" if name == "resnet18" else "stem.1.num_batches_tracked") == 11
    )


def test_a_checkpoint_in_the_old_format_without_counters_of_batches_loads(pictures, checkpoints):
    network = original("resnet18")
    old = {key: value for key, value in network.state_dict().items() if not key.endswith("num_batches_tracked")}
    row = stored(ROWS["resnet18"], old, checkpoints, _use_new_zipfile_serialization=False)
    with torch.inference_mode():
        got = with_pretrained_head(row).eval()(pictures)
        torch.testing.assert_close(got, network(pictures), atol=1e-6, rtol=1e-6)


def test_weights_that_are_not_there_are_answered_with_url_folder_and_shipped_networks(checkpoints):
    with pytest.raises(ValueError, match="VGG-16 are not on this machine") as error:
        ROWS["vgg16"].load(nn.Sequential())
    assert ROWS["vgg16"].weights.url in str(error.value)
    assert str(checkpoints) in str(error.value)
    assert "resnet_mini" in str(error.value)


@pytest.mark.parametrize("name", ["vgg11_bn", "vgg16", "vgg16_bn"])
def test_every_convolutional_stage_of_a_vgg_ends_with_its_one_pooling(name):
    with torch.device("meta"):
        network = ROWS[name].architecture(2)
    for stage in list(network)[:5]:
        pools = [index for index, module in enumerate(stage) if isinstance(module, nn.MaxPool2d)]
        assert pools == [len(stage) - 1 - (2 if stage is network.stage5 else 0)]  # there, avgpool and flatten follow
    assert ROWS[name].stage_names[-3:] == ("fc6", "fc7", "head")


@pytest.mark.parametrize("name", ["vgg16", "vgg16_bn", "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0"])
def test_dropout_stands_first_in_the_stage_that_reads_what_it_drops(name):
    with torch.device("meta"):
        network = ROWS[name].architecture(2)
    places = [i for stage in network for i, module in enumerate(stage.modules()) if isinstance(module, nn.Dropout)]
    assert set(places) == {1}  # 0 is the stage itself
