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
import random
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from model_zoo.events import drained
from model_zoo.recipes import reviews, tutors
from model_zoo.recipes.language_model import LanguagePlan, learn
from model_zoo.recipes.reviews import Reviews
from model_zoo.recipes.sentiment_figures import Measured, figures_of
from model_zoo.recipes.text_card import WEIGHTS, write
from model_zoo.rnn import sentiment
from model_zoo.rnn.cells import autocast
from model_zoo.rnn.sentiment_network import SentimentNetwork, Shape
from model_zoo.rnn.text import bucketed, encode, load_tokenizer, padded, train_tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MOST_TOKENS_A_BATCH = 8_192
CHOOSING_SHARE = 0.05
STEPS_BETWEEN_REPORTS = 50


@dataclass(frozen=True)
class Plan:
    """How one language is learned; `longest` is in tokens: of a longer text, a piece drawn anew each time trains."""

    language: str
    shape: Shape
    language_plan: LanguagePlan = field(default_factory=LanguagePlan)
    epochs: int = 5
    longest: int = 250
    hidden: float = 0.1  # of the tokens are read as END in training
    unmerged: float = 0.1  # of the steps that make long tokens out of short ones are left out, drawn anew each epoch
    tutored: float = 0.3  # of each target is what a tutor says
    sentences: int = 60_000  # out of long reviews, with a tutor's word for a label, once a network stands
    average: float = 0.998  # of the weights' running average stays at each step
    rate: float = 2e-3
    factor: float = 2.6  # between the rates of neighbouring layers
    weight_decay: float = 0.01
    clip: float = 1.0
    repeats: int = 3  # of short sentences beside whole documents
    seed: int = 0


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


@dataclass(frozen=True)
class Sets:
    """What is learned from, long texts first, what chooses epoch and temperature, and what only measures."""

    train: tuple[Reviews, ...]
    choose: Reviews
    measure: dict[str, Measured]


@dataclass(frozen=True)
class Lesson:
    """Texts as rows of tokens, each with how positive it is, (N,) in [0, 1]."""

    rows: list[list[int]]
    targets: Tensor


@dataclass(frozen=True)
class Words:
    """Texts that are cut into other tokens each time they are read, each with how positive it is, (N,) in [0, 1]."""

    tokenizer: "Tokenizer"
    texts: list[str]
    targets: Tensor
    unmerged: float

    @property
    def rows(self) -> list[list[int]]:
        """Cut the texts; each time a drawn part of the merges is left out. The library's generator has no seed."""
        self.tokenizer.model.dropout = self.unmerged or None
        try:
            return encode(self.tokenizer, self.texts)
        finally:
            self.tokenizer.model.dropout = None


def sets(language: str, folder: Path, seed: int) -> Sets:
    """Read what a language is learned from; no text that chooses or measures is also learned from."""
    if language == "ko":
        everything, held_out = reviews.nsmc(folder)
        train, choose = apart(everything, seed)
        train = without(train, held_out)
        measure = Measured(held_out, without(everything, held_out), "ko")
        return Sets((train,), choose, {"NSMC, the tenth with the highest ids": measure})
    everything, held_out = reviews.imdb(folder)
    documents, some = apart(everything, seed)
    sentences, others = apart(reviews.sst2(folder, "train"), seed)
    dev = reviews.sst2(folder, "dev")
    documents, sentences = (without(without(part, held_out), dev) for part in (documents, sentences))
    choose = Reviews(some.texts + others.texts, some.labels + others.labels)
    measure = {
        "SST-2 dev": Measured(dev, reviews.sst2(folder, "train"), "en"),
        "IMDb, the last 5,000 of the train file": Measured(held_out, without(everything, held_out), "en"),
    }
    return Sets((documents, sentences), choose, measure)


def without(found: Reviews, others: Reviews) -> Reviews:
    """Leave out what stands in `others` too, in whichever spelling."""
    seen = set(map(reviews.as_written, others.texts))
    pairs = zip(found.texts, found.labels, strict=True)
    left = [(text, label) for text, label in pairs if reviews.as_written(text) not in seen]
    return Reviews([text for text, _ in left], [label for _, label in left])


def apart(found: Reviews, seed: int) -> tuple[Reviews, Reviews]:
    """Set a share of the distinct texts aside to choose by, with every copy; gives the others first."""
    distinct = list(dict.fromkeys(map(reviews.as_written, found.texts)))
    chosen = set(random.Random(seed).sample(distinct, round(CHOOSING_SHARE * len(distinct))))
    parts: tuple[Reviews, Reviews] = (Reviews([], []), Reviews([], []))
    for text, label in zip(found.texts, found.labels, strict=True):
        part = parts[reviews.as_written(text) in chosen]
        part.texts.append(text)
        part.labels.append(label)
    return parts


def fit(
    network: SentimentNetwork, train: Lesson | Words, choose: Lesson, plan: Plan, awake: bool = False
) -> Generator[tuple[str, float], None, float]:
    """Learn to judge; yields (where, loss), gives the temperature. The average weights of the best epoch stay.

    Layers wake one by one, unless they are `awake`: then the network goes on from what it has learned before, which
    stays where no epoch is better. `choose` says which is best.
    """
    layers = [network.head, network.recurrent, network.embedding]  # in the order in which they wake
    rates = [plan.rate / plan.factor**place for place in range(len(layers))]
    groups = [{"params": layer.parameters(), "lr": rate} for layer, rate in zip(layers, rates, strict=True)]
    optimiser = torch.optim.AdamW(groups, weight_decay=plan.weight_decay)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(plan.average))
    rng = random.Random(plan.seed)
    best, kept, logits = float("inf"), {}, torch.empty(0)
    for epoch in range(plan.epochs + 1):
        if epoch or awake:
            found = judge(average.module, choose.rows)
            chosen = F.binary_cross_entropy_with_logits(found, choose.targets).item()
            yield f"epoch {epoch}, on what chooses", chosen
            if chosen < best:
                best, logits = chosen, found
                kept = {name: value.clone() for name, value in average.module.state_dict().items()}
        if epoch == plan.epochs:
            break
        network.train()
        for place, layer in enumerate(layers):
            layer.requires_grad_(awake or place <= epoch)
        rows = train.rows
        batches = bucketed([min(len(row), plan.longest) for row in rows], MOST_TOKENS_A_BATCH)
        rng.shuffle(batches)
        for step, index in enumerate(batches):
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * (1 - (epoch + step / len(batches)) / plan.epochs)
            found = _logits(network, [_piece(rows[i], plan, rng) for i in index])
            loss = F.binary_cross_entropy_with_logits(found, train.targets[index])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), plan.clip)
            optimiser.step()
            average.update_parameters(network)
            if step % STEPS_BETWEEN_REPORTS == 0:
                yield f"epoch {epoch + 1}, step {step + 1}/{len(batches)}", loss.item()
    network.load_state_dict(kept)
    return temperature(logits, choose.targets)


def _piece(row: list[int], plan: Plan, rng: random.Random) -> list[int]:
    """Cut a piece out of a long text, its end as often as all others together, and hide some of its tokens."""
    over = len(row) - plan.longest
    start = 0 if over <= 0 else over if rng.random() < 0.5 else rng.randint(0, over)
    return [0 if rng.random() < plan.hidden else token for token in row[start : start + plan.longest]]


@torch.no_grad()
def judge(network: SentimentNetwork, rows: list[list[int]]) -> Tensor:
    """Give the logits (N,) of rows of tokens, in their order."""
    network.eval()
    found = torch.empty(len(rows))
    for group in bucketed([len(row) for row in rows], 4 * MOST_TOKENS_A_BATCH):
        found[group] = _logits(network, [rows[i] for i in group])
    return found


def temperature(logits: Tensor, labels: Tensor) -> float:
    """Give the number by which logits are divided so that their probabilities are the likeliest."""
    ladder = torch.linspace(0.5, 4.0, 141)
    losses = [F.binary_cross_entropy_with_logits(logits / each, labels).item() for each in ladder]
    return ladder[min(range(len(losses)), key=losses.__getitem__)].item()


def _logits(network: SentimentNetwork, rows: list[list[int]]) -> Tensor:
    tokens, lengths = padded(rows)
    with autocast():
        states = network.recurrent(network.embedding(tokens), lengths if network.shape.bidirectional else None)
    return network.judged(states.float(), lengths)


def _tokenizer(plan: Plan, texts: list[str], work: Path, shipped: bool) -> "Tokenizer":
    """Learn the tokens, or take those that were learned; to go on from what is shipped, its own."""
    if shipped:
        return sentiment.load(plan.language).tokenizer
    file = work / f"sentiment_{plan.language}_{plan.shape.tokens}.tokenizer.json"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        train_tokenizer(texts, plan.shape.tokens).save(str(file))
    return load_tokenizer(file)


def material(found: Sets, plan: Plan, network: SentimentNetwork | None, tokenizer: "Tokenizer") -> Words:
    """Put together what is learned from: labels, a tutor's word with them; sentences only where a `network` stands."""
    texts, targets = [], []
    for place, part in enumerate(found.train):
        labels = np.array(part.labels)
        labels = labels + plan.tutored * (tutors.unseen(plan.language, part) - labels)
        for number in range(plan.repeats if place else 1):
            texts += part.texts if number % 2 == 0 else map(reviews.as_written, part.texts)
            targets.append(labels)
    if network and plan.sentences:
        everything = (
            [text for part in found.train for text in part.texts],
            [y for part in found.train for y in part.labels],
        )
        more = tutors.sentences(found.train[0].texts, plan.sentences, plan.seed)
        bag = tutors.bag_of_words(plan.language).fit(*everything)
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
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--work", type=Path, default=Path("/tmp/thaw-recipes"))
    parser.add_argument("--into", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    plan = PLANS[arguments.language]
    plan = replace(plan, epochs=arguments.epochs or plan.epochs)
    found = sets(plan.language, Path(os.environ["THAW_DATASETS"]), plan.seed)
    trained = arguments.work / f"sentiment_{plan.language}{'_plain' if arguments.no_language else ''}.pt"
    shipped = (arguments.more or arguments.measure) and not trained.exists()
    tokenizer = _tokenizer(plan, [text for part in found.train for text in part.texts], arguments.work, shipped)
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
    network, started = SentimentNetwork(plan.shape), time.monotonic()
    if before:
        network.load_state_dict(before["network"])
        plan = replace(plan, rate=plan.rate / 2, seed=plan.seed + 1)
    train = material(found, plan, network if before else None, tokenizer)
    rows = encode(tokenizer, train.texts)
    print(f"{len(rows):,} texts, {sum(map(len, rows)):,} tokens", flush=True)
    if language and not before:
        drained(learn(network, rows, plan.language_plan, work / f"language_{plan.language}.pt"), _tell)
    choose = Lesson(encode(tokenizer, found.choose.texts), torch.tensor(found.choose.labels).float())
    calm = drained(fit(network, train, choose, plan, awake=before is not None), _tell)
    command = (
        f"python -m model_zoo.recipes.sentiment {plan.language}{' --more' if before else ''} --epochs {plan.epochs}"
    )
    state = {
        "network": network.state_dict(),
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


def _tell(report: tuple) -> None:
    print(time.strftime("%H:%M:%S"), *report, flush=True)


if __name__ == "__main__":
    main()
