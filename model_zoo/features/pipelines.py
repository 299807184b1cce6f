"""The knobs of each classifier, the steps of its pipeline behind the filter of constant values, and what a fit takes.

Embeddings are standardised, so that the squared length of one is D on average, the number of its values; where a
strength would depend on that, it is divided out. Seconds are of one core.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from model_zoo.knobs import param

WIDE, COMPONENTS = 1024, 256  # embeddings of more values than WIDE are reduced for what takes their covariance


@dataclass(frozen=True)
class Problem:
    """What a pipeline is built for: training pictures, values of each, classes, seed; CUDA if there is one; threads."""

    count: int
    dimensions: int
    classes: int
    seed: int = 0
    cuda: bool = False
    threads: int = 1


@dataclass(frozen=True)
class LinearSVM:
    c: float = param(1.0, "Inverse of the strength of regularisation.", min=1e-4, max=1e4)


@dataclass(frozen=True)
class KernelSVM:
    c: float = param(10.0, "Inverse of the strength of regularisation.", min=1e-4, max=1e4)
    width: float = param(1.0, "Width of the kernel; embeddings have length 1.", min=0.01, max=100)


@dataclass(frozen=True)
class Boosting:
    trees: int = param(100, "Rounds; each adds a tree for every class.", min=1, max=5000)
    depth: int = param(3, "Splits from the root of a tree to a leaf.", min=1, max=12)
    rate: float = param(0.2, "How much of each tree is taken.", min=0.001, max=1.0)
    columns: float = param(0.1, "Share of the embedding's values that a split may look at.", min=0.001, max=1.0)


@dataclass(frozen=True)
class Logistic:
    c: float = param(10.0, "Inverse of the strength of regularisation.", min=1e-4, max=1e6)


@dataclass(frozen=True)
class Neighbours:
    neighbours: int = param(10, "Pictures that vote, the nearer the more.", min=1, max=500)


@dataclass(frozen=True)
class Ridge:
    alpha: float = param(1.0, "Strength of regularisation.", min=1e-6, max=1e4)


@dataclass(frozen=True)
class Discriminant:
    shrinkage: float = param(
        0.0, "How far covariances are drawn to a sphere; 0 lets the formula of Ledoit and Wolf say.", min=0.0, max=1.0
    )


@dataclass(frozen=True)
class Forest:
    trees: int = param(200, "Trees that vote.", min=1, max=5000)


@dataclass(frozen=True)
class NoOptions:
    """A classifier without knobs."""


def cores() -> int:
    """Count the processor cores this process may use; OMP_NUM_THREADS, where set, bounds them."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    return min(there, int(allowed)) if allowed.isdecimal() and int(allowed) else there


def linear_svm(options: LinearSVM, problem: Problem) -> list[Any]:
    from sklearn.preprocessing import Normalizer, StandardScaler
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=options.c, dual=True, tol=1e-3, max_iter=2000, random_state=problem.seed)
    return [StandardScaler(), Normalizer(), machine]


def kernel_svm(options: KernelSVM, problem: Problem) -> list[Any]:
    from sklearn.preprocessing import Normalizer, StandardScaler
    from sklearn.svm import SVC

    machine = SVC(C=options.c, gamma=0.5 / options.width**2, break_ties=problem.classes > 2, cache_size=500)
    return [StandardScaler(), Normalizer(), machine]


def boosting(options: Boosting, problem: Problem) -> list[Any]:
    from xgboost import XGBClassifier

    return [
        XGBClassifier(
            n_estimators=options.trees,
            max_depth=options.depth,
            learning_rate=options.rate,
            colsample_bynode=options.columns,
            subsample=0.8,
            max_bin=64,
            tree_method="hist",
            device="cuda" if problem.cuda else "cpu",
            n_jobs=problem.threads,
            random_state=problem.seed,
        )
    ]


def logistic(options: Logistic, problem: Problem) -> list[Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    return [StandardScaler(), LogisticRegression(C=options.c / problem.dimensions, max_iter=300, tol=1e-3)]


def neighbours(options: Neighbours, problem: Problem) -> list[Any]:
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.preprocessing import Normalizer, StandardScaler

    count = min(options.neighbours, problem.count)
    return [StandardScaler(), Normalizer(), KNeighborsClassifier(count, algorithm="brute", weights="distance")]


def ridge(options: Ridge, problem: Problem) -> list[Any]:
    from sklearn.linear_model import RidgeClassifier
    from sklearn.preprocessing import StandardScaler

    return [StandardScaler(), RidgeClassifier(alpha=options.alpha * problem.dimensions)]


def discriminant(options: Discriminant, problem: Problem) -> list[Any]:
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.preprocessing import StandardScaler

    machine = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=options.shrinkage or "auto")
    if problem.dimensions <= WIDE:
        return [StandardScaler(), machine]
    kept = min(COMPONENTS, problem.count - 1)
    reduction = PCA(kept, svd_solver="randomized", iterated_power=2, random_state=problem.seed)
    return [StandardScaler(), reduction, machine]


def forest(options: Forest, problem: Problem) -> list[Any]:
    from sklearn.ensemble import RandomForestClassifier

    return [RandomForestClassifier(options.trees, n_jobs=cores(), random_state=problem.seed)]


def boosting_seconds(options: Boosting, n: int, d: int, classes: int) -> float:
    trees = options.trees * (1 if classes == 2 else classes)
    return 0.05 + 3e-7 * n * d + trees * options.depth * (5e-5 + 6e-10 * n * d)


def discriminant_seconds(options: Discriminant, n: int, d: int, classes: int) -> float:
    reduction = 4e-9 * n * d * COMPONENTS / 4 if d > WIDE else 0.0
    width = COMPONENTS if d > WIDE else d
    return 0.02 + reduction + 5e-10 * n * width**2


def majority(options: NoOptions, problem: Problem) -> list[Any]:
    from sklearn.dummy import DummyClassifier

    return [DummyClassifier(strategy="prior")]
