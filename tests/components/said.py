"""A caption that no network said, for tests of what draws one."""

from collections.abc import Sequence
from math import log

from model_zoo.rnn.prediction import Alternative, Node, Prediction, Sentence, States, Word

GRID = (4, 4)


def look(place: int, count: int = GRID[0] * GRID[1]) -> tuple[float, ...]:
    """Look at one place of the grid, and a little everywhere."""
    rest = 0.2 / count
    return tuple(rest + (0.8 if each == place else 0.0) for each in range(count))


def caption(
    text: str = "a dog runs", *, given: int = 0, kind: str = "attention", unlike: float = 0.5, width: int = 3
) -> Prediction:
    words = [*text.split(), ""]
    said = tuple(word(text, place, place < given, kind) for place, text in enumerate(words))
    hidden = tuple((0.1 * place, -0.2) for place in range(len(words)))
    sentences = (Sentence(text, -4.5, -1.5), Sentence(f"{text} fast", -6.0, -1.6))
    return Prediction(
        text=text, said=said, grid=GRID, sentences=sentences, unlike=unlike,
        tree=nodes(words, given, width), states=(States("layer 1", 0, (0, 7), 320, hidden, {"forget": hidden}),),
    )  # fmt: skip


def word(text: str, place: int, given: bool = False, kind: str = "attention") -> Word:
    probability = 0.5 / (1 + place)
    others = (Alternative("cat", 0.4), Alternative(text, probability))
    looks = kind == "attention"
    return Word(text, log(probability), look(place) if looks else (), 0.25 * place if looks else 0.0, others, given)


def nodes(words: Sequence[str], given: int = 0, width: int = 3) -> tuple[Node, ...]:
    """Grow a tree whose first branch is the sentence; the others are kept once and dropped then."""
    found: list[Node] = []
    before, others = -1, []
    for place, text in enumerate(words):
        if place < given:
            found.append(Node(before, text, 0.0, True))
            before = len(found) - 1
            continue
        found.append(Node(before, text, log(0.5), True))
        best, grown = len(found) - 1, []
        for number in range(2 * width - 1):
            kept = number < width - 1
            parent = others[number % len(others)] if others else before
            found.append(Node(parent, f"other{place}{number}", log(0.1) - number, kept))
            grown += [len(found) - 1] if kept else []
        before, others = best, grown
    return tuple(found)
