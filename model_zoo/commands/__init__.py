"""Commands of `python -m model_zoo`, one file each; the name of the file is the name of the command.

A command's module has HELP, `add_arguments(parser)` and `run(arguments) -> int`, the exit code. Heavy libraries are
imported inside `run`. A ValueError becomes exit code 2 and its sentence on standard error.
"""

from argparse import ArgumentParser, Namespace
from types import ModuleType
from typing import Protocol, cast

from model_zoo.registry import Registry


class Command(Protocol):
    """What the module of a command contributes."""

    HELP: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's arguments."""

    def run(self, arguments: Namespace) -> int:
        """Do it; gives the exit code."""


def _command(module: ModuleType) -> dict[str, Command]:
    return {module.__name__.rpartition(".")[2]: cast(Command, module)} if hasattr(module, "HELP") else {}


REGISTRY: Registry[Command] = Registry("command", __name__, _command)

__all__ = ["Command", "REGISTRY"]
