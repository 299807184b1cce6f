"""What the network did before each of its words, put into words: how likely it was, and where it looked."""

from collections.abc import Sequence
from math import exp

from components.numbers import percent
from model_zoo.rnn.prediction import Word

END = "(end)"  # what stands for the end of a sentence, a word without text
SPELLED = {"": END, "<unknown>": "(rare word)"}  # what is no word; no rare word is ever said
SPREAD = 2 / 9  # of all looking within one ninth of the picture: with less, no place stands out
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "middle", "right")


def name(text: str) -> str:
    """Give what stands on the page for a word; the end of a sentence has no text of its own."""
    return SPELLED.get(text, text)


def likely(word: Word) -> float:
    """Give the probability of a word, a fraction."""
    return min(1.0, exp(word.log_probability))


def share(fraction: float) -> str:
    """Write a probability so that a small one is not written as none."""
    return "under 1 %" if 0 < fraction < 0.005 else percent(fraction, 0)


def where(attention: Sequence[float], grid: tuple[int, int]) -> str:
    """Say where in the picture the network looked, by its ninths; `attention` is row by row, in sum 1.

    Gives "" where it cannot look.
    """
    if not attention:
        return ""
    rows, columns = grid
    ninths = dict.fromkeys(((row, column) for row in range(3) for column in range(3)), 0.0)
    for place, weight in enumerate(attention):
        row, column = divmod(place, columns)
        for r, high in _thirds(row, rows):
            for c, wide in _thirds(column, columns):
                ninths[r, c] += weight * high * wide
    (row, column), most = max(ninths.items(), key=lambda each: each[1])
    if most < SPREAD:
        return "all over the picture"
    return f"mostly at the {'middle' if row == column == 1 else f'{ROWS[row]} {COLUMNS[column]}'}"


def _thirds(place: int, count: int) -> list[tuple[int, float]]:
    """Give which thirds the cell `place` of `count` lies in, and how much of it in each."""
    start, end = 3 * place / count, 3 * (place + 1) / count
    parts = [(third, min(end, third + 1) - max(start, third)) for third in range(3)]
    return [(third, part / (end - start)) for third, part in parts if part > 1e-9]


def told(word: Word, grid: tuple[int, int]) -> str:
    """Say all of it in a sentence or two, for the name of the word's button."""
    said = "your word; the network gave it" if word.given else "the network gave it"
    looked = f" It looked {where(word.attention, grid)}." if word.attention else ""
    return f"{name(word.text)}, {said} {share(likely(word))}.{looked}"
