"""Train a network that judges film reviews: first the language, then the verdicts (Howard & Ruder 2018).

    THAW_DATASETS=… python -m model_zoo.recipes.sentiment en|ko [--no-language] [--more] [--measure]

Only the head learns in the first epoch, the recurrent layers wake in the second and the embedding in the third, each
layer at a lower rate than the one above. Texts are cut into other tokens in every epoch (Provilkov et al. 2020,
arXiv:1910.13267), a part of each target is what a tutor says, and the running average of the weights is what is kept. A
twentieth of the training texts chooses the epoch and the temperature (Guo et al. 2017, arXiv:1706.04599); what the sets
hold out only measures, and no text of it is learned from.
"""

import argparse
import json
import os
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from model_zoo import devices
from model_zoo.events import drained
from model_zoo.home import WEIGHTS
from model_zoo.recipes import reviews, tutor_networks, tutors
from model_zoo.recipes.language_model import LanguagePlan, learn
from model_zoo.recipes.sentiment_figures import figures_of
from model_zoo.recipes.sentiment_lesson import Lesson, Plan, Words, fit, judge
from model_zoo.recipes.sentiment_sets import Sets, sets, together, tokenizer_of
from model_zoo.recipes.telling import tell
from model_zoo.recipes.text_card import write
from model_zoo.recipes.tutor_networks import Said
from model_zoo.rnn import sentiment
from model_zoo.rnn.sentiment_network import SentimentNetwork, Shape
from model_zoo.rnn.text import encode

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TUTORED_BY_NETWORKS = 0.7  # of each target
PLANS = {
    "en": Plan("en", Shape(8_000)),
    "ko": Plan(
        "ko",
        Shape(8_000, inputs=64, hidden_size=256),
        LanguagePlan(streams=64, bptt=48),
        epochs=12,
        longest=120,
        sentences=0,
        rate=3e-3,
        factor=1.5,
    ),
}


def material(
    found: Sets, plan: Plan, network: SentimentNetwork | None, tokenizer: "Tokenizer", said: Said | None = None
) -> Words:
    """Put together what is learned from: labels, and with them a tutor's word, or what tutors `said`.

    Sentences without a label are there where tutors said something of them, or where a `network` stands to judge them.
    """
    texts, targets = [], []
    for place, part in enumerate(found.train):
        labels = np.array(part.labels)
        tutor = said.parts[place] if said else tutors.unseen(plan.language, part)
        labels = labels + plan.tutored * (tutor - labels)
        for number in range(plan.repeats if place else 1):
            texts += part.texts if number % 2 == 0 else map(reviews.as_written, part.texts)
            targets.append(labels)
    if said:
        texts += said.sentences
        targets.append(said.of_sentences)
    elif network and plan.sentences:
        everything = together(found)
        more = tutors.sentences(found.train[0].texts, plan.sentences, plan.seed)
        bag = tutors.bag_of_words(plan.language).fit(everything.texts, everything.labels)
        by_network = judge(network, encode(tokenizer, more)).sigmoid().numpy()
        texts += more
        targets.append((bag.predict_proba(more)[:, 1] + by_network) / 2)
    return Words(tokenizer, texts, torch.from_numpy(np.concatenate(targets)).float(), plan.unmerged)


def main() -> None:
    """Learn what the command line asks for, measure it, and write weights and model card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("language", choices=sorted(PLANS))
    parser.add_argument("--no-language", action="store_true", help="judge from the first step on, for comparison")
    parser.add_argument("--measure", action="store_true", help="train nothing; measure and write what was trained")
    parser.add_argument(
        "--more", action="store_true", help="go on from what was trained, for --epochs at half the rate"
    )
    parser.add_argument("--networks", action="store_true", help="learn of what `tutor_networks` has said, too")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--work", type=Path, default=Path("/tmp/thaw-recipes"))
    parser.add_argument("--into", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    plan = PLANS[arguments.language]
    plan = replace(plan, epochs=arguments.epochs or plan.epochs)
    if arguments.networks:
        plan = replace(plan, networks=True, tutored=TUTORED_BY_NETWORKS)
    found = sets(plan.language, Path(os.environ["THAW_DATASETS"]), plan.seed)
    trained = arguments.work / f"sentiment_{plan.language}{'_plain' if arguments.no_language else ''}.pt"
    shipped = (arguments.more or arguments.measure) and not trained.exists()
    tokenizer = sentiment.load(plan.language).tokenizer if shipped else tokenizer_of(plan, found, arguments.work)
    if not arguments.measure:
        before = _before(plan.language, trained) if arguments.more else None
        _train(plan, found, tokenizer, arguments.work, trained, not arguments.no_language, before)
    state = _before(plan.language, trained)
    network = _built(state)
    figures = {
        name: figures_of(judge(network, encode(tokenizer, part.measure.texts)) / state["temperature"], part)
        for name, part in found.measure.items()
    }
    print(json.dumps(figures, indent=1))
    if not arguments.no_language:
        write(network, tokenizer, state, figures, arguments.into)


def _train(
    plan: Plan, found: Sets, tokenizer: "Tokenizer", work: Path, trained: Path, language: bool, before: dict | None
) -> None:
    """Train, or go on from what was trained `before`, and save it."""
    torch.manual_seed(plan.seed)
    network, started = SentimentNetwork(plan.shape).to(devices.choose()), time.monotonic()
    if before:
        network.load_state_dict(before["network"])
        plan = replace(plan, rate=plan.rate / 2, seed=plan.seed + 1)
    said = tutor_networks.said(found, tutor_networks.PLANS[plan.language], work) if plan.networks else None
    train = material(found, plan, network if before else None, tokenizer, said)
    rows = encode(tokenizer, train.texts)
    print(f"{len(rows):,} texts, {sum(map(len, rows)):,} tokens", flush=True)
    if language and not before:
        drained(learn(network, rows, plan.language_plan, work / f"language_{plan.language}.pt"), tell)
    choose = Lesson(encode(tokenizer, found.choose.texts), torch.tensor(found.choose.labels).float())
    calm = drained(fit(network, train, choose, plan, awake=before is not None), tell)
    options = (" --more" if before else "") + (" --networks" if plan.networks else "")
    command = f"python -m model_zoo.recipes.sentiment {plan.language}{options} --epochs {plan.epochs}"
    state = {
        "network": network.cpu().state_dict(),
        "shape": asdict(plan.shape),
        "plan": {name: value for name, value in asdict(plan).items() if name != "shape"},
        "commands": [*(before or {}).get("commands", []), command],
        "temperature": calm,
        "hours": round((time.monotonic() - started) / 3600 + (before or {}).get("hours", 0.0), 2),
    }
    torch.save(state, trained)


def _before(language: str, trained: Path) -> dict:
    """Give what was trained on this machine; where there is nothing, what is shipped."""
    if trained.exists():
        return torch.load(trained, weights_only=True)
    card = sentiment.card(language)
    known = {name: card[name] for name in ("shape", "plan", "commands", "temperature", "hours")}
    return known | {"network": sentiment.load(language).network.state_dict()}


def _built(state: dict) -> SentimentNetwork:
    network = SentimentNetwork(Shape(**state["shape"]))
    network.load_state_dict(state["network"])
    return network


if __name__ == "__main__":
    main()
