"""Activations of frozen prefixes, computed once and shared by everything that asks for the same thing.

An entry holds one tensor for a whole picture set at one view: row i belongs to picture i, and rows are filled as they
are asked for. What an entry is of is said by its key alone, so fine-tuning and feature extraction share entries.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

FORMAT = 1  # another number when crops or forward passes change, so that what was kept before is not taken for new
Compute = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Key:
    """What an activation depends on. `prefix` is the hash of the prefix's weights, empty for the pictures."""

    prefix: str
    pictures: str
    view: str
    size: int
    precision: str
    normalisation: str
    pooling: str = "none"

    def digest(self) -> str:
        return sha256(f"{FORMAT} {sorted(asdict(self).items())}".encode()).hexdigest()[:32]


@dataclass
class Entry:
    """Rows of activations, which of them are filled, and what it has cost to make them out of the entry at `source`."""

    rows: Tensor
    filled: Tensor  # (N,) bool
    seconds: float = 0.0
    source: Key | None = None
    shared: bool = True
    kept: int = 0  # filled rows that are on disk, too

    @property
    def seconds_per_row(self) -> float:
        return self.seconds / max(1, int(self.filled.sum()))

    @property
    def bytes(self) -> int:
        return self.rows[0].nbytes * int(self.filled.sum())


@dataclass
class Account:
    """What a run has paid for shared rows (`paid`), and what it would have paid had it been alone (`alone`)."""

    paid: float = 0.0
    alone: float = 0.0
    _charged: dict[Key, Tensor] = field(default_factory=dict)

    def charge(self, key: Key, index: Tensor, entry: Entry) -> None:
        """Add to `alone` the cost of the rows at `index`, each row once."""
        charged = self._charged.setdefault(key, torch.zeros(len(entry.filled), dtype=torch.bool))
        fresh = index[~charged[index]]
        charged[fresh] = True
        self.alone += len(fresh) * entry.seconds_per_row


class PrefixCache:
    """Entries in memory up to `memory_bytes`, the least recently used dropped; embeddings in `folder`, too."""

    def __init__(self, memory_bytes: int, folder: Path | None = None, disk_bytes: int = 2 << 30) -> None:
        self.memory_bytes, self.folder, self.disk_bytes = memory_bytes, folder, disk_bytes
        self.found_on_disk = False  # whether anything came from an earlier job
        self._entries: OrderedDict[Key, Entry] = OrderedDict()

    def rows(
        self,
        key: Key,
        index: Tensor,
        count: int,
        compute: Compute,
        *,
        account: Account,
        source: Key | None = None,
        shared: bool = True,
    ) -> Tensor:
        """Give the rows at `index` (n,) of an entry for `count` pictures; `compute` makes those that are missing.

        `compute` takes indices (m,) and gives a tensor (m, …), out of rows of `source` where that is named.
        An entry that is not `shared` is dropped by `forget`.
        """
        entry = self._find(key)
        missing = index if entry is None else index[~entry.filled[index]]
        if len(missing):
            started, paid = time.perf_counter(), account.paid
            fresh = compute(missing)
            if entry is None:
                rows = fresh.new_empty((count, *fresh.shape[1:]))
                entry = Entry(rows, torch.zeros(count, dtype=torch.bool), source=source, shared=shared)
            self._entries[key] = entry  # again, if making room for its source has dropped it meanwhile
            if entry.rows.device != fresh.device:
                entry.rows = entry.rows.to(fresh.device)
            entry.rows[missing] = fresh
            entry.filled[missing] = True
            seconds = time.perf_counter() - started - (account.paid - paid)  # without what `source` took
            entry.seconds += seconds
            account.paid += seconds
            self._evict(keep=key)
        self._charge(account, key, index)
        return entry.rows[index]

    def holds(self, key: Key, index: Tensor) -> bool:
        """Say whether all rows at `index` are there, in memory or on disk."""
        entry = self._find(key)
        return entry is not None and bool(entry.filled[index].all())

    def forget(self) -> None:
        """Drop the entries that belong to one run only."""
        for key in [key for key, entry in self._entries.items() if not entry.shared]:
            del self._entries[key]

    def keep(self) -> None:
        """Write embeddings, the shared entries whose rows are flat, to disk, where later jobs find them."""
        for key, entry in self._entries.items():
            filled = int(entry.filled.sum())
            if self.folder and entry.shared and entry.rows.ndim == 2 and entry.kept < filled:
                aside = self._file(key).with_suffix(f".{os.getpid()}.part")
                tensors = {"rows": entry.rows[entry.filled].cpu(), "filled": entry.filled}
                save_file(tensors, aside, metadata={"seconds": str(entry.seconds)})
                aside.rename(self._file(key))
                entry.kept = filled
        self._trim()

    def _charge(self, account: Account, key: Key | None, index: Tensor) -> None:
        while key is not None and (entry := self._entries.get(key)) is not None:
            account.charge(key, index, entry)
            key = entry.source

    def _find(self, key: Key) -> Entry | None:
        if key in self._entries:
            self._entries.move_to_end(key)
            return self._entries[key]
        if self.folder is None or not self._file(key).exists():
            return None
        try:
            entry = _load(self._file(key))
        except SafetensorError:  # cut off by a full disk, say: it is made again
            self._file(key).unlink(missing_ok=True)
            return None
        self._entries[key], self.found_on_disk = entry, True
        os.utime(self._file(key))
        self._evict(keep=key)
        return entry

    def _file(self, key: Key) -> Path:
        return self.folder / f"{key.digest()}.safetensors"

    def _evict(self, keep: Key) -> None:
        used = sum(entry.bytes for entry in self._entries.values())
        for key in [key for key in self._entries if key != keep]:
            if used <= self.memory_bytes:
                return
            used -= self._entries.pop(key).bytes

    def _trim(self) -> None:
        if self.folder is None:
            return
        files = sorted(self.folder.glob("*.safetensors"), key=lambda file: file.stat().st_mtime)
        used = sum(file.stat().st_size for file in files)
        for file in files:
            if used <= self.disk_bytes:
                return
            used -= file.stat().st_size
            file.unlink()


def _load(file: Path) -> Entry:
    with safe_open(file, framework="pt") as kept:
        filled, some = kept.get_tensor("filled"), kept.get_tensor("rows")
        rows = some.new_empty((len(filled), *some.shape[1:]))
        rows[filled] = some
        return Entry(rows, filled, seconds=float(kept.metadata()["seconds"]), kept=int(filled.sum()))


def weights_hash(stage: nn.Module) -> str:
    """Hash the parameters and buffers of a stage; equal weights have equal hashes."""
    content = sha256()
    for name, value in stage.state_dict().items():
        content.update(name.encode())
        content.update(value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data)
    return content.hexdigest()[:32]
