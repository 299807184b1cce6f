"""What a features job is asked to do, and what it will cost. Plain data; nothing heavy is imported."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from model_zoo import backbones
from model_zoo.estimates import Speed, SplitSizes, read_speed, remembered_file
from model_zoo.features import classifiers as rows
from model_zoo.specs import Precision, within

Pooling = Literal["average", "max", "gem", "flatten"]
DEFAULTS = ("svm_linear", "svm_rbf", "xgboost", "logistic_regression", "knn")
MOST_CLASSIFIERS = 12
MOST_SEEDS = 20
SECONDS_TO_BEGIN = 2.0  # to import the libraries and to open the set
SECONDS_A_ROW = 0.1  # to write a pipeline down and to ask it again
PROBE = "logistic_regression"  # the linear probe that asks every stage
LARGEST_FLAT = 16_384  # values; a stage that would give more is not flattened
BYTES_A_VALUE = {"fp32": 4, "bf16": 2}
PAIRED_BY = ("data", "size", "seed", "seeds", "backbone")  # what is equal where fine-tuning can stand beside
# what jobs on embeddings leave in their folders, beside result.json
EMBEDDINGS, PREDICTIONS, MAP = "embeddings.safetensors", "predictions.safetensors", "map.safetensors"


@dataclass(frozen=True)
class FeaturesSpec:
    """One data set, one backbone, some of its stages, several classifiers × seeds.

    `data` is written as in ComparisonSpec, and run seeds are its run seeds, with the same draws. No `stages` means the
    last one before the head. `classifiers` are spelled `name` or `name:knob=value,…`, and kept with the knobs that are
    not the default. `tune` chooses one knob of each by cross-validation on training pictures.
    """

    data: str
    backbone: str = "resnet_mini"
    stages: tuple[str, ...] = ()
    pooling: Pooling = "average"
    classifiers: tuple[str, ...] = DEFAULTS
    size: int = 64
    seeds: int = 3
    seed: int = 0
    tune: bool = False
    precision: Precision = "auto"
    device: str = "auto"

    def __post_init__(self) -> None:
        backbone = backbones.get(self.backbone)
        object.__setattr__(self, "stages", tuple(self.stages) or (backbone.stage_names[-2],))
        object.__setattr__(self, "classifiers", tuple(map(rows.written, self.classifiers)))  # raises with the way out
        within("seeds", self.seeds, 1, MOST_SEEDS)
        within("seed", self.seed, 0, 2**31 - 1)
        within(f"size for {self.backbone}", self.size, backbone.smallest, backbone.largest)
        _among("pooling", self.pooling, get_args(Pooling))
        _among("precision", self.precision, get_args(Precision))
        for stage in self.stages:
            _among(f"a stage of {self.backbone} before its head", stage, backbone.stage_names[:-1])
        within("the number of classifiers", len(self.classifiers), 1, MOST_CLASSIFIERS)
        for what, texts in (("classifiers", self.classifiers), ("stages", self.stages)):
            for text in texts:
                if texts.count(text) > 1:
                    raise ValueError(f"“{text}” stands twice among the {what}.")

    @property
    def run_seeds(self) -> range:
        return range(self.seed, self.seed + self.seeds)

    @property
    def names(self) -> tuple[str, ...]:
        """Name the rows of the leaderboard, `CLASSIFIER@STAGE`, in the order in which they are fitted."""
        return tuple(f"{text}@{stage}" for stage in self.stages for text in self.classifiers)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"stages": list(self.stages), "classifiers": list(self.classifiers)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "FeaturesSpec":
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})


def title(name: str) -> str:
    """Give what people call a row, `svm_linear@stage4`: “Linear SVM on stage4”."""
    text, _, stage = name.rpartition("@")
    return f"{rows.title(text)} on {stage}"


def remembered(spec: FeaturesSpec) -> Speed | None:
    """Give the remembered speed of the backbone, or None if no trial has been made."""
    file = remembered_file(spec.device, spec.backbone, spec.size, spec.precision)
    return read_speed(file) if file.exists() else None


def estimate(spec: FeaturesSpec, split: SplitSizes, classes: int, speed: Speed) -> float:
    """Give the seconds of the whole job on one core, if nothing has been embedded before."""
    values, count = widths(spec, speed), split.train
    texts = [(text, values[stage]) for stage in spec.stages for text in spec.classifiers]
    fits = sum(fit_seconds(text, count, width, classes, spec.tune) for text, width in texts)
    probes = sum(fit_seconds(PROBE, count, width, classes) for width in values.values())
    embedding = split.total * speed.forward[-1]
    return SECONDS_TO_BEGIN + embedding + SECONDS_A_ROW * len(texts) + spec.seeds * (fits + probes)


def widths(spec: FeaturesSpec, speed: Speed) -> dict[str, int]:
    """Say how many values an embedding of each stage has: all where it is flattened, else hardly more than the last."""
    most, flat = backbones.get(spec.backbone).embedding, spec.pooling == "flatten"
    values = values_of(spec.backbone, speed).items()
    return {stage: n if flat and n <= LARGEST_FLAT else min(n, most) for stage, n in values}


def values_of(backbone: str, speed: Speed) -> dict[str, int]:
    """Say how many values each stage before the head gives of a picture, before pooling."""
    size = BYTES_A_VALUE[speed.precision]
    stages = backbones.get(backbone).stage_names[:-1]
    return {stage: row // size for stage, row in zip(stages, speed.row_bytes, strict=True)}


def fit_seconds(text: str, count: int, dimensions: int, classes: int, tune: bool = False) -> float:
    """Give the seconds that fitting one classifier to `count` embeddings takes, tuning included."""
    row, options = rows.get(text)
    once = row.seconds(options, count, dimensions, classes)
    return once * (1 + (rows.FOLDS - 1) * len(row.ladder) * tune)  # each fold trains on all others


def _among(what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{what} must be one of {', '.join(known)}, got “{value}”.")
