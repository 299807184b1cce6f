"""How much quicker the engine is than the loop everybody writes first, on ants and bees, with both accuracies.

    THAW_DATASETS=… python -m tests.bench.race

The plain loop trains the same five strategies one after the other: every epoch it decodes every file, crops it at
random, and sends it through the whole network. Both sides have the same split, softmax, optimiser, schedule, precision,
seeds and rule for frozen stages, batch norm included. The engine begins in a home that is thrown away, so that it finds
nothing that was computed before; the time to decode, and to find out how fast the machine is, counts.
"""

import io
import math
import os
import tempfile
import time
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from model_zoo import backbones, strategies
from model_zoo.backbones.backbone import softmax
from model_zoo.comparison import compare
from model_zoo.data.image_set import ImageSet
from model_zoo.data.opening import open_set
from model_zoo.data.splits import split
from model_zoo.data.views import crop, draw_crops, normalise
from model_zoo.devices import Setting, autocast, choose
from model_zoo.events import Finished, drained
from model_zoo.movement import Movement
from model_zoo.specs import ComparisonSpec
from model_zoo.training import shrink

STRATEGIES = ("from_scratch", "linear_probe", "full:rate=0.1", "freeze_first:k=2", "lp_ft")
SECONDS_ALLOWED, RATIO_ASKED = 120, 2.0


def main() -> bool:
    """Print both times, both accuracies and the ratio; gives whether what was promised holds."""
    with tempfile.TemporaryDirectory() as home, mock.patch.dict(os.environ, THAW_HOME=home):
        return _race(write_ants_and_bees(Path(home) / "ants_and_bees"))


def _race(folder: Path) -> bool:
    spec = ComparisonSpec(str(folder), strategies=STRATEGIES, epochs=10, seeds=3, size=64)
    torch.optim.AdamW([torch.zeros(1, requires_grad=True)])  # torch loads seconds of code for its first optimiser
    started = time.perf_counter()
    images = drained(open_set(spec.data, spec.size))
    result = next(e.result for e in compare(spec, images) if isinstance(e, Finished))
    ours = time.perf_counter() - started
    setting = Setting(result["precision"], result["memory_format"])
    started = time.perf_counter()
    plain = {
        text: [_plain_run(spec, text, seed, folder, images, setting) for seed in spec.run_seeds] for text in STRATEGIES
    }
    theirs = time.perf_counter() - started
    print(f"{'test accuracy, mean of 3 seeds':<34}{'engine':>8}{'plain':>8}")
    for text in STRATEGIES:
        mine = [row["test_accuracy"] for row in result["runs"] if row["strategy"] == text]
        print(f"{text:<34}{np.mean(mine):>8.3f}{np.mean(plain[text]):>8.3f}")
    print(f"engine {ours:.0f} s (asked: {SECONDS_ALLOWED}), plain loop {theirs:.0f} s", end=", ")
    print(f"ratio {theirs / ours:.2f} (asked: {RATIO_ASKED})")
    return ours < SECONDS_ALLOWED and theirs / ours >= RATIO_ASKED


def write_ants_and_bees(folder: Path) -> Path:
    """Write the two Parquet files of THAW_DATASETS out as JPEG class folders, `train` and `test`."""
    import pyarrow.parquet as parquet

    for part, kept in (("train", "train"), ("val", "test")):
        table = parquet.read_table(Path(os.environ["THAW_DATASETS"]) / f"hymenoptera_{part}.parquet")
        for index, (data, label) in enumerate(zip(table["image"].to_pylist(), table["label"].to_pylist(), strict=True)):
            file = folder / kept / str(label) / f"{index}.jpg"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.open(io.BytesIO(data)).convert("RGB").save(file, quality=95)
    return folder


def _plain_run(spec: ComparisonSpec, text: str, seed: int, folder: Path, images: ImageSet, setting: Setting) -> float:
    """Train one configuration the plain way; gives the test accuracy of the epoch that validates best."""
    backbone, strategy, device = backbones.get(spec.backbone), strategies.get(text), choose(spec.device)
    parts = split(images, seed)
    network = backbone.network(len(images.classes), seed=seed, pretrained=strategy.pretrained)
    network = network.to(device, memory_format=setting.layout)
    shrink(softmax(network))
    movement = Movement(network, backbone.stage_names, strategy, spec.epochs)
    best, kept = -1.0, 0.0
    for epoch in range(spec.epochs):
        scales = strategy.lr_scales(backbone.stage_names, epoch, spec.epochs)
        movement.thaw(scales)
        order = parts.train[torch.randperm(len(parts.train), generator=torch.Generator().manual_seed(epoch))]
        batches = order.tensor_split(math.ceil(len(order) / spec.batch))
        for step, batch in enumerate(batches):
            pictures = _decode(folder, images, batch, spec.size)
            pictures = crop(pictures, draw_crops(len(batch), torch.Generator().manual_seed(step), images.mirror))
            movement.set_rates(spec.rate, scales, (epoch + step / len(batches)) / spec.epochs, len(batches))
            with autocast(device, setting.precision):
                logits = network(
                    normalise(pictures, backbone.mean, backbone.deviation).contiguous(memory_format=setting.layout)
                )
            movement.step(F.cross_entropy(logits.float(), images.labels[batch]))
        validated = _accuracy(network, folder, images, parts.validation, spec, setting)
        if validated > best:
            best, kept = validated, _accuracy(network, folder, images, parts.test, spec, setting)
    return kept


@torch.no_grad()
def _accuracy(network, folder: Path, images: ImageSet, index: Tensor, spec: ComparisonSpec, setting: Setting) -> float:
    network.eval()
    backbone, right = backbones.get(spec.backbone), 0
    for batch in index.split(128):
        x = normalise(_decode(folder, images, batch, spec.size), backbone.mean, backbone.deviation)
        with autocast(x.device, setting.precision):
            right += (
                (network(x.contiguous(memory_format=setting.layout)).argmax(1) == images.labels[batch]).sum().item()
            )
    return right / len(index)


def _decode(folder: Path, images: ImageSet, index: Tensor, size: int) -> Tensor:
    """Decode picture files as a data loader without workers does: short side to `size`, centre crop."""
    decoded = []
    for name in (images.names[i] for i in index.tolist()):
        picture = Image.open(folder / name).convert("RGB")
        scale = size / min(picture.size)
        width, height = (max(size, round(side * scale)) for side in picture.size)
        left, top = (width - size) // 2, (height - size) // 2
        picture = picture.resize((width, height), Image.Resampling.BILINEAR).crop((left, top, left + size, top + size))
        decoded.append(np.asarray(picture))
    return torch.from_numpy(np.stack(decoded)).permute(0, 3, 1, 2)


if __name__ == "__main__":
    raise SystemExit(not main())
