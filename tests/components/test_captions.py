"""Pieces of the captions page: what is asked, what was looked at in words, the tree, how sure, the figures."""

import subprocess
import sys
from math import log

import pytest

from components.captions import beside, looked, standing, sure
from components.captions.diagram import as_text
from components.captions.examples import EXAMPLES, content
from components.captions.how import NUCLEI, TEMPERATURES, WIDTHS, Way, read, spelled
from components.captions.said import _told
from components.captions.sentences import counts_length, table
from components.captions.shown import squashed
from components.captions.tree import placed, told, tree
from components.text.wiring_view import strengths
from model_zoo.rnn.prediction import Alternative, Node, Sentence, Word
from tests.components.said import caption, look, nodes, word

HOSTILE = "<img src=x onerror=document.title='hacked'>"


# --- what is asked


@pytest.mark.parametrize(
    "way",
    [
        Way("greedy"),
        Way(),
        Way(width=7),
        Way("sample"),
        Way("sample", temperature=1.3, nucleus=0.5, seed=12),
    ],
)
def test_a_way_to_choose_words_is_read_as_it_was_written(way: Way) -> None:
    assert read(spelled(way)) == way


@pytest.mark.parametrize(
    "text", ["", "?:=,", "beam:width=99", "beam:width=x", "sample:temperature=nan", "sample:seed=-1", "<script>"]
)
def test_a_way_that_does_not_fit_gives_way_to_what_everybody_gets(text: str) -> None:
    assert read(text) in (Way(), Way("sample"))


def test_what_the_page_offers_is_what_the_engine_takes() -> None:
    from model_zoo.knobs import build, knobs, parse
    from model_zoo.rnn.decoding import METHODS

    for name, ends in (
        ("beam", {"width": WIDTHS}),
        ("sample", {"temperature": TEMPERATURES, "nucleus": NUCLEI}),
    ):
        known = {knob.name: knob for knob in knobs(METHODS[name])}
        assert all(known[knob].min <= low and high <= known[knob].max for knob, (low, high) in ends.items())
    for way in (Way(), Way("greedy"), Way("sample", seed=3)):
        name, values = parse(spelled(way))
        options = build(METHODS[name], values, name)
        assert options.width == {"beam": 3, "greedy": 1}.get(way.name, options.width)
    usual = METHODS["sample"]()
    assert (usual.temperature, usual.nucleus, usual.seed) == (Way().temperature, Way().nucleus, Way().seed)


def test_examples_are_pictures_and_need_no_learning_library() -> None:
    code = (
        "import io, sys; from PIL import Image; from components.captions.examples import EXAMPLES, content\n"
        "sizes = [Image.open(io.BytesIO(content(name))).size for name in EXAMPLES]\n"
        "print(all(min(size) > 300 for size in sizes), 'sklearn' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert ended.stdout.split() == ["True", "False"], ended.stderr


def test_photos_are_credited_and_drawings_say_that_they_are_drawn() -> None:
    drawn = {name for name, example in EXAMPLES.items() if example.credit.startswith("Drawn for Thaw")}
    assert {name for name, example in EXAMPLES.items() if "CC BY" in example.credit} == {"china", "flower"}
    assert set(EXAMPLES) - drawn == {"china", "flower"}
    assert content("china")[:2] == b"\xff\xd8"


@pytest.mark.parametrize(
    ("ratio", "said"), [(1.5, ""), (0.34, ""), (8.0, "8 times as wide"), (0.1, "10 times as high")]
)
def test_only_a_picture_that_loses_much_when_squashed_is_told_of(ratio: float, said: str) -> None:
    assert (said in squashed(ratio)) if said else squashed(ratio) == ""


# --- where it looked


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (0, "mostly at the top left"),
        (3, "mostly at the top right"),
        (12, "mostly at the bottom left"),
        (15, "mostly at the bottom right"),
    ],
)
def test_where_it_looked_is_told_by_the_ninth_of_the_picture(place: int, said: str) -> None:
    assert looked.where(look(place), (4, 4)) == said


def test_looking_everywhere_or_not_at_all_names_no_place() -> None:
    assert looked.where([1 / 16] * 16, (4, 4)) == "all over the picture"
    assert looked.where((), (0, 0)) == ""
    assert looked.where([0.0] * 4 + [1.0] + [0.0] * 4, (3, 3)) == "mostly at the middle"


def test_cells_that_lie_in_two_thirds_count_in_both_by_their_part() -> None:
    parts = [looked._thirds(place, 8) for place in range(8)]
    for third in range(3):
        assert sum(part for each in parts for where, part in each if where == third) == pytest.approx(8 / 3)
    assert all(sum(part for _, part in each) == pytest.approx(1) for each in parts)


def test_a_word_of_the_visitor_is_told_apart_and_a_small_chance_is_not_none() -> None:
    assert looked.told(word("dog", 0, given=True), (4, 4)).startswith("dog, your word; the network gave it 50 %.")
    assert "the top left" in looked.told(word("dog", 0), (4, 4))
    assert "looked" not in looked.told(word("dog", 0, kind="plain"), (4, 4))
    assert looked.share(0.001) == "under 1 %"


def test_a_word_that_is_not_among_the_likeliest_still_stands_among_what_was_weighed() -> None:
    rare = Word("zebra", log(0.001), look(0), 0.5, (Alternative("cat", 0.6), Alternative("dog", 0.2)))
    others = _told(rare, caption())["others"]
    assert [each["text"] for each in others] == ["cat", "dog", "zebra"]
    assert [each["chosen"] for each in others] == [False, False, True]
    assert sum(each["chosen"] for each in _told(word("dog", 1), caption())["others"]) == 1


def test_a_rare_word_that_was_weighed_is_not_shown_as_the_token_that_stands_for_it() -> None:
    rare = Word("dog", log(0.4), look(0), 0.5, (Alternative("dog", 0.4), Alternative("<unknown>", 0.2)))
    assert [each["text"] for each in _told(rare, caption())["others"]] == ["dog", "(rare word)"]


def test_the_end_has_a_name_and_a_network_without_attention_neither_gate_nor_place() -> None:
    end = _told(caption().said[-1], caption())
    assert (end["text"], end["name"]) == ("", "(end)")
    plain = _told(word("dog", 0, kind="plain"), caption(kind="plain"))
    assert (plain["open"], plain["where"], plain["attention"]) == (None, "", ())


# --- the tree

WORDS = ["a", "dog", "runs", ""]


def test_the_tree_has_a_box_and_a_line_for_every_word_that_was_weighed() -> None:
    grown = nodes(WORDS)
    drawn = tree(grown, "a dog runs")
    assert drawn.count("<rect") == drawn.count("<path") == len(grown)
    assert drawn.count("<g class='best kept") == len(WORDS)
    assert drawn.count("<g class='dropped'") == sum(not node.kept for node in grown)


def test_words_stand_in_the_order_of_those_that_they_follow_so_that_no_lines_cross() -> None:
    grown = nodes(["a", "dog", "runs", "on", "grass", ""], width=5)
    boxes = placed(grown, "a dog runs on grass")
    for left in {box.left for box in boxes}:
        column = sorted((box for box in boxes if box.left == left), key=lambda box: box.middle)
        parents = [boxes[box.node.parent].middle for box in column if box.node.parent >= 0]
        assert parents == sorted(parents)
        assert len({box.middle for box in column}) == len(column), "none stands on another"


def test_log_probabilities_add_up_along_a_branch_and_the_visitors_words_have_none() -> None:
    boxes = placed(nodes(WORDS, given=1), "a dog runs", 1)
    (end,) = [box for box in boxes if box.best and not box.node.text]
    assert end.so_far == ("a", "dog", "runs")
    assert end.total == pytest.approx(3 * log(0.5))
    assert [box.given for box in boxes if box.best] == [True, False, False, False]
    assert "“a”: your words." in tree(nodes(WORDS, given=1), "a dog runs", 1)


def test_the_end_of_the_sentence_that_was_said_marks_the_way_and_another_end_does_not() -> None:
    grown = (Node(-1, "a", -0.1, True), Node(0, "", -2.0, True), Node(0, "dog", -0.2, True), Node(2, "", -0.3, True))
    assert [box.best for box in placed(grown, "a dog")] == [True, False, True, True]
    assert [box.best for box in placed(grown, "a cat")] == [False] * 4
    assert "It was kept, and another one won." in tree(grown, "a dog")


def test_the_tree_shows_markup_as_text_and_says_in_words_what_it_shows() -> None:
    grown = (Node(-1, HOSTILE, -0.1, True), Node(0, "", -0.2, True))
    drawn = tree(grown, HOSTILE)
    assert "<img" not in drawn
    assert "&lt;img" in drawn
    assert told(nodes(WORDS), "a dog runs").startswith("The tree that the beam grew in 4 steps: 24 words were weighed")
    assert tree((), "") == ""


# --- sentences, both networks, how sure


def test_sentences_are_listed_as_text() -> None:
    listed = table([Sentence("a dog", -1.234, -0.5), Sentence(HOSTILE, -2.0, -0.6)])
    assert "<td>−1.23</td>" in listed
    assert "<img" not in listed


def test_length_is_told_of_only_where_it_counts() -> None:
    assert counts_length([Sentence("a dog", -2.0, -2.0), Sentence("a dog runs", -3.0, -1.2)])
    assert not counts_length([Sentence("a dog", -2.0, -2.0)])


def test_words_that_only_one_network_says_stand_out() -> None:
    texts = {"attention": "a dog runs", "plain": "a man runs"}
    assert beside.others("a dog runs", texts, "attention") == {"dog"}
    assert "2 of 4" in beside.compared(*texts.values())
    assert "Both say the same" in beside.compared("a dog", "a dog")
    assert "<u>dog</u>" in beside._card("attention", caption("a dog runs"), {"dog"})
    assert "<img" not in beside._card("plain", caption(HOSTILE), set())


def test_how_sure_counts_the_networks_own_words_and_names_the_one_it_was_least_sure_of() -> None:
    said = caption("a dog runs", given=1)
    total = sum(each.log_probability for each in said.said[1:])
    summary = sure.summary(said)
    assert f"all 3 words of its own, the end included: **−{-total:.2f}**" in summary
    assert "least sure of “\\(end\\)”: 13 %" in summary
    chart = sure.by_word(said, dark=False)
    assert list(chart.figure.data[0].y) == [each.log_probability for each in said.said]
    assert chart.figure.data[0].marker.pattern.shape[0] == "/"
    assert [row["given"] for row in chart.rows] == [True, False, False, False]


def test_the_chart_shows_markup_as_text() -> None:
    figure = sure.by_word(caption(HOSTILE.replace(" ", "_")), dark=True).figure
    assert "<img" not in figure.to_json().replace("\\u003c", "<")


def test_an_unlike_picture_is_told_by_how_many_are_less_unlike() -> None:
    assert "99.4 of 100" in sure.unlike(0.994)
    assert "every one of them" in sure.unlike(1.0)


# --- wiring and states


def test_what_was_said_is_told_of_like_a_text_with_its_end() -> None:
    read_ = as_text(caption("a dog runs"))
    assert read_.text == "a dog runs (end)"
    assert [read_.text[token.start : token.end] for token in read_.tokens] == ["a", "dog", "runs", "(end)"]
    assert len(strengths(read_)) == 4


# --- the figures

FIGURES = {
    "attention": {"bleu_1": 58.04, "bleu_4": 17.2, "cider": 0.456, "distinct": 612, "pictures": 1000},
    "plain": {"bleu_1": 56.0, "bleu_4": 15.9},
    "controls": {"captions <i>of other pictures": {"bleu_4": 5.0, "looks": False}, "greedy": {"bleu_4": 18.9}},
    "published": [{"title": "Show, Attend and Tell", "bleu_1": 67, "bleu_4": 19.5}],
}


def test_the_figures_stand_in_one_table_without_columns_that_nobody_fills() -> None:
    drawn = standing.table(standing.rows(FIGURES))
    assert "BLEU-2" not in drawn
    assert "<td>58.0</td><td>17.2</td><td>0.46</td><td>612</td>" in drawn
    assert "<small>1,000 pictures</small>" in drawn
    assert "captions &lt;i&gt;of other pictures" in drawn
    assert [kind for _, kind, _ in standing.rows(FIGURES)] == ["network", "network", "control", "control", "published"]


def test_looking_is_claimed_only_where_the_network_is_ahead_of_every_control_that_does_not_look() -> None:
    assert "It looks: BLEU-4 17.2 against 5.0" in standing.looks(FIGURES)
    behind = replace_figure("bleu_4", 4.0)
    assert "does **not** show that it looks" in standing.looks(behind)
    assert standing.looks({}) == ""
    assert standing.rows({}) == []


def _trial(title: str, bleu_4: float, p: float | None) -> dict:
    return {"title": title, "p": p, "choose": {"bleu_4": bleu_4}}


def test_of_what_was_tried_only_a_difference_that_stands_among_all_is_told() -> None:
    first, small, large = _trial("as before", 14.75, None), _trial("<i>a</i>", 15.1, 0.03), _trial("b", 17.0, 0.001)
    assert "14.8, 15.1, from top to bottom" in standing.chosen([first, _trial("a", 15.1, 0.2)])
    assert "no difference from the first that you can trust" in standing.chosen([first, _trial("a", 15.1, 0.2)])
    assert "“&lt;i&gt;a&lt;/i&gt;”" in standing.chosen([first, small])
    assert "“b” the difference" in standing.chosen([first, small, large])
    none = standing.chosen([first, small, _trial("c", 15.2, 0.04)])
    assert "no difference" in none  # 0.03 · 2 is above 0.05


def test_what_was_tried_behind_another_encoder_is_known_by_it() -> None:
    card = {"encoder": "a1", "figures": {"second phase": []}}
    assert not standing.behind_another(card)
    assert not standing.behind_another(card | {"figures": {"second phase behind": "a1"}})
    assert standing.behind_another(card | {"figures": {"second phase behind": "b2"}})


def test_how_often_the_warning_comes_is_told_set_by_set() -> None:
    said = standing.warned({"validation": 0.012, "sketches": 0.084})
    assert "1.2 % of the photographs that it never saw, 8.4 % of sketches" in said


def replace_figure(name: str, value: float) -> dict:
    return FIGURES | {"attention": FIGURES["attention"] | {name: value}}
