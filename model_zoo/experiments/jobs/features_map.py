"""A map of the embeddings that a features job has left, and the pictures in it to look at twice."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from model_zoo.events import Event, Finished, Progress, Started, mapped
from model_zoo.features.map import MapSpec
from model_zoo.features.spec import MAP

if TYPE_CHECKING:
    from model_zoo.experiments.job import Context

TITLE = "Map of embeddings"
LANE: Literal["device"] = "device"  # a job that is estimated to be short goes to the quick lane
T = TypeVar("T")
TITLES = {"pca": "principal components", "tsne": "t-SNE"}


def describe(spec: dict[str, Any]) -> str:
    """Say by which method."""
    asked = MapSpec(**spec)
    return f"{TITLES[asked.method]}{f' of {asked.stage}' if asked.stage else ''}, near-duplicates, doubtful labels"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Draw the map of the MapSpec that `spec` holds; the result is also kept as result.json.

    map.safetensors, readable with numpy, has `points` (N, 2), in the order of the kept set. The result has
    `duplicates`, pairs with the correlation of their pixels, and `suspects`, the worst first; at most 200 of each, of
    `duplicates_found` and `suspects_found`. `accuracy` is the probe's on pictures it had not seen.
    """
    yield Progress("opening the embeddings")
    from safetensors.numpy import save_file

    from model_zoo.features.embedded import embedded
    from model_zoo.features.map import draw, estimate
    from model_zoo.features.suspects import duplicates, suspicious

    asked, began = MapSpec(**spec), time.perf_counter()
    job = embedded(asked.job)
    stage = job.stage(asked.stage)
    x, images = job.embeddings(stage), job.images
    yield Started({"pictures": len(x), "stage": stage, "method": asked.method})
    parts = estimate(len(x), x.shape[1], len(images.classes), asked.method)
    drawn = yield from _of_all(draw(x, asked.method, asked.seed), parts, 0)
    save_file({"points": drawn.points, **drawn.tensors}, context.folder / MAP)
    pairs, pairs_found = yield from _of_all(duplicates(x, images.pictures.numpy()), parts, 1)
    doubting = suspicious(x, images.labels.numpy(), len(images.classes), job.spec.seed)
    doubt = yield from _of_all(doubting, parts, 2)
    result = {
        "job": asked.job,
        "stage": stage,
        "method": asked.method,
        "seed": asked.seed,
        "pictures_file": job.result["pictures_file"],
        "file": MAP,
        **{"explained": None, "perplexity": None, "divergence": None, **drawn.about},
        "duplicates": pairs,
        "duplicates_found": pairs_found,
        "suspects": [suspect.to_json() for suspect in doubt.suspects],
        "suspects_found": doubt.found,
        "accuracy": doubt.accuracy,
        "seconds": time.perf_counter() - began,
    }
    (context.folder / "result.json").write_text(json.dumps(result, ensure_ascii=False), "utf-8")
    yield Finished(result)


def _of_all(work: Generator[Event, None, T], parts: Sequence[float], number: int) -> Generator[Event, None, T]:
    """Say of the whole job what one of its parts, which take `parts` seconds, says of itself."""
    share = 0.0

    def told(event: Event) -> Event:
        nonlocal share
        if not isinstance(event, Progress):
            return event
        share = max(share, event.done or 0.0)
        here = parts[number] * (1 - share) if event.seconds_left is None else event.seconds_left
        done = (sum(parts[:number]) + parts[number] * share) / sum(parts)
        return replace(event, done=done, seconds_left=here + sum(parts[number + 1 :]))

    return mapped(work, told)
