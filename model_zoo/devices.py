"""Which device, which precision, which memory format, and how much memory is free."""

from dataclasses import dataclass
from typing import Literal

import psutil
import torch
from torch import Tensor

Precision = Literal["bf16", "fp32"]
MemoryFormat = Literal["channels_last", "contiguous"]


@dataclass(frozen=True)
class Setting:
    """How numbers are kept and laid out: chosen once by a trial, then the same for all runs of a comparison."""

    precision: Precision = "fp32"
    memory_format: MemoryFormat = "contiguous"

    @property
    def layout(self) -> torch.memory_format:
        return torch.channels_last if self.memory_format == "channels_last" else torch.contiguous_format


def choose(wanted: str = "auto") -> torch.device:
    """Give the wanted device, or the best there is: CUDA, then MPS, then CPU. Raises ValueError if it is not there."""
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return torch.device(next(name for name, there in present.items() if there))
    kind, _, index = wanted.partition(":")
    fits = not index or (kind == "cuda" and index.isdecimal() and int(index) < torch.cuda.device_count())
    if not (present.get(kind, False) and fits):
        raise ValueError(
            f"There is no device “{wanted}” here; there is {', '.join(n for n, t in present.items() if t)}."
        )
    return torch.device(wanted)


def autocast(device: torch.device, precision: Precision) -> torch.autocast:
    """Give the context in which a network runs at `precision`."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


def mixed(device: torch.device) -> torch.autocast:
    """Give the context of bf16 where the device knows it, and of full precision elsewhere."""
    return autocast(device, "bf16" if knows_bf16(device) else "fp32")


def knows_bf16(device: torch.device) -> bool:
    """Say whether bf16 can be worth a try: a processor without it is far slower in it, and has no LSTM."""
    if device.type == "cpu":
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return device.type == "cuda"


def free_memory_bytes(device: torch.device) -> int:
    """Tell how much memory new tensors may take: of the GPU on CUDA, else of the machine."""
    if device.type == "cuda":
        torch.cuda.empty_cache()  # what an earlier job held is free
        return torch.cuda.mem_get_info(device)[0]
    return psutil.virtual_memory().available


def device_name(device: torch.device) -> str:
    """Name the device so that a measured speed can be remembered for it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type}, {torch.get_num_threads()} threads"


class SavedBytes(torch.autograd.graph.saved_tensors_hooks):
    """Count the bytes that the forward pass keeps for the backward pass, each storage once."""

    def __init__(self) -> None:
        self._storages: dict[int, int] = {}
        super().__init__(self._note, lambda tensor: tensor)

    def __enter__(self) -> "SavedBytes":
        super().__enter__()
        return self

    @property
    def bytes(self) -> int:
        return sum(self._storages.values())

    def _note(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        self._storages[storage.data_ptr()] = storage.nbytes()
        return tensor
