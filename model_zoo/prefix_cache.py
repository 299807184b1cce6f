"""Activations of frozen prefixes, computed once and shared by everything that asks for the same thing.

An entry holds what has been asked for of a picture set at one view. What an entry is of is said by its key alone, so
fine-tuning and feature extraction share entries.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock, RLock

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
    """Rows of activations for some of `count` pictures, in the order in which they came."""

    count: int
    rows: Tensor  # (at least used, …); grows with what is put in, since a GPU gives no memory that is not used
    shared: bool = True
    kept: int = 0  # rows that are on disk, too
    used: int = 0

    def __post_init__(self) -> None:
        self.place = torch.full((self.count,), -1)  # of each picture in `rows`

    @property
    def filled(self) -> Tensor:
        """Say of which pictures there are rows, (count,) bool."""
        return self.place >= 0

    @property
    def bytes(self) -> int:
        return self.rows.nbytes

    def put(self, index: Tensor, fresh: Tensor) -> None:
        """Add rows (n, …) of the pictures at `index` (n,)."""
        end = self.used + len(index)
        if end > len(self.rows):
            wider = self.rows.new_empty((min(self.count, max(end, 3 * len(self.rows) // 2)), *fresh.shape[1:]))
            wider[: self.used] = self.rows[: self.used]
            self.rows = wider
        self.rows[self.used : end] = fresh.to(self.rows.device)
        self.place[index] = torch.arange(self.used, end)
        self.used = end

    def get(self, index: Tensor) -> Tensor:
        """Give the rows of the pictures at `index` (n,)."""
        return self.rows[self.place[index].to(self.rows.device)]


@dataclass
class Cost:
    """What `rows` rows have cost so far, without the rows of `source` that they were made of. Outlives its entry."""

    source: Key | None = None
    seconds: float = 0.0
    rows: int = 0


@dataclass
class Account:
    """What a run has paid for shared rows (`paid`), and what it would have paid had it been alone (`alone`).

    `charged` says, by the digest of each key, of which pictures the rows are in `alone` already. `waited` is what
    passed while a run beside it computed rows that it wants, too: seconds of the clock that cost it nothing.
    """

    paid: float = 0.0
    alone: float = 0.0
    waited: float = 0.0
    charged: dict[str, Tensor] = field(default_factory=dict)

    def charge(self, key: Key, index: Tensor, count: int, seconds_per_row: float) -> None:
        """Add to `alone` the cost of the rows at `index`, each row once."""
        charged = self.charged.setdefault(key.digest(), torch.zeros(count, dtype=torch.bool))
        fresh = index[~charged[index]]
        charged[fresh] = True
        self.alone += len(fresh) * seconds_per_row


class PrefixCache:
    """Entries in memory up to `memory_bytes`, the least recently used dropped; embeddings in `folder`, too.

    Runs in several threads may ask at once: rows of one entry are computed by one at a time, and the others wait.
    `share` is how much of the machine each has; seconds are told as if it had all of it.
    """

    def __init__(
        self, memory_bytes: int, folder: Path | None = None, disk_bytes: int = 2 << 30, share: float = 1.0
    ) -> None:
        self.memory_bytes, self.folder, self.disk_bytes, self.share = memory_bytes, folder, disk_bytes, share
        self.found_on_disk = False  # whether anything came from an earlier job
        self._guard = RLock()  # of the dictionaries; an entry's lock is taken first, and a nearer entry's last
        self._locks: dict[Key, Lock] = {}
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._costs: dict[Key, Cost] = {}

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
        with self._locked(key, account):
            entry = self._find(key)
            missing = index if entry is None else index[~entry.filled[index]]
            if len(missing):
                started, paid, waited = time.perf_counter(), account.paid, account.waited
                fresh = compute(missing)
                entry = entry or Entry(count, fresh[:0], shared)
                entry.put(missing, fresh)
                seconds = time.perf_counter() - started - (account.waited - waited)
                self._note(key, source, missing, count, self.share * seconds - (account.paid - paid), account)
                self._put(key, entry)
            for part, each in self._chain(key):
                account.charge(part, index, count, each)
            return entry.get(index)

    def holds(self, key: Key, index: Tensor) -> bool:
        """Say whether all rows at `index` are there, in memory or on disk."""
        entry = self._find(key)
        return entry is not None and bool(entry.filled[index].all())

    def forget(self) -> None:
        """Drop the entries that belong to one run only."""
        with self._guard:
            for key in [key for key, entry in self._entries.items() if not entry.shared]:
                del self._entries[key]

    def keep(self) -> None:
        """Write embeddings, the shared entries whose rows are flat, to disk, where later jobs find them."""
        for key, entry in self._entries.items():
            if self.folder and entry.shared and entry.rows.ndim == 2 and entry.kept < entry.used:
                aside = self._file(key).with_suffix(f".{os.getpid()}.part")
                index = entry.filled.nonzero()[:, 0]
                seconds = len(index) * sum(each for _, each in self._chain(key))
                save_file({"rows": entry.get(index).cpu(), "filled": entry.filled}, aside, {"seconds": str(seconds)})
                aside.rename(self._file(key))
                entry.kept = entry.used
        self._trim()

    @contextmanager
    def _locked(self, key: Key, account: Account) -> Iterator[None]:
        """Have an entry for oneself, and note how long it took to get it."""
        started = time.perf_counter()
        with self._locks.setdefault(key, Lock()):
            account.waited += time.perf_counter() - started
            yield

    def _note(
        self, key: Key, source: Key | None, missing: Tensor, count: int, seconds: float, account: Account
    ) -> None:
        """Write down what the fresh rows at `missing` took, without what `source` took."""
        account.paid += seconds
        cost, rows = self._costs.setdefault(key, Cost(source)), len(missing)
        if source and cost.source is None:  # of an entry from disk, whose seconds are those of all it was made of
            account.charge(key, missing, count, seconds / rows)  # `source` has charged its part itself
            seconds += rows * sum(each for _, each in self._chain(source))
        cost.seconds, cost.rows = cost.seconds + seconds, cost.rows + rows

    def _put(self, key: Key, entry: Entry) -> None:
        with self._guard:
            self._entries[key] = entry  # again, if making room for another has dropped it meanwhile
            self._evict(keep=key)

    def _chain(self, key: Key | None) -> Iterator[tuple[Key, float]]:
        """Give `key` and all it was made of, with what a row of each has cost, seconds."""
        while key is not None and (cost := self._costs.get(key)):
            yield key, cost.seconds / max(1, cost.rows)
            key = cost.source

    def _find(self, key: Key) -> Entry | None:
        with self._guard:
            if key in self._entries:
                self._entries.move_to_end(key)
                return self._entries[key]
            return self._found(key)

    def _found(self, key: Key) -> Entry | None:
        """Load an entry that is on disk."""
        if self.folder is None or not self._file(key).exists():
            return None
        try:
            entry, seconds = _load(self._file(key))
        except SafetensorError:  # cut off by a full disk, say: it is made again
            self._file(key).unlink(missing_ok=True)
            return None
        self._entries[key], self.found_on_disk = entry, True
        self._costs.setdefault(key, Cost(None, seconds, entry.used))
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


def _load(file: Path) -> tuple[Entry, float]:
    with safe_open(file, framework="pt") as kept:
        filled, rows = kept.get_tensor("filled"), kept.get_tensor("rows")
        entry = Entry(len(filled), rows[:0], kept=len(rows))
        entry.put(filled.nonzero()[:, 0], rows)
        return entry, float(kept.metadata()["seconds"])


def weights_hash(stage: nn.Module) -> str:
    """Hash the parameters and buffers of a stage; equal weights have equal hashes."""
    content = sha256()
    for name, value in stage.state_dict().items():
        content.update(name.encode())
        content.update(value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().data)
    return content.hexdigest()[:32]
