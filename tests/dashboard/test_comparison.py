"""The page of one comparison, in every state in which it may be opened."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.configurations import marks
from components.result.evidence import _TABS
from model_zoo.events import Cancelled, Failed
from model_zoo.experiments import leases
from model_zoo.experiments.store import Store
from tests.components import made_up
from tests.dashboard import comparisons

Open = Callable[..., AppTest]


def words(app: AppTest) -> str:
    """Give all that a page says, markup included."""
    bodies = [
        element.proto.body for kind in ("html", "markdown", "warning", "info", "error") for element in app.get(kind)
    ]
    return "\n".join(bodies)


@pytest.mark.parametrize("id", ["", "nonsense", "../../etc/passwd", "A" * 22, "x" * 5000, "<script>"])
def test_an_address_that_names_no_comparison_leads_to_the_runs(open_app: Open, id: str) -> None:
    app = open_app("comparison", id=id)
    assert not app.exception
    assert "There is no comparison at this address" in words(app)
    assert [link.proto.page for link in app.get("page_link")] == ["runs", "compare"]


def test_a_job_of_another_kind_is_no_comparison(open_app: Open, queue: Store) -> None:
    id = queue.enqueue("pictures", {"data": "digits", "size": 64}, lane="io")
    assert "There is no comparison at this address" in words(open_app("comparison", id=id))


def test_one_that_waits_says_behind_how_many(open_app: Open, queue: Store) -> None:
    ids = [comparisons.queued(queue) for _ in range(3)]
    assert "for its worker to wake" in words(open_app("comparison", id=ids[0]))
    assert "behind 1 other job." in words(open_app("comparison", id=ids[1]))
    last = words(open_app("comparison", id=ids[2]))
    assert "behind 2 other jobs. Next: Materials · ResNet mini · 3 strategies × 2 seeds × 3 epochs." in last


def test_a_quick_one_that_waits_beside_a_running_one_says_so(open_app: Open, queue: Store) -> None:
    comparisons.begun(queue)
    spec = queue.jobs(None)[0].spec
    quick = queue.enqueue("compare", spec | {"epochs": 1}, lane="quick")
    said = words(open_app("comparison", id=quick))
    assert "to be let in between two batches. At work: Materials · " in said
    assert ", a few seconds left." in said


def test_an_answer_that_trusts_nothing_celebrates_nobody(open_app: Open, queue: Store) -> None:
    recommended = {"recommended": "full:rate=0.1", "sentence": "None of these 3 can be told apart; take it."}
    pairs = [{"a": "full:rate=0.1", "b": "linear_probe", "difference": 0.01, "ci": [-0.1, 0.1], "decided": False}]
    colour = marks(made_up.CONFIGURATIONS, False)["full:rate=0.1"].css
    won = words(open_app("comparison", id=comparisons.finished(queue)))
    assert f"border-color:{colour}" in won
    none = words(open_app("comparison", id=comparisons.finished(queue, verdict=recommended | {"pairs": pairs})))
    assert f"border-color:{colour}" not in none


def test_holm_is_explained_where_it_decides_and_knobs_where_they_are_named(open_app: Open, queue: Store) -> None:
    app = open_app("comparison", id=comparisons.finished(queue))
    assert "What “decided, after Holm” means" in [expander.label for expander in app.expander]
    said = [caption.value.replace("\\", "") for caption in app.caption]
    assert any("rate of Full fine-tuning: factor on the learning rate" in line for line in said)
    assert any(line.startswith("Validation and test: best epoch of each run, mean of 2 seeds") for line in said)


def test_one_that_waits_for_a_worker_that_crashes_says_so(
    open_app: Open, queue: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from components import jobs

    monkeypatch.setattr(type(jobs.executor()), "trouble", lambda self, lane: f"The worker of {lane} crashed 3 times.")
    app = open_app("comparison", id=comparisons.queued(queue))
    assert app.warning[0].value == "The worker of device crashed 3 times."


def test_one_that_runs_says_how_long_and_how_far_and_can_be_ended(open_app: Open, queue: Store) -> None:
    id = comparisons.begun(queue)
    app = open_app("comparison", id=id)
    assert not app.exception
    assert "A few seconds left" in words(app)
    assert "3 of 6 runs finished" in words(app)
    app.button(key="comparison.end").click().run()
    assert queue.job(id, None).cancelling
    assert "Stopping" in words(app)
    assert not [button for button in app.button if button.key == "comparison.end"]


def test_one_that_had_to_fit_into_a_time_tells_the_epochs_that_it_runs(open_app: Open, queue: Store) -> None:
    waiting = comparisons.queued(queue, epochs=9, within_seconds=30)
    assert "up to 9 epochs × 2 seeds" in words(open_app("comparison", id=waiting))
    queue.request_cancel(waiting, None)
    said = words(open_app("comparison", id=comparisons.finished(queue, asked={"epochs": 9, "within_seconds": 30})))
    assert "<dd>3 epochs × 2 seeds" in said
    assert "3 epochs of up to 9: as many as were estimated to be trained within 30 s." in said
    assert "up to 9 epochs" in words(open_app("runs"))


def test_the_epochs_of_a_run_that_was_resumed_count_once(queue: Store) -> None:
    from components.result.record import record

    id = comparisons.begun(queue, seeds=(0, 0))
    told = record(queue.job(id, None))
    assert len(told.epochs) == 3 * comparisons.EPOCHS
    assert len(told.rows) == 3
    assert [note.about for note in told.notes] == ["<i>tiny</i>.png"]


def test_one_whose_worker_died_says_so_and_goes_on_when_asked(open_app: Open, queue: Store) -> None:
    id = comparisons.begun(queue)
    lease = leases.find(queue.engine, "device")
    assert lease is not None
    leases.release(queue.engine, lease)
    app = open_app("comparison", id=id)
    assert "The worker died" in words(app)
    assert "3 of 6 runs finished by then" in words(app)
    app.button(key="comparison.resume").click().run()
    assert queue.job(id, None).state == "waiting"
    assert "for its worker to wake" in words(app)


def test_one_that_failed_says_why_and_opens_the_compare_page_filled_in(open_app: Open, queue: Store) -> None:
    id = comparisons.begun(queue, seeds=())
    queue.append(id, Failed("There is <one> class only."))
    app = open_app("comparison", id=id)
    assert "There is &lt;one&gt; class only. Nothing had been trained yet." in words(app)
    assert not [button for button in app.button if button.key == "comparison.resume"], "it would fail again"
    app.button(key="comparison.again").click().run()
    assert app.session_state["compare.opened"] == "data"
    assert app.query_params["strategies"] == "linear_probe,full:rate=0.1,from_scratch"
    assert app.query_params["seeds"] == str(comparisons.SEEDS)


def test_one_that_was_cancelled_shows_how_far_it_came(open_app: Open, queue: Store) -> None:
    id = comparisons.begun(queue)
    queue.append(id, Cancelled("What was finished until then is kept."))
    app = open_app("comparison", id=id)
    assert "It was ended before it was through. 3 of 6 runs finished by then and are kept." in words(app)
    assert "How far it came" in [heading.value for heading in app.subheader]


def test_one_that_was_cancelled_before_its_first_epoch_does_not_claim_to_have_kept_anything(
    open_app: Open, queue: Store
) -> None:
    id = comparisons.begun(queue, seeds=())
    queue.append(id, Cancelled("What was finished until then is kept."))
    said = words(open_app("comparison", id=id))
    assert "Nothing had been trained yet." in said
    assert "kept" not in said


def test_what_a_spec_writes_into_the_address_the_compare_page_reads(queue: Store) -> None:
    from components.result.again import query
    from components.setup.choices import read

    spec = queue.job(comparisons.queued(queue, rate=0.01, seed=4, size=96), None).spec
    choices, complaints = read(query(spec))
    assert complaints == []
    assert choices.spec().to_json() == spec | {"data": "materials"}


def test_the_answer_stands_first_and_names_of_visitors_stay_text(open_app: Open, queue: Store) -> None:
    app = open_app("comparison", id=comparisons.finished(queue))
    said = words(app)
    assert not app.exception
    assert "<p class='first'>Full fine-tuning (rate 0.1): 92\N{NO-BREAK SPACE}% ± 3 on test pictures, ahead of" in said
    assert said.index("thaw-answer") < said.index("The source gave the split.")
    assert "fp32 on cpu, 1 threads" in said
    assert "&lt;i&gt;tiny&lt;/i&gt;.png" in said
    assert "<i>tiny" not in said


CHARTS = {"How sure": 1, "Cost": 2, "What moved": 3, "Overfitting": 1, "Mistakes": 0, "First layer": 0}


@pytest.mark.parametrize("tab", _TABS)
def test_only_the_tab_in_the_address_is_computed(
    open_app: Open, queue: Store, tab: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from components import inference

    filters = inference.FilterPictures(b"png", b"png", (0.0, 0.02, 0.5))
    monkeypatch.setattr(inference.Inference, "filters", lambda *_: filters)
    app = open_app("comparison", id=comparisons.finished(queue), **{"comparison.evidence": tab})
    assert not app.exception
    assert not app.error
    assert len(app.get("plotly_chart")) == 1 + CHARTS[tab], "the race, and what belongs to the tab"
    assert ("test pictures are mistaken" in words(app)) == (tab == "Mistakes")
    assert ("number 3 furthest: 50.0 %" in words(app)) == (tab == "First layer")


def test_the_answer_stands_also_where_pictures_and_predictions_are_gone(open_app: Open, queue: Store) -> None:
    id = comparisons.finished(queue, pictures="abcdef")
    app = open_app("comparison", id=id, **{"comparison.evidence": "Mistakes"})
    assert not app.exception
    assert "not on this machine any more" in app.info[0].value
    (queue.folder(id) / "predictions.safetensors").write_bytes(b"damaged")
    comparisons.pictures("abcdef")
    app = open_app("comparison", id=id, **{"comparison.evidence": "Mistakes"})
    assert not app.exception
    assert "not on this machine any more" in app.info[0].value


def test_one_seed_is_told_that_it_decides_nothing(open_app: Open, queue: Store) -> None:
    verdict: dict[str, Any] = {"recommended": "linear_probe", "sentence": "Linear probe: 90 %.", "pairs": []}
    app = open_app("comparison", id=comparisons.finished(queue, verdict=verdict))
    assert "one seed decides nothing" in app.info[0].value


def test_a_filter_that_cannot_be_read_is_answered_by_a_sentence(
    open_app: Open, queue: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from components import inference

    def refuse(*_: object) -> None:
        raise inference.InferenceError("The network is damaged.", 404)

    monkeypatch.setattr(inference.Inference, "filters", refuse)
    app = open_app("comparison", id=comparisons.finished(queue), **{"comparison.evidence": "First layer"})
    assert app.error[0].value == "The network is damaged."
    assert app.button(key="comparison.filters.again")


@pytest.mark.parametrize(("status", "offered"), [(504, True), (400, False)])
def test_a_picture_without_an_answer_gets_a_sentence_and_another_chance_where_there_is_one(
    open_app: Open, queue: Store, monkeypatch: pytest.MonkeyPatch, status: int, offered: bool
) -> None:
    from components import inference

    def refuse(*_: object) -> None:
        raise inference.InferenceError("No answer came.", status)

    monkeypatch.setattr(inference.Inference, "classify", refuse)
    app = open_app("comparison", id=comparisons.finished(queue))
    app.file_uploader(key="comparison.picture").set_value(("new.png", b"picture", "image/png")).run()
    assert app.error[0].value == "No answer came."
    assert bool([button for button in app.button if button.key == "comparison.ask"]) == offered
    assert "thaw-answer" in words(app), "nothing of the page is lost"


def test_the_webcam_is_asked_for_only_when_chosen(open_app: Open, queue: Store) -> None:
    app = open_app("comparison", id=comparisons.finished(queue))
    assert not app.get("camera_input")
    app.segmented_control(key="comparison.how").select("Use the webcam").run()
    assert not app.exception
    assert len(app.get("camera_input")) == 1
