"""The tagging page without a browser: tags made up for it, and a document whose job may have gone any way."""

import shutil
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from components.inference import Inference, InferenceError
from components.networks import asked
from components.text import document, reading, tagging_views
from model_zoo.data import texts
from model_zoo.events import Cancelled, Failed, Finished
from model_zoo.experiments.job import KINDS, Context
from model_zoo.experiments.store import Store
from model_zoo.home import home
from model_zoo.rnn.prediction import Prediction, Reading, Span, States
from tests.dashboard.test_features_result import keys
from tests.dashboard.test_sentiment import drawn, headings, shown

KIND = "tag_document"
BEGIN, CANCEL, UPLOAD = f"networks.{KIND}.begin", f"networks.{KIND}.cancel", "A text file"
HOSTILE = "<script>Curie</script>"


class MadeUp(Inference):
    """Calls every word that begins with a capital a person; counts how often it is asked."""

    asked: list[tuple[str, str]] = []

    def tags(self, text: str, task: str) -> Prediction:
        self.asked.append((text, task))
        spans, at = [], 0
        for word in text.split():
            spans.append(Span(word, at, at + len(word)))
            at += len(word) + 1
        labels = tuple("B-PER" if span.text[:1].isupper() else "O" for span in spans)
        hidden = tuple((0.1, -0.2) for _ in spans)
        states = (States("layer 1, forwards", 0, (0, 1), 8, hidden, {"forget": hidden}),) if spans else ()
        return Prediction(
            text=text, tokens=tuple(spans), language="en", labels=labels, scores=(0.9,) * len(spans), states=states,
            readings=(Reading(labels, 0.8), Reading(("O",) * len(spans), 0.1)) if spans else (),
        )  # fmt: skip

    def transitions(self, task: str) -> tuple[list[str], list[list[float | None]]]:
        return ["O", "B-PER"], [[0.1, 0.5], [0.2, None]]


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> type[MadeUp]:
    for module in (reading, tagging_views):
        monkeypatch.setattr(module, "Inference", MadeUp)
    monkeypatch.setattr(MadeUp, "asked", [])
    for cache in (reading.ask, document.look, asked._known):
        cache.clear()
    return MadeUp


@pytest.fixture
def read(open_app: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """Open the page and let it ask, as a browser does after the first drawing."""

    def opened(**query: str) -> AppTest:
        app = open_app("tagging", **query)
        for _ in range(4):
            app.run()
        assert not app.exception
        return app

    return opened


def sent(content: str = "Marie Curie was born in Warsaw.\n") -> str:
    return texts.keep(content.encode(), "<i>paper</i>.txt")


def uploads(app: AppTest) -> list[str]:
    return [uploader.proto.label for uploader in app.get("file_uploader")]


# --- one text


def test_the_first_drawing_asks_nobody(open_app, made_up) -> None:
    app = open_app("tagging")
    assert made_up.asked == []
    assert "How good it is" in headings(app)


def test_tags_other_readings_and_transitions_are_shown_and_what_was_written_stays_text(read, made_up) -> None:
    app = read(text=f"then Marie met {HOSTILE}")
    assert "<script" not in drawn(app)
    assert "&lt;script&gt;" in drawn(app)
    assert "<b>80.0 %</b> as shown above" in drawn(app)
    assert "<b>Marie</b> O instead of B-PER" in drawn(app)
    assert "Which tag may follow which" in headings(app)
    assert made_up.asked == [(f"then Marie met {HOSTILE}", "ner")], "each text is asked about once"


def test_a_text_that_is_refused_is_not_asked_again_and_one_that_got_no_answer_is(read, monkeypatch) -> None:
    app = read(text="then Marie met him")

    def fails(status: int) -> None:
        def tags(self: Inference, text: str, task: str) -> Prediction:
            raise InferenceError("It does not answer.", status)

        monkeypatch.setattr(MadeUp, "tags", tags)

    fails(413)
    app.text_area(key="tagging.ner.text").set_value("long").run()
    assert "It does not answer." in shown(app)
    assert "tagging.reading.retry" not in keys(app)
    fails(0)
    app.text_area(key="tagging.ner.text").set_value("other").run()
    assert "tagging.reading.retry" in keys(app)


# --- a document


def test_a_document_is_offered_with_an_estimate_begun_and_cancelled(read, queue: Store) -> None:
    app = read(text="Marie", file=sent())
    assert "<i>paper</i>.txt**, 1 line" in shown(app)
    assert app.button(key=BEGIN).label == "Find its named entities"
    app.button(key=BEGIN).click().run()
    (job,) = queue.jobs(None, KIND)
    assert (job.lane, job.spec) == ("quick", {"file": sent(), "task": "ner"})
    app.button(key=CANCEL).click().run()
    assert queue.job(job.id, None).state == "cancelled"
    assert "Tagging was cancelled." in shown(app)
    app.button(key=BEGIN).click().run()
    assert {job.state for job in queue.jobs(None, KIND)} == {"cancelled", "waiting"}, "tried again, it is a new job"


@pytest.mark.parametrize("ending", [Failed("The <disk> is full.", trace="Traceback"), Cancelled()])
def test_one_that_stopped_says_why_and_can_be_tried_again_or_left_for_another(read, queue: Store, ending) -> None:
    id = queue.enqueue(KIND, {"file": sent(), "task": "ner"}, lane="quick")
    queue.append(id, ending)
    app = read(text="Marie", file=sent())
    assert (ending.sentence if isinstance(ending, Failed) else "was cancelled") in shown(app)
    assert app.button(key=BEGIN).label == "Try again"
    app.button(key="tagging.others").click().run()
    assert "file" not in app.query_params
    assert UPLOAD in uploads(app)


def test_a_tagged_document_is_counted_and_kept_and_tagged_anew_where_its_files_are_gone(read, queue: Store) -> None:
    spec = {"file": sent(), "task": "ner"}
    id = queue.enqueue(KIND, spec, lane="quick")
    folder = queue.folder(id)
    *_, last = KINDS[KIND].run(spec, Context(id, folder))
    assert isinstance(last, Finished)
    queue.append(id, last)
    app = read(text="Marie", file=sent())
    assert "2 entities in 7 words: PER 1, LOC 1." in shown(app)
    assert [b.proto.label for b in app.get("download_button")][-3:] == ["CoNLL", "JSON lines", "CSV"]
    assert BEGIN not in keys(app)
    app = read(text="Marie", file=sent(), task="pos")
    assert app.button(key=BEGIN).label == "Find its parts of speech", "the other task is another job"
    shutil.rmtree(folder)
    app = read(text="Marie", file=sent())
    assert app.button(key=BEGIN).label == "Find its named entities"


@pytest.mark.parametrize("file", ["0" * 32, "../../etc/passwd", ""])
def test_a_link_to_a_text_that_is_gone_says_so_and_asks_for_another(read, file: str) -> None:
    if not file:
        file = sent()
        shutil.rmtree(home("texts") / file)
    app = read(text="Marie", file=file)
    assert "There are no texts" in shown(app)
    assert UPLOAD in uploads(app)
