"""Write shipped taggers, with the model card that says what they are, how they came to be and what they get wrong."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_zoo.recipes.tagged import Sentence
from model_zoo.recipes.tagging_figures import Rival, entity_figures, gazetteer, most_frequent, word_figures
from model_zoo.rnn import tagging
from model_zoo.rnn.tagger import Tagger, Task, load, save

if TYPE_CHECKING:
    from model_zoo.recipes.tagging import Sets

BESIDE = "; words got their first vectors from these sentences and 20,000 IMDb reviews (Maas et al. 2011)"
ABOUT: dict[Task, dict[str, str]] = {
    "ner": {
        "data": "Training sentences of WikiANN-en (20,000) and WNUT17 (3,394), and WikiGold (1,841)",
        "terms": "WikiANN: derived from Wikipedia, CC BY-SA; WNUT17 and WikiGold: CC BY 4.0; IMDb reviews: research",
        "labels": "PER, LOC, ORG, MISC in IOB2; WNUT17's person is PER, location LOC, corporation and group ORG, "
        "product and creative-work MISC; in WikiANN, where nobody looked for MISC, O may be MISC",
        "weaknesses": "Knows short, tidy sentences of Wikipedia best: of names in small letters it misses half, of "
        "those new to it in posts and chat more than two in three; MISC was learned from a thousand examples and is "
        "mostly missed; English only.",
    },
    "pos": {
        "data": "Training sentences of UD-EWT (12,544): blogs, newsgroups, e-mails, reviews, answers",
        "terms": "UD-EWT: CC BY-SA 4.0; IMDb reviews: research",
        "labels": "The universal parts of speech (UPOS)",
        "weaknesses": "Misses most foreign words (X), a third of interjections, a fifth of symbols, and one proper "
        "noun in eight; has met hardly an emoji; English only.",
    },
}

MOST_FREQUENT = "each word's most frequent tag in the training sentences"
RIVALS: dict[Task, dict[str, Callable[[list[Sentence]], Rival]]] = {
    "pos": {MOST_FREQUENT: most_frequent},
    "ner": {
        MOST_FREQUENT: most_frequent,
        "the longest names of the training sentences, each with its most frequent label": gazetteer,
    },
}


def write(tagger: Tagger, task: Task, plan: dict[str, Any], hours: float, folder: Path) -> None:
    """Write tagging_TASK.safetensors, and its model card without figures."""
    file = folder / f"tagging_{task}.safetensors"
    save(tagger, file)
    about = ABOUT[task]
    card = {
        "name": file.stem,
        **about,
        "data": about["data"] + (BESIDE if plan["vectors"] else ""),
        "parameters": tagger.parameters,
        "date": time.strftime("%Y-%m-%d"),
        "command": f"python -m model_zoo.recipes.tagging {task} --epochs {plan['epochs']}",
        "hours": round(hours, 2),
        "plan": plan,
        "figures": {},
        "measured": f"python -m model_zoo.recipes.tagging {task} --measure",
    }
    _put(card, file.with_suffix(".json"))


def measure(task: Task, parts: "Sets", folder: Path) -> dict[str, Any]:
    """Judge the tagger in `folder`, and the better of the rivals that only look words up; the card learns of it."""
    tagger = load(task, folder)
    judge = word_figures if task == "pos" else entity_figures
    learned = {title: rival(parts.train) for title, rival in RIVALS[task].items()}
    figures: dict[str, Any] = {}
    for name, sentences in parts.measure.items():
        said = [found.tags for found in tagger.tag([sentence.words for sentence in sentences])]
        rivals = [{"what": title, **judge(sentences, list(map(tag, sentences)))} for title, tag in learned.items()]
        best = max(rivals, key=lambda told: told["mean"])
        short = {key: value for key, value in best.items() if key not in ("by tag", "by label", "most often")}
        figures[name] = judge(sentences, said) | {"rival": short}
    _put(tagging.card(task, folder) | {"figures": figures}, folder / f"tagging_{task}.json")
    return figures


def _put(card: dict[str, Any], file: Path) -> None:
    file.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
