"""How accuracy grows with the pictures of each class, on embeddings that a features job has left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from model_zoo.events import Event, Finished, Progress, Started
from model_zoo.features.curve import CurveSpec

if TYPE_CHECKING:
    from model_zoo.data.image_set import Split
    from model_zoo.experiments.job import Context
    from model_zoo.features.embedded import Embedded

TITLE = "Learning curves"
LANE: Literal["device"] = "device"  # a job that is estimated to be short goes to the quick lane


def describe(spec: dict[str, Any]) -> str:
    """Say how many classifiers, and how often each size is drawn."""
    asked = CurveSpec(**spec)
    count = len(asked.classifiers)
    kinds = "all classifiers" if not count else f"{count} {'classifier' if count == 1 else 'classifiers'}"
    return f"{kinds} against pictures a class, {asked.draws} draws"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Draw the curves of the CurveSpec that `spec` holds; the result is also kept as result.json.

    It has `per_class`, `pictures` (to train, in all), `curves`, `band` (what the band is), `fine_tuning`: None, and
    `tuned`: False, for curves have the settings that the classifiers are spelled with, also of a job that tuned them.
    """
    yield Progress("opening the embeddings")
    from model_zoo.features.curve import estimate, learning_curves
    from model_zoo.features.embedded import embedded

    asked = CurveSpec(**spec)
    job = embedded(asked.job)
    stage, texts = job.stage(asked.stage), asked.classifiers or job.spec.classifiers
    x, images, splits = job.embeddings(stage), job.images, _splits(job, asked.draws)
    counts = images.labels[splits[0].train].bincount().tolist()
    seconds = estimate(texts, [count for count in counts if count], x.shape[1], asked.draws)
    yield Started({"seconds": seconds, "classifiers": list(texts), "stage": stage, "draws": asked.draws})
    drawn = yield from learning_curves(
        x, images.labels.numpy(), len(images.classes), texts, splits, splits[0].redrawn, job.spec.seed
    )
    about = {"job": asked.job, "stage": stage, "dimensions": x.shape[1], "split": job.result["split"]}
    result = {**about, **drawn, "tuned": False, "fine_tuning": None}
    (context.folder / "result.json").write_text(json.dumps(result, ensure_ascii=False), "utf-8")
    yield Finished(result)


def _splits(job: Embedded, draws: int) -> list[Split]:
    """Give a split for each draw: the same, unless every run seed has its own."""
    from model_zoo.data.splits import split

    first = split(job.images, job.spec.seed)
    if not first.redrawn:
        return [first] * draws
    return [first, *(split(job.images, job.spec.seed + number) for number in range(1, draws))]
