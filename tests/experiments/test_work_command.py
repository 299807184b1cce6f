"""The command line's door: commands are found by their files, and bad input is one sentence and exit code 2."""

import subprocess
import sys

import pytest

from model_zoo.__main__ import main
from model_zoo.commands import REGISTRY
from model_zoo.experiments import leases
from model_zoo.experiments.store import Store


def test_work_runs_what_waits_and_leaves(store: Store) -> None:
    id = store.enqueue("no_such_kind", {}, lane="io")
    assert main(["work", "--lane", "io", "--idle-seconds", "0", "--niceness", "0"]) == 0
    assert store.job(id, None).state == "failed"
    assert leases.find(store.engine, "io") is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["wrok"], "There is no command “wrok”. Did you mean “work”?"),
        ([], "The following arguments are required: COMMAND"),
        (["work", "--lane", "sea"], "invalid choice: 'sea'"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert said.err.count("\n") == 1


def test_every_command_says_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert all(" ".join(command.HELP.split()) in shown for command in REGISTRY.values())


def test_the_store_and_its_watcher_load_nothing_heavy() -> None:
    code = (
        "import sys; from model_zoo.experiments import watcher, store, executor, job; list(job.KINDS); "
        "print(sorted({'torch', 'torchvision', 'sklearn', 'xgboost', 'streamlit'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
