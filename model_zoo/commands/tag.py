"""Tag lines of English text: entities or parts of speech, one answer a line."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from model_zoo.commands.lines import lines_of
from model_zoo.rnn import tagging

HELP = "tag every word of English lines: named entities, or parts of speech"
LINES_AT_ONCE = 2_048


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="of sentences, one a line; default: standard input")
    parser.add_argument("--task", required=True, choices=tuple(tagging.TASKS), help="entities, or parts of speech")
    parser.add_argument("--pretokenized", action="store_true", help="words are what spaces separate, kept as they are")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on standard output")


def run(arguments: Namespace) -> int:
    from model_zoo.rnn.tagging import tagger

    found, lines = tagger(arguments.task), lines_of(arguments.file)
    for start in range(0, len(lines), LINES_AT_ONCE):
        some = lines[start : start + LINES_AT_ONCE]
        if arguments.pretokenized:
            sentences = [[word for word in line.split(" ") if word] for line in some]
        else:
            sentences = [[span.text for span in found.words(line)] for line in some]
        for words, tagged in zip(sentences, found.tag(sentences), strict=True):
            told = tagging.as_line(words, tagged.tags, tagged.scores)
            print(told if arguments.json else _text(words, tagged.tags))
        sys.stdout.flush()
    return 0


def _text(words: Sequence[str], tags: Sequence[str]) -> str:
    return " ".join(f"{word}/{tag}" for word, tag in zip(words, tags, strict=True))
