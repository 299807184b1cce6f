"""The sentiment page without a browser: an answer made up for it, and a job over many texts that really ran."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from components.inference import Inference, InferenceError
from components.networks import asked
from components.text import many, reading, sentiment_answer
from model_zoo.data import texts
from model_zoo.events import Failed, Finished
from model_zoo.experiments import leases
from model_zoo.experiments.job import KINDS, Context
from model_zoo.experiments.queue import Queue
from model_zoo.experiments.store import Store
from model_zoo.home import home
from model_zoo.rnn import sentiment
from model_zoo.rnn.prediction import Prediction, Span, States

KIND = "sentiment_texts"
HOSTILE = "<script>document.title='hacked'</script>"


class MadeUp(Inference):
    """Calls a text positive as often as it says “good”; counts how often it is asked."""

    asked: list[tuple[str, str]] = []

    def sentiment(self, text: str, language: str = "") -> Prediction:
        self.asked.append((text, language))
        spans, at, running = [], 0, []
        for word in text.split():
            spans.append(Span(word, at, at + len(word)))
            at += len(word) + 1
            running.append(0.93 if "good" in text[:at] else 0.2)
        hidden, count = tuple((0.1, -0.2) for _ in spans), len(spans)
        states = States("layer 1, forwards", 0, (0, 1), 8, hidden, {"forget": hidden}) if spans else None
        return Prediction(
            text=text, tokens=tuple(spans), language=language or sentiment.language_of(text), before=0.4,
            positive=running[-1] if running else 0.4, running=tuple(running), words=tuple(spans),
            effects=(0.2,) * count, states=(states,) if states else (),
        )  # fmt: skip


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> type[MadeUp]:
    monkeypatch.setattr(reading, "Inference", MadeUp)
    monkeypatch.setattr(MadeUp, "asked", [])
    for cache in (reading.ask, many.look, asked._known):
        cache.clear()
    return MadeUp


@pytest.fixture
def read(open_app: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """Open the page and let it ask, as a browser does after the first drawing."""

    def opened(**query: str) -> AppTest:
        app = open_app("sentiment", **query)
        for _ in range(3):
            app.run()
        assert not app.exception
        return app

    return opened


def shown(app: AppTest) -> str:
    kinds = ("markdown", "caption", "error", "info")
    return " ".join(element.value for kind in kinds for element in app.get(kind)).replace("\\", "")


def drawn(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def headings(app: AppTest) -> list[str]:
    return [heading.value for heading in app.subheader]


def ran(store: Store, spec: dict) -> str:
    """Run a job to its end, as a worker does."""
    id = store.enqueue(KIND, spec, lane="quick")
    lease = leases.find(store.engine, "device") or leases.take(store.engine, "device")
    assert lease is not None
    assert Queue(store).claim(("quick",), lease.worker) is not None
    folder = home("jobs") / id
    folder.mkdir(parents=True)
    for event in KINDS[KIND].run(spec, Context(id, folder)):
        if isinstance(event, Finished):
            store.append(id, event)
    return id


# --- one text


def test_the_first_drawing_asks_nobody_and_shows_an_example_in_the_box(open_app, made_up) -> None:
    app = open_app("sentiment")
    assert made_up.asked == []
    assert app.text_area(key="sentiment.text").value == sentiment.EXAMPLES["en"][0]
    assert "How good it is" in headings(app)


def test_an_answer_is_a_sentence_with_words_wiring_curve_and_states_below_it(read) -> None:
    app = read(text="A good film")
    assert "Positive, 93 %." in drawn(app)
    assert headings(app)[:3] == [
        "Which words say so, and what if they were others?",
        "How it reads: many words in, one verdict out",
        "What happens inside while it reads",
    ]
    assert "occlusion" in shown(app)
    assert "Read as English, found by its letters." in shown(app)


def test_a_text_typed_later_is_answered_at_once_and_each_text_only_once(read, made_up) -> None:
    app = read(text="A good film")
    app.text_area(key="sentiment.text").set_value("A long film").run()
    assert "Negative, 80 %." in drawn(app)
    app.text_area(key="sentiment.text").set_value("A good film").run()
    assert made_up.asked == [("A good film", ""), ("A long film", "")]


def test_a_link_carries_a_short_text_and_the_language_but_no_long_text(read) -> None:
    app = read(text="A good film", language="ko")
    assert "Read as Korean, as you chose." in shown(app)
    app.text_area(key="sentiment.text").set_value("Dull").run()
    assert app.query_params["text"] in ("Dull", ["Dull"])
    app.text_area(key="sentiment.text").set_value("word " * 200).run()
    assert "text" not in app.query_params
    assert app.query_params["language"] in ("ko", ["ko"])


def test_a_language_that_is_not_known_gives_way_to_the_one_that_is_found(read) -> None:
    app = read(text="정말 good", language="<b>")
    assert app.segmented_control(key="sentiment.language").value == ""
    assert "Read as Korean, found by its letters." in shown(app)


def test_an_example_is_put_into_the_box_and_read(read) -> None:
    app = read(text="A good film")
    korean = sentiment.EXAMPLES["ko"][2]
    app.get("button_group")[0].set_value(korean).run()
    assert app.text_area(key="sentiment.text").value == korean
    assert "Read as Korean" in shown(app)


def test_an_empty_text_and_one_without_a_word_are_told_what_to_do(read, made_up) -> None:
    app = read(text="A good film")
    app.text_area(key="sentiment.text").set_value("  \n ").run()
    assert "Type a review above" in shown(app)
    assert "Which words say so, and what if they were others?" not in headings(app)
    assert made_up.asked == [("A good film", "")]
    app.text_area(key="sentiment.text").set_value("\u200b").run()
    assert not app.exception


def test_what_a_visitor_wrote_stands_in_html_as_text(read) -> None:
    app = read(text=f"good {HOSTILE}")
    assert "<script" not in drawn(app)
    assert "&lt;script&gt;" in drawn(app)


def test_the_scrubber_shows_the_state_at_its_token_and_one_gate_at_a_time(read) -> None:
    app = read(text="A good film that lasts")
    app.slider(key="sentiment.states.token").set_value(2).run()
    assert "<b><u>good</u></b> · 93 % positive so far" in drawn(app)
    app.segmented_control(key="sentiment.states.what").set_value("forget").run()
    assert "**Forget gate**: how much of its memory each unit keeps" in shown(app)
    app.text_area(key="sentiment.text").set_value("good").run()
    assert not app.exception, "a shorter text has no such token"


def test_an_inference_process_that_does_not_answer_is_said_and_can_be_asked_again(read, made_up, monkeypatch) -> None:
    app = read(text="A good film")

    def silent(self: Inference, text: str, language: str = "") -> Prediction:
        raise InferenceError("The inference process does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(MadeUp, "sentiment", silent)
        app.text_area(key="sentiment.text").set_value("Dull").run()
        assert "The inference process does not answer." in shown(app)
    app.button(key="sentiment.reading.retry").click().run()
    assert "Negative, 80 %." in drawn(app)


def test_a_text_that_is_refused_is_not_asked_again(read, made_up, monkeypatch) -> None:
    app = read(text="A good film")

    def refuse(self: Inference, text: str, language: str = "") -> Prediction:
        raise InferenceError("This text has 2,000,000 characters.", 413)

    monkeypatch.setattr(MadeUp, "sentiment", refuse)
    app.text_area(key="sentiment.text").set_value("long").run()
    assert "2,000,000 characters" in shown(app)
    assert "sentiment.reading.retry" not in [button.key for button in app.button]


def test_cards_without_figures_and_with_them_are_shown_as_they_are(read, monkeypatch) -> None:
    accuracy = {"mean": 0.9, "interval": [0.89, 0.91]}
    figures = {"NSMC <held out>": {"accuracy": accuracy, "texts": 19_400, "negative taken for positive": 912,
                                   "rival": {"title": "Bag", "accuracy": {"mean": 0.92}}}}  # fmt: skip
    monkeypatch.setattr(sentiment_answer.sentiment, "card", lambda code: {"figures": figures if code == "ko" else {}})
    app = read(text="A good film")
    assert "English: This network has no figures yet" in shown(app)
    assert "it does **not** win: 90.0 % against 92.0 %" in shown(app)
    assert "NSMC &lt;held out&gt;" in drawn(app)
    assert "<td>19,400</td>" in drawn(app)
    assert "<td>912</td><td>—</td>" in drawn(app)


# --- many texts


def sent(content: str, name: str = "reviews.csv") -> str:
    return texts.keep(content.encode(), name)


REVIEWS = "id,review,place\n" + "\n".join(
    f"{i},A film numbered {i} {HOSTILE if i == 3 else ''},here" for i in range(40)
)


def test_pasted_lines_are_kept_described_and_judged_in_a_job_with_an_estimate(read, queue: Store) -> None:
    app = read(text="A good film")
    app.segmented_control(key="sentiment.how").set_value("Pasted lines").run()
    app.text_area(key="sentiment.pasted").set_value("A warm film\n\nDull").run()
    app.button(key="sentiment.take").click().run()
    assert "2 texts, UTF-8, 1 line without a word left out" in shown(app)
    button = app.button(key="networks.sentiment_texts.begin")
    assert button.label == "Judge these 2 texts"
    button.click().run()
    (job,) = queue.jobs(None, KIND)
    assert (job.lane, job.spec["column"], job.spec["language"]) == ("quick", "", "")
    app.button(key="networks.sentiment_texts.cancel").click().run()
    assert queue.job(job.id, None).state == "cancelled"
    assert app.button(key="networks.sentiment_texts.begin").label == "Try again"


def test_a_table_offers_its_columns_and_another_one_is_another_job(read, queue: Store) -> None:
    app = read(text="A good film", file=sent(REVIEWS))
    column = app.selectbox(key=f"sentiment.column.{sent(REVIEWS)}")
    assert (column.value, list(column.options)) == ("review", ["id", "review", "place"])
    column.set_value("place").run()
    app.button(key="networks.sentiment_texts.begin").click().run()
    (job,) = queue.jobs(None, KIND)
    assert job.spec == {"file": sent(REVIEWS), "column": "place", "language": ""}
    assert app.query_params["column"] in ("place", ["place"])


@pytest.mark.parametrize("file", ["0" * 32, "../../etc/passwd"])
def test_a_link_to_texts_that_are_not_here_says_so_and_asks_for_others(read, file: str) -> None:
    app = read(text="A good film", file=file)
    assert "There are no texts" in shown(app)
    assert "sentiment.how" in [control.key for control in app.segmented_control]


def test_pasting_nothing_says_so_and_loses_nothing(read) -> None:
    app = read(text="A good film")
    app.segmented_control(key="sentiment.how").set_value("Pasted lines").run()
    app.text_area(key="sentiment.pasted").set_value("\n \n").run()
    app.button(key="sentiment.take").click().run()
    assert "There is no text in pasted lines.txt." in shown(app)
    assert app.text_area(key="sentiment.pasted").value == "\n \n"


def test_a_column_that_the_file_does_not_have_gives_way_to_the_one_that_is_found(read) -> None:
    app = read(text="A good film", file=sent(REVIEWS), column="nothing")
    assert app.selectbox(key=f"sentiment.column.{sent(REVIEWS)}").value == "review"


def test_judged_texts_stand_as_sentence_and_table_a_page_at_a_time_and_can_be_searched(read, queue: Store) -> None:
    file = sent(REVIEWS)
    ran(queue, {"file": file, "column": "review", "language": "en"})
    app = read(text="A good film", file=file, language="en")
    assert "of 40 texts" in shown(app)
    assert "; 40 in English." in shown(app)
    assert drawn(app).count("<td dir='auto'>") == 25
    assert "&lt;script&gt;" in drawn(app)
    assert "<script" not in drawn(app)
    app.text_input(key="sentiment.search").set_value("numbered 3").run()
    assert drawn(app).count("<td dir='auto'>") == 11, "3 and 30 to 39"
    app.text_input(key="sentiment.search").set_value("nothing of the kind").run()
    assert "No text is like that." in shown(app)


def test_a_job_that_failed_says_why_and_can_be_tried_again(read, queue: Store) -> None:
    file = sent(REVIEWS)
    id = queue.enqueue(KIND, {"file": file, "column": "review", "language": ""}, lane="quick")
    queue.append(id, Failed("The disk is full. Make room, then try again."))
    app = read(text="A good film", file=file)
    assert "The disk is full" in shown(app)
    assert app.button(key="networks.sentiment_texts.begin").label == "Try again"
    app.button(key="sentiment.others").click().run()
    assert "file" not in app.query_params
