"""Train a network that tags words: named entities or parts of speech (Lample et al. 2016, arXiv:1603.01360).

    THAW_DATASETS=… python -m model_zoo.recipes.tagging ner|pos

Words first get vectors from their neighbours in the training sentences and in film reviews; then all is learned from
the tags, with AdamW on one cycle. Rare words are read as unknown now and then (Kiperwasser & Goldberg 2016,
arXiv:1603.04351). A twentieth of the training sentences chooses the epoch; the dev sets only measure.
"""

import argparse
import json
import os
import random
import time
from collections import Counter
from collections.abc import Generator, Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model_zoo.events import drained
from model_zoo.home import WEIGHTS
from model_zoo.recipes import reviews, tagged, tagging_card
from model_zoo.recipes.tagged import Sentence
from model_zoo.recipes.tagging_figures import entity_figures, word_figures
from model_zoo.recipes.telling import tell
from model_zoo.recipes.word_vectors import word_vectors
from model_zoo.rnn.cells import autocast
from model_zoo.rnn.tagger import Tagger, Task
from model_zoo.rnn.tagging_network import Shape, TaggingNetwork
from model_zoo.rnn.tags import iob2
from model_zoo.rnn.text import bucketed
from model_zoo.rnn.vocabulary import Batch, Vocabulary, plain
from model_zoo.rnn.words import words

CHOOSING_SHARE = 0.05
STEPS_BETWEEN_REPORTS = 100
LABELS = ("PER", "LOC", "ORG", "MISC")
RARE_CHARACTER = 3  # times in the training sentences; what is rarer is read as strange


@dataclass(frozen=True)
class Plan:
    """How one task is learned; a checkpoint is only continued under the same plan."""

    task: Task
    shape: Shape = field(default_factory=Shape)
    known_words: int = 10_000
    vectors: bool = True
    epochs: int = 12
    words_a_batch: int = 600
    rate: float = 4e-3
    embedding_rate: float = 1e-3
    weight_decay: float = 0.01
    warm_share: float = 0.1
    clip: float = 1.0
    hiding: float = 0.5  # a word that is met n times is read as unknown hiding / (hiding + n) of the times
    seed: int = 0


PLANS = {
    "ner": Plan("ner", known_words=12_000),
    "pos": Plan("pos", Shape(inputs=48), known_words=7_500, epochs=8),
}


@dataclass(frozen=True)
class Sets:
    """What is learned from, what chooses the epoch, and by name what only measures."""

    train: list[Sentence]
    choose: list[Sentence]
    measure: dict[str, list[Sentence]]


def sets(task: Task, folder: Path, seed: int) -> Sets:
    """Read what a task is learned from; no sentence that chooses is also learned from."""
    if task == "pos":
        return Sets(*apart(tagged.ud_ewt(folder, "train"), seed), {"UD-EWT dev": tagged.ud_ewt(folder, "dev")})
    found = tagged.wikiann(folder, "train") + tagged.wnut17(folder, "train") + tagged.wikigold(folder)
    wikiann = tagged.wikiann(folder, "dev")
    small = [replace(one, words=tuple(map(str.lower, one.words))) for one in wikiann]
    measure = {"WikiANN-en dev": wikiann, "WNUT17 dev": tagged.wnut17(folder, "dev")}
    return Sets(*apart(found, seed), measure | {"WikiANN-en dev, all in small letters": small})


def apart(found: list[Sentence], seed: int) -> tuple[list[Sentence], list[Sentence]]:
    """Set a share of the distinct sentences aside to choose by, with every copy; gives the others first."""
    distinct = list(dict.fromkeys(sentence.words for sentence in found))
    chosen = set(random.Random(seed).sample(distinct, round(CHOOSING_SHARE * len(distinct))))
    return [each for each in found if each.words not in chosen], [each for each in found if each.words in chosen]


def vocabulary(task: Task, train: list[Sentence], beside: Iterable[list[str]], size: int) -> Vocabulary:
    """Know the words that are met twice in training, and of the others those most frequent in texts `beside`."""
    counts = Counter(plain(word) for sentence in train for word in sentence.words)
    elsewhere = Counter(word for sentence in beside for word in sentence)
    known = [word for word, count in counts.most_common(size) if count > 1]
    more = [word for word, _ in elsewhere.most_common(2 * size) if word not in counts or counts[word] == 1]
    characters = Counter("".join(word for sentence in train for word in sentence.words))
    common = sorted(character for character, count in characters.items() if count >= RARE_CHARACTER)
    tags = iob2(LABELS) if task == "ner" else sorted({tag for sentence in train for tag in sentence.tags})
    return Vocabulary(tuple((known + more)[:size]), "".join(common), tuple(tags))


def fit(tagger: Tagger, parts: Sets, plan: Plan, checkpoint: Path) -> Generator[tuple[str, float], None, None]:
    """Learn to tag; yields (where, loss or score). The weights of the best epoch by `choose` stay."""
    network, train = tagger.network, parts.train
    batches = bucketed([len(sentence.words) for sentence in train], plan.words_a_batch)
    optimiser = _optimiser(network, plan)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        [plan.embedding_rate, plan.rate],
        total_steps=plan.epochs * len(batches) + 1,
        pct_start=plan.warm_share,
        cycle_momentum=False,
    )
    counts = Counter(plain(word) for sentence in train for word in sentence.words)
    rarity = torch.tensor([0.0, *(plan.hiding / (plan.hiding + counts[word]) for word in tagger.vocabulary.words)])
    moving = {"network": network, "optimiser": optimiser, "schedule": schedule}
    done, best, kept = _resume(checkpoint, plan, moving)
    for epoch in range(done, plan.epochs):
        network.train()
        torch.manual_seed(plan.seed * 1_000_003 + epoch)
        random.Random(f"{plan.seed} {epoch}").shuffle(ordered := list(batches))
        for step, index in enumerate(ordered):
            loss = _loss(tagger, [train[i] for i in index], rarity)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), plan.clip)
            optimiser.step()
            schedule.step()
            if step % STEPS_BETWEEN_REPORTS == 0:
                yield f"epoch {epoch + 1}, step {step + 1}/{len(batches)}", loss.item()
        score = figures(plan.task, parts.choose, _said(tagger, parts.choose))["mean"]
        yield f"epoch {epoch + 1}, on what chooses", score
        if score > best:
            best, kept = score, {name: value.clone() for name, value in network.state_dict().items()}
        _save(checkpoint, plan, moving, {"done": epoch + 1, "best": best, "kept": kept})
    network.load_state_dict(kept)


def figures(task: Task, right: list[Sentence], said: list[list[str]]) -> dict[str, Any]:
    """Give what is right of what was said, as cards hold it."""
    return (word_figures if task == "pos" else entity_figures)(right, said)


def allowed(sentences: list[Sentence], known: Vocabulary, steps: int) -> Tensor:
    """Give which tags are right, (B, T, K): one a word, or those that an O may hide where nobody looked for them."""
    found = torch.zeros(len(sentences), steps, len(known.tags), dtype=torch.bool)
    for row, sentence in enumerate(sentences):
        places = torch.tensor([known.tag_places[tag] for tag in sentence.tags])
        found[row, torch.arange(len(places)), places] = True
        hidden = [place for place, tag in enumerate(known.tags) if tag[2:] in sentence.unlabelled]
        if hidden:
            found[row, :, hidden] |= found[row, :, :1]  # O stands first
    return found


def _loss(tagger: Tagger, sentences: list[Sentence], rarity: Tensor) -> Tensor:
    batch: Batch = tagger.vocabulary.batch([sentence.words for sentence in sentences])
    hidden = torch.rand(batch.words.shape) < rarity[batch.words]
    with autocast():
        emissions = tagger.network(batch, hidden)
    right = allowed(sentences, tagger.vocabulary, batch.words.shape[1])
    return -tagger.network.crf.log_likelihood(emissions.float(), batch.lengths, right).sum() / len(sentences)


def _said(tagger: Tagger, sentences: list[Sentence]) -> list[list[str]]:
    return [found.tags for found in tagger.tag([sentence.words for sentence in sentences])]


def _optimiser(network: TaggingNetwork, plan: Plan) -> torch.optim.Optimizer:
    embedding = list(network.embedding.parameters())
    rest = [each for each in network.parameters() if each is not embedding[0]]
    groups: list[dict[str, Any]] = [{"params": embedding, "weight_decay": 0.0}, {"params": rest}]
    return torch.optim.AdamW(groups, plan.rate, weight_decay=plan.weight_decay, betas=(0.9, 0.99), fused=True)


def _save(checkpoint: Path, plan: Plan, moving: dict[str, Any], rest: dict[str, Any]) -> None:
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    aside = checkpoint.with_suffix(".part")
    torch.save({name: part.state_dict() for name, part in moving.items()} | rest | {"plan": asdict(plan)}, aside)
    aside.rename(checkpoint)


def _resume(checkpoint: Path, plan: Plan, moving: dict[str, Any]) -> tuple[int, float, dict[str, Tensor]]:
    if not checkpoint.exists():
        return 0, -1.0, {}
    state = torch.load(checkpoint, weights_only=True)
    if state["plan"] != asdict(plan):
        raise ValueError(f"{checkpoint} belongs to another plan, {state['plan']}. Remove it to start anew.")
    for name, part in moving.items():
        part.load_state_dict(state[name])
    return state["done"], state["best"], state["kept"]


def _beside(folder: Path, work: Path) -> list[list[str]]:
    """Give the words of film reviews that are learned from, each as a vocabulary looks it up; kept in `work`."""
    file = work / "imdb_words.txt"
    if not file.exists():
        documents, _ = reviews.imdb(folder)
        rows = (" ".join(plain(word.text) for word in words(text.replace("<br />", " "))) for text in documents.texts)
        work.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(".part")
        aside.write_text("\n".join(rows), encoding="utf-8")
        aside.rename(file)
    return [row.split(" ") for row in file.read_text(encoding="utf-8").split("\n")]


def _started(plan: Plan, parts: Sets, folder: Path, work: Path) -> Tagger:
    torch.manual_seed(plan.seed)
    beside = _beside(folder, work) if plan.vectors else []
    known = vocabulary(plan.task, parts.train, beside, plan.known_words)
    network = TaggingNetwork(plan.shape, known)
    if plan.vectors:
        everywhere = beside + [[plain(word) for word in sentence.words] for sentence in parts.train]
        found = word_vectors(everywhere, known.words, plan.shape.inputs, plan.seed)
        with torch.no_grad():
            network.embedding.weight[1:] = found
    return Tagger(network, known)


def main() -> None:
    """Learn what the command line asks for, write weights and card, and print what the dev sets say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=sorted(PLANS))
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--no-vectors", action="store_true", help="start from drawn word vectors, for comparison")
    parser.add_argument("--work", type=Path, default=Path("/tmp/thaw-recipes"))
    parser.add_argument("--measure", action="store_true", help="only judge what is in that folder")
    parser.add_argument("--to", type=Path, default=WEIGHTS, help="the folder for weights and card")
    arguments = parser.parse_args()
    plan = PLANS[arguments.task]
    plan = replace(plan, epochs=arguments.epochs or plan.epochs, vectors=not arguments.no_vectors)
    folder, started = Path(os.environ["THAW_DATASETS"]), time.monotonic()
    parts = sets(plan.task, folder, plan.seed)
    if not arguments.measure:
        tagger = _started(plan, parts, folder, arguments.work)
        tell((f"{len(parts.train):,} sentences, {tagger.parameters:,} parameters",))
        drained(fit(tagger, parts, plan, arguments.work / f"tagging_{plan.task}.pt"), tell)
        hours = (time.monotonic() - started) / 3600
        tagging_card.write(tagger, plan.task, asdict(plan), hours, arguments.to)
    print(json.dumps(tagging_card.measure(plan.task, parts, arguments.to), indent=1))


if __name__ == "__main__":
    main()
