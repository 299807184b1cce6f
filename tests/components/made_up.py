"""A comparison that never ran, for tests of what draws one."""

from typing import Any

from model_zoo.events import EpochEnd

STAGES = ("stem", "stage1", "head")
CONFIGURATIONS = ("linear_probe", "full:rate=0.1", "from_scratch")
ACCURACY = {"linear_probe": 0.90, "full:rate=0.1": 0.93, "from_scratch": 0.70}
SECONDS = {"linear_probe": 4.0, "full:rate=0.1": 80.0, "from_scratch": 81.0}
PARAMETERS = {"linear_probe": 642, "full:rate=0.1": 4_500_000, "from_scratch": 4_500_000}


def epoch_end(strategy: str, seed: int, epoch: int, **other: Any) -> EpochEnd:
    accuracy = ACCURACY[strategy] - 0.1 / (epoch + 1) + 0.01 * seed
    frozen = strategy == "linear_probe"
    values = {
        "train_loss": 0.5,
        "train_accuracy": accuracy + (0.05 if strategy == "full:rate=0.1" else 0.0),
        "validation_loss": 0.6,
        "validation_accuracy": accuracy,
        "seconds": 2.0,
        "rates": [0.0, 0.0, 2e-3] if frozen else [2e-4, 2e-4, 2e-3],
        "gradient_norms": [0.0, 0.0, 0.5] if frozen else [0.1, 0.2, 0.5],
        "drift": [0.0, 0.0, 0.8] if frozen else [0.002, 0.05, 0.8],
        "peak_memory_bytes": 10**9,
        "memory_measured": False,
    }
    return EpochEnd(f"{strategy}#{seed}", strategy, seed, epoch, **(values | other))


def race(seeds: int = 2, epochs: int = 3) -> list[EpochEnd]:
    return [epoch_end(c, s, e) for s in range(seeds) for e in range(epochs) for c in CONFIGURATIONS]


def runs(seeds: int = 2) -> list[dict[str, Any]]:
    return [
        {
            "strategy": name,
            "seed": seed,
            "best_epoch": 2,
            "validation_accuracy": ACCURACY[name],
            "test_accuracy": ACCURACY[name] - 0.01,
            "seconds_alone": SECONDS[name],
            "seconds_marginal": 1.0,
            "trained_parameters": PARAMETERS[name],
        }
        for name in CONFIGURATIONS
        for seed in range(seeds)
    ]


def ranking() -> list[dict[str, Any]]:
    return [
        {
            "strategy": name,
            "validation_accuracy": accuracy,
            "test_accuracy": accuracy - 0.01,
            "test_accuracy_ci": [accuracy - 0.04, accuracy + 0.02],
        }
        for name, accuracy in sorted(ACCURACY.items(), key=lambda entry: -entry[1])
    ]


def verdict() -> dict[str, Any]:
    best = "full:rate=0.1"
    pairs = [
        {"a": best, "b": "linear_probe", "difference": 0.03, "ci": [-0.01, 0.07], "decided": False},
        {"a": best, "b": "from_scratch", "difference": 0.23, "ci": [0.18, 0.28], "decided": True},
    ]
    return {"recommended": best, "sentence": "", "pairs": pairs}
