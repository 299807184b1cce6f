"""The page of one features job, in every state in which it may be opened."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components.features.evidence import TABS
from model_zoo.events import Cancelled, Failed, Finished
from model_zoo.experiments import leases
from model_zoo.experiments.store import Store
from tests.dashboard import classified, comparisons
from tests.dashboard.test_comparison import words

Open = Callable[..., AppTest]


def board(app: AppTest) -> dict[str, Any]:
    """Give what the leaderboard is told, from the component's own message."""
    from json import loads

    told = [element.proto for element in app.get("bidi_component") if element.proto.component_name.endswith("board")]
    return loads(told[0].json)


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


@pytest.mark.parametrize("id", ["", "nonsense", "../../etc/passwd", "x" * 5000, "<script>"])
def test_an_address_that_names_no_result_leads_on(open_app: Open, id: str) -> None:
    app = open_app("features_result", id=id)
    assert not app.exception
    assert "There is no such result at this address" in words(app)
    assert [link.proto.page for link in app.get("page_link")] == ["runs", "features"]


def test_a_comparison_is_no_features_job(open_app: Open, queue: Store) -> None:
    assert "no such result" in words(open_app("features_result", id=comparisons.queued(queue)))


def test_one_that_runs_shows_who_is_fitted_and_can_be_ended(open_app: Open, queue: Store) -> None:
    id = classified.begun(queue)
    app = open_app("features_result", id=id)
    assert not app.exception
    assert "3 of 6 fits done" in words(app)
    lines = board(app)["rows"]
    assert [line["label"] for line in lines] == [
        "Linear SVM",
        "XGBoost",
        "Nearest neighbours ·\N{NO-BREAK SPACE}neighbours\N{NO-BREAK SPACE}3",
    ]
    assert [line["validation"] for line in lines] == ["90.0 %", "80.0 %", "70.0 %"]
    assert [run["done"] for run in lines[0]["runs"]] == [1.0, 0.0]
    app.button(key="features.end").click().run()
    assert queue.job(id, None).cancelling


def test_the_board_waits_for_the_first_row(open_app: Open, queue: Store) -> None:
    app = open_app("features_result", id=classified.begun(queue, seeds=()))
    assert [line["validation"] for line in board(app)["rows"]] == ["–"] * 3
    assert any("fills as soon as the pictures are embedded" in caption.value for caption in app.caption)


def test_one_whose_worker_died_goes_on_when_asked(open_app: Open, queue: Store) -> None:
    id = classified.begun(queue)
    lease = leases.find(queue.engine, "device")
    assert lease is not None
    leases.release(queue.engine, lease)
    app = open_app("features_result", id=id)
    assert "3 of 6 fits done by then." in words(app)
    app.button(key="features.resume").click().run()
    assert queue.job(id, None).state == "waiting"


def test_one_that_failed_says_why_and_opens_the_features_page_filled_in(open_app: Open, queue: Store) -> None:
    id = classified.begun(queue, seeds=(), stages=["stage2", "stage4"], pooling="max", tune=True, size=96)
    queue.append(id, Failed("There is <one> class only."))
    app = open_app("features_result", id=id)
    assert "There is &lt;one&gt; class only." in words(app)
    assert "features.resume" not in keys(app), "it would fail again"
    app.button(key="features.again").click().run()
    assert not app.exception
    asked = app.query_params
    assert (asked["classifiers"], asked["stages"]) == (",".join(classified.CLASSIFIERS), "stage2,stage4")
    assert (asked["pooling"], asked["tune"], asked["size"]) == ("max", "true", "96")


def test_one_that_was_cancelled_shows_how_far_it_came(open_app: Open, queue: Store) -> None:
    id = classified.begun(queue)
    queue.append(id, Cancelled("What was finished until then is kept."))
    app = open_app("features_result", id=id)
    assert "It was ended before it was through. 3 of 6 fits done by then." in words(app)
    assert len(board(app)["rows"]) == 3


def test_the_answer_stands_first_and_names_of_visitors_stay_text(open_app: Open, queue: Store) -> None:
    app = open_app("features_result", id=classified.finished(queue))
    said = words(app)
    assert not app.exception
    assert said.index("thaw-answer") < said.index("The source gave the split.")
    assert "18 pictures embedded in 2 s, fp32 on cpu, 1 threads" in said
    assert "&lt;i&gt;constant&lt;/i&gt;" in said
    assert "<i>constant" not in said
    told = board(app)
    assert [column["title"] for column in told["columns"]] == ["macro-F1", "log-loss", "ECE", "fit", "a picture"]
    assert told["rows"][0]["more"] == ["50.0 %", "0.25", "12.5 %", "0.02 s", "0.1 ms"]
    assert told["rows"][0]["test"]


CHARTS = {
    "How sure": 2,
    "Which layer?": 1,
    "How many pictures?": 0,
    "The space": 0,
    "Mistakes": 0,
    "What it leans on": 0,
}


@pytest.mark.parametrize("tab", TABS)
def test_only_the_tab_in_the_address_is_computed(open_app: Open, queue: Store, tab: str) -> None:
    app = open_app("features_result", id=classified.finished(queue), **{"features.evidence": tab})
    assert not app.exception
    assert not app.error
    assert len(app.get("plotly_chart")) == CHARTS[tab]
    assert ("The pictures that hold the border" in words(app)) == (tab == "What it leans on")
    assert ("test pictures are recognised" in words(app) or "are mistaken" in words(app)) == (tab == "Mistakes")


def test_what_trees_ask_is_shown_by_pictures(open_app: Open, queue: Store) -> None:
    id = classified.finished(queue)
    app = open_app("features_result", id=id, **{"features.evidence": "What it leans on"})
    assert app.selectbox(key="features.lean.row").options == ["Linear SVM", "XGBoost"], "neighbours tell nothing"
    app.selectbox(key="features.lean.row").set_value("xgboost@stage4").run()
    assert not app.exception
    said = words(app)
    assert "Value 2" in said
    assert "50.0 % of the gain" in said
    assert said.count("data:image/webp") == 2 * 9
    assert "&lt;b&gt;ants&lt;/b&gt;" in said
    assert "<b>ants" not in said


@pytest.mark.parametrize("file", ["abcdef.safetensors", ""])
def test_the_answer_stands_also_where_pictures_are_gone(open_app: Open, queue: Store, file: str) -> None:
    id = classified.finished(queue, file=file)
    for tab in ("Mistakes", "What it leans on", "How many pictures?"):
        app = open_app("features_result", id=id, **{"features.evidence": tab})
        assert not app.exception
        assert "thaw-answer" in words(app)


def test_the_map_and_the_curves_are_begun_by_a_button(open_app: Open, queue: Store) -> None:
    id = classified.finished(queue)
    app = open_app("features_result", id=id, **{"features.evidence": "The space"})
    app.button(key="networks.features_map.begin").click().run()
    (job,) = queue.jobs(None, "features_map")
    assert job.spec == {"job": id, "stage": "stage4", "method": "pca", "seed": 0}
    assert "Drawing the map with PCA:" in words(app)
    app = open_app("features_result", id=id, **{"features.evidence": "How many pictures?"})
    app.button(key="networks.features_curve.begin").click().run()
    (job,) = queue.jobs(None, "features_curve")
    assert job.spec == {"job": id, "classifiers": list(classified.CLASSIFIERS), "stage": "stage4", "draws": 10}
    assert job.lane == "quick"


def test_learning_curves_are_drawn_where_some_points_could_not_be_fitted(open_app: Open, queue: Store) -> None:
    id = classified.finished(queue)
    spec = {"job": id, "classifiers": list(classified.CLASSIFIERS), "stage": "stage4", "draws": 10}
    job = queue.enqueue("features_curve", spec, lane="quick")
    curves = [
        {
            "classifier": text,
            "accuracy": [None, 0.5, 0.8],
            "low": [None, 0.4, 0.7],
            "high": [None, 0.6, 0.9],
            "draws": 10,
        }
        for text in classified.CLASSIFIERS
    ]
    queue.append(job, Finished({"per_class": [1, 2, 3], "curves": curves, "band": "A band.", "fine_tuning": None}))
    app = open_app("features_result", id=id, **{"features.evidence": "How many pictures?"})
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1


def test_a_map_shows_its_doubts_and_what_is_taken(open_app: Open, queue: Store) -> None:
    id = classified.finished(queue)
    made = classified.drawn(queue, id)
    app = open_app("features_result", id=id, **{"features.evidence": "The space"})
    assert not app.exception
    captions = [caption.value for caption in app.caption]
    assert any(caption.startswith("The first 1 of 3 suspicions.") for caption in captions)
    assert any(caption.startswith("1 pair, the most alike first.") for caption in captions)
    assert any("These two show 60 % of it" in caption for caption in captions)
    app.session_state["features.space"] = {"picked": {"key": made, "points": [0, 3, 3, 99, "x"]}}
    app.run()
    assert "2 pictures taken" in [heading.value for heading in app.subheader], (
        "each once, and only those that there are"
    )


def test_work_that_ended_while_the_page_was_drawn_is_shown_at_once(
    open_app: Open, queue: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from components.features import work

    id = classified.finished(queue)
    made = classified.drawn(queue, id)
    stale = [replace(queue.job(made, None), state="running", result=None)]
    latest = work.latest
    monkeypatch.setattr(work, "latest", lambda *asked: stale.pop() if stale else latest(*asked))
    app = open_app("features_result", id=id, **{"features.evidence": "The space"})
    assert not stale
    assert any("These two show 60 % of it" in caption.value for caption in app.caption)


def tuned(queue: Store, **changes: Any) -> str:
    """Queue a finished comparison on the same pictures, with the same seeds."""
    return comparisons.finished(queue, **changes)


def test_fine_tuning_on_the_same_pictures_stands_beside(open_app: Open, queue: Store) -> None:
    id = classified.finished(queue)
    tuned(queue)
    app = open_app("features_result", id=id)
    assert not app.exception
    lines = board(app)["rows"]
    assert len(lines) == 3 + 3
    assert [line["validation"] for line in lines] == sorted((line["validation"] for line in lines), reverse=True)
    best = next(line for line in lines if "Full fine-tuning" in line["label"])
    assert best["label"].endswith("fine-tuned")
    assert best["more"][0].endswith("%"), "macro-F1 is worked out for it too"
    assert best["more"][4] == ""
    assert any("picks its best epoch on the validation pictures" in caption.value for caption in app.caption)
    app.toggle(key="features.beside").set_value(False).run()
    assert len(board(app)["rows"]) == 3


def curve_result(**changes: Any) -> dict[str, Any]:
    """Give what a job of learning curves gives."""
    points = {"accuracy": [0.5, 0.8], "low": [0.4, 0.7], "high": [0.6, 0.9]}
    curves = [{"classifier": text, **points, "draws": 10} for text in classified.CLASSIFIERS]
    return {"per_class": [1, 3], "curves": curves, "band": "A band.", "fine_tuning": None} | changes


def drawn_lines(app: AppTest) -> dict[str, Any]:
    """Give the lines with a name of the chart on the page, by their names."""
    from json import loads

    (chart,) = app.get("plotly_chart")
    return {trace["name"]: trace for trace in loads(chart.proto.spec)["data"] if "name" in trace}


def test_the_best_strategy_is_offered_a_curve_only_where_it_stands_beside(open_app: Open, queue: Store) -> None:
    id = classified.finished(queue)
    where = {"features.evidence": "How many pictures?"}
    assert "features.curve.tuned" not in {box.key for box in open_app("features_result", id=id, **where).checkbox}
    comparison = tuned(queue)
    app = open_app("features_result", id=id, **where)
    box = app.checkbox(key="features.curve.tuned")
    assert box.label.startswith("… and Full fine-tuning ·")
    assert "3 draws, " in box.label
    assert not box.value, "what takes long begins only when asked"
    box.check().run()
    app.button(key="networks.features_curve.begin").click().run()
    assert not app.exception
    (job,) = queue.jobs(None, "features_curve")
    assert job.spec == {
        "job": id, "classifiers": list(classified.CLASSIFIERS), "stage": "stage4", "draws": 10,
        "comparison": comparison, "strategy": "full:rate=0.1", "strategy_draws": 3,
    }  # fmt: skip
    assert job.estimate_seconds > 3 * 2 * 0.15
    app = open_app("features_result", id=id, **where)
    assert "Learning from few pictures:" in words(app), "whoever opens the page sees that it goes on"


def test_the_curve_of_the_strategy_has_its_own_mark_and_says_how_it_was_trained(open_app: Open, queue: Store) -> None:
    id, comparison = classified.finished(queue), tuned(queue)
    asked = {"job": id, "classifiers": list(classified.CLASSIFIERS), "stage": "stage4", "draws": 10}
    base = queue.enqueue("features_curve", asked, lane="quick")
    queue.append(base, Finished(curve_result()))
    where = {"features.evidence": "How many pictures?"}
    app = open_app("features_result", id=id, **where)
    assert len(drawn_lines(app)) == 3
    app.button(key="networks.features_curve.begin").click().run()
    whole = next(job for job in queue.jobs(None, "features_curve") if job.id != base)
    assert whole.spec["strategy"] == "full:rate=0.1"
    curve = {"strategy": "full:rate=0.1", "title": "Full", "accuracy": [0.4, 0.9], "low": [0.3, 0.8],
             "high": [0.5, 0.95], "accuracies": [[0.4] * 3, [0.9, 0.9]], "draws": 3, "epochs": 3}  # fmt: skip
    queue.append(whole.id, Finished(curve_result(fine_tuning=curve)))
    app = open_app("features_result", id=id, **where)
    assert not app.exception
    lines = drawn_lines(app)
    name = next(name for name in lines if name.startswith("Full fine-tuning"))
    assert name.endswith("fine-tuned")
    assert len({line["line"]["color"] for line in lines.values()}) == 4
    assert any("is trained anew on 3 of the same draws" in caption.value for caption in app.caption)
    assert "networks.features_curve.begin" not in keys(app)
    app.toggle(key="features.beside").set_value(False).run()
    assert len(drawn_lines(app)) == 3, "without fine-tuning beside it, the classifiers stand alone"
    assert comparison


def test_another_comparison_is_not_offered_and_one_with_other_test_pictures_is_not_paired(
    open_app: Open, queue: Store
) -> None:
    id = classified.finished(queue)
    comparisons.queued(queue)
    app = open_app("features_result", id=id)
    assert not app.toggle
    assert any("No fine-tuning has run on these pictures" in caption.value for caption in app.caption)
    for job in queue.jobs(None, "compare"):
        queue.request_cancel(job.id, None)
    tuned(queue)
    classified.predictions(queue, id, test=np.arange(6, dtype=np.int32))
    app = open_app("features_result", id=id)
    assert len(board(app)["rows"]) == 3
    assert any("cannot be paired" in caption.value for caption in app.caption)


def test_numbers_and_embeddings_are_kept_as_they_are(queue: Store, open_app: Open) -> None:
    import pyarrow.parquet as parquet_file

    from components.features.keep import metric_rows, parquet
    from components.features.record import record

    told = record(queue.job(classified.finished(queue), None))
    rows = metric_rows(told)
    assert len(rows) == 6
    assert rows[0]["chosen.c"] == 0.1
    assert "export" not in rows[0]
    table = parquet_file.read_table(parquet(told, "stage4"))
    assert table.column_names == ["picture", "class", "v0", "v1", "v2", "v3"]
    assert table.column("class")[0].as_py() == "<b>ants</b>"
    values = np.stack([table.column(f"v{i}").to_numpy() for i in range(4)], axis=1)
    assert (values == np.arange(18 * 4, dtype=np.float32).reshape(18, 4)).all()


def test_only_a_pipeline_that_agrees_is_offered(open_app: Open, queue: Store) -> None:
    app = open_app("features_result", id=classified.finished(queue))
    assert [button.key for button in app.get("download_button") if "pipeline" in button.proto.id]
    (snippet,) = (code.value for code in app.code if "skops.io.load" in code.value)
    assert f"classes = {list(classified.CLASSES)}" in snippet
    app.selectbox(key="features.keep.row").set_value("knn:neighbours=3@stage4").run()
    assert not app.exception
    assert app.info[-1].value == "Not offered: it holds odd.Type."
    assert not [button for button in app.get("download_button") if "pipeline" in button.proto.id]


def test_a_new_picture_gets_the_word_of_every_classifier(
    open_app: Open, queue: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from components import inference
    from components.inference import FeaturesAnswer, Guess

    names = [f"{text}@stage4" for text in classified.CLASSIFIERS]
    rows = tuple((name, (Guess("<b>ants</b>", 0.9), Guess("bees & wasps", 0.1))) for name in reversed(names))
    asked: list[tuple[str, ...]] = []

    def answer(self: object, job: str, picture: bytes, map: str = "") -> FeaturesAnswer:
        asked.append((job, map))
        return FeaturesAnswer(rows, ((0, 0.9), (3, 0.8)), (0.1, 0.2))

    monkeypatch.setattr(inference.Inference, "try_features", answer)
    monkeypatch.setattr(inference.Inference, "health", lambda self: {})
    id = classified.finished(queue)
    made = classified.drawn(queue, id, "tsne")
    app = open_app("features_result", id=id)
    app.file_uploader(key="features.picture").set_value(("new.png", b"picture", "image/png")).run()
    assert not app.exception
    assert asked == [(id, made)]
    assert "**Its nearest training pictures**" in words(app)
    told = [e.proto for e in app.get("bidi_component")]
    guesses = next(proto for proto in told if proto.component_name.endswith("guesses"))
    assert "All 3 classifiers say <b>ants</b>." in guesses.json
    assert any(proto.component_name.endswith("space") for proto in told)


@pytest.mark.parametrize(("status", "offered"), [(504, True), (400, False)])
def test_a_picture_without_an_answer_gets_a_sentence_and_another_chance_where_there_is_one(
    open_app: Open, queue: Store, monkeypatch: pytest.MonkeyPatch, status: int, offered: bool
) -> None:
    from components import inference

    def refuse(*_: object) -> None:
        raise inference.InferenceError("No answer came.", status)

    monkeypatch.setattr(inference.Inference, "try_features", refuse)
    monkeypatch.setattr(inference.Inference, "health", lambda self: {})
    app = open_app("features_result", id=classified.finished(queue))
    app.file_uploader(key="features.picture").set_value(("new.png", b"other picture", "image/png")).run()
    assert app.error[0].value == "No answer came."
    assert ("features.ask" in keys(app)) == offered
    assert "thaw-answer" in words(app)


def test_where_no_pipeline_can_answer_the_neighbours_still_do(
    open_app: Open, queue: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from components import inference

    answer = inference.FeaturesAnswer((), ((0, 0.9),), None, (("svm_linear@stage4", "Not offered."),))
    monkeypatch.setattr(inference.Inference, "try_features", lambda *_: answer)
    monkeypatch.setattr(inference.Inference, "health", lambda self: {})
    app = open_app("features_result", id=classified.finished(queue))
    app.file_uploader(key="features.picture").set_value(("new.png", b"third picture", "image/png")).run()
    assert not app.exception
    assert "**Its nearest training pictures**" in words(app)
    assert any("does not answer: Not offered" in caption.value for caption in app.caption)


def test_the_runs_page_lists_features_and_opens_them(open_app: Open, queue: Store) -> None:
    id = classified.finished(queue)
    app = open_app("runs")
    app.segmented_control(key="runs.what").select("Features").run()
    assert not app.exception
    assert "undecided, ahead: Linear SVM" in words(app) or "best: Linear SVM" in words(app)
    app.button(key=f"runs.open.{id}").click().run()
    assert app.query_params["id"] == id
    assert "thaw-answer" in words(app)
