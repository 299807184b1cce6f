"""Torchvision's classifiers as chains: modules whose children, run in their order, give what the classifier gives."""

import re
from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import DenseNet, VisionTransformer, get_model

BUILT_WITH_NUMBERS = ("regnet",)  # their widths are computed with tensors, so they cannot be built on `meta`
OLD_DENSE_LAYER = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))\.([12]\.)")


def build(name: str, classes: int) -> nn.Module:
    """Build torchvision's network, randomly initialised, on the default device."""
    if not name.startswith(BUILT_WITH_NUMBERS):
        return get_model(name, weights=None, num_classes=classes)
    device = torch.get_default_device()
    with torch.device("cpu"):
        network = get_model(name, weights=None, num_classes=classes)
    return network.to(device)


def chain(network: nn.Module) -> nn.Module:
    """Give `network` as a chain that shares its parameters; most networks are one as they stand.

    What a network's forward does between `avgpool` and the classifier, flattening, is left to `staged`.
    """
    if isinstance(network, DenseNet):
        return _densenet(network)
    return _transformer(network) if isinstance(network, VisionTransformer) else network


def todays_names(checkpoint: dict[str, Tensor]) -> dict[str, Tensor]:
    """Give the weights of a checkpoint their names of today: DenseNet's still call `norm1` “norm.1”."""
    return {OLD_DENSE_LAYER.sub(r"\1\2", name): value for name, value in checkpoint.items()}


class Tokens(nn.Module):
    """Cut pictures (B, 3, S, S) into patches and give one token for each, after a class token: (B, 1 + n², channels).

    The position embeddings are those of a grid of 14 × 14 patches. For another grid they are interpolated, as is the
    custom for another picture size (Dosovitskiy et al. 2020, section 3.2), by torchvision's rule for checkpoints. Where
    S is no multiple of the patch size, the pixels that are left over at the right and the bottom are not seen.
    """

    def __init__(self, network: VisionTransformer) -> None:
        super().__init__()
        self.conv_proj = network.conv_proj
        self.class_token = network.class_token  # (1, 1, channels)
        self.pos_embedding = network.encoder.pos_embedding  # (1, 1 + 14², channels)

    def forward(self, x: Tensor) -> Tensor:
        patches = self.conv_proj(x)  # (B, channels, n, n)
        tokens = patches.flatten(2).transpose(1, 2)  # (B, n², channels)
        tokens = torch.cat([self.class_token.expand(len(x), -1, -1), tokens], dim=1)
        return tokens + self._positions(patches.shape[2:])

    def _positions(self, grid: torch.Size) -> Tensor:
        of_class, of_patches = self.pos_embedding[:, :1], self.pos_embedding[:, 1:]
        side = round(of_patches.shape[1] ** 0.5)
        if tuple(grid) == (side, side):
            return self.pos_embedding
        map_ = of_patches.transpose(1, 2).unflatten(2, (side, side))  # (1, channels, 14, 14)
        fitted = F.interpolate(map_, size=tuple(grid), mode="bicubic", align_corners=True)
        return torch.cat([of_class, fitted.flatten(2).transpose(1, 2)], dim=1)


class ClassToken(nn.Module):
    """Take the first of tokens (B, T, channels): what a transformer has gathered for its classifier."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, 0]


def _densenet(network: DenseNet) -> DenseNet:
    """Put in as modules what DenseNet does between its features and its classifier."""
    classifier = network.classifier
    del network.classifier
    network.relu, network.avgpool = nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1)
    network.classifier = classifier
    return network


def _transformer(network: VisionTransformer) -> nn.Sequential:
    parts: OrderedDict[str, nn.Module] = OrderedDict(tokens=Tokens(network))
    parts |= network.encoder.layers.named_children()
    return nn.Sequential(parts | dict(ln=network.encoder.ln, class_token=ClassToken(), head=network.heads.head))
