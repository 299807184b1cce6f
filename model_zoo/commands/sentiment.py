"""Judge lines of text, English or Korean: one answer a line."""

import json
import sys
from argparse import ArgumentParser, Namespace

from model_zoo.commands.lines import lines_of
from model_zoo.events import drained
from model_zoo.rnn import sentiment

HELP = "judge film reviews, one a line: how positive is each?"
LINES_AT_ONCE = 4_096


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="of texts, one a line; default: standard input")
    languages = ("auto", *sentiment.LANGUAGES)
    parser.add_argument("--lang", default="auto", choices=languages, help="default: each line's own, by its letters")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on standard output")


def run(arguments: Namespace) -> int:
    lines = lines_of(arguments.file)
    language = "" if arguments.lang == "auto" else arguments.lang
    for start in range(0, len(lines), LINES_AT_ONCE):
        some = lines[start : start + LINES_AT_ONCE]
        languages = [language or sentiment.language_of(line) for line in some]
        shares = drained(sentiment.judged_each(some, languages))
        for line, found, positive in zip(some, languages, shares, strict=True):
            if arguments.json:
                told = {"text": line, "language": found, "positive": positive}
                print(json.dumps(told, ensure_ascii=False))
            else:
                print(f"{positive:7.1%}  {found}  {line}")
        sys.stdout.flush()
    return 0
