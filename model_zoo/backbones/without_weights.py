"""Networks that nobody has trained before: there are no weights to begin with, so only `from_scratch` suits them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from model_zoo.backbones.backbone import Backbone, Family, Stage
from model_zoo.backbones.shipped import DEVIATION, MEAN
from model_zoo.knobs import param

if TYPE_CHECKING:
    from torch import Tensor, nn

Shortcut = Literal["identity", "projection", "none", "scaled"]
SHORTCUTS: tuple[Shortcut, ...] = get_args(Shortcut)
WIDTHS = (16, 32, 64)  # channels of the three stages
HOW = "identity (no weights), projection (1×1 where the shape changes), none (a plain network), scaled (by a half)"


@dataclass(frozen=True)
class Cifar:
    """How deep, and what goes past each pair of convolutions."""

    depth: int = param(20, "Layers with weights, 6 n + 2: 8, 14, 20, 32, 44, 56, 110.", min=8, max=110)
    shortcut: str = param("identity", f"What goes past each block: {HOW}.")

    def __post_init__(self) -> None:
        if self.depth % 6 != 2:
            below = self.depth - (self.depth - 2) % 6
            raise ValueError(f"depth must be 6 n + 2, such as {below} or {below + 6}, got {self.depth}.")
        if self.shortcut not in SHORTCUTS:
            raise ValueError(f"shortcut must be {', '.join(SHORTCUTS)}, got “{self.shortcut}”.")


def _resnet_cifar(options: Cifar) -> Backbone:
    def architecture(classes: int) -> nn.Sequential:
        from model_zoo.backbones.networks.cifar import resnet_cifar

        return resnet_cifar(options.depth, options.shortcut, classes)  # type: ignore[arg-type]

    plain = options.shortcut == "none"
    return Backbone(
        name=f"resnet_cifar:depth={options.depth},shortcut={options.shortcut}",
        title=f"{'Plain network' if plain else 'ResNet'} of {options.depth} layers, for small pictures",
        reference="He et al. 2015, Deep Residual Learning, arXiv:1512.03385, section 4.2",
        stages=_stages(options),
        embedding=WIDTHS[-1],
        size=32,
        smallest=8,
        largest=64,
        mean=MEAN,
        deviation=DEVIATION,
        architecture=architecture,
        state=_nothing,
        weights=None,
        pretrained=False,
        pretrained_classes=0,
    )


def _stages(options: Cifar) -> tuple[Stage, ...]:
    inputs, found = WIDTHS[0], [Stage("stem", 27 * WIDTHS[0] + 2 * WIDTHS[0])]
    for index, width in enumerate(WIDTHS):
        more = (options.depth - 2) // 6 - 1
        count = _block(inputs, width) + more * _block(width, width)
        if options.shortcut == "projection" and index:
            count += inputs * width + 2 * width
        found.append(Stage(f"stage{index + 1}", count))
        inputs = width
    return (*found, Stage("head", 0))


def _block(inputs: int, outputs: int) -> int:
    return 9 * outputs * (inputs + outputs) + 4 * outputs


def _nothing(backbone: Backbone) -> dict[str, Tensor]:
    raise ValueError(f"There are no pre-trained weights of {backbone.name}. Train it with from_scratch.")


ROWS = (Family("resnet_cifar", "ResNet for small pictures", Cifar, _resnet_cifar),)
