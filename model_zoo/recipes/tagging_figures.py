"""Judge taggers: parts of speech by the word, entities by seqeval's strict matching; with intervals, and rivals."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from model_zoo.recipes.tagged import Sentence
from model_zoo.rnn.tags import OUTSIDE, entities, repaired, without
from model_zoo.rnn.vocabulary import plain

DRAWS = 1_000  # of the bootstrap over sentences
Rival = Callable[[Sentence], list[str]]  # gives the tags of a sentence
Counts = np.ndarray  # (sentences, 3): found and right, said, there


def word_figures(right: list[Sentence], said: list[list[str]]) -> dict[str, Any]:
    """Give the share of words with the right tag, by tag both kinds of mistake, and the pairs most often confused."""
    pairs = [list(zip(one.tags, tags, strict=True)) for one, tags in zip(right, said, strict=True)]
    counts = np.array([(sum(true == tag for true, tag in row), len(row), len(row)) for row in pairs])
    confused = Counter(pair for row in pairs for pair in row)
    mistakes = {f"{true} taken for {tag}": n for (true, tag), n in confused.most_common() if true != tag}
    table = {
        tag: {
            "words": sum(n for (true, _), n in confused.items() if true == tag),
            "missed": sum(n for (true, other), n in confused.items() if true == tag != other),
            "wrongly said": sum(n for (true, other), n in confused.items() if true != tag == other),
        }
        for tag in sorted({tag for one in right for tag in one.tags})
    }
    summary = _summary(counts, lambda found, said, there: found / there)
    return {
        **summary,
        "words": int(counts[:, 1].sum()),
        "by tag": table,
        "most often": dict(list(mistakes.items())[:8]),
    }


def entity_figures(right: list[Sentence], said: list[list[str]]) -> dict[str, Any]:
    """Give F1 over entities whose bounds and label are right, with what was missed and what was wrongly said.

    Labels that nobody looked for in a sentence are taken out of what was said of it.
    """
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    true = [without(one.tags, one.unlabelled) for one in right]
    told = [without(tags, one.unlabelled) for one, tags in zip(right, said, strict=True)]
    report = classification_report(true, told, mode="strict", scheme=IOB2, output_dict=True, zero_division=0)
    counts = np.array([_matched(one, other) for one, other in zip(true, told, strict=True)])
    summary = _summary(counts, lambda found, said, there: 2 * found / max(said + there, 1))
    strict = round(float(report["micro avg"]["f1-score"]), 4)
    assert abs(strict - summary["mean"]) < 2e-4, "seqeval and the bootstrap count the same entities"
    found, told_count, there = counts.sum(0).tolist()
    by_label = {
        label: {
            "F1": round(float(row["f1-score"]), 4),
            "precision": round(float(row["precision"]), 4),
            "recall": round(float(row["recall"]), 4),
            "entities": int(row["support"]),
        }
        for label, row in report.items()
        if not label.endswith("avg")
    }
    mistakes = {"missed": there - found, "wrongly said": told_count - found}
    return {**summary, "mean": strict, "entities": there, **mistakes, "by label": by_label}


def most_frequent(train: list[Sentence]) -> Rival:
    """Give a rival: each word's most frequent tag; for one never met, that of words met once, or O among entities."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in train:
        for word, tag in zip(sentence.words, sentence.tags, strict=True):
            seen[plain(word)][tag] += 1
    once = Counter(tag for tags in seen.values() if tags.total() == 1 for tag in tags)
    usual = OUTSIDE if OUTSIDE in once or not once else once.most_common(1)[0][0]
    best = {word: tags.most_common(1)[0][0] for word, tags in seen.items()}
    return lambda sentence: repaired([best.get(plain(word), usual) for word in sentence.words])


def gazetteer(train: list[Sentence]) -> Rival:
    """Give a rival for entities: the longest names of the training sentences, each with its most frequent label."""
    seen: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for sentence in train:
        for one in entities(sentence.tags):
            seen[sentence.words[one.first : one.beyond]][one.label] += 1
    names = {name: labels.most_common(1)[0][0] for name, labels in seen.items()}
    longest = max(map(len, names), default=0)

    def tag(sentence: Sentence) -> list[str]:
        tags, place = [OUTSIDE] * len(sentence.words), 0
        while place < len(tags):
            lengths = range(min(longest, len(tags) - place), 0, -1)
            length = next((n for n in lengths if sentence.words[place : place + n] in names), 0)
            if length:
                label = names[sentence.words[place : place + length]]
                tags[place : place + length] = [f"B-{label}"] + [f"I-{label}"] * (length - 1)
            place += length or 1
        return tags

    return tag


def _matched(true: list[str], told: list[str]) -> tuple[int, int, int]:
    there, said = set(entities(true)), set(entities(told))
    return len(there & said), len(said), len(there)


def _summary(counts: Counts, ratio: Callable[[int, int, int], float]) -> dict[str, Any]:
    """Give the figure with its 95 % interval, from sentences drawn again and again (Efron 1979)."""
    rng = np.random.default_rng(0)
    draws = (counts[rng.integers(len(counts), size=len(counts))] for _ in range(DRAWS))
    low, high = np.percentile([ratio(*drawn.sum(0).tolist()) for drawn in draws], (2.5, 97.5)).tolist()
    return {"mean": round(ratio(*counts.sum(0).tolist()), 4), "interval": [round(low, 4), round(high, 4)]}
