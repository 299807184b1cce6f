"""Registries: entries are found by name; who asks for one loads no other."""

import subprocess
import sys

import pytest

from model_zoo.commands import REGISTRY
from model_zoo.registry import UnknownName

LOADED = """
import sys
from model_zoo.commands import REGISTRY
assert REGISTRY["sentiment"].HELP
print(sorted(name for name in sys.modules if name.startswith("model_zoo.commands.")))
"""


def test_who_asks_for_one_command_loads_no_other() -> None:
    told = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "['model_zoo.commands.lines', 'model_zoo.commands.sentiment']"


def test_what_is_no_entry_is_answered_by_the_near_miss_and_all_there_are() -> None:
    with pytest.raises(UnknownName, match="Did you mean “sentiment”\\?.*compare"):
        REGISTRY["sentimant"]
    with pytest.raises(UnknownName):
        REGISTRY["lines"]  # a module of the package that is no command
