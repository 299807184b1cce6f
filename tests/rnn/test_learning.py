"""Recurrent networks compared on a visitor's texts."""

import json
import random
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from model_zoo.data import texts
from model_zoo.data.texts import Texts
from model_zoo.events import EpochEnd, Finished, Progress, RunEnd, Started
from model_zoo.experiments.job import Context
from model_zoo.experiments.jobs import readers as job
from model_zoo.rnn import readers
from model_zoo.rnn.labelled import labelled, tagged
from model_zoo.rnn.learning import Learner
from model_zoo.rnn.parts import parts
from model_zoo.rnn.readers import ReadersSpec
from model_zoo.rnn.sentiment_network import SentimentNetwork, Shape
from model_zoo.rnn.tag_lesson import TagLesson
from model_zoo.rnn.text_lesson import TextLesson

FILLERS = ["the", "of", "film", "story", "scene", "plot", "actor", "long", "short", "old", "new", "it", "was", "in"]
SMALL = "gru:hidden_size=16,dropout=0"


def told(count: int, seed: int = 0) -> Texts:
    """Texts in which one word says the label."""
    rng = random.Random(seed)
    labels = [rng.choice(("calm", "loud")) for _ in range(count)]
    lines = [" ".join([*rng.choices(FILLERS, k=6), "silence" if label == "calm" else "thunder"]) for label in labels]
    return Texts(tuple(lines), "utf-8", labels=tuple(labels))


@pytest.fixture(scope="module")
def learned() -> tuple[Learner, list]:
    spec = ReadersSpec("x", "label", configurations=(SMALL, "rnn:hidden_size=8"), epochs=4, seeds=2, seed=3, rate=2e-2)
    learner = Learner(spec, TextLesson(labelled(told(160)), "en"))
    return learner, list(learner.events())


def test_a_word_that_says_it_all_is_learned(learned: tuple[Learner, list]) -> None:
    _, events = learned
    result = events[-1].result
    best = next(line for line in result["ranking"] if line["strategy"] == SMALL)
    assert best["test_accuracy"] > 0.9
    ends = [event for event in events if isinstance(event, EpochEnd) and event.run == f"{SMALL}#3"]
    assert ends[-1].train_loss < ends[0].train_loss


def test_every_run_is_told_as_that_of_any_comparison(learned: tuple[Learner, list]) -> None:
    learner, events = learned
    assert isinstance(events[0], Started)
    assert "every run seed draws its own" in events[0].plan["split"]
    assert len([event for event in events if isinstance(event, EpochEnd)]) == 2 * 2 * 4
    rows = [event.row for event in events if isinstance(event, RunEnd)]
    assert [(row["strategy"], row["seed"]) for row in rows] == [
        (t, s) for s in (3, 4) for t in learner.spec.configurations
    ]
    shares = [event.done for event in events if isinstance(event, Progress)]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    result = events[-1].result
    assert result["runs"] == rows
    assert "on test texts" in result["verdict"]["sentence"]
    assert "picture" not in result["verdict"]["sentence"]
    (pair,) = result["verdict"]["pairs"]
    assert {pair["a"], pair["b"]} == set(learner.spec.configurations)
    for text in learner.spec.configurations:
        mine = [row["test_accuracy"] for row in rows if row["strategy"] == text]
        line = next(line for line in result["ranking"] if line["strategy"] == text)
        assert line["test_accuracy"] == pytest.approx(sum(mine) / 2)


def test_layers_of_the_shipped_network_wake_one_by_one_and_start_where_it_stands() -> None:
    spec = ReadersSpec("x", "label", configurations=("shipped",), epochs=3, seeds=1)
    learner = Learner(spec, TextLesson(labelled(told(60)), "en"))
    ends = [event for event in learner.events() if isinstance(event, EpochEnd)]
    asleep = [[drift == 0 for drift in event.drift] for event in ends]
    assert asleep == [[True, True, False], [True, False, False], [False, False, False]]
    assert ends[2].rates[0] < ends[2].rates[1] < ends[2].rates[2]


def test_no_copy_of_a_text_is_on_both_sides_and_every_class_is_in_every_part() -> None:
    doubled = told(80)
    doubled = Texts(doubled.texts * 2, "utf-8", labels=doubled.labels * 2)
    found = labelled(doubled)
    assert found.left_out >= 80
    assert len(set(found.texts)) == len(found.texts)
    labels = torch.tensor(found.labels)
    drawn = parts(labels, found.classes, 0)
    together = torch.cat((drawn.train, drawn.validation, drawn.test))
    assert together.sort().values.tolist() == list(range(len(found.texts)))
    for part in (drawn.train, drawn.validation, drawn.test):
        assert set(labels[part].tolist()) == {0, 1}


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (["a"] * 9, "at least two values, and there is 1"),
        (["a"] * 9 + ["rare"], "“rare” has 1 text; each class needs at least 5"),
        ([str(number) for number in range(60)], "has 60 values; at most 50"),
        ([""] * 9, "at least two values, and there is 0"),
    ],
)
def test_labels_that_cannot_be_learned_are_said_to_be_so(labels: list[str], sentence: str) -> None:
    lines = tuple(f"text {number}" for number in range(len(labels)))
    with pytest.raises(ValueError, match=sentence):
        labelled(Texts(lines, "utf-8", labels=tuple(labels)))


def conll(count: int) -> bytes:
    """Sentences in which who is named follows from the word."""
    rng, lines = random.Random(1), []
    for number in range(count):
        words = [*rng.choices(FILLERS, k=3), rng.choice(("Ada", "Oslo")), f"n{number}"]
        tags = ["O"] * 3 + ["I-PER" if words[3] == "Ada" else "B-LOC", "O"]
        lines += [f"{word}\t{tag}" for word, tag in zip(words, tags, strict=True)] + [""]
    return "\n".join(lines).encode()


def test_tags_are_learned_a_word_at_a_time() -> None:
    found = tagged(conll(60), "names.conll")
    assert {tag for tags in found.tags for tag in tags} == {"O", "B-PER", "B-LOC"}, (
        "I- that goes on with nothing begins"
    )
    lesson = TagLesson(found)
    spec = ReadersSpec("x", configurations=("shipped:gradual=false", SMALL), epochs=10, seeds=1, rate=2e-2)
    learner = Learner(spec, lesson)
    *events, last = learner.events()
    best = {line["strategy"]: line["test_accuracy"] for line in last.result["ranking"]}
    assert best["shipped:gradual=false"] > 0.95
    ends = [event for event in events if isinstance(event, EpochEnd) and event.strategy == SMALL]
    assert ends[-1].train_loss < ends[0].train_loss / 2
    assert last.result["right"] == lesson.right


def test_saying_outside_of_everything_is_right_of_nothing() -> None:
    lesson = TagLesson(tagged(conll(30), "names.conll"))
    network = lesson.network("gru", 0)
    with torch.no_grad():
        network.head.bias[lesson.vocabulary.tag_places["O"]] += 1_000
    shares, _ = lesson.judged(network, range(30))
    assert shares.tolist() == [0.0] * 30


def test_the_shipped_tagger_keeps_what_it_knows_of_the_tags_that_both_have() -> None:
    lesson = TagLesson(tagged(conll(30), "names.conll"))
    network, shipped = lesson.network("shipped", 0), lesson._shipped
    ours, theirs = lesson.vocabulary.tag_places, shipped.vocabulary.tag_places
    for tag in lesson.classes:
        assert network.head.weight[ours[tag]].equal(shipped.network.head.weight[theirs[tag]])
        for after in lesson.classes:
            kept = shipped.network.crf.between[theirs[tag], theirs[after]]
            assert network.crf.between[ours[tag], ours[after]] == kept
    assert network.embedding.weight.equal(shipped.network.embedding.weight)


def test_the_same_run_gives_the_same_numbers_alone_and_beside_another() -> None:
    lesson = TextLesson(labelled(told(60)), "en")
    first = "lstm:hidden_size=8"

    def losses(*configurations: str) -> list[float]:
        torch.manual_seed(len(configurations))
        learner = Learner(ReadersSpec("x", "y", configurations=configurations, epochs=2, seeds=1), lesson)
        return [e.train_loss for e in learner.events() if isinstance(e, EpochEnd) and e.strategy == first]

    assert losses(first) == losses(first, "gru:hidden_size=8") == losses("rnn:hidden_size=8", first)


def test_conllu_gives_forms_and_parts_of_speech_and_long_sentences_are_cut() -> None:
    row = "{n}\t{word}\tlemma\t{tag}\t_\t_\t0\troot\t_\tSpaceAfter=No"
    block = "# newpar\n# text = x\n1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n" + "\n".join(
        row.format(n=n, word=word, tag=tag)
        for n, word, tag in ((1, "do", "AUX"), (2, "n't", "PART"), (3, "{k}", "NUM"))
    )
    found = tagged("\n\n".join(block.replace("{k}", f"w{k}") for k in range(25)).encode(), "x.conllu")
    assert found.words[3] == ("do", "n't", "w3")
    assert found.tags[3] == ("AUX", "PART", "NUM")
    long = "\n".join(f"w{k} {'AB'[k % 2]}" for k in range(9_000))
    assert [len(words) for words in tagged(long.encode(), "x.conll").words] == [400] * 22 + [200]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"Ada B-PER\nalone\n\n" * 30, "Line 2 of n.conll has no word and tag: “alone”"),
        (b"Ada B-PER\nin O\n\n" * 30, "has 1 different sentences; at least 20"),
        (b"".join(b"w%d O\n\n" % k for k in range(40)), "has 1 tags; between 2 and"),
    ],
)
def test_tagged_files_that_cannot_be_used_are_said_to_be_so(content: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        tagged(content, "n.conll")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"configurations": ("lstn",)}, "Did you mean “lstm”"),
        ({"configurations": ("lstm:layers=9",)}, "layers of lstm must be 1 to 3, got 9"),
        ({"configurations": ("lstm", "lstm:layers=1")}, "“lstm” stands twice"),
        ({"configurations": ()}, "the number of networks must be 1 to 8, got 0"),
        ({"epochs": 0}, "epochs must be 1 to 50"),
    ],
)
def test_what_cannot_be_asked_is_said_with_the_way_out(changes: dict, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        ReadersSpec(**{"file": "x", "label": "y"} | changes)


def test_titles_say_the_knobs_that_were_set() -> None:
    assert readers.title("lstm:bidirectional=true,layers=2") == "LSTM, both ways, layers 2"
    assert readers.title("shipped") == "Fine-tuned LSTM"


def test_the_job_keeps_the_best_network_with_its_classes(thaw_home: Path) -> None:
    (thaw_home / "job").mkdir()
    made = told(60)
    rows = "\n".join(f"{text},{label}" for text, label in zip(made.texts, made.labels, strict=True))
    file = texts.keep(f"review,mood\n{rows}".encode(), "moods.csv")
    spec = {"file": file, "label": "mood", "configurations": [SMALL], "epochs": 2, "seeds": 1}
    *_, last = job.run(spec, Context("job", thaw_home / "job"))
    assert isinstance(last, Finished)
    assert last.result == json.loads((thaw_home / "job" / "result.json").read_text())
    with safe_open(thaw_home / "job" / job.MODEL, framework="pt") as kept:
        assert json.loads(kept.metadata()["classes"]) == ["calm", "loud"]
        assert json.loads(kept.metadata()["shape"])["outputs"] == 2
        state = {name: kept.get_tensor(name).float() for name in kept.offset_keys()}
        network = SentimentNetwork(Shape(**json.loads(kept.metadata()["shape"])))
    network.load_state_dict(state)
    lesson = TextLesson(labelled(texts.read(*texts.find(file), label="mood")), "en")
    shares, _ = lesson.judged(network.eval(), lesson.parts(0).test.tolist())
    assert shares.mean().item() == pytest.approx(last.result["runs"][0]["test_accuracy"])
    assert job.describe(spec) == "moods.csv · 1 network × 1 seeds × 2 epochs"
