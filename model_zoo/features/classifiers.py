"""Classical classifiers on embeddings, one row each: a scikit-learn pipeline with the scaling that it needs.

Defaults are chosen by measurement on embeddings, not from the libraries; `python -m tests.bench.features --defaults`
measures again what the knobs that tuning turns are worth.
Pages read the rows; heavy libraries load inside `build`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from model_zoo.features import pipelines
from model_zoo.features.pipelines import Problem
from model_zoo.features.scores import Scores
from model_zoo.knobs import build as with_knobs
from model_zoo.knobs import parse, spell
from model_zoo.registry import UnknownName

FOLDS = 5


@dataclass(frozen=True)
class Classifier:
    """One row. `steps` gives estimators, the last of which classifies; they stand behind a filter of constant values.

    `ladder` has the values of the knob `tuned` among which tuning chooses, the simplest model first. `seconds` says
    what a fit takes on one core, from (options, pictures, values of each, classes).
    """

    name: str
    title: str
    reference: str
    summary: str
    options: type
    steps: Callable[[Any, Problem], list[Any]]
    scores: Scores
    seconds: Callable[[Any, int, int, int], float]
    tuned: str = ""
    ladder: tuple[Any, ...] = ()

    def build(self, options: Any, problem: Problem) -> Any:
        """Give an unfitted scikit-learn Pipeline for float32 embeddings (n, D) and labels 0 … classes − 1."""
        from sklearn.feature_selection import VarianceThreshold
        from sklearn.pipeline import make_pipeline

        return make_pipeline(VarianceThreshold(), *self.steps(options, problem))

    def candidates(self, options: Any) -> list[Any]:
        """Give the options that tuning tries, the simplest model first; the one asked for is among them."""
        ladder = [replace(options, **{self.tuned: value}) for value in self.ladder]
        return ladder if options in ladder or not ladder else [*ladder, options]


ROWS = (
    Classifier(
        name="svm_linear",
        title="Linear SVM",
        reference="Cortes & Vapnik 1995, Support-vector networks, doi:10.1007/BF00994018",
        summary="The straight border with the widest margin to the pictures on either side.",
        options=pipelines.LinearSVM,
        steps=pipelines.linear_svm,
        scores="margin",
        seconds=lambda options, n, d, classes: 0.02 + 3e-8 * n * d * classes,
        tuned="c",
        ladder=(0.03, 0.1, 0.3, 1.0, 3.0, 10.0),
    ),
    Classifier(
        name="svm_rbf",
        title="RBF-kernel SVM",
        reference="Boser, Guyon & Vapnik 1992, A training algorithm for optimal margin classifiers",
        summary="A curved border: pictures count by how near they lie to support vectors.",
        options=pipelines.KernelSVM,
        steps=pipelines.kernel_svm,
        scores="margin",
        seconds=lambda options, n, d, classes: 0.02 + 2e-10 * n * n * d,
        tuned="c",
        ladder=(0.3, 1.0, 3.0, 10.0, 30.0),
    ),
    Classifier(
        name="xgboost",
        title="XGBoost",
        reference="Chen & Guestrin 2016, XGBoost: a scalable tree boosting system, arXiv:1603.02754",
        summary="Many small trees, each of which mends what those before it get wrong.",
        options=pipelines.Boosting,
        steps=pipelines.boosting,
        scores="probability",
        seconds=pipelines.boosting_seconds,
        tuned="depth",
        ladder=(1, 2, 3, 4),
    ),
    Classifier(
        name="logistic_regression",
        title="Logistic regression",
        reference="Cox 1958, The regression analysis of binary sequences",
        summary="The linear probe: what a new softmax would learn on a network that stands still.",
        options=pipelines.Logistic,
        steps=pipelines.logistic,
        scores="probability",
        seconds=lambda options, n, d, classes: 0.02 + 1.5e-8 * n * d * classes,
        tuned="c",
        ladder=(0.1, 0.3, 1.0, 3.0, 10.0, 30.0),
    ),
    Classifier(
        name="knn",
        title="Nearest neighbours",
        reference="Cover & Hart 1967, Nearest neighbor pattern classification, doi:10.1109/TIT.1967.1053964",
        summary="Asks the most similar training pictures. Learns nothing, and so shows what the embedding knows.",
        options=pipelines.Neighbours,
        steps=pipelines.neighbours,
        scores="probability",
        seconds=lambda options, n, d, classes: 0.01 + 3e-8 * n * d,
        tuned="neighbours",
        ladder=(40, 20, 10, 5, 1),
    ),
    Classifier(
        name="ridge",
        title="Ridge",
        reference="Hoerl & Kennard 1970, Ridge regression, doi:10.1080/00401706.1970.10488634",
        summary="Least squares towards −1 and 1, solved in one step.",
        options=pipelines.Ridge,
        steps=pipelines.ridge,
        scores="margin",
        seconds=lambda options, n, d, classes: 0.01 + 2e-10 * n * d * min(n, d),
        tuned="alpha",
        ladder=(30.0, 10.0, 3.0, 1.0, 0.3, 0.1),
    ),
    Classifier(
        name="lda",
        title="Linear discriminant",
        reference="Fisher 1936, The use of multiple measurements in taxonomic problems",
        summary="A bell of the same shape around the middle of every class.",
        options=pipelines.Discriminant,
        steps=pipelines.discriminant,
        scores="probability",
        seconds=pipelines.discriminant_seconds,
        tuned="shrinkage",
        ladder=(0.0, 0.8, 0.5, 0.2),
    ),
    Classifier(
        name="random_forest",
        title="Random forest",
        reference="Breiman 2001, Random forests, doi:10.1023/A:1010933404324",
        summary="Deep trees, each grown on other pictures and other values, that vote.",
        options=pipelines.Forest,
        steps=pipelines.forest,
        scores="probability",
        seconds=lambda options, n, d, classes: 0.1 + 4e-7 * options.trees * n * d**0.5,
    ),
    Classifier(
        name="majority",
        title="Most common class",
        reference="The least that anything should beat",
        summary="Names the most common class whatever it sees.",
        options=pipelines.NoOptions,
        steps=pipelines.majority,
        scores="probability",
        seconds=lambda options, n, d, classes: 0.01,
    ),
)
REGISTRY = {row.name: row for row in ROWS}


def get(text: str) -> tuple[Classifier, Any]:
    """Find a row and its options by `name` or `name:knob=value,…`; raises ValueError with the way out."""
    name, values = parse(text)
    if name not in REGISTRY:
        raise UnknownName("classifier", name, tuple(REGISTRY))
    return REGISTRY[name], with_knobs(REGISTRY[name].options, values, name)


def written(text: str) -> str:
    """Spell a classifier the one way in which it is kept, with the knobs that are not the default; raises as `get`."""
    row, options = get(text)
    return spell(row.name, options)


def title(text: str) -> str:
    """Give what people call a classifier, with the knobs that were set."""
    name, values = parse(text)
    shown = ", ".join(f"{knob} {value}" for knob, value in values.items())
    return get(text)[0].title + (f" ({shown})" if shown else "")
