"""A visitor's texts as recurrent networks learn from them: a class each, or a tag for every word. No heavy library."""

from collections import Counter
from dataclasses import dataclass

from model_zoo.data.spelling import readable
from model_zoo.data.texts import Texts, decoded, lines
from model_zoo.rnn.normal import normalised
from model_zoo.rnn.tags import repaired

SMALLEST_CLASS = 5  # texts: some to train, one each to validate and to test
MOST_CLASSES = 50
FEWEST_SENTENCES, MOST_TAGS = 20, 200
LONGEST_SENTENCE = 400  # words; what is longer counts as several
CONLLU_COLUMNS, FORM, UPOS = 10, 1, 3


@dataclass(frozen=True)
class Labelled:
    """Distinct texts with the number of their class; `left_out` counts copies and texts without words or a label."""

    texts: tuple[str, ...]
    labels: tuple[int, ...]
    classes: tuple[str, ...]
    left_out: int


@dataclass(frozen=True)
class Tagged:
    """Distinct sentences, their words and a tag for each; `left_out` counts copies."""

    words: tuple[tuple[str, ...], ...]
    tags: tuple[tuple[str, ...], ...]
    left_out: int


def labelled(found: Texts) -> Labelled:
    """Keep the first of texts that read the same; raises ValueError with a sentence where too little remains."""
    first: dict[str, str] = {}
    for text, label in zip(found.texts, found.labels, strict=True):
        if label:
            first.setdefault(normalised(text), label)
    sizes = Counter(first.values())
    classes = tuple(sorted(sizes))
    if len(classes) < 2:
        raise ValueError(f"The labels need at least two values, and there is {len(classes)}. Choose another column.")
    if len(classes) > MOST_CLASSES:
        raise ValueError(f"The column of labels has {len(classes):,} values; at most {MOST_CLASSES} are classes.")
    small = [name for name in classes if sizes[name] < SMALLEST_CLASS]
    if small:
        count = "1 text" if sizes[small[0]] == 1 else f"{sizes[small[0]]} texts"
        raise ValueError(f"“{readable(small[0])[:40]}” has {count}; each class needs at least {SMALLEST_CLASS}.")
    places = {name: place for place, name in enumerate(classes)}
    labels = tuple(places[label] for label in first.values())
    return Labelled(tuple(first), labels, classes, len(found.texts) - len(first) + found.left_out)


def tagged(content: bytes, name: str) -> Tagged:
    """Read a word and its tag a line, first and last column, sentences apart by empty lines; of CoNLL-U form and UPOS.

    I- that goes on with nothing is read as B-. Raises ValueError with a sentence for what cannot be used.
    """
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    rows: list[tuple[str, str]] = []
    count = 0
    for number, line in enumerate([*lines(decoded(content, name)[0]), ""], 1):
        if line.strip():
            rows += _row(line, number, name)
        else:
            for start in range(0, len(rows), LONGEST_SENTENCE):
                words, tags = zip(*rows[start : start + LONGEST_SENTENCE], strict=True)
                found.setdefault(words, tuple(repaired(tags)))
                count += 1
            rows = []
    kinds = {tag for each in found.values() for tag in each}
    if len(found) < FEWEST_SENTENCES:
        raise ValueError(
            f"{readable(name)} has {len(found)} different sentences; at least {FEWEST_SENTENCES} are needed. "
            "An empty line ends a sentence."
        )
    if not 2 <= len(kinds) <= MOST_TAGS:
        raise ValueError(f"{readable(name)} has {len(kinds)} tags; between 2 and {MOST_TAGS} can be learned.")
    return Tagged(tuple(found), tuple(found.values()), count - len(found))


def _row(line: str, number: int, name: str) -> list[tuple[str, str]]:
    """Give word and tag of a line; none of a comment, or of what CoNLL-U counts beside the words."""
    cells = line.split("\t") if "\t" in line else line.split()
    if line.startswith("# ") or line.strip() == "#":
        return []
    if len(cells) == CONLLU_COLUMNS:
        return [(cells[FORM], cells[UPOS])] if cells[0].isdigit() else []
    if len(cells) < 2 or not cells[0].strip() or not cells[-1].strip():
        told = f"Line {number} of {readable(name)} has no word and tag"
        raise ValueError(f"{told}: “{readable(line)[:40]}”. Write both, a tab between.")
    return [(cells[0].strip(), cells[-1].strip())]
