"""The architecture of a network, measured stage by stage without its weights: shapes, parameters, multiply-adds."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from model_zoo.explain.layers import Layer, layers


@dataclass(frozen=True)
class Measured:
    """One stage at one picture size. `shape` is what it gives for one picture: (channels, height, width), or values.

    `multiply_adds` counts those of convolutions, linear layers and attention for one picture; norms, activations and
    pooling are left out, as everyone leaves them out.
    """

    name: str
    layers: tuple[Layer, ...]
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


@torch.no_grad()
def architecture(network: nn.Sequential, size: int) -> tuple[Measured, ...]:
    """Measure every stage on a picture (3, size, size); on the meta device nothing is computed and no memory taken.

    Raises ValueError where pictures of this size are too small for the network.
    """
    weight = next(network.parameters())
    x = torch.zeros(1, 3, size, size, device=weight.device, dtype=weight.dtype)
    modes, fast = [(module, module.training) for module in network.modules()], torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # its one kernel is opaque to the counter
    measured = []
    try:
        network.eval()
        for name, stage in network.named_children():
            x, counted = _through(name, stage, x, size)
            parameters = sum(p.numel() for p in stage.parameters())
            measured.append(Measured(name, layers(stage), tuple(x.shape[1:]), parameters, counted))
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for module, training in modes:
            module.training = training
    return tuple(measured)


def _through(name: str, stage: nn.Module, x: torch.Tensor, size: int) -> tuple[torch.Tensor, int]:
    try:
        with FlopCounterMode(display=False) as counter:
            x = stage(x)
    except RuntimeError as error:
        raise ValueError(f"A picture of {size} px does not fit through stage “{name}”: {error}. Try a larger one.") from error
    return x, counter.get_total_flops() // 2  # the counter takes a multiplication and an addition for two
