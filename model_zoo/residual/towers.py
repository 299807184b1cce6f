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
RATES = (0.003, 0.01, 0.03, 0.1)  # the ladder: peak rates of SGD
MOST_TOWERS, MOST_EPOCHS, MOST_SEEDS, MOST_LANES = 14, 200, 10, 8
MOST_CUT = 1_000  # test pictures on which towers without some blocks are tried
SIZES = (8, 16, 32)  # px
SHARE_OF_ROOM = 0.8  # of the free memory may be taken
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


def blocks(depth: int) -> int:
    """Count the blocks of a tower."""
    return (depth - 2) // 2


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
    def runs_each(self) -> int:
        """Runs of one tower."""
        return self.seeds + len(self.rates) - 1

    @property
    def runs(self) -> int:
        return len(self.towers) * self.runs_each

    def lanes(self, cores: int) -> int:
        """Say how many runs are side by side on a processor with so many cores."""
        return max(1, min(cores, MOST_LANES, len(self.towers) * max(len(self.rates), self.seeds - 1)))

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


@dataclass(frozen=True)
class Work:
    """What a job has to do on so many pictures, counted in layers × pictures that are learned from."""

    spec: ResidualSpec
    train: int
    validation: int
    test: int

    def run(self, depth: int) -> float:
        """Count one run: its epochs, and its errors at the end."""
        each = self.train + EVALUATED * self.validation
        return depth * (self.spec.epochs * each + EVALUATED * (self.train + self.validation + self.test))

    def cut(self, depth: int) -> float:
        """Count what trying a tower without each of its blocks takes."""
        return depth * blocks(depth) * EVALUATED * min(self.test, MOST_CUT)

    @property
    def all(self) -> float:
        depths = [read(text)[0] for text in self.spec.towers]
        return sum(self.spec.runs_each * self.run(depth) + self.cut(depth) for depth in depths)

    def seconds(self, cores: int) -> float:
        """Estimate how long it all takes on a processor."""
        each = SECONDS_A_LAYER / self.spec.batch + SECONDS_A_PIXEL * self.spec.size**2  # of one core
        return self.all * each / self.spec.lanes(cores)


def memory_bytes(spec: ResidualSpec, depth: int, lanes: int = 1) -> int:
    """Estimate what `lanes` towers of `depth` layers that train side by side keep for the way back of one batch."""
    # the three stages see 1, ½ and ¼ of the side, with 1, 2 and 4 times the channels: 7/12 of a first layer on average
    return int(lanes * spec.batch * depth * 7 / 12 * BYTES_A_PIXEL * spec.size**2)


def too_large(spec: ResidualSpec, cores: int, free_bytes: int) -> str:
    """Say which depth memory does not hold; empty where it holds all."""
    for depth in spec.depths:
        needed = memory_bytes(spec, depth, spec.lanes(cores))
        if needed > SHARE_OF_ROOM * free_bytes:
            return (
                f"{depth} layers need about {needed / 1e9:.1f} GB of memory at {spec.size} px with batches of "
                f"{spec.batch}, and {free_bytes / 1e9:.1f} GB are free. Take fewer layers or a smaller size."
            )
    return ""


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


def counted(rows: Iterable[Mapping[str, Any]], rates: Mapping[str, float]) -> list[Mapping[str, Any]]:
    """Give the runs at the chosen rates, those that diverged among them."""
    return [row for row in rows if rates.get(row["strategy"]) == row["rate"]]
