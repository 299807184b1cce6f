"""Try what else the second phase of the captioner might do: read its own words, and let its eye learn along.

    THAW_DATASETS=… python -m model_zoo.recipes.captioning_trials [--into FOLDER]

All trials begin where the first phase of `captioning` ended, take the same captions in the same order for the same
epochs, and are measured alike; all captions of a picture stand together, so that it is looked at once. The photographs
that choose say which is best, by sacrebleu's paired bootstrap of BLEU-4 against the first (Koehn 2004); the validation
pictures only measure.
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

from model_zoo.events import drained
from model_zoo.recipes.captioning import Sets, phases, sets
from model_zoo.recipes.captioning_card import write_card
from model_zoo.recipes.captioning_eye import Eye
from model_zoo.recipes.captioning_figures import Photographs, said, scored
from model_zoo.recipes.captioning_lesson import NOTHING, Lesson, Plan, batch, learn, lesson, split, vocabulary
from model_zoo.recipes.telling import tell
from model_zoo.rnn import captioning
from model_zoo.rnn.caption_scores import bleu
from model_zoo.rnn.captioning import Captioner
from model_zoo.rnn.captioning_network import CaptionNetwork, Shape
from model_zoo.rnn.encoder import Encoder

FIRST, EPOCHS = 6, 2  # of the first phase, as of what is shipped, and of a trial


@dataclass(frozen=True)
class Trial:
    """What the second phase does otherwise: the share of words that it guesses at the end, or how its eye moves."""

    title: str
    guessed: float = 0.0
    eye: str = ""  # a strategy


TRIALS = (
    Trial("The words of people, the encoder at rest"),
    Trial("A quarter of the words read are guesses of its own at the end", guessed=0.25),
    Trial("The encoder's normalisation learns along", eye="norm_only"),
    Trial("The whole encoder learns along at a tenth of the rate", eye="full:rate=0.1"),
)


def attempt(trial: Trial, found: Sets, words: tuple[str, ...], encoder: Encoder, work: Path) -> Captioner:
    """Go through the second phase as `trial` says, or on where its checkpoint stands."""
    first, plan = phases(FIRST, EPOCHS)
    stem = f"captioning_{encoder.backbone.name}_{encoder.digest[:8]}_attention"
    shape = Shape(len(words), found.train.grids.shape[2])
    taught = lesson((found.train.grids, found.mirrored), found.train.captions, words, first)
    begun = drained(learn(taught, shape, first, work / f"{stem}.pt"), tell)
    plan, shape = replace(plan, together=True, guessed=trial.guessed), replace(shape, dropout=shape.dropout / 2)
    eye = Eye(encoder, found.train.pictures, trial.eye, plan.rate, plan.epochs) if trial.eye else None
    name = "_".join(part for part in (stem, "trial", f"{trial.guessed or ''}", trial.eye.partition(":")[0]) if part)
    network = drained(learn(taught, shape, plan, work / f"{name}.pt", begun.state_dict(), eye), tell)
    usual = captioning.load("attention")
    return replace(usual, encoder=eye.moved() if eye else encoder, network=network.half().float(), words=words)


def measured(captioner: Captioner, found: Sets) -> tuple[dict[str, Any], list[str]]:
    """Give the loss of a word on what chooses and the scores on both sets; and the captions of what chooses."""
    told, captions = {}, {}
    for name, photographs in (("choose", found.choose), ("measure", found.measure)):
        grids = torch.cat([grid.half() for grid in captioner.encoder.grids(photographs.pictures)])
        loss = {"loss": _loss(captioner, replace(photographs, grids=grids))} if name == "choose" else {}
        captions[name] = said(captioner, grids)
        told[name] = scored(captions[name], photographs.captions) | loss
    return told, captions["choose"]


def doubts(captions: Sequence[list[str]], references: Sequence[Sequence[str]]) -> list[float | None]:
    """Give for each list of captions how likely so large a difference in BLEU-4 from the first is by chance, p."""
    from sacrebleu.significance import PairedTest

    systems = [(str(number), [" ".join(split(each)) for each in some]) for number, some in enumerate(captions)]
    streams = [[" ".join(split(each)) for each in some] for some in zip(*references, strict=True)]
    _, found = PairedTest(systems, {"BLEU": bleu(4)}, streams, test_type="bs")()
    return [result.p_value for result in found["BLEU"]]


@torch.inference_mode()
def _loss(captioner: Captioner, photographs: Photographs) -> float:
    """Give the mean negative log-likelihood of a word of people's captions, in nats."""
    network: CaptionNetwork = captioner.network
    plan = Plan(longest=60)
    taught: Lesson = lesson((photographs.grids, photographs.grids), photographs.captions, captioner.words, plan)
    total = count = 0.0
    for start in range(0, len(taught.captions), plan.batch):
        rows = taught.captions[start : start + plan.batch]
        index, _, words, following = batch(taught, rows, None)
        logits, _ = network(photographs.grids[index].float(), words)
        targets = following.flatten()
        total += F.cross_entropy(logits.flatten(0, 1), targets, ignore_index=NOTHING, reduction="sum").item()
        count += (following != NOTHING).sum().item()
    return round(total / count, 4)


def main() -> None:
    """Go through all trials, and write what they came to into the model card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backbone", default="vgg_mini")
    parser.add_argument("--work", type=Path, default=Path("/tmp/thaw-recipes"))
    parser.add_argument("--into", type=Path, default=captioning.WEIGHTS)
    parser.add_argument("--only", type=int, nargs="*", default=range(len(TRIALS)), help="trials, counted from 0")
    arguments = parser.parse_args()
    encoder = Encoder(arguments.backbone)
    found = sets(encoder, Path(os.environ["THAW_DATASETS"]), arguments.work)
    words = vocabulary(found.train.captions, Plan().fewest)
    told, captions = [], []
    for trial in (TRIALS[place] for place in arguments.only):
        captioner = attempt(trial, found, words, encoder, arguments.work)
        figures, choosing = measured(captioner, found)
        told.append(asdict(trial) | figures)
        captions.append(choosing)
        print(told[-1], flush=True)
    for row, doubt in zip(told, doubts(captions, found.choose.captions), strict=True):
        row["p"] = doubt and round(doubt, 4)
    card = captioning.card()
    tried = {"second phase": told, "second phase behind": encoder.digest}
    write_card(card | {"figures": card["figures"] | tried}, arguments.into)


if __name__ == "__main__":
    main()
