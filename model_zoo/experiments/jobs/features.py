"""Embed a picture set, and compare classical classifiers on the embeddings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from model_zoo import backbones
from model_zoo.data import sources
from model_zoo.events import Event, Progress
from model_zoo.features.spec import FeaturesSpec

if TYPE_CHECKING:
    from model_zoo.experiments.job import Context

TITLE = "Classifiers on embeddings"
LANE: Literal["device"] = "device"  # a job that is estimated to be short goes to the quick lane
LIBRARIES = ("model_zoo.features.evaluation", "sklearn.linear_model", "sklearn.svm", "skops.io", "xgboost")


def describe(spec: dict[str, Any]) -> str:
    """Say what is embedded by which network, and how much is fitted."""
    asked = FeaturesSpec.from_json(spec)
    kinds = f"{len(asked.classifiers)} {'classifier' if len(asked.classifiers) == 1 else 'classifiers'}"
    seeds = f"{asked.seeds} {'seed' if asked.seeds == 1 else 'seeds'}"
    where = asked.stages[0] if len(asked.stages) == 1 else f"{len(asked.stages)} stages"
    pictures, network = sources.find(asked.data).title, backbones.get(asked.backbone).title
    return f"{pictures} · {network} · {kinds} on {where} × {seeds}"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Run the FeaturesSpec that `spec` holds; what was embedded before is not embedded again."""
    yield Progress("waking the network")
    from model_zoo.backbones import weights
    from model_zoo.data.opening import open_set
    from model_zoo.features.evaluation import evaluate

    asked = FeaturesSpec.from_json(spec)
    backbone = backbones.get(asked.backbone)
    if not weights.weights_ready(backbone):
        yield from weights.fetch(backbone)
    images = yield from open_set(asked.data, asked.size)
    yield from evaluate(asked, images, context.folder)
