"""Draw what a channel looks for: a picture made to excite it, by activation maximisation."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from model_zoo import backbones
from model_zoo.events import Event, Finished, Progress, Started, mapped

if TYPE_CHECKING:
    from model_zoo.experiments.job import Context
    from model_zoo.explain.maximise import Ascent

TITLE = "What a channel looks for"
LANE: Literal["quick"] = "quick"
FILE = "picture.png"


def describe(spec: dict[str, Any]) -> str:
    """Say which channel, of which network."""
    return f"{backbones.get(spec['backbone']).title}, channel {spec['channel']} of {spec['stage']}"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Climb, from the noise of `spec["seed"]`, to what excites `spec["channel"]` of `spec["stage"]`.

    The picture, `spec["size"]` pixels wide, is kept as picture.png in the job's folder; the result says what the
    activation was `before` and `after`.
    """
    yield Progress("waking the network")
    from model_zoo.backbones.backbone import with_pretrained_head
    from model_zoo.explain.gradcam import png
    from model_zoo.explain.maximise import STEPS, maximise

    backbone, steps = backbones.get(spec["backbone"]), spec.get("steps", STEPS)
    network = with_pretrained_head(backbone).float()
    yield Started({"steps": steps})
    ascent = maximise(
        network, spec["stage"], spec["channel"], spec["size"], backbone.mean, backbone.deviation,
        steps=steps, seed=spec.get("seed", 0),
    )  # fmt: skip
    portrait = yield from mapped(ascent, partial(_told, steps, time.monotonic()))
    (context.folder / FILE).write_bytes(png(portrait.picture.permute(1, 2, 0).numpy()))
    result = {**spec, "file": FILE, "before": portrait.before, "after": portrait.after}
    (context.folder / "result.json").write_text(json.dumps(result), "utf-8")
    yield Finished(result)


def _told(steps: int, began: float, now: Ascent) -> Progress:
    left = (time.monotonic() - began) * (steps - now.step) / now.step
    doing = f"Step {now.step} of {steps}: the channel answers with {now.activation:.2f}"
    return Progress(doing, now.step / steps, left)
