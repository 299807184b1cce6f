"""In step: a tag for every word. Named entities, or parts of speech, of English text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_zoo.home import WEIGHTS
from model_zoo.rnn.mode import Reads, Wiring
from model_zoo.rnn.prediction import Prediction, Span

if TYPE_CHECKING:
    from model_zoo.rnn.tagger import Tagger

TITLE = "Tagging"
READS: Reads = "text"
WIRING: Wiring = "in step"
TASKS = {"ner": "Named entities", "pos": "Parts of speech"}
EXAMPLES = {
    "ner": (
        "Marie Curie moved from Warsaw to Paris and taught at the University of Paris.",
        "Yesterday Samsung and the BBC met in Seoul; Amelia Stone was there for the United Nations.",
        "Manchester United beat Ajax in Stockholm.",
    ),
    "pos": (
        "Time flies like an arrow; fruit flies like a banana.",
        "The old man the boat, don't they?",
        "Buffalo buffalo buffalo Buffalo buffalo.",
    ),
}
READINGS = 5
WORDS_SHOWN = 300  # of what happens inside; the first ones


def card(task: str, folder: Path = WEIGHTS) -> dict[str, Any]:
    """Read the model card of a task; raises ValueError with a sentence where it is not there."""
    file = folder / f"tagging_{known(task)}.json"
    if not file.exists():
        raise ValueError(f"Tagging needs {file}, which is not there. Get Thaw whole again.")
    return json.loads(file.read_text("utf-8"))


def known(task: str) -> str:
    """Give `task`; raises ValueError with the way out where there is no such task."""
    if task not in TASKS:
        raise ValueError(f"The task must be one of {', '.join(TASKS)}, got “{task[:40]}”.")
    return task


def predict(text: str, task: str) -> Prediction:
    """Tag every word of a text, and give the likeliest other ways to tag it."""
    from model_zoo.rnn.states import DIGITS, told
    from model_zoo.rnn.tagger import cut

    found = tagger(task)
    spans = tuple(found.words(text))
    words = [span.text for span in spans]
    (tagged,) = found.tag([words])
    return Prediction(
        text=text,
        tokens=spans,
        language="en",
        labels=tuple(tagged.tags),
        scores=tuple(round(score, DIGITS) for score in tagged.scores),
        readings=tuple(found.readings(words, READINGS)),
        states=told(found.steps(words), range(len(cut(words)[0][:WORDS_SHOWN])), 0) if words else (),
        note=_note(spans),
    )


def transitions(task: str) -> dict[str, Any]:
    """Give the CRF's `tags` and its `scores` [from][to], how willingly one tag follows another; None: never."""
    found = tagger(task)
    allowed, scores = found.network.crf.follows.tolist(), found.network.crf.between.tolist()
    rows = [
        [round(x, 2) if may else None for x, may in zip(*both, strict=True)]
        for both in zip(scores, allowed, strict=True)
    ]
    return {"tags": list(found.vocabulary.tags), "scores": rows}


def tagger(task: str) -> Tagger:
    """Load what is shipped for a task; raises ValueError with a sentence."""
    from model_zoo.rnn.tagger import load

    try:
        return load(known(task), WEIGHTS)
    except FileNotFoundError as error:
        raise ValueError(str(error)) from error


def as_line(words: Sequence[str], tags: Sequence[str], scores: Sequence[float]) -> str:
    """Write a tagged sentence as one line of JSON."""
    told = {"tokens": list(words), "tags": list(tags), "scores": [round(score, 4) for score in scores]}
    return json.dumps(told, ensure_ascii=False)


def _note(spans: Sequence[Span]) -> str:
    from model_zoo.rnn.tagger import LONGEST

    if len(spans) <= LONGEST:
        return f"States are told of the first {WORDS_SHOWN} words." if len(spans) > WORDS_SHOWN else ""
    return f"A text of more than {LONGEST} words is read in pieces; other readings and states are of the first."
