"""Many picture files captioned as they come: one batch in memory; a file that cannot be used costs only itself."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import numpy as np
import torch

from model_zoo.data.decode import Decoded, Unusable
from model_zoo.data.decoding import decode_all
from model_zoo.events import drained
from model_zoo.rnn.captioning import PICTURES_AT_ONCE, Captioner, captions, method_of
from model_zoo.rnn.encoder import SIZE
from model_zoo.rnn.prediction import Sentence

T = TypeVar("T")


@dataclass(frozen=True)
class Captioned:
    """A picture, squashed as the network saw it, and its best sentences, best first."""

    picture: Decoded
    sentences: tuple[Sentence, ...]


def captioned(
    captioner: Captioner, files: Iterable[tuple[T, bytes]], count: int, how: str = "beam"
) -> Generator[tuple[T, Captioned | Unusable], None, None]:
    """Caption `files`, about `count` of them, in their order, as `how` says (see captioning.captions)."""
    method_of(captioner, how)  # refused before anything is read
    with closing(decode_all(files, SIZE, count, squash=True)) as decoded:  # type: ignore[type-var]
        while some := list(islice(decoded, PICTURES_AT_ONCE)):
            yield from _said(captioner, some, how)


def as_object(file: str, sentences: Sequence[Sentence]) -> dict[str, Any]:
    """Tell of one picture what the command prints and the job keeps; log-probabilities are natural and of the whole."""
    best, *others = sentences
    return {
        "file": file,
        "caption": best.text,
        "tokens": best.text.split(),
        "log_probability": best.log_probability,
        "alternatives": [{"caption": each.text, "log_probability": each.log_probability} for each in others],
    }


def _said(
    captioner: Captioner, some: Sequence[tuple[T, Decoded | Unusable]], how: str
) -> Iterator[tuple[T, Captioned | Unusable]]:
    usable = [found.pixels for _, found in some if isinstance(found, Decoded)]
    if usable:
        sentences = iter(drained(captions(captioner, torch.from_numpy(np.stack(usable)), how)))
    for key, found in some:
        yield key, Captioned(found, tuple(next(sentences))) if isinstance(found, Decoded) else found
