"""Cut raw text into the words that taggers know, roughly as the Penn Treebank and UD-EWT do, with their places."""

import re

from model_zoo.rnn.normal import UNSEEN
from model_zoo.rnn.prediction import Span

WORD = re.compile(  # what could fail after a long way is bounded, so that no text takes time squared
    r"""
    (?:https?://|www\.)[^\s<>"“”]*[^\s<>"“”.,;:!?'’)\]}]                # an address
  | [\w.+-]{1,64}@\w[\w-]*(?:\.\w[\w-]*)+                               # an e-mail
  | [@\#]\w+                                                            # a name or topic of social media
  | [:;=][-o']?[)(\]\[DPp/\\|*](?!\w) | <3 | [:;=]'\(                   # an emoticon
  | (?:[^\W\d_]\.){2,}                                                  # U.S., e.g.
  | (?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|Inc|Corp|Co|Ltd)\.(?=\s|$)     # a few that keep their full stop
  | [$€£¥](?=\d)                                                        # stands alone before its number
  | \d{1,64}(?:[.,:/-]\d{1,64}){0,16}(?:st|nd|rd|th|s)?\b               # 1,000.50, 10:30, 1990s
  | [^\W_]+(?:[&][^\W_]+|[-'’][^\W_]+)*                                 # words, with what joins them inside
  | \.{2,} | -{2,} | ([!?])\1* | `` | ''                                # runs of the same
  | \S
    """,
    re.VERBOSE,
)
CLITIC = re.compile(r"(?<=\w)(?:n['’]t|['’](?:s|m|d|re|ve|ll))$", re.IGNORECASE)
ADDRESS = re.compile(r"^(?:https?:|www\.)|@")
JOINED = {"cannot": 3, "gonna": 3, "gotta": 3, "wanna": 3}  # and where the second word begins


def words(text: str, hyphens: bool = True) -> list[Span]:
    """Give the words of a text in order; white space and control characters belong to none.

    With `hyphens`, each between letters is a word of its own, as in UD-EWT; without, it joins them, as in names.
    """
    found: list[Span] = []
    for match in WORD.finditer(_spaced(text)):
        cuts = sorted({0, *_cuts(match.group(), hyphens), len(match.group())})
        for first, beyond in zip(cuts, cuts[1:], strict=False):
            start, end = match.start() + first, match.start() + beyond
            found.append(Span(text[start:end], start, end))
    return found


def _spaced(text: str) -> str:
    """Put a space for every character that nobody sees, so that places stay the same."""
    return UNSEEN.sub(" ", text)


def _cuts(word: str, hyphens: bool) -> list[int]:
    if word.lower() in JOINED:
        return [JOINED[word.lower()]]
    if not word[:1].isalpha() or ADDRESS.search(word):
        return []
    clitic = CLITIC.search(word)
    stem = word[: clitic.start()] if clitic else word
    between = [place for match in re.finditer("-", stem) for place in match.span()] if hyphens else []
    return [*between, len(stem)]
