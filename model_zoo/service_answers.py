"""What the inference process answers, as JSON: classes and Grad-CAM of a picture, filters, architectures, features."""

import base64
from dataclasses import asdict
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from model_zoo import backbones, strategies
from model_zoo.checkpoints import START
from model_zoo.data.decode import Unusable
from model_zoo.data.decoding import decode_all
from model_zoo.data.views import normalise
from model_zoo.explain.architecture import architecture
from model_zoo.explain.filters import filters, grid
from model_zoo.explain.gradcam import gradcam, overlay
from model_zoo.knobs import parse
from model_zoo.service_deadline import Deadline
from model_zoo.service_models import Fitted, NotThere, Run, Shelf, best_of_each, one, pretrained_classes, runs

TOP = 5  # classes named


def classify(shelf: Shelf, job: str, which: str, picture: bytes, deadline: Deadline) -> dict[str, Any]:
    """Ask runs of a finished comparison what a picture shows, and where: `all`, or the `best` seed of each strategy.

    Raises ValueError with a sentence for what cannot be answered.
    """
    if which not in ("best", "all"):
        raise ValueError(f"runs must be best or all, got “{which[:80]}”.")
    found = runs(job)
    asked = best_of_each(found) if which == "best" else found
    pixels: dict[int, Tensor] = {}
    answers = []
    for run in asked:
        deadline.check()
        fitted = shelf.run(run)
        if fitted.size not in pixels:
            pixels[fitted.size] = _decode(picture, fitted.size)
        deadline.check()
        told = {"run": run.index, "strategy": run.strategy, "seed": run.seed}
        answers.append(told | _look(fitted, pixels[fitted.size]))
    return {"answers": answers}


def classify_backbone(shelf: Shelf, name: str, picture: bytes, deadline: Deadline) -> dict[str, Any]:
    """Ask a pre-trained network what a picture shows, in the classes of its pre-training."""
    backbone = backbones.get(name)
    pixels = _decode(picture, backbone.size)
    deadline.check()
    return {"answer": _look(shelf.pretrained(backbone), pixels)}


def caption(query: dict[str, str], picture: bytes, deadline: Deadline) -> dict[str, Any]:
    """Say what a picture shows, word by word: `query` has the kind of network, how words are chosen, a beginning."""
    from model_zoo.rnn import captioning
    from model_zoo.rnn.encoder import SIZE

    pixels = _decode(picture, SIZE, squash=True)
    deadline.check()
    kind, how = query.get("kind", "attention"), query.get("how", "beam")
    return captioning.predict(pixels, kind, how, query.get("beginning", "")).to_json()


def ask_features(shelf: Shelf, job: str, drawn: str, picture: bytes, deadline: Deadline) -> dict[str, Any]:
    """Ask the classifiers of a finished features job what a picture shows, and where on the map `drawn` it lies."""
    from model_zoo.service_features import try_features  # scikit-learn takes a second, and no other answer needs it

    return try_features(shelf, job, drawn, lambda size: _decode(picture, size), deadline)


def show_filters(shelf: Shelf, job: str, index: str, deadline: Deadline) -> dict[str, Any]:
    """Show the first-layer filters of a run as it started and as it ended, and how far each moved."""
    run = one(runs(job), index)
    after = shelf.run(run)
    deadline.check()
    shown = filters(_start(run, after), after.network)
    return {"before": _text(grid(shown.before)), "after": _text(grid(shown.after)), "moved": shown.moved.tolist()}


def _start(run: Run, after: Fitted) -> nn.Sequential:
    """Build the network as the run found it; only of its first stage do the weights count."""
    network = backbones.get(after.backbone).network(len(after.classes), seed=run.seed, pretrained=False)
    if strategies.REGISTRY[parse(run.strategy)[0]].pretrained:
        start = run.file.parents[2] / START
        if not start.exists():
            raise NotThere("What this network looked like before training was not kept. Run the comparison again.")
        network[0].load_state_dict(load_file(start))
    return network


def show_architecture(name: str, size: str) -> dict[str, Any]:
    """Measure a network at a picture size, stage by stage, and name its classes; its weights need not be here."""
    backbone = backbones.get(name)
    if not (size.isdecimal() and backbone.smallest <= int(size) <= backbone.largest):
        raise ValueError(f"size must be {backbone.smallest} to {backbone.largest} px, got “{size[:20]}”.")
    with torch.device("meta"):
        network = backbone.network(backbone.pretrained_classes, seed=0, pretrained=False)
    try:
        classes = pretrained_classes(backbone)
    except NotThere:  # nobody has written them down; the network can be drawn all the same
        classes = ()
    return {"stages": [asdict(stage) for stage in architecture(network, int(size))], "classes": classes}


def show_backbone_filters(shelf: Shelf, name: str) -> dict[str, Any]:
    """Show the first-layer filters of a pre-trained network; raises ValueError with the way out without its weights."""
    network = shelf.pretrained(backbones.get(name)).network
    shown = filters(network, network).before  # (n, k, k, 3)
    return {"filters": _text(grid(shown)), "count": len(shown), "kernel": shown.shape[1]}


def _decode(picture: bytes, size: int, squash: bool = False) -> Tensor:
    """Decode as the engine does, in a process of its own, to uint8 (3, size, size)."""
    ((_, found),) = decode_all([(None, picture)], size, 1, squash=squash)
    if isinstance(found, Unusable):
        raise ValueError(f"This picture {found}. Try another one.")
    return torch.from_numpy(found.pixels.copy())


def _look(fitted: Fitted, pixels: Tensor) -> dict[str, Any]:
    x = normalise(pixels[None], fitted.mean, fitted.deviation)[0]  # (3, S, S)
    look = gradcam(fitted.network, x)
    probabilities, labels = look.logits.softmax(0).topk(min(TOP, len(fitted.classes)))
    named = zip(labels.tolist(), probabilities.tolist(), strict=True)
    guesses = [{"name": fitted.classes[label], "probability": probability} for label, probability in named]
    return {"guesses": guesses, "overlay": _text(overlay(pixels, look.map))}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
