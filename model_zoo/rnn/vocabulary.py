"""Words as numbers: the frequent ones by name, each one by its characters and by its case."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

UNKNOWN = 0  # among words
PADDING, STRANGE, EDGE = 0, 1, 2  # among characters: none, one never met, and what stands before and after a word
HALF = 12  # of a longer word, so many of its first and of its last characters count
CASES = 6
QUOTES = str.maketrans("‘’´`“”", "''''\"\"")


@dataclass(frozen=True)
class Batch:
    """Sentences as numbers: `words` (B, T), `which` (B, T) of the U distinct words, `lengths` (B,) of at least 1.

    Of each distinct word `spelled` (U, L), and `cases` (U,).
    """

    words: Tensor
    which: Tensor
    lengths: Tensor
    spelled: Tensor
    cases: Tensor


@dataclass(frozen=True)
class Vocabulary:
    """What a network knows by name: words (as `plain` spells them), characters, and the tags that it gives."""

    words: tuple[str, ...]
    characters: str
    tags: tuple[str, ...]

    def batch(self, sentences: Sequence[Sequence[str]]) -> Batch:
        """Put sentences beside each other, padded on the right; an empty one is read as one empty word."""
        rows = [sentence or ("",) for sentence in sentences]
        distinct = {word: place for place, word in enumerate(dict.fromkeys(word for row in rows for word in row))}
        known = [self._word_places.get(plain(word), UNKNOWN) for word in distinct]
        which = _padded([[distinct[word] for word in row] for row in rows])
        return Batch(
            torch.tensor(known)[which],
            which,
            torch.tensor([len(row) for row in rows]),
            _padded([self._spelled(word) for word in distinct]),
            torch.tensor([case(word) for word in distinct]),
        )

    @cached_property
    def tag_places(self) -> dict[str, int]:
        """Give the place of each tag."""
        return {tag: place for place, tag in enumerate(self.tags)}

    @cached_property
    def _word_places(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self.words, UNKNOWN + 1)}

    @cached_property
    def _character_places(self) -> dict[str, int]:
        return {character: place for place, character in enumerate(self.characters, EDGE + 1)}

    def _spelled(self, word: str) -> list[int]:
        seen = word if len(word) <= 2 * HALF else word[:HALF] + word[-HALF:]
        return [EDGE, *(self._character_places.get(character, STRANGE) for character in seen), EDGE]


def plain(word: str) -> str:
    """Give a word as it is looked up: Unicode's NFC, small letters, every digit 0, quotes straight."""
    return re.sub(r"\d", "0", unicodedata.normalize("NFC", word).lower().translate(QUOTES))


def case(word: str) -> int:
    """Tell how a word is written: with no letters, small, Capital, CAPITALS, miXed, or with d1gits."""
    if any(character.isdigit() for character in word):
        return 5
    if word.islower():
        return 1
    if word.isupper():
        return 2 if len(word) == 1 else 3
    if word[:1].isupper() and word[1:].islower():
        return 2
    return 4 if word.lower() != word else 0


def _padded(rows: Sequence[Sequence[int]]) -> Tensor:
    found = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    for place, row in enumerate(rows):
        found[place, : len(row)] = torch.as_tensor(row)
    return found
