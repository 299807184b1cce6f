"""Train the networks that say what a picture shows, with attention and without, on photographs with captions.

    THAW_DATASETS=… python -m model_zoo.recipes.captioning [--backbone vgg_mini] [--epochs N] [--measure]

The backbone is frozen, so that every picture goes through it twice only, once mirrored. A twentieth of the training
pictures chooses how the length of a caption counts, and says how unlike those of training a usual picture is; the
validation pictures only measure.
"""

import argparse
import json
import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model_zoo import devices
from model_zoo.events import drained
from model_zoo.recipes import flickr8k
from model_zoo.recipes.captioning_card import Trained, write, write_card
from model_zoo.recipes.captioning_figures import Photographs, figures, powers, strangers, warned
from model_zoo.recipes.captioning_lesson import Plan, learn, lesson, vocabulary
from model_zoo.recipes.telling import tell
from model_zoo.rnn import captioning
from model_zoo.rnn.captioning import KINDS, Captioner
from model_zoo.rnn.captioning_network import CaptionNetwork, Shape
from model_zoo.rnn.encoder import Encoder

CHOOSING_SHARE = 0.05
DIRECTIONS = 32  # in which pictures of training vary most
RUNGS = 101  # of the ladder of unlikeness


@dataclass(frozen=True)
class Sets:
    """Photographs to learn from, with what the encoder makes of them mirrored, to choose by, and to measure with."""

    train: Photographs
    mirrored: Tensor
    choose: Photographs
    measure: Photographs


def sets(encoder: Encoder, folder: Path, work: Path) -> Sets:
    """Read Flickr8k and send it through the encoder, once for all."""
    pictures, captions = flickr8k.load(folder, work), flickr8k.captions(folder, "train")
    grids, mirrored = (
        _grids(encoder, pictures, work, f"train{side}", side == "_mirrored") for side in ("", "_mirrored")
    )
    chosen = sorted(random.Random(0).sample(range(len(captions)), round(CHOOSING_SHARE * len(captions))))
    learned = sorted(set(range(len(captions))) - set(chosen))
    some = [Photographs(pictures[index], grids[index], [captions[i] for i in index]) for index in (learned, chosen)]
    measured = flickr8k.load(folder, work, "val")
    measure = Photographs(measured, _grids(encoder, measured, work, "val"), flickr8k.captions(folder, "val"))
    return Sets(some[0], mirrored[learned], some[1], measure)


def usual(grids: Tensor) -> dict[str, Tensor]:
    """Describe the mean features of grids (N, P, C): see Captioner."""
    pooled = grids.float().mean(1)
    mean = pooled.mean(0)
    _, sizes, directions = torch.linalg.svd(pooled - mean, full_matrices=False)
    variances = sizes.square() / (len(pooled) - 1)
    rest = variances[DIRECTIONS:].sum() / max(1, len(variances) - DIRECTIONS)
    spread = variances[:DIRECTIONS].sqrt()
    return {"mean": mean, "directions": directions[:DIRECTIONS], "spread": spread, "rest": rest.sqrt()}


def _grids(encoder: Encoder, pictures: Tensor, work: Path, name: str, mirrored: bool = False) -> Tensor:
    kept = work / f"grids_{encoder.backbone.name}_{encoder.digest[:8]}_{name}.pt"
    if not kept.exists():
        aside = kept.with_suffix(".part")
        device = devices.choose()
        found = encoder.to(device).grids((pictures.flip(3) if mirrored else pictures).to(device))
        torch.save(torch.cat([grid.half().cpu() for grid in found]), aside)
        encoder.cpu()
        aside.rename(kept)
    return torch.load(kept, mmap=True, weights_only=True)


def phases(epochs: int, more: int) -> tuple[Plan, ...]:
    """Give the plan of `epochs`, and of `more` that follow at half the rate; none follow where it is 0."""
    first = replace(Plan(), epochs=epochs)
    return (first, replace(first, epochs=more, rate=first.rate / 2, seed=first.seed + 1)) if more else (first,)


def _learned(
    kind: str, found: Sets, words: tuple[str, ...], plans: Sequence[Plan], work: Path, encoder: Encoder
) -> CaptionNetwork:
    """Train one network, phase by phase; each leaves out half as much of the network as the one before.

    Its weights are rounded as they are shipped, so that what is measured is what everybody gets.
    """
    shape = Shape(len(words), found.train.grids.shape[2], attention=kind == "attention")
    taught = lesson((found.train.grids, found.mirrored), found.train.captions, words, plans[0])
    print(f"{kind}: {len(taught.captions):,} captions", flush=True)
    network, file = None, work / f"captioning_{encoder.backbone.name}_{encoder.digest[:8]}_{kind}.pt"
    for plan in plans:
        network = drained(learn(taught, shape, plan, file, network and network.state_dict()), tell)
        shape, file = replace(shape, dropout=shape.dropout / 2), file.with_stem(f"{file.stem}_more")
    return network.half().float()


def _measured(captioners: dict[str, Captioner], found: Sets, folder: Path) -> dict[str, Any]:
    told = figures(captioners, found.choose, found.measure)
    looking = captioners["attention"]
    told["length powers, BLEU-4 on what chooses"] = powers(looking, found.choose)
    told["unlike"] = {"validation": strangers(looking, found.measure.grids)} | warned(looking, folder)
    print(json.dumps(told, indent=1))
    return told


def main() -> None:
    """Learn what the command line asks for, measure it, and write weights and model card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backbone", default="vgg_mini")
    parser.add_argument("--epochs", type=int, default=Plan.epochs)
    parser.add_argument("--more", type=int, default=0, help="epochs that follow, at half the rate")
    parser.add_argument("--measure", action="store_true", help="train nothing; measure what is shipped")
    parser.add_argument("--work", type=Path, default=Path("/tmp/thaw-recipes"))
    parser.add_argument("--into", type=Path, default=captioning.WEIGHTS)
    arguments = parser.parse_args()
    encoder = Encoder(arguments.backbone)
    folder = Path(os.environ["THAW_DATASETS"])
    found = sets(encoder, folder, arguments.work)
    if arguments.measure:
        card = captioning.card()
        told = _measured({kind: captioning.load(kind) for kind in KINDS}, found, folder)
        write_card(card | {"figures": card["figures"] | told}, arguments.into)
        return
    plans = phases(arguments.epochs, arguments.more)
    words = vocabulary(found.train.captions, plans[0].fewest)
    networks = {kind: _learned(kind, found, words, plans, arguments.work, encoder) for kind in KINDS}
    description = {name: part.half().float() for name, part in usual(found.train.grids).items()}
    distances = captioning.unlikeness(found.choose.grids.float(), description)
    ladder = tuple(distances.quantile(torch.linspace(0, 1, RUNGS)).tolist())
    captioners = {
        kind: Captioner(kind, encoder, network, words, description, ladder) for kind, network in networks.items()
    }
    found_powers = powers(captioners["attention"], found.choose)
    how = f"beam:length_power={max(found_powers, key=found_powers.__getitem__)}"
    captioners = {kind: replace(captioner, how=how) for kind, captioner in captioners.items()}
    told = _measured(captioners, found, folder)
    write(captioners, Trained(plans, len(found.train.captions), len(found.choose.captions)), told, arguments.into)


if __name__ == "__main__":
    main()
