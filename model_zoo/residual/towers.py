"""The towers that are compared: how deep, with what going past their blocks, how large. Plain data, no torch."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from model_zoo import backbones
from model_zoo.backbones.without_weights import SHORTCUTS
from model_zoo.knobs import parse
from model_zoo.specs import within

FAMILY = "resnet_cifar"
DEPTHS = (8, 14, 20, 32, 44, 56, 110)
KINDS = {"none": "Plain", "identity": "Residual", "projection": "Projection", "scaled": "Half shortcut"}
ABOUT = {
    "none": "Each block's output is all that goes on.",
    "identity": "The input goes past each block as it is and is added to what the block makes of it. No weights.",
    "projection": "As residual, but a learned 1×1 convolution goes past where the shape changes.",
    "scaled": "As residual, but only half of the input goes past, so a half of a half of a half arrives.",
}
RATES = (0.01, 0.03, 0.1)  # the ladder: peak rates of SGD
MOST_TOWERS, MOST_EPOCHS, MOST_SEEDS, MOST_LANES = 14, 200, 10, 8
SIZES = (8, 16, 32)  # px
SECONDS_A_LAYER, SECONDS_A_PIXEL = 1.15e-3, 2.7e-7  # one core: a layer's step; a layer's pixel (bench: residual)
BYTES_A_PIXEL = 16 * 4 * 3.2  # 16 channels in fp32; kept for the way back of a layer, measured with SavedBytes
EVALUATED = 0.35  # seconds to look at a picture, of those to learn from it


def spelled(depth: int, shortcut: str) -> str:
    """Name a tower as the backbone registry does."""
    return f"{FAMILY}:depth={depth},shortcut={shortcut}"


def read(text: str) -> tuple[int, str]:
    """Give depth and shortcut of a tower's name."""
    _, values = parse(text)
    return int(values["depth"]), values["shortcut"]


def title(text: str) -> str:
    """Name a tower for people: “Plain, 56 layers”."""
    depth, shortcut = read(text)
    return f"{KINDS[shortcut]}, {depth} layers"


def parameters(depth: int, shortcut: str, classes: int = 10) -> int:
    """Count the parameters of a tower."""
    return sum(backbones.get(spelled(depth, shortcut)).parameters(classes))


@dataclass(frozen=True)
class ResidualSpec:
    """Towers × seeds on one set of pictures, every tower with the rate of `rates` at which it fits best.

    Depths are 6 n + 2. Each picture is seen as it is, without augmentation: the question is what a network can fit.
    Runs have the seeds `seed` … `seed + seeds − 1`; with the first, every tower runs at every rate.
    """

    data: str = "digits"
    size: int = 8
    depths: tuple[int, ...] = (8, 20, 56)
    shortcuts: tuple[str, ...] = ("none", "identity")
    epochs: int = 12
    seeds: int = 3
    seed: int = 0
    batch: int = 32
    rates: tuple[float, ...] = RATES
    device: str = "auto"

    def __post_init__(self) -> None:
        for name in ("depths", "shortcuts", "rates"):
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))
            if not getattr(self, name):
                raise ValueError(f"Choose at least one of {name}.")
        object.__setattr__(self, "depths", tuple(sorted(self.depths)))
        object.__setattr__(self, "shortcuts", tuple(sorted(self.shortcuts, key=_place)))
        for text in self.towers:
            backbones.get(text)
        within("the number of towers", len(self.towers), 1, MOST_TOWERS)
        within("size", self.size, SIZES[0], 64)
        within("epochs", self.epochs, 2, MOST_EPOCHS)
        within("seeds", self.seeds, 1, MOST_SEEDS)
        within("seed", self.seed, 0, 2**31 - 1)
        within("batch", self.batch, 8, 1024)
        for rate in self.rates:
            within("rate", rate, 1e-6, 10.0)

    @property
    def towers(self) -> tuple[str, ...]:
        return tuple(spelled(depth, shortcut) for shortcut in self.shortcuts for depth in self.depths)

    @property
    def run_seeds(self) -> range:
        return range(self.seed, self.seed + self.seeds)

    @property
    def runs(self) -> int:
        return len(self.towers) * (self.seeds + len(self.rates) - 1)

    def to_json(self) -> dict[str, Any]:
        lists = {name: list(getattr(self, name)) for name in ("depths", "shortcuts", "rates")}
        return asdict(self) | lists

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "ResidualSpec":
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})


def _place(shortcut: str) -> int:
    if shortcut not in SHORTCUTS:
        raise ValueError(f"shortcuts are {', '.join(SHORTCUTS)}, got “{shortcut}”.")
    return list(KINDS).index(shortcut)


def seconds(spec: ResidualSpec, train: int, validation: int, lanes: int) -> float:
    """Estimate how long all runs take on so many pictures, on a processor with `lanes` of them side by side."""
    pictures = train + EVALUATED * validation
    layers = sum(read(text)[0] for text in spec.towers) * (spec.seeds + len(spec.rates) - 1)
    return layers * spec.epochs * pictures * cost(spec) / max(1, min(lanes, MOST_LANES, len(spec.towers)))


def cost(spec: ResidualSpec) -> float:
    """Give the seconds in which one core learns one picture in one layer."""
    return SECONDS_A_LAYER / spec.batch + SECONDS_A_PIXEL * spec.size**2


def memory_bytes(spec: ResidualSpec, depth: int, lanes: int = 1) -> int:
    """Estimate what `lanes` towers of `depth` layers that train side by side keep for the way back of one batch."""
    # the three stages see 1, ½ and ¼ of the side, with 1, 2 and 4 times the channels: 7/12 of a first layer on average
    return int(lanes * spec.batch * depth * 7 / 12 * BYTES_A_PIXEL * spec.size**2)


def chosen(rows: Iterable[Mapping[str, Any]], seed: int) -> dict[str, float]:
    """Give, for every tower, the rate whose run of the first `seed` ended with the lowest training loss.

    Runs that diverged are no choice; a tower all of whose runs did is missing.
    """
    best: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        if row["seed"] == seed and not row["diverged"]:
            before = best.get(row["strategy"])
            if before is None or row["train_loss"] < before["train_loss"]:
                best[row["strategy"]] = row
    return {text: row["rate"] for text, row in best.items()}
