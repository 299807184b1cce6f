"""What a visitor takes along from a comparison, and what its pictures are sorted by."""

import csv
import io
import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

from components.downloads import csv_text
from components.inference import Guess, RunAnswer
from components.matrix import Cell
from components.result.disagreements import _divided, _said
from components.result.guesses import said
from components.result.keep import epoch_rows, load_lines
from components.result.mistakes import _behind
from components.result.predictions import Answers, answers, pictures_of
from components.result.record import Record, record
from model_zoo.experiments.store import Store
from tests.dashboard import comparisons
from tests.finished_job import random_network


@pytest.fixture
def told(queue: Store) -> Record:
    return record(queue.job(comparisons.finished(queue), None))


def test_every_epoch_of_every_run_is_a_line_with_a_column_for_each_stage(told: Record) -> None:
    lines = list(csv.DictReader(io.StringIO(csv_text(epoch_rows(told)))))
    assert len(lines) == 3 * comparisons.SEEDS * comparisons.EPOCHS
    assert lines[0]["epoch"] == "1"
    assert [name for name in lines[0] if name.startswith("drift.")] == [f"drift.{stage}" for stage in told.stages]
    assert float(lines[0]["drift.head"]) == 0.5


def test_the_lines_that_load_a_network_load_it(told: Record, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = random_network(len(comparisons.CLASSES), seed=3)
    save_file(saved.state_dict(), tmp_path / "mine.safetensors")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(load_lines(told, "mine.safetensors"), names)
    picture = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(names["network"](picture), saved.eval()(picture))
    assert len(load_lines(told, "mine.safetensors").splitlines()) <= 6


def test_the_network_offered_first_is_the_best_of_the_recommended_strategy(open_app, queue: Store) -> None:
    id = comparisons.finished(queue)
    offered = queue.folder(id) / "runs" / "2"
    offered.mkdir(parents=True)
    (offered / "model.safetensors").write_bytes(b"0" * 4_000_000)
    app: AppTest = open_app("comparison", id=id)
    assert app.selectbox(key="comparison.keep.strategy").value == "full:rate=0.1"
    assert "Download it, 4 MB" in [button.proto.label for button in app.get("download_button")]
    assert 'load_file("full-seed0.safetensors")' in "\n".join(block.value for block in app.code)
    app.selectbox(key="comparison.keep.strategy").select("from_scratch").run()
    assert "not on this machine any more" in app.info[0].value


def test_the_address_of_the_page_names_the_comparison(open_app, queue: Store) -> None:
    id = comparisons.finished(queue)
    app: AppTest = open_app("comparison", id=id)
    assert any(block.value.endswith(f"?id={id}") for block in app.code)


def test_answers_are_read_with_their_pictures_and_how_sure_they_were(told: Record) -> None:
    pictures = pictures_of(told)
    found = answers(told, pictures, [0, 2])
    assert [int(one.wrong.sum()) for one in found] == [0, 2]
    assert found[0].pictures.tolist() == list(range(12, 18))
    assert found[0].confidence == pytest.approx(np.exp(4) / (np.exp(4) + 2), abs=1e-3)


def _answers(true: list[int], predicted: list[int], confidence: list[float]) -> Answers:
    return Answers(np.arange(len(true)), np.array(true), np.array(predicted), np.array(confidence))


def test_behind_a_cell_stand_its_pictures_and_without_one_all_mistakes_the_surest_first() -> None:
    found = _answers([0, 0, 1, 1], [0, 1, 0, 0], [0.9, 0.5, 0.6, 0.8])
    assert _behind(found, Cell(1, 0)).tolist() == [3, 2]
    assert _behind(found, Cell(0, 0)).tolist() == [0]
    assert _behind(found, Cell(1, 1)).tolist() == []
    assert _behind(found, None).tolist() == [3, 2, 1]


def test_the_most_divisive_pictures_come_first_and_those_all_agree_on_are_left_out() -> None:
    a, b, c = (_answers([0] * 4, said, [0.5, 0.9, 0.5, 0.6]) for said in ([0, 1, 0, 1], [0, 2, 1, 1], [0, 0, 2, 2]))
    found = {"a": a, "b": b, "c": c}
    assert _divided(found).tolist() == [1, 2, 3]
    assert _said(found, 3) == {1: ["a", "b"], 2: ["c"]}


@pytest.mark.parametrize(
    ("votes", "sentence"),
    [
        (["ant"], "It says ant."),
        (["ant", "ant"], "Both strategies say ant."),
        (["ant", "ant", "ant"], "All 3 strategies say ant."),
        (["bee", "ant", "ant"], "2 of 3 strategies say ant, 1 bee."),
    ],
)
def test_the_vote_over_a_picture_is_told_in_one_sentence(votes: list[str], sentence: str) -> None:
    assert said([RunAnswer((Guess(name, 0.9),), b"", 0, "full", 0) for name in votes]) == sentence


def test_a_result_that_was_written_as_json_is_read_as_it_was(told: Record) -> None:
    assert json.loads(json.dumps(told.result)) == told.result
    assert list(told.best_runs().items())[0] == ("full:rate=0.1", 2)
