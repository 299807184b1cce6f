"""What a backbone is: a network in named stages, its weights, and the preprocessing that belongs to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class Stage:
    """A named, ordered part of a network. `parameters` counts them, the head's left out: they depend on the classes."""

    name: str
    parameters: int


@dataclass(frozen=True)
class Download:
    """Where pre-trained weights come from; `sha256` may be the first characters of the sum, as torch.hub names files.

    `bytes` is for estimates: it may be off by a thousandth.
    """

    url: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Backbone:
    """One network.

    `architecture(classes)` builds it, randomly initialised from torch's global generator, as an `nn.Sequential` whose
    children, in order, are its stages; the last is `head`, whose last module is the `nn.Linear` before the softmax and
    the only one in it with parameters. What the head reads has shape (batch, embedding). No stage changes its input.
    """

    name: str
    title: str
    reference: str
    stages: tuple[Stage, ...]  # input first, "head" last
    embedding: int  # values the head reads
    size: int  # recommended picture size in pixels
    smallest: int
    largest: int
    mean: tuple[float, float, float]  # of values in [0, 1]
    deviation: tuple[float, float, float]
    architecture: Callable[[int], nn.Sequential]
    state: Callable[[Backbone], dict[str, Tensor]]  # reads the pre-trained weights, head included, by their names here
    weights: Download | None  # None: shipped with the program, where it is `pretrained`
    pretrained_classes: int = 1000
    norms: bool = True  # whether it has normalisation layers
    pretrained: bool = True  # False: nobody has trained it, it only learns from scratch

    @property
    def stage_names(self) -> tuple[str, ...]:
        return tuple(stage.name for stage in self.stages)

    def parameters(self, classes: int) -> tuple[int, ...]:
        """Count the parameters of every stage with a head for `classes`."""
        return (*(stage.parameters for stage in self.stages[:-1]), (self.embedding + 1) * classes)

    def network(self, classes: int, *, seed: int, pretrained: bool = True) -> nn.Sequential:
        """Build the network with a new softmax for `classes`, drawn from `seed`; pre-trained up to the head if asked.

        The same seed gives the same head with and without pre-trained weights.
        """
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = self.architecture(classes)
            torch.manual_seed(seed)
            softmax(network).reset_parameters()
        if pretrained:
            self.load(network)
        return network

    def load(self, network: nn.Sequential) -> None:
        """Put the pre-trained weights into every stage but the head, which stays as it is.

        Raises ValueError where they are not on this machine; it says where they come from and where they belong.
        """
        pretrained = {key: value for key, value in self.state(self).items() if not key.startswith("head.")}
        kept = {key: value for key, value in network.state_dict().items() if key.startswith("head.")}
        network.load_state_dict(pretrained | kept)


@dataclass(frozen=True)
class Family:
    """A backbone with knobs, written `name:knob=value`; `options` declares them, `make` gives what they describe."""

    name: str
    title: str
    options: type
    make: Callable[[Any], Backbone]


def softmax(network: nn.Sequential) -> nn.Linear:
    """Give the last linear layer, the one that is replaced for new classes."""
    from torch import nn

    head = network.get_submodule("head")
    return head if isinstance(head, nn.Linear) else [m for m in head.modules() if isinstance(m, nn.Linear)][-1]


def with_pretrained_head(backbone: Backbone) -> nn.Sequential:
    """Build the network as it was pre-trained, with its softmax over `pretrained_classes`; raises as `load` does."""
    network = backbone.network(backbone.pretrained_classes, seed=0, pretrained=False)
    network.load_state_dict(backbone.state(backbone))
    return network
