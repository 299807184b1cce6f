"""Train recurrent networks on texts that a visitor has labelled or tagged, and say which reads them best."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from model_zoo.data import texts
from model_zoo.events import Event, Finished, Progress
from model_zoo.rnn import sentiment
from model_zoo.rnn.readers import ReadersSpec

if TYPE_CHECKING:
    from model_zoo.experiments.job import Context
    from model_zoo.rnn.learning import Lesson, Run

TITLE = "Compare recurrent networks"
LANE: Literal["device"] = "device"
MODEL, TOKENS = "model.safetensors", "tokenizer.json"
LOOKED_AT = 1_000  # texts, to find the language


def describe(spec: dict[str, Any]) -> str:
    """Name the file, and count the networks."""
    asked = ReadersSpec.from_json(spec)
    try:
        name = texts.name_of(asked.file)
    except ValueError:
        name = "texts that are no longer here"
    count = len(asked.configurations)
    return f"{name} · {count} {'network' if count == 1 else 'networks'} × {asked.seeds} seeds × {asked.epochs} epochs"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Train what the ReadersSpec in `spec` names; the result is also kept as result.json.

    The result is as that of a comparison of strategies: `runs`, `ranking`, `verdict`. model.safetensors has the best
    seed, by validation, of the recommended network, `shape` and `classes` in its metadata; tokenizer.json its tokens,
    or the words that it knows.
    """
    yield Progress("reading the file")
    from model_zoo.rnn.learning import Learner

    asked = ReadersSpec.from_json(spec)
    content, name = texts.find(asked.file)
    lesson = _texts(asked, content, name) if asked.label else _tags(content, name)
    learner = Learner(asked, lesson)
    for event in learner.events():
        if isinstance(event, Finished):
            best = learner.best[event.result["verdict"]["recommended"]]
            _keep(context, best, lesson)
            event = Finished(event.result | {"name": name, "file": MODEL, "kept": best.name})
            (context.folder / "result.json").write_text(json.dumps(event.result, ensure_ascii=False), "utf-8")
        yield event


def _texts(asked: ReadersSpec, content: bytes, name: str) -> Lesson:
    from model_zoo.rnn.labelled import labelled
    from model_zoo.rnn.text_lesson import TextLesson

    found = labelled(texts.read(content, name, asked.column, asked.label))
    return TextLesson(found, asked.language or _language(found.texts))


def _tags(content: bytes, name: str) -> Lesson:
    from model_zoo.rnn.labelled import tagged
    from model_zoo.rnn.tag_lesson import TagLesson

    return TagLesson(tagged(content, name))


def _language(found: tuple[str, ...]) -> str:
    return Counter(map(sentiment.language_of, found[:LOOKED_AT])).most_common(1)[0][0]


def _keep(context: Context, best: Run, lesson: Lesson) -> None:
    from dataclasses import asdict

    from safetensors.torch import save_file

    state = {name: part.half().contiguous() for name, part in best.network.state_dict().items()}
    about = {"shape": json.dumps(asdict(best.network.shape)), "classes": json.dumps(lesson.classes)}
    save_file(state, context.folder / MODEL, about | {"language": lesson.language})
    (context.folder / TOKENS).write_text(lesson.tokens(), "utf-8")
