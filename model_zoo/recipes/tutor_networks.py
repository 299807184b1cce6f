"""Larger networks as tutors of a smaller one: each says how clear labels are that it has not learned from.

    THAW_DATASETS=… python -m model_zoo.recipes.tutor_networks en|ko [--part K] [--work /tmp/thaw-recipes]

The training texts are dealt into five parts, no copy of a text in two of them. The texts of each part are judged by a
network and a bag of words that learned from the other parts; the mean of both is the tutor's word (Hinton et al. 2015,
arXiv:1503.02531). All networks begin where one has learned the language, without any label. Sentences out of long
reviews are judged by all parts' tutors. Minutes on a GPU; on a processor, hours. What is done is kept: the parts may be
learned side by side, each by a process of its own.
"""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model_zoo import devices
from model_zoo.events import drained
from model_zoo.recipes import reviews, tutors
from model_zoo.recipes.language_model import LanguagePlan, learn
from model_zoo.recipes.reviews import Reviews
from model_zoo.recipes.sentiment_lesson import Lesson, Plan, Words, fit, judge
from model_zoo.recipes.sentiment_sets import Sets, sets, together, tokenizer_of
from model_zoo.recipes.telling import tell
from model_zoo.rnn.sentiment_network import SentimentNetwork, Shape
from model_zoo.rnn.text import encode

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LARGE = Shape(8_000, inputs=192, hidden_size=640, layers=2)
PLANS = {
    "en": Plan("en", LARGE, LanguagePlan(streams=128), epochs=4, tokens_a_batch=32_768, sentences=100_000,
               average=0.99),
    "ko": Plan("ko", LARGE, LanguagePlan(streams=128, bptt=48), epochs=5, longest=120, tokens_a_batch=16_384,
               sentences=0, average=0.99, rate=3e-3, factor=1.5),
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """How positive the tutors find each text of each part of `Sets.train`, (N,) in [0, 1], and further sentences."""

    parts: tuple[NDArray[np.float64], ...]
    sentences: list[str]
    of_sentences: NDArray[np.float64]


def said(found: Sets, plan: Plan, work: Path) -> Said:
    """Read what the tutors of all parts said. Raises FileNotFoundError for one that has not learned yet."""
    kept = [torch.load(_file(plan, work, part), weights_only=True) for part in range(tutors.PARTS)]
    texts = together(found)
    all_ = np.full(len(texts.texts), np.nan)
    for each in kept:
        all_[each["index"].numpy()] = each["said"].numpy()
    ends = np.cumsum([len(part.texts) for part in found.train])[:-1]
    sentences = tutors.sentences(found.train[0].texts, plan.sentences, plan.seed)
    of_sentences = torch.stack([each["sentences"] for each in kept]).mean(0).double().numpy()
    return Said(tuple(np.split(all_, ends)), sentences, of_sentences)


def teach(found: Sets, part: int, plan: Plan, tokenizer: "Tokenizer", work: Path) -> None:
    """Let a network and a bag of words learn from all parts but one, and keep what they say of that one."""
    if _file(plan, work, part).exists():
        return
    texts = together(found)
    others, index = dealt(texts)[part]
    asked = [texts.texts[i] for i in index]
    asked += tutors.sentences(found.train[0].texts, plan.sentences, plan.seed)
    by_bag = _by_bag(texts, others, asked, work / f"bag_{plan.language}_{part}.pt", plan)
    network = begun(found, plan, tokenizer, work)
    choose = Lesson(encode(tokenizer, found.choose.texts), torch.tensor(found.choose.labels).float())
    calm = drained(fit(network, _words(found, set(others), plan, tokenizer), choose, plan), tell)
    by_network = (judge(network, encode(tokenizer, asked)) / calm).sigmoid().double()
    mean = (by_bag + by_network) / 2
    true = torch.tensor([texts.labels[i] for i in index]) > 0
    for name, chances in (("bag", by_bag), ("network", by_network), ("both", mean)):
        right = ((chances[: len(index)] > 0.5) == true).float().mean().item()
        print(f"{plan.language}, part {part}: {name} right on {right:.4f}", flush=True)
    _kept(
        _file(plan, work, part),
        {"index": torch.tensor(index), "said": mean[: len(index)], "sentences": mean[len(index) :]},
    )


def _by_bag(texts: Reviews, learned: list[int], asked: list[str], file: Path, plan: Plan) -> Tensor:
    if not file.exists():
        bag = tutors.bag_of_words(plan.language).fit(*_of(texts, learned))
        _kept(file, {"said": torch.from_numpy(bag.predict_proba(asked)[:, 1])})
    return torch.load(file, weights_only=True)["said"]


def _kept(file: Path, found: dict[str, Tensor]) -> None:
    aside = file.with_suffix(".part")
    torch.save(found, aside)
    aside.rename(file)


def begun(found: Sets, plan: Plan, tokenizer: "Tokenizer", work: Path) -> SentimentNetwork:
    """Give a network that knows the language and no label; it is learned once."""
    torch.manual_seed(plan.seed)
    network = SentimentNetwork(plan.shape).to(devices.choose())
    rows = encode(tokenizer, together(found).texts)
    drained(learn(network, rows, plan.language_plan, work / f"language_{plan.language}_tutor.pt"), tell)
    return network


def dealt(texts: Reviews) -> list[tuple[list[int], list[int]]]:
    """Deal texts into parts; gives for each which are learned from and which are judged."""
    from sklearn.model_selection import StratifiedGroupKFold

    apart = StratifiedGroupKFold(tutors.PARTS, shuffle=True, random_state=0)
    groups = [reviews.as_written(text) for text in texts.texts]
    return [(one.tolist(), other.tolist()) for one, other in apart.split(texts.texts, texts.labels, groups)]


def _words(found: Sets, learned: set[int], plan: Plan, tokenizer: "Tokenizer") -> Words:
    """Give the texts to learn from, those of short parts several times, in both spellings."""
    texts: list[str] = []
    labels: list[int] = []
    first = 0
    for place, part in enumerate(found.train):
        kept = _of(part, [i for i in range(len(part.texts)) if first + i in learned])
        for number in range(plan.repeats if place else 1):
            texts += kept[0] if number % 2 == 0 else map(reviews.as_written, kept[0])
            labels += kept[1]
        first += len(part.texts)
    return Words(tokenizer, texts, torch.tensor(labels).float(), plan.unmerged)


def _of(texts: Reviews, index: Sequence[int]) -> tuple[list[str], list[int]]:
    return [texts.texts[i] for i in index], [texts.labels[i] for i in index]


def _file(plan: Plan, work: Path, part: int) -> Path:
    return work / f"tutor_{plan.language}_{part}.pt"


def main() -> None:
    """Learn what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("language", choices=sorted(PLANS))
    parser.add_argument("--part", type=int, help="only this one, from 0; without: all, one after another")
    parser.add_argument("--language-only", action="store_true", help="learn where all networks begin, and stop")
    parser.add_argument("--work", type=Path, default=Path("/tmp/thaw-recipes"))
    arguments = parser.parse_args()
    plan = PLANS[arguments.language]
    found = sets(plan.language, Path(os.environ["THAW_DATASETS"]), plan.seed)
    tokenizer = tokenizer_of(plan, found, arguments.work)
    if arguments.language_only:
        begun(found, plan, tokenizer, arguments.work)
        return
    for part in range(tutors.PARTS) if arguments.part is None else [arguments.part]:
        teach(found, part, plan, tokenizer, arguments.work)


if __name__ == "__main__":
    main()
