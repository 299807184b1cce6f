"""The page of networks on texts of a visitor, in every state in which it may be opened."""

import shutil
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from model_zoo.data import texts
from model_zoo.events import Cancelled, EpochEnd, Failed, Finished, Progress, RunEnd, Started
from model_zoo.experiments import leases
from model_zoo.experiments.queue import Queue
from model_zoo.experiments.store import Store
from model_zoo.home import home
from model_zoo.rnn.readers import ReadersSpec
from tests.dashboard.test_comparison import words
from tests.dashboard.test_features_result import board, keys

Open = Callable[..., AppTest]
MOODS = "review,mood\n" + "".join(f"film {i} was {'good' if i % 2 else 'bad'},{i % 2}\n" for i in range(40))
NETWORKS, EPOCHS, SEEDS = ("shipped", "rnn"), 2, 2
ACCURACY = {"shipped": 0.9, "rnn": 0.7}
LAYERS = ("embedding", "recurrent", "head")
GONE = "There are no texts"


def sent() -> str:
    return texts.keep(MOODS.encode(), "<b>moods</b>.csv")


def queued(store: Store) -> str:
    spec = ReadersSpec(sent(), "mood", "review", configurations=NETWORKS, epochs=EPOCHS, seeds=SEEDS)
    return store.enqueue("readers", spec.to_json(), lane="device")


def claim(store: Store, id: str) -> None:
    """Take a job up, as a worker does that begins."""
    lease = leases.find(store.engine, "device") or leases.take(store.engine, "device")
    assert lease is not None
    claimed = Queue(store).claim(("device",), lease.worker)
    assert claimed is not None
    assert claimed.id == id
    store.append(id, Started({"split": "60/20/20 were drawn.", "seconds": 12.0}))


def begun(store: Store, seeds: Sequence[int] = (0,)) -> str:
    """Queue a job that this process has taken up: it ended the runs of `seeds`."""
    id = queued(store)
    claim(store, id)
    for seed in seeds:
        for name in NETWORKS:
            for epoch in range(EPOCHS):
                store.append(id, epoch_end(name, seed, epoch))
        for name in NETWORKS:
            store.append(id, RunEnd(f"{name}#{seed}", row(name, seed)))
    store.progress(id, Progress("LSTM, seed 1, epoch 1", 0.4, 7.0))
    return id


def finished(store: Store, **result: Any) -> str:
    id = begun(store, range(SEEDS))
    for name in ("model.safetensors", "tokenizer.json"):
        (store.folder(id) / name).write_text(name)
    ranking = [
        {"strategy": n, "validation_accuracy": a, "test_accuracy": a, "test_accuracy_ci": [a - 0.05, a + 0.05]}
        for n, a in ACCURACY.items()
    ]
    pairs = [{"a": "shipped", "b": "rnn", "difference": 0.2, "ci": [0.1, 0.3], "decided": True}]
    verdict = {"recommended": "shipped", "sentence": "Fine-tuned LSTM: 90 %. It is so.", "pairs": pairs}
    told = {
        "name": "<b>moods</b>.csv", "file": "model.safetensors", "language": "en", "layers": list(LAYERS),
        "right": "the share of texts whose class is right", "split": "60/20/20 were drawn.", "ranking": ranking,
        "runs": [row(name, seed) for seed in range(SEEDS) for name in NETWORKS], "verdict": verdict,
    }  # fmt: skip
    store.append(id, Finished(told | result))
    return id


def epoch_end(name: str, seed: int, epoch: int) -> EpochEnd:
    return EpochEnd(
        f"{name}#{seed}", name, seed, epoch, train_loss=0.5, train_accuracy=ACCURACY[name], validation_loss=0.6,
        validation_accuracy=ACCURACY[name], seconds=1.0, rates=[0.0, 1e-3, 2e-3], gradient_norms=[0.0, 0.2, 0.5],
        drift=[0.0, 0.02, 0.8], peak_memory_bytes=10**6, memory_measured=False,
    )  # fmt: skip


def row(name: str, seed: int) -> dict[str, Any]:
    accuracy = ACCURACY[name]
    return {
        "strategy": name, "seed": seed, "best_epoch": 1, "validation_accuracy": accuracy, "test_accuracy": accuracy,
        "seconds_alone": 2.0, "trained_parameters": 1000,
    }  # fmt: skip


@pytest.mark.parametrize("id", ["nonsense", "../../etc/passwd", "<script>"])
def test_an_address_that_names_no_result_says_so_and_asks_for_texts(open_app: Open, id: str) -> None:
    app = open_app("readers", id=id)
    assert not app.exception
    assert "There is no such result at this address" in words(app)
    assert app.get("file_uploader")


def test_a_job_of_another_kind_is_no_result(open_app: Open, queue: Store) -> None:
    id = queue.enqueue("pictures", {"data": "digits", "size": 64}, lane="io")
    assert "no such result" in words(open_app("readers", id=id))


def test_a_table_is_described_and_the_networks_that_are_ticked_are_begun(open_app: Open, queue: Store) -> None:
    app = open_app("readers", file=sent())
    assert "40 texts with 2 labels: 0 20, 1 20." in words(app).replace("\\", "")
    assert (app.selectbox(key="readers.column").value, app.selectbox(key="readers.label").value) == ("review", "mood")
    app.get("button_group")[0].set_value([]).run()
    assert app.button(key="readers.start").disabled
    app.get("button_group")[0].set_value(["rnn"]).run()
    app.button(key="readers.start").click().run()
    (job,) = queue.jobs(None)
    assert (job.kind, job.spec["configurations"], job.spec["label"]) == ("readers", ["rnn"], "mood")
    assert app.query_params["id"] in (job.id, [job.id])


def test_a_link_to_texts_that_are_gone_says_so_and_asks_for_others(open_app: Open) -> None:
    file = sent()
    shutil.rmtree(home("texts") / file)
    app = open_app("readers", file=file)
    assert GONE in words(app)
    assert app.get("file_uploader")
    assert "readers.start" not in keys(app)


def test_one_that_runs_shows_who_leads_and_says_that_ending_it_keeps_nothing(open_app: Open, queue: Store) -> None:
    id = begun(queue)
    app = open_app("readers", id=id)
    assert not app.exception
    assert "2 of 4 runs finished" in words(app)
    assert "No network is kept" in words(app)
    assert [line["validation"] for line in board(app)["rows"]] == ["90.0 %", "70.0 %"]
    app.button(key="readers.end").click().run()
    assert queue.job(id, None).cancelling
    assert "Stopping" in words(app)


def test_one_that_failed_by_its_texts_says_why_and_only_leads_back_to_them(open_app: Open, queue: Store) -> None:
    id = begun(queue, seeds=())
    queue.append(id, Failed("There is <one> class only."))
    app = open_app("readers", id=id)
    assert "There is &lt;one&gt; class only." in words(app)
    assert "readers.resume" not in keys(app), "it would fail again"
    app.button(key="readers.again").click().run()
    assert not app.exception
    assert app.query_params == {"file": sent()}
    assert "40 texts with 2 labels" in words(app)


def test_one_that_crashed_can_be_tried_again(open_app: Open, queue: Store) -> None:
    id = begun(queue, seeds=())
    queue.append(id, Failed("Something broke.", trace="Traceback"))
    app = open_app("readers", id=id)
    assert app.button(key="readers.resume").label == "Try again"
    app.button(key="readers.resume").click().run()
    assert queue.job(id, None).state == "waiting"


def test_one_that_was_cancelled_shows_how_far_it_came_and_resumed_begins_anew(open_app: Open, queue: Store) -> None:
    id = begun(queue)
    queue.append(id, Cancelled("What was finished until then is kept."))
    app = open_app("readers", id=id)
    assert "It was ended before it was through." in words(app)
    assert [line["validation"] for line in board(app)["rows"]] == ["90.0 %", "70.0 %"]
    assert "no checkpoints" in app.button(key="readers.resume").help
    app.button(key="readers.resume").click().run()
    assert queue.job(id, None).state == "waiting"
    claim(queue, id)
    app = open_app("readers", id=id)
    assert [line["validation"] for line in board(app)["rows"]] == ["–", "–"], "epochs of before count no more"


def test_one_whose_worker_died_says_so_and_goes_on_when_asked(open_app: Open, queue: Store) -> None:
    id = begun(queue)
    lease = leases.find(queue.engine, "device")
    assert lease is not None
    leases.release(queue.engine, lease)
    app = open_app("readers", id=id)
    assert "The worker died" in words(app)
    app.button(key="readers.resume").click().run()
    assert queue.job(id, None).state == "waiting"


def test_the_answer_stands_first_then_what_is_sure_what_moved_and_what_to_keep(open_app: Open, queue: Store) -> None:
    app = open_app("readers", id=finished(queue))
    assert not app.exception
    said = words(app)
    assert said.index("thaw-answer") < said.index("60/20/20 were drawn.")
    assert "&lt;b&gt;moods&lt;/b&gt;.csv" in said
    assert "<b>moods" not in said
    assert [line["test"] != "" for line in board(app)["rows"]] == [True, True]
    alts = [chart.proto.alt for chart in app.get("plotly_chart")]
    assert "Plain RNN: embedding frozen, recurrent 2 %, head 80 %" in alts[3]
    assert "gradient norm over epochs for Fine-tuned LSTM; without gradient: embedding" in alts[4]
    assert [button.proto.label for button in app.get("download_button") if button.proto.label in SAVED] == SAVED
    app.selectbox(key="readers.look").set_value("rnn").run()
    assert "for Plain RNN" in app.get("plotly_chart")[4].proto.alt


SAVED = ["Runs as CSV", "Best network", "Its tokens"]


def test_an_answer_outlives_its_texts_and_its_network(open_app: Open, queue: Store) -> None:
    id = finished(queue)
    shutil.rmtree(home("texts") / sent())
    (queue.folder(id) / "model.safetensors").unlink()
    app = open_app("readers", id=id)
    assert not app.exception
    assert "&lt;b&gt;moods&lt;/b&gt;.csv" in words(app), "its result knows the name"
    assert "thaw-answer" in words(app)
    labels = [button.proto.label for button in app.get("download_button")]
    assert "Runs as CSV" in labels
    assert "Best network" not in labels


def test_one_that_stopped_and_whose_texts_are_gone_still_opens(open_app: Open, queue: Store) -> None:
    id = begun(queue)
    queue.append(id, Cancelled())
    shutil.rmtree(home("texts") / sent())
    assert "Texts that are no longer here" in words(open_app("readers", id=id))


def test_an_answer_of_before_layers_were_told_lacks_only_what_moved(open_app: Open, queue: Store) -> None:
    id = finished(queue)
    told = queue.job(id, None).result
    assert told is not None
    other = begun(queue, range(SEEDS))
    queue.append(other, Finished({key: value for key, value in told.items() if key != "layers"}))
    app = open_app("readers", id=other)
    assert not app.exception
    assert "What moved?" not in [head.value for head in app.subheader]
