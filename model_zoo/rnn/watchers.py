"""Networks that can be compared on the frames that a visitor has marked, one row each, as `name:knob=value,…`."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from model_zoo.data import videos
from model_zoo.knobs import param, spell
from model_zoo.rnn.marks import Mark, check, merged
from model_zoo.rnn.readers import GATES, SHIPPED, FromShipped
from model_zoo.rnn.readers import REGISTRY as READERS
from model_zoo.rnn.rows import Row, Rows
from model_zoo.specs import within

MOST_CONFIGURATIONS, MOST_EPOCHS, MOST_SEEDS = 10, 100, 10
SECONDS_TO_BEGIN = 8.0
SECONDS_A_FRAME = 2.2e-4  # read in training: python -m tests.bench.frames
DEFAULTS = (SHIPPED, "gru:bidirectional=true", "gru", "none")


@dataclass(frozen=True)
class Watching:
    """How a network that starts from random weights is built; below it stands the shipped CNN."""

    bidirectional: bool = param(False, "Reads both ways, so that each state knows what comes after it, too.")
    layers: int = param(1, "Recurrent layers, one on top of the other.", min=1, max=3)
    hidden_size: int = param(48, "Units of a layer, in one direction.", min=8, max=256)
    dropout: float = param(0.3, "Share of what each layer reads that is left out in training.", min=0.0, max=0.9)


@dataclass(frozen=True)
class Alone:
    """How a network that reads each frame on its own is built."""

    hidden_size: int = param(48, "Half of the units between, so that it is as wide as one that reads both ways.", min=8,
                             max=256)  # fmt: skip
    dropout: float = param(0.3, "Share of what each layer reads that is left out in training.", min=0.0, max=0.9)


def _row(name: str) -> Row:
    return replace(READERS[name], options=Watching)


REGISTRY = Rows(
    Row(
        SHIPPED,
        "Fine-tuned GRU",
        "Begins where the shipped network stands, which reads both ways and has watched thousands of drawn digits "
        "move. Meant for few marks.",
        "Howard & Ruder 2018, arXiv:1801.06146; Donahue et al. 2015, arXiv:1411.4389",
        FromShipped,
    ),
    *map(_row, GATES),
    Row(
        "none",
        "Without recurrence",
        "Labels each frame on its own. Where it is as good as the others, the order of the frames says nothing new.",
        "Karpathy et al. 2014, Large-scale Video Classification: single frames as the rival of all others",
        Alone,
    ),
)
get, title = REGISTRY.found, REGISTRY.title


@dataclass(frozen=True)
class WatchersSpec:
    """One kept clip by its hash with marks, several networks × seeds. Run seeds are `seed`, `seed` + 1, …"""

    clip: str
    marks: tuple[Mark, ...]
    configurations: tuple[str, ...] = DEFAULTS
    epochs: int = 20
    seeds: int = 3
    seed: int = 0
    rate: float = 4e-3

    def __post_init__(self) -> None:
        spelled = tuple(spell(row.name, options) for row, options in map(get, self.configurations))
        object.__setattr__(self, "configurations", spelled)
        object.__setattr__(self, "marks", merged(self.marks))
        within("the number of networks", len(spelled), 1, MOST_CONFIGURATIONS)
        within("epochs", self.epochs, 1, MOST_EPOCHS)
        within("seeds", self.seeds, 1, MOST_SEEDS)
        within("seed", self.seed, 0, 2**31 - 1)
        within("rate", self.rate, 1e-6, 1.0)
        for text in spelled:
            if spelled.count(text) > 1:
                raise ValueError(f"“{text}” stands twice among the networks.")
        check(self.marks)

    @property
    def run_seeds(self) -> range:
        return range(self.seed, self.seed + self.seeds)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(sorted({mark.label for mark in self.marks}))

    @property
    def subject(self) -> str:
        """What is learned from, as visitors call it; raises ValueError where it is no longer here."""
        return videos.name_of(self.clip)

    def title(self, text: str) -> str:
        """Give what people call a configuration."""
        return title(text)

    def options(self, text: str) -> Any:
        """Give the knobs of a configuration."""
        return get(text)[1]

    def estimate(self, frames: int) -> float:
        """Give the seconds that all runs take where so many frames are read in an epoch, on one core."""
        return SECONDS_TO_BEGIN + SECONDS_A_FRAME * frames * len(self.configurations) * self.seeds * self.epochs

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "WatchersSpec":
        known = {field.name for field in fields(cls)}
        told = {key: value for key, value in data.items() if key in known}
        return cls(**told | {"marks": tuple(Mark(**mark) for mark in data["marks"])})

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"configurations": list(self.configurations), "marks": [asdict(m) for m in self.marks]}
