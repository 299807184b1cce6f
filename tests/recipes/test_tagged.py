"""Reading tagged sentences, from a few lines of each set as it is published."""

import gzip
from pathlib import Path

from model_zoo.recipes import tagged
from model_zoo.recipes.tagged import Sentence


def write(folder: Path, name: str, text: str) -> None:
    (folder / "text").mkdir(exist_ok=True)
    with gzip.open(folder / "text" / name, "wt", encoding="utf-8") as file:
        file.write(text)


def test_a_contraction_is_read_as_its_words_and_an_omitted_word_not_at_all(tmp_path: Path) -> None:
    rows = ["# text = I don't", "1\tI\ti\tPRON", "2-3\tdon't\t_\t_", "2\tdo\tdo\tAUX", "3\tn't\tnot\tPART"]
    write(
        tmp_path, "ud_ewt_dev.conllu.gz", "\n".join([*rows, "3.1\tgo\tgo\tVERB", "", "# x", "1\tOh\toh\tINTJ", "", ""])
    )
    assert tagged.ud_ewt(tmp_path, "dev") == [
        Sentence(("I", "do", "n't"), ("PRON", "AUX", "PART")),
        Sentence(("Oh",), ("INTJ",)),
    ]


def test_wikiann_loses_its_prefix_and_says_that_nobody_looked_for_misc(tmp_path: Path) -> None:
    write(tmp_path, "wikiann_en_train.conll.gz", "en:Bath\tB-LOC\nen:en:x\tO\n\nen:Ann\tB-PER")
    found = tagged.wikiann(tmp_path, "train")
    assert found[0] == Sentence(("Bath", "en:x"), ("B-LOC", "O"), ("MISC",))
    assert found[1].words == ("Ann",), "the last line ends a sentence too"


def test_six_labels_of_wnut17_become_four(tmp_path: Path) -> None:
    labels = ["person", "location", "corporation", "group", "product", "creative-work"]
    lines = [f"w\tB-{label}\nv\tI-{label}\n" for label in labels]
    write(tmp_path, "wnut17_train.conll.gz", "".join(lines) + "\t\n# 1\tO\n")
    first, second = tagged.wnut17(tmp_path, "train")
    assert first.tags[::2] == ("B-PER", "B-LOC", "B-ORG", "B-ORG", "B-MISC", "B-MISC")
    assert first.tags[1::2] == ("I-PER", "I-LOC", "I-ORG", "I-ORG", "I-MISC", "I-MISC")
    assert second == Sentence(("# 1",), ("O",))


def test_wikigold_gets_its_b_tags(tmp_path: Path) -> None:
    write(tmp_path, "wikigold.conll.gz", "The I-ORG\nMad I-ORG\nJapan I-LOC\n. O\n")
    assert tagged.wikigold(tmp_path)[0].tags == ("B-ORG", "I-ORG", "B-LOC", "O")
