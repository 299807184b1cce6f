"""How accuracy grows with the pictures of each class, on embeddings that a features job has left."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Literal

from model_zoo import backbones, strategies
from model_zoo.events import Event, Finished, Progress, Started
from model_zoo.features.curve import CurveSpec, estimate, strategy_estimate

if TYPE_CHECKING:
    from model_zoo.data.image_set import Split
    from model_zoo.experiments.job import Context
    from model_zoo.features.compared import Trained
    from model_zoo.features.embedded import Embedded

TITLE = "Learning curves"
LANE: Literal["device"] = "device"  # a job that is estimated to be short goes to the quick lane


def describe(spec: dict[str, Any]) -> str:
    """Say how many classifiers, and how often each size is drawn."""
    asked = CurveSpec(**spec)
    count = len(asked.classifiers)
    kinds = "all classifiers" if not count else f"{count} {'classifier' if count == 1 else 'classifiers'}"
    told = f"{kinds} against pictures a class, {asked.draws} draws"
    return f"{told}; {strategies.title(asked.strategy)}, {asked.strategy_draws} draws" if asked.strategy else told


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Draw the curves of the CurveSpec that `spec` holds; the result is also kept as result.json.

    It has `per_class`, `pictures` (to train, in all), `curves`, `band` (what the band is), `fine_tuning` (the curve of
    the strategy, None without one), and `tuned`: False, for curves have the settings that the classifiers are spelled
    with, also of a job that tuned them.
    """
    yield Progress("opening the embeddings")
    from model_zoo.features.curve import draws_of, learning_curves
    from model_zoo.features.curve_of_strategy import strategy_curve
    from model_zoo.features.embedded import embedded
    from model_zoo.features.pace import Pace

    asked = CurveSpec(**spec)
    job = embedded(asked.job)
    stage, texts = job.stage(asked.stage), asked.classifiers or job.spec.classifiers
    x, images, splits, seed = job.embeddings(stage), job.images, _splits(job, asked.draws), job.spec.seed
    tuned = (yield from _tuned(asked, job)) if asked.strategy else None
    counts = [count for count in images.labels[splits[0].train].bincount().tolist() if count]
    training = strategy_estimate(tuned.runs, tuned.split, counts, asked.strategy_draws) if tuned else 0.0
    seconds = estimate(texts, counts, x.shape[1], asked.draws, splits[0].redrawn) + training
    yield Started({"seconds": seconds, "classifiers": list(texts), "stage": stage, "draws": asked.draws})
    labels, pace = images.labels.numpy(), Pace([training])
    drawn = yield from learning_curves(x, labels, len(images.classes), texts, splits, splits[0].redrawn, seed, pace)
    if tuned:
        draws = draws_of(labels, splits[: asked.strategy_draws], seed)
        drawn["fine_tuning"] = yield from strategy_curve(tuned, images, draws, drawn["per_class"], pace)
    about = {"job": asked.job, "stage": stage, "dimensions": x.shape[1], "split": job.result["split"]}
    result = {**about, "tuned": False, "fine_tuning": None, **drawn}
    (context.folder / "result.json").write_text(json.dumps(result, ensure_ascii=False), "utf-8")
    yield Finished(result)


def _tuned(asked: CurveSpec, job: Embedded) -> Generator[Event, None, Trained]:
    """Open the strategy that was asked for, and have the weights there with which it begins."""
    from model_zoo.backbones import weights
    from model_zoo.features.compared import trained

    found = trained(asked.comparison, asked.strategy, job)
    backbone = backbones.get(found.spec.backbone)
    if found.spec.pretrained and not weights.weights_ready(backbone):
        yield from weights.fetch(backbone)
    return found


def _splits(job: Embedded, draws: int) -> list[Split]:
    """Give a split for each draw: the same, unless every run seed has its own."""
    from model_zoo.data.splits import split

    first = split(job.images, job.spec.seed)
    if not first.redrawn:
        return [first] * draws
    return [first, *(split(job.images, job.spec.seed + number) for number in range(1, draws))]
