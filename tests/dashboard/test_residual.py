"""The page of towers, in every state in which it may be opened."""

import io
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.inference import Cut, Inference, InferenceError
from components.numbers import about
from model_zoo.data import uploads
from model_zoo.events import Cancelled, EpochEnd, Failed, Finished, Note, Probed, Progress, RunEnd, Started
from model_zoo.experiments import leases
from model_zoo.experiments.queue import Queue
from model_zoo.experiments.store import Store
from model_zoo.residual import findings, shipped, towers
from model_zoo.residual.towers import ResidualSpec, Work, spelled
from tests.data.makers import class_files

Open = Callable[..., AppTest]
SPEC = ResidualSpec(depths=(8, 20), epochs=2, seeds=2, rates=(0.03, 0.1))
SPLIT = "60/20/20 were drawn."


def words(app: AppTest) -> str:
    """Give all that the page says."""
    kinds = ("html", "markdown", "caption", "warning", "info", "error")
    return "\n".join(element.proto.body for kind in kinds for element in app.get(kind))


def keys(app: AppTest) -> set[str]:
    """Name the charts and buttons that are there."""
    charts = {element.proto.id.rpartition("-")[2] for element in app.get("plotly_chart")}
    return charts | {button.key for kind in ("button", "download_button") for button in app.get(kind)}


def choices(open_app: Open) -> AppTest:
    """Open the page and unfold what trains towers."""
    app = open_app("residual")
    app.session_state["residual.train"] = True
    return app.run()


def test_bare_it_shows_towers_figures_and_the_way_to_train(open_app: Open) -> None:
    app = open_app("residual")
    assert not app.exception
    assert all(line in words(app) for line in shipped.figures()["sentence"].splitlines())
    assert {"residual.parameters", "residual.errors", "residual.curves"} <= keys(app)
    assert {"residual.inside.gradient_norms", "residual.inside.residuals"} <= keys(app)
    assert "python -m model_zoo.recipes.residual" in words(app)
    app.segmented_control(key="residual.what").select("test").run()
    app.select_slider(key="residual.depth").set_value(110).run()
    assert not app.exception


def test_what_is_chosen_is_what_is_trained_and_its_cost_is_told_before(open_app: Open, queue: Store) -> None:
    app = choices(open_app)
    assert "36 runs: with the first seed each tower at 4 rates, then at its best one." in words(app)
    wanted = Work(ResidualSpec(), 1_079, 359, 359).seconds(os.cpu_count() or 1)
    assert f"**{about(wanted).capitalize()}.**" in words(app)
    for depth in (20, 56):
        app.pills(key="residual.depths").unselect(depth)
    app.number_input(key="residual.epochs").set_value(3)
    app.run()
    assert "12 runs" in words(app)
    app.button(key="residual.start").click().run()
    [job] = queue.jobs(None, "residual")
    assert ResidualSpec.from_json(job.spec) == ResidualSpec(depths=(8,), epochs=3)
    assert job.estimate_seconds > 0


def test_pictures_of_the_visitor_are_offered_with_what_they_would_take(open_app: Open, queue: Store) -> None:
    data = uploads.keep_files((name, io.BytesIO(content)) for name, content in class_files(each=4).items())
    id = queue.enqueue("pictures", {"data": data, "size": 64, "seed": 0}, lane="io")
    app = choices(open_app)
    app.selectbox(key="residual.data").select(data).run()
    assert app.selectbox(key=f"residual.size.{data}").options == ["16 px", "32 px"]
    assert "How long it takes is told when it has begun." in words(app), "nobody has counted them yet"
    split = {"train": 4, "validation": 2, "test": 2, "redrawn": True}
    claim(queue, id, "io")
    queue.append(id, Finished({"split": split}))
    app.run()
    wanted = Work(ResidualSpec(data, 32), 4, 2, 2).seconds(os.cpu_count() or 1)
    assert f"**{about(wanted).capitalize()}.**" in words(app)
    app.button(key="residual.start").click().run()
    assert queue.jobs(None, "residual")[0].spec["data"] == data


def test_nothing_chosen_cannot_begin_and_too_much_is_refused(open_app: Open) -> None:
    app = choices(open_app)
    app.pills(key="residual.shortcuts").set_value([]).run()
    assert "Choose at least one depth" in words(app)
    assert app.button(key="residual.start").disabled
    app.pills(key="residual.shortcuts").set_value(list(towers.KINDS))
    app.pills(key="residual.depths").set_value(list(towers.DEPTHS)).run()
    assert "number of towers must be 1 to 14, got 28" in app.error[0].value.replace("\\", "")


def test_a_depth_that_memory_does_not_hold_is_warned_of(open_app: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.residual.setup.psutil.virtual_memory", lambda: type("Free", (), {"available": 1e6}))
    app = choices(open_app)
    assert "8 layers need about" in app.warning[0].value
    assert "the job will refuse" in app.warning[0].value


def claim(store: Store, id: str, lane: Any) -> None:
    """Take a job up, as a worker does that begins."""
    lease = leases.find(store.engine, lane) or leases.take(store.engine, lane)
    assert lease is not None
    claimed = Queue(store).claim((lane,), lease.worker)
    assert claimed is not None
    assert claimed.id == id


def begun(store: Store, seeds: tuple[int, ...] = (0,)) -> str:
    """Queue a job that this process has taken up; the runs of `seeds` ended."""
    id = store.enqueue("residual", SPEC.to_json(), lane="device")
    claim(store, id, "device")
    store.append(id, Started({"seconds": 9.0, "runs": SPEC.runs, "split": SPLIT, "device": "cpu"}))
    for text in SPEC.towers:
        for seed in seeds:
            for rate in SPEC.rates if seed == 0 else (0.1,):
                tell(store, id, text, rate, seed)
    store.progress(id, Progress("training Plain, 8 layers", 0.5, 7.0))
    return id


def tell(store: Store, id: str, text: str, rate: float, seed: int) -> None:
    run, loss = f"{text}@{rate:g}#{seed}", 0.5 - rate
    inner = [0.5] * towers.read(text)[0]
    store.append(id, Probed(run, 0, inner, inner[:4], [] if "none" in text else inner[:3]))
    for epoch in range(SPEC.epochs):
        store.append(id, EpochEnd(run, text, seed, epoch, loss, 0.9, 0.4, 0.8, 1.0, [rate], [], [], 0, False))
    store.append(id, RunEnd(run, row(text, rate, seed)))


def row(text: str, rate: float, seed: int) -> dict[str, Any]:
    deep_plain = text == spelled(20, "none")
    return {
        "run": f"{text}@{rate:g}#{seed}", "strategy": text, "seed": seed, "rate": rate, "diverged": False,
        "train_loss": 0.5 - rate, "late_gain": 0.2, "train_error": 0.4 + seed / 100 if deep_plain else 0.01,
        "validation_error": 0.1, "test_error": 0.1, "parameters": 1_000, "seconds": 2.0, "file": f"{seed}.safetensors",
    }  # fmt: skip


def finished(store: Store) -> str:
    id = begun(store, (0, 1))
    store.append(id, Note("Plain, 8 layers: the loss left all bounds (rate 9, seed 0, epoch 1)."))
    rows = [row(text, rate, 0) for text in SPEC.towers for rate in SPEC.rates]
    rows += [row(text, 0.1, 1) for text in SPEC.towers]
    rates = towers.chosen(rows, 0)
    found = findings.differences([each for each in rows if each["rate"] == 0.1], 1_000)
    blocks = {text: (towers.read(text)[0] - 2) // 2 for text in SPEC.towers}
    cuts = {
        text: {"run": f"{text}@0.1#0", "whole": 0.9, "without": [0.1 if "none" in text else 0.88] * count}
        for text, count in blocks.items()
    }
    result = {
        "spec": SPEC.to_json(), "classes": ["a", "b"], "origin": "made", "split": SPLIT, "train": 1_000,
        "device": "cpu", "runs": rows, "rates": rates, "differences": findings.to_json(found),
        "sentence": findings.sentence(found), "cuts": cuts,
    }  # fmt: skip
    store.append(id, Finished(json.loads(json.dumps(result))))
    return id


def test_while_it_runs_errors_and_curves_grow_and_it_can_be_ended(open_app: Open, queue: Store) -> None:
    id = begun(queue)
    app = open_app("residual", id=id)
    assert not app.exception
    assert "8 of 12 runs finished" in words(app)
    assert {"residual.errors", "residual.curves", "residual.inside.spreads"} <= keys(app)
    app.button(key="residual.end").click().run()
    assert queue.job(id, None).cancelling


def test_before_the_first_epoch_it_says_what_will_stand_here(open_app: Open, queue: Store) -> None:
    id = queue.enqueue("residual", SPEC.to_json(), lane="device")
    app = open_app("residual", id=id)
    assert not app.exception
    assert "The curves begin when the first epoch has ended." in words(app)
    assert "Nothing has been looked into yet." in words(app)


def test_the_answer_has_sentence_evidence_notes_and_what_to_keep(open_app: Open, queue: Store) -> None:
    app = open_app("residual", id=finished(queue))
    assert not app.exception
    said = words(app)
    assert "Plain networks fit worse with 20 layers than with 8: training error 40.5 %, against 1.0 %." in said
    assert "Residual networks: between 20 and 8 layers there is no difference you can trust" in said
    assert "the loss left all bounds" in said.replace("\\", "")
    assert "Rates: Plain, 8 layers 0.1" in said
    assert {"residual.csv", "residual.json"} <= keys(app)
    assert list(app.dataframe[0].value["verdict"]) == ["worse", "no difference you can trust"]


@pytest.mark.parametrize(
    ("ending", "says", "can_go_on"),
    [
        (Cancelled("kept"), "It was cancelled", True),
        (Failed("110 layers need about 9.0 GB of memory."), "110 layers need about 9.0 GB of memory.", False),
    ],
)
def test_what_stopped_says_why_keeps_what_there_is_and_offers_ways_on(
    open_app: Open, queue: Store, ending: Any, says: str, can_go_on: bool
) -> None:
    id = begun(queue)
    queue.append(id, ending)
    app = open_app("residual", id=id)
    assert not app.exception
    assert says in words(app)
    assert "8 of 12 runs finished by then and are kept." in words(app)
    assert ("residual.resume" in keys(app)) == can_go_on
    assert "residual.curves" in keys(app)
    app.button(key="residual.again").click().run()
    assert not app.exception


def test_choices_are_taken_over_when_one_begins_again(open_app: Open, queue: Store) -> None:
    app = open_app("residual")
    app.session_state["residual.chosen"] = SPEC.to_json()
    app.run()
    assert not app.exception
    fresh = open_app("runs")
    finished(queue)
    fresh.segmented_control(key="runs.what").select("Towers").run()
    [again] = [button for button in fresh.button if button.label == "Run again"]
    again.click().run()
    assert fresh.session_state["residual.chosen"]["depths"] == [8, 20]


def test_towers_on_pictures_that_were_deleted_still_tell_what_they_found(open_app: Open, queue: Store) -> None:
    id = queue.enqueue("residual", SPEC.to_json() | {"data": "upload:" + "a" * 32}, lane="device")
    app = open_app("residual", id=id)
    assert not app.exception
    assert "An upload that was deleted" in words(app)


def test_one_block_is_known_and_more_are_asked_of_the_network(
    open_app: Open, queue: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def cut(self: Inference, job: str, run: str, blocks: Any) -> Cut:
        asked.append((job, run, tuple(blocks)))
        if "none" in run:
            raise InferenceError("The weights in 0.safetensors are missing or damaged.", 404)
        return Cut(0.9, 0.7, 100)

    monkeypatch.setattr(Inference, "cut", cut)
    said: list[str] = []
    monkeypatch.setattr(
        "components.residual.cutting.block_buttons", lambda rows, **_: said.extend(row.said for row in rows)
    )
    id = finished(queue)
    app = open_app("residual", id=id)
    plain, residual = spelled(20, "none"), spelled(20, "identity")
    app.session_state[f"residual.cut.of.{id}.{residual}"] = [2]
    app.run()
    assert "90.0 % as a whole, 88.0 % without block 3 (−2.0 points)" in said
    assert not asked
    app.session_state[f"residual.cut.of.{id}.{residual}"] = [2, 5]
    app.session_state[f"residual.cut.of.{id}.{plain}"] = [0, 1]
    app.run()
    assert (id, f"{residual}@0.1#0", (2, 5)) in asked
    assert any("70.0 % without blocks 3, 6" in line for line in said)
    assert "missing or damaged" in app.error[0].value.replace("\\", "")
    app.button(key="residual.cut.undo").click().run()
    assert "without block" not in said[-1]


def test_an_address_of_towers_that_are_gone_says_so(open_app: Open) -> None:
    app = open_app("residual", id="nobody")
    assert "There are no such towers at this address" in words(app)
    assert "residual.parameters" in keys(app)
