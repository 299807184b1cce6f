"""Classifiers × stages × seeds on one split: the leaderboard grows row by row, and a verdict ends it."""

import tempfile
import time
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor

from model_zoo import backbones
from model_zoo.data.image_set import ImageSet, Split
from model_zoo.data.splits import split as split_pictures
from model_zoo.devices import Setting, choose, device_name, free_memory_bytes
from model_zoo.estimates import SHARE_FOR_CACHE, Speed, SplitSizes
from model_zoo.events import Event, Finished, Progress, Started, mapped
from model_zoo.features.board import Board
from model_zoo.features.embedding import Embedder
from model_zoo.features.oddities import constant_values, missing_classes
from model_zoo.features.on_disk import Fits, clear, room
from model_zoo.features.pace import Pace
from model_zoo.features.spec import PROBE, FeaturesSpec, estimate, fit_seconds
from model_zoo.home import home
from model_zoo.prefix_cache import PrefixCache
from model_zoo.speed import measure


def evaluate(spec: FeaturesSpec, images: ImageSet, folder: Path | None = None) -> Iterator[Event]:
    """Embed, fit and compare; ends in Finished(result). What a job keeps is written into `folder`.

    A job that was stopped goes on where it was: it neither embeds nor fits again what has ended, nor tells it again.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as aside:
            yield from evaluate(spec, images, Path(aside))
        return
    folder.mkdir(parents=True, exist_ok=True)
    result = None
    try:
        board = yield from _prepare(spec, images, folder)
        for seed in spec.run_seeds:
            yield from board.run_seed(seed)
        for stage in backbones.get(spec.backbone).stage_names[:-1]:
            yield from board.run_layer(stage)
        result = board.result()
    finally:
        if result is None:
            clear(folder)
    board.clear()
    yield Finished(result)


def _prepare(spec: FeaturesSpec, images: ImageSet, folder: Path) -> Generator[Event, None, Board]:
    if len(images.classes) < 2:
        raise ValueError(f"All pictures are of one class, “{images.classes[0]}”; there is nothing to tell apart.")
    splits = {seed: split_pictures(images, seed) for seed in spec.run_seeds}
    yield from missing_classes(images, splits)
    speed = yield from measure(backbones.get(spec.backbone), spec.size, spec.device, spec.precision)
    plan = _plan(spec, images, splits[spec.seed], speed)
    yield Started(dict(plan))
    embedder = _embedder(spec, images, plan)
    pace = Pace([0.0, *_fits_seconds(spec, plan["split"]["train"], len(images.classes), embedder.extractor.dimensions)])
    found = yield from _embedded(spec, embedder, pace, speed.forward[-1], plan, folder)
    embeddings = {stage: rows.numpy() for stage, rows in found.items()}
    yield from constant_values({stage: embeddings[stage] for stage in spec.stages}, splits[spec.seed].train.numpy())
    fits = Fits(
        folder, {"spec": spec.to_json(), "embeddings": [embedder.keys[stage].digest() for stage in spec.stages]}
    )
    return Board(spec, images, splits, plan, folder, embeddings, pace, fits, choose(spec.device).type == "cuda")


def _plan(spec: FeaturesSpec, images: ImageSet, first: Split, speed: Speed) -> dict[str, Any]:
    sizes = SplitSizes(*first.sizes(), redrawn=first.redrawn)
    return {
        "seconds": estimate(spec, sizes, len(images.classes), speed),
        "runs": len(spec.names) * spec.seeds,
        "split": {**vars(sizes), "sentence": first.sentence},
        "precision": speed.precision,
        "memory_format": speed.memory_format,
        "device": device_name(choose(spec.device)),
    }


def _embedder(spec: FeaturesSpec, images: ImageSet, plan: dict[str, Any]) -> Embedder:
    device, setting = choose(spec.device), Setting(plan["precision"], plan["memory_format"])
    cache = PrefixCache(int(SHARE_FOR_CACHE * free_memory_bytes(device)), home("caches", "activations"))
    embedder = Embedder(images, backbones.get(spec.backbone), spec.pooling, setting, device, cache)
    embedder.extractor.check(spec.stages)
    return embedder


def _embedded(
    spec: FeaturesSpec, embedder: Embedder, pace: Pace, each: float, plan: dict[str, Any], folder: Path
) -> Generator[Event, None, dict[str, Tensor]]:
    """Embed all pictures, which takes `each` seconds a picture that is missing, as the first step of the job's pace."""

    def of_all(event: Progress) -> Progress:
        pace.expected[0] = each * embedder.computed
        return pace.progress(event.doing, event.done or 0.0)

    began = time.perf_counter()
    work = embedder.run(embedder.extractor.names, room=partial(room, folder, len(embedder.images), spec.stages))
    found = yield from mapped(work, of_all)
    pace.next()
    plan |= {"embed_seconds": time.perf_counter() - began, "embedded": embedder.computed}
    return found


def _fits_seconds(spec: FeaturesSpec, count: int, classes: int, dimensions: dict[str, int]) -> list[float]:
    """Give the seconds that each fit should take, in the order in which they come."""
    fits = [(text, stage, spec.tune) for stage in spec.stages for text in spec.classifiers] * spec.seeds
    fits += [(PROBE, stage, False) for stage in dimensions for _ in spec.run_seeds]
    return [fit_seconds(text, count, dimensions[stage], classes, tune) for text, stage, tune in fits]
