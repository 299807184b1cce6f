"""The reviews that a language is learned from, that choose, and that only measure; no text is in two of them."""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model_zoo.recipes import reviews
from model_zoo.recipes.reviews import Reviews
from model_zoo.recipes.sentiment_figures import Measured
from model_zoo.recipes.sentiment_lesson import Plan
from model_zoo.rnn.text import load_tokenizer, train_tokenizer

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CHOOSING_SHARE = 0.05


@dataclass(frozen=True)
class Sets:
    """What is learned from, long texts first, what chooses epoch and temperature, and what only measures."""

    train: tuple[Reviews, ...]
    choose: Reviews
    measure: dict[str, Measured]


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


def together(found: Sets) -> Reviews:
    """Put the parts of what is learned from one behind the other."""
    texts, labels = ([each for part in found.train for each in getattr(part, name)] for name in ("texts", "labels"))
    return Reviews(texts, labels)


def tokenizer_of(plan: Plan, found: Sets, work: Path) -> "Tokenizer":
    """Learn the tokens of what is learned from, or take those that were learned before."""
    file = work / f"sentiment_{plan.language}_{plan.shape.tokens}.tokenizer.json"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        train_tokenizer(together(found).texts, plan.shape.tokens).save(str(file))
    return load_tokenizer(file)


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
