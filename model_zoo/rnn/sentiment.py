"""Many to one: is a review good or bad? English and Korean; the verdict after every token, and what each word did.

The effect of a word is found by occlusion (Zeiler & Fergus 2014, arXiv:1311.2901): the text is read again without it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_zoo.events import drained, mapped
from model_zoo.home import WEIGHTS
from model_zoo.rnn.mode import Reads, Wiring
from model_zoo.rnn.prediction import Prediction, Span, States

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from model_zoo.rnn.sentiment_network import SentimentNetwork

TITLE = "Sentiment"
READS: Reads = "text"
WIRING: Wiring = "many to one"
LANGUAGES = {"en": "English", "ko": "Korean"}
EXAMPLES = {
    "en": (
        "I expected another tired sequel, but it made me laugh and then, quietly, cry.",
        "Two good actors cannot save a plot that is neither funny nor clever.",
        "Not bad at all.",
    ),
    "ko": (
        "기대 없이 봤는데 마지막 장면에서 눈물이 났어요. 정말 좋은 영화!",
        "배우들 연기는 좋았지만 이야기가 너무 지루해서 졸았다.",
        "돈이 아깝다",
    ),
}
LONGEST = 4_000  # tokens; of a longer text the last ones are read
MOST_TOKENS_A_BATCH = 16_384
TEXTS_AT_ONCE = 8_192
MOST_OCCLUDED = 8_000  # tokens read to find effects: of a long text, several words at once are left out
TOKENS_SHOWN = 300  # of what happens inside; the last ones


@dataclass(frozen=True)
class Judge:
    """A network that judges texts, its tokens, and the temperature that makes its logits probabilities."""

    language: str
    network: SentimentNetwork
    tokenizer: Tokenizer
    temperature: float


def language_of(text: str) -> str:
    """Find the language by its letters: Korean where a fifth of them or more are Hangul, else English."""
    letters = [letter for letter in text if letter.isalpha()]
    hangul = sum("\uac00" <= letter <= "\ud7a3" or "\u3131" <= letter <= "\u318e" for letter in letters)
    return "ko" if letters and 5 * hangul >= len(letters) else "en"


def card(language: str) -> dict[str, Any]:
    """Read the model card of a language; raises ValueError with a sentence where it is not there."""
    return json.loads(_shipped(language, ".json").read_text("utf-8"))


@cache
def load(language: str) -> Judge:
    """Load what is shipped for `language`; raises ValueError with a sentence for another one."""
    from safetensors.torch import load_file

    from model_zoo.rnn.sentiment_network import SentimentNetwork, Shape
    from model_zoo.rnn.text import load_tokenizer

    if language not in LANGUAGES:
        raise ValueError(f"The language must be one of {', '.join(LANGUAGES)}, got “{language[:40]}”.")
    told = card(language)
    network = SentimentNetwork(Shape(**told["shape"]))
    network.load_state_dict(
        {name: part.float() for name, part in load_file(_shipped(language, ".safetensors")).items()}
    )
    network.eval().requires_grad_(False)
    return Judge(language, network, load_tokenizer(_shipped(language, ".tokenizer.json.gz")), told["temperature"])


def judged(judge: Judge, texts: Sequence[str]) -> Generator[int, None, list[float]]:
    """Give the probability that each text is positive; yields how many are judged, batch by batch.

    A text has the same answer alone and among others. Of one without a word, the network says what it expects.
    """
    from model_zoo.rnn.text import bucketed, encode

    rows = [row[-LONGEST:] for row in encode(judge.tokenizer, texts)]
    found, done = [0.5] * len(rows), 0
    for group in bucketed([len(row) for row in rows], MOST_TOKENS_A_BATCH):
        if group:
            for index, positive in zip(group, _read(judge, [rows[i] for i in group]), strict=True):
                found[index] = positive
            done += len(group)
            yield done
    return found


def predict(text: str, language: str = "", check: Callable[[], None] = lambda: None) -> Prediction:
    """Read one text closely, as `language` or as what it looks like; `check` may end it between batches, by raising."""
    from model_zoo.rnn.normal import normalised

    language = language or language_of(text)
    judge, read = load(language), normalised(text)
    encoding = judge.tokenizer.encode(read)
    ids, spans = encoding.ids[-LONGEST:], _spans(read, encoding.offsets)[-LONGEST:]
    left_out = f"Only the last {LONGEST:,} of {len(encoding.ids):,} tokens were read." if ids != encoding.ids else ""
    shown = [place for place, span in enumerate(spans) if place + 1 == len(spans) or spans[place + 1] != span]
    running = _running(judge, ids)
    words = _words(read, spans)
    return Prediction(
        text=read,
        tokens=tuple(spans[place] for place in shown),
        language=language,
        positive=running[-1],
        before=running[0],
        running=tuple(running[place + 1] for place in shown),
        words=tuple(Span(read[start:end], start, end) for start, end, _ in words),
        effects=tuple(_effects(judge, ids, [tokens for *_, tokens in words], running[-1], check)),
        states=_states(judge, ids, shown) if ids else (),
        note=left_out,
    )


def _shipped(language: str, suffix: str) -> Path:
    file = WEIGHTS / f"sentiment_{language}{suffix}"
    if not file.exists():
        raise ValueError(f"{LANGUAGES[language]} sentiment needs {file}, which is not there. Get Thaw whole again.")
    return file


def _read(judge: Judge, rows: Sequence[Sequence[int]]) -> list[float]:
    import torch

    from model_zoo.rnn.text import padded

    with torch.inference_mode():
        return (judge.network(*padded(rows)) / judge.temperature).sigmoid().tolist()


def _running(judge: Judge, ids: Sequence[int]) -> list[float]:
    """Give the verdict before the first token and after each."""
    import torch

    from model_zoo.rnn.states import rounded
    from model_zoo.rnn.text import padded

    with torch.inference_mode():
        logits = judge.network.running(padded([ids])[0])[0]
        return rounded(logits.div(judge.temperature).sigmoid())


def _spans(text: str, offsets: Sequence[tuple[int, int]]) -> list[Span]:
    """Say where tokens stand, without the space before them; tokens that share a character have the same place."""
    found = []
    for start, end in offsets:
        start += end - start > 1 and text[start] == " "
        found.append(Span(text[start:end], start, end))
    return found


def _words(text: str, spans: Sequence[Span]) -> list[tuple[int, int, list[int]]]:
    """Group tokens by the spaces between them: start and end of each word, and the places of its tokens."""
    words: list[tuple[int, int, list[int]]] = []
    for place, span in enumerate(spans):
        if span.text.isspace():
            continue
        if words and " " not in text[words[-1][1] : span.start]:
            start, end, tokens = words[-1]
            words[-1] = (start, max(end, span.end), [*tokens, place])
        else:
            words.append((span.start, span.end, [place]))
    return words


def _effects(
    judge: Judge, ids: Sequence[int], words: Sequence[Sequence[int]], positive: float, check: Callable[[], None]
) -> list[float]:
    """Read the text without each word, or each few words of a long text, and give how much lower the verdict is."""
    if not words:
        return []
    together = -(-len(words) * len(ids) // MOST_OCCLUDED)
    groups = [words[place : place + together] for place in range(0, len(words), together)]
    without = []
    for group in groups:
        hidden = {place for word in group for place in word}
        without.append([token for place, token in enumerate(ids) if place not in hidden])
    size = max(1, MOST_TOKENS_A_BATCH // (len(ids) + 1))
    found: list[float] = []
    for place in range(0, len(without), size):
        check()
        found += _read(judge, without[place : place + size])
    effects = [round(positive - each, 4) for each in found]
    return [effects[number // together] for number in range(len(words))]


def _states(judge: Judge, ids: Sequence[int], shown: Sequence[int]) -> tuple[States, ...]:
    """Tell what happens inside at the last of the tokens at `shown`."""
    import torch

    from model_zoo.rnn.states import told
    from model_zoo.rnn.text import padded

    tokens, lengths = padded([ids])
    with torch.inference_mode():
        layers = judge.network.recurrent.steps(judge.network.embedding(tokens), lengths)
    places = [place + 1 for place in shown[-TOKENS_SHOWN:]]  # END stands before the first token
    return told(layers, places, max(0, len(shown) - TOKENS_SHOWN))


def positive(judge: Judge, texts: Sequence[str]) -> list[float]:
    """Give the probability that each text is positive, all at once."""
    return drained(judged(judge, texts))


def judged_each(texts: Sequence[str], languages: Sequence[str]) -> Generator[int, None, list[float]]:
    """Judge each text in its language, a few thousand at once; yields how many are judged, and gives what they are."""
    found, done = [0.5] * len(texts), 0
    for language in dict.fromkeys(languages):
        judge, mine = load(language), [place for place, each in enumerate(languages) if each == language]
        for start in range(0, len(mine), TEXTS_AT_ONCE):
            places, before = mine[start : start + TEXTS_AT_ONCE], done
            work = judged(judge, [texts[place] for place in places])
            shares = yield from mapped(work, lambda here, before=before: before + here)  # type: ignore[misc]
            for place, share in zip(places, shares, strict=True):
                found[place] = share
            done += len(places)
    return found
