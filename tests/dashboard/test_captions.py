"""The captions page without a browser: captions that no network said, and pictures of every kind."""

import io
from collections.abc import Callable

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from components.captions import asking, one_to_one, picture, shown
from components.captions.examples import EXAMPLES
from components.inference import Answer, Guess, Inference, InferenceError
from components.networks import asked
from model_zoo.rnn import captioning
from model_zoo.rnn.prediction import Prediction
from tests.components.said import caption

HEADINGS = [
    "How sure it is",
    "Looking again before every word, against one look",
    "What else it could have said",
    "How it speaks: one picture in, many words out",
    "One picture in, one answer out",
]


class MadeUp(Inference):
    """Says of every picture that a dog runs, and goes on from what is given; remembers what it is asked."""

    asked: list[tuple[str, str, str]] = []
    unlike = 0.5

    def caption(self, picture: bytes, kind: str = "attention", how: str = "beam", beginning: str = "") -> Prediction:
        self.asked.append((kind, how, beginning))
        given = beginning.split()
        end = "dog runs" if kind == "attention" else "man stands"
        return caption(
            " ".join([*(given or ["a"]), *end.split()]), given=len(given), kind=kind, unlike=self.unlike,
            width=1 if "width=1" in how else 3,
        )  # fmt: skip

    def classify_backbone(self, backbone: str, picture: bytes) -> Answer:
        return Answer((Guess("<b>beagle</b>", 0.6), Guess("boxer", 0.2)), b"png")


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> type[MadeUp]:
    for module in (asking, one_to_one):
        monkeypatch.setattr(module, "Inference", MadeUp)
    monkeypatch.setattr(captioning, "card", lambda: {"backbone": "vgg_mini", "how": "beam"})
    monkeypatch.setattr(MadeUp, "asked", [])
    for cache in (asking._ask, shown._decoded, asked._known):
        cache.clear()
    return MadeUp


@pytest.fixture
def captioned(open_app: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """Open the page and let it ask, as a browser does after the first drawing."""

    def opened(**query: str) -> AppTest:
        app = open_app("captions", **query)
        for _ in range(3):
            app.run()
        assert not app.exception
        return app

    return opened


def told(app: AppTest) -> str:
    kinds = ("markdown", "caption", "error", "info", "warning")
    return " ".join(element.value for kind in kinds for element in app.get(kind)).replace("\\", "")


def drawn(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def headings(app: AppTest) -> list[str]:
    return [heading.value for heading in app.subheader]


def carried(app: AppTest, name: str) -> str:
    value = app.query_params.get(name, "")
    return value[0] if isinstance(value, list) else value


def file(width: int, height: int, mode: str = "RGB") -> bytes:
    stream = io.BytesIO()
    Image.new(mode, (width, height), 128).save(stream, "PNG")
    return stream.getvalue()


def upload(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Let the page's uploader hold a file."""
    monkeypatch.setattr(picture, "uploaded", lambda label, key: content)


def test_the_first_drawing_asks_nobody_and_shows_how_good_the_networks_are(open_app, made_up) -> None:
    app = open_app("captions")
    assert made_up.asked == []
    assert "How good it is" in headings(app)


def test_an_example_is_answered_from_the_caption_to_the_plain_class(captioned, made_up) -> None:
    app = captioned()
    assert headings(app)[: len(HEADINGS)] == HEADINGS
    assert "least sure of “(end)”" in told(app)
    assert "<u>dog</u> <u>runs</u>" in drawn(app)
    assert "<u>man</u> <u>stands</u>" in drawn(app)
    assert "a dog runs fast" in drawn(app)
    assert "It says &lt;b&gt;beagle&lt;/b&gt;, though not quite sure." in drawn(app)
    assert made_up.asked == [("attention", "beam", ""), ("plain", "beam", "")], "each once, however often it is drawn"


def test_a_link_carries_the_example_the_network_the_way_and_the_beginning(captioned, made_up) -> None:
    app = captioned(picture="china", network="plain", how="beam:width=5", begin="two men")
    assert made_up.asked[0] == ("plain", "beam:width=5", "two men")
    assert EXAMPLES["china"].credit in told(app)
    assert app.slider(key="captions.width").value == 5
    app.text_input(key="captions.begin").set_value("").run()
    assert "begin" not in app.query_params
    assert carried(app, "how") == "beam:width=5"


@pytest.mark.parametrize("query", [{"picture": "<script>", "network": "none", "how": "?:=,", "begin": "x" * 500}])
def test_a_link_that_cannot_be_read_gives_way_to_what_everybody_gets(captioned, made_up, query) -> None:
    captioned(**query)
    assert made_up.asked[0] == ("attention", "beam", "")


def test_words_are_drawn_again_with_another_seed_which_the_link_carries(captioned, made_up) -> None:
    app = captioned(how="sample:temperature=1.2")
    app.button(key="captions.again").click().run()
    app.button(key="captions.again").click().run()
    assert carried(app, "how") == "sample:temperature=1.2,seed=2"
    assert ("attention", "sample:temperature=1.2,seed=2", "") in made_up.asked
    app.segmented_control(key="captions.way").set_value("greedy").run()
    assert carried(app, "how") == "beam:width=1"
    app.segmented_control(key="captions.way").set_value("beam").run()
    assert "how" not in app.query_params


def test_what_a_visitor_begins_goes_to_both_networks(captioned, made_up) -> None:
    app = captioned()
    app.text_input(key="captions.begin").set_value("two  children ").run()
    assert {asked[2] for asked in made_up.asked[2:]} == {"two  children"}
    assert "two children <u>dog</u> <u>runs</u>" in drawn(app)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no picture"),
        (b"<svg/>", "is no picture"),
        (file(400, 300)[:200], "is cut off"),
        (file(3, 300), "has only 3 × 300 pixels"),
    ],
)
def test_a_file_that_is_no_usable_picture_is_one_sentence_and_loses_nothing(
    captioned, made_up, monkeypatch, content: bytes, said: str
) -> None:
    upload(monkeypatch, content)
    app = captioned(begin="two men", how="beam:width=5")
    made_up.asked.clear()
    app.segmented_control(key="captions.from").set_value("Upload").run()
    assert said in " ".join(error.value.replace("\\", "") for error in app.error)
    assert HEADINGS[0] not in headings(app)
    assert made_up.asked == []
    app.segmented_control(key="captions.from").set_value("An example").run()
    assert app.text_input(key="captions.begin").value == "two men"
    assert carried(app, "how") == "beam:width=5"


@pytest.mark.parametrize("content", [file(8, 8), file(300, 200, "RGBA"), file(200, 300, "LA"), file(3000, 9)])
def test_tiny_transparent_and_very_long_pictures_are_spoken_of(captioned, monkeypatch, content: bytes) -> None:
    upload(monkeypatch, content)
    app = captioned()
    app.segmented_control(key="captions.from").set_value("Upload").run()
    assert headings(app)[: len(HEADINGS)] == HEADINGS
    assert ("333 times as wide as high" in told(app)) == (content == file(3000, 9))
    assert "picture" not in app.query_params


def test_without_a_picture_the_page_says_what_will_stand_there(captioned) -> None:
    app = captioned()
    app.segmented_control(key="captions.from").set_value("Paste").run()
    assert "Give a picture above" in told(app)
    assert HEADINGS[0] not in headings(app)


def test_a_picture_unlike_those_of_training_is_warned_of_and_another_one_is_not(
    captioned, made_up, monkeypatch
) -> None:
    assert "do not trust these words" not in told(captioned())
    monkeypatch.setattr(made_up, "unlike", 0.995)
    assert "do not trust these words" in told(captioned(picture="ball"))


def test_an_answer_that_does_not_come_is_said_and_can_be_asked_for_again(captioned, made_up, monkeypatch) -> None:
    app = captioned()

    def silent(self: Inference, *_: object) -> Prediction:
        raise InferenceError("The inference process does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(MadeUp, "caption", silent)
        app.text_input(key="captions.begin").set_value("two men").run()
        assert "The inference process does not answer." in told(app)
    app.button(key="captions.reading.retry").click().run()
    assert headings(app)[: len(HEADINGS)] == HEADINGS


def test_a_beginning_that_is_refused_is_not_asked_about_again(captioned, monkeypatch) -> None:
    app = captioned()

    def refuse(self: Inference, *_: object) -> Prediction:
        raise InferenceError("A beginning may have 15 words; this one has 16.", 400)

    monkeypatch.setattr(MadeUp, "caption", refuse)
    app.text_input(key="captions.begin").set_value("word " * 16).run()
    assert "this one has 16" in told(app)
    assert "captions.reading.retry" not in [button.key for button in app.button]


def test_a_card_with_figures_is_a_table_and_one_without_says_so(captioned, monkeypatch) -> None:
    figures = {
        "attention": {"bleu_4": 17.0, "pictures": 1000},
        "controls": {"the captions of other pictures": {"bleu_4": 5.0, "looks": False}},
    }
    monkeypatch.setattr(captioning, "card", lambda: {"backbone": "vgg_mini", "figures": figures})
    app = captioned()
    assert "It looks: BLEU-4 17.0 against 5.0" in told(app)
    assert "<td>17.0</td>" in drawn(app)
    monkeypatch.setattr(captioning, "card", lambda: {"backbone": "vgg_mini"})
    assert "no figures yet" in told(captioned())
