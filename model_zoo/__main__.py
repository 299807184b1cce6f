"""Thaw without a browser: `python -m model_zoo COMMAND …`, one file a command in `model_zoo/commands/`."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import NoReturn

from model_zoo.commands import REGISTRY, Command
from model_zoo.memory import SENTENCE, ran_out

BAD_INPUT = 2
INTERRUPTED = 130


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one sentence; --help has the rest."""
        raise ValueError(f"{message[:1].upper()}{message[1:].rstrip('.')}. “{self.prog} --help” lists what there is.")


def main(words: Sequence[str] | None = None) -> int:
    """Run the command that `words` (default: the command line) name; gives the exit code."""
    try:
        words = sys.argv[1:] if words is None else words
        named = {words[0]: REGISTRY[words[0]]} if words and not words[0].startswith("-") else REGISTRY
        arguments = _parser(named).parse_args(words)
        return named[arguments.command].run(arguments)
    except ValueError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except (MemoryError, RuntimeError) as error:
        if not ran_out(error):
            raise
        print(SENTENCE, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser(named: Mapping[str, Command]) -> ArgumentParser:
    parser = _Parser(prog="python -m model_zoo", description="Compare ways of fine-tuning, without a browser.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, command in named.items():
        command.add_arguments(commands.add_parser(name, help=command.HELP, description=f"{command.HELP}."))
    return parser


if __name__ == "__main__":
    sys.exit(main())
