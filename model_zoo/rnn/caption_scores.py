"""How near captions come to what people wrote of the same pictures: BLEU (Papineni et al. 2002) and CIDEr.

BLEU is sacrebleu's, of the whole corpus and without smoothing; CIDEr is CIDEr-D by pycocoevalcap, the reference scorer
of COCO (Vedantam, Zitnick & Parikh 2015, arXiv:1411.5726), between 0 and 10 as it gives it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from model_zoo.rnn.captioning import LETTERS

if TYPE_CHECKING:
    from sacrebleu.metrics import BLEU

ORDERS = (1, 2, 3, 4)
NAMES = {**{f"bleu_{order}": f"BLEU-{order}" for order in ORDERS}, "cider": "CIDEr"}


@dataclass(frozen=True)
class Published:
    """BLEU of a published captioner on Flickr8k, 0 to 100."""

    title: str
    bleu_1: float
    bleu_4: float


PUBLISHED = (
    Published("Show, Attend and Tell, soft attention (Xu et al. 2015)", 67.0, 19.5),
    Published("Re-implementations on VGG-16, with attention", 61.1, 14.2),
    Published("Re-implementations on VGG-16, without attention", 53.0, 9.4),
)


def words(text: str) -> list[str]:
    """Cut a caption into the words that are compared: in lower case, of letters, digits and apostrophes."""
    return LETTERS.findall(text.lower())


def score(captions: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """Score captions against the references of each: `pictures`, `bleu_1` to `bleu_4` (0 to 100) and `cider`.

    Of one picture alone CIDEr is 0: it weighs words by how few pictures have them. Raises ValueError with a sentence.
    """
    if len(captions) != len(references):
        raise ValueError(f"Each caption needs its references: {len(captions)} captions, {len(references)} lists.")
    if not captions:
        raise ValueError("There is no caption to score.")
    said = [" ".join(words(caption)) for caption in captions]
    wrote = [[" ".join(found) for each in some if (found := words(each))] for some in references]
    if [] in wrote:
        raise ValueError(f"Caption {wrote.index([]) + 1} has no reference with a word in Latin letters.")
    found = {f"bleu_{order}": _bleu(said, wrote, order) for order in ORDERS}
    return {"pictures": len(captions), **found, "cider": _cider(said, wrote)}


def bleu(order: int) -> BLEU:
    """Give sacrebleu's BLEU up to runs of `order` words, as everything here is scored."""
    from sacrebleu.metrics import BLEU

    return BLEU(tokenize="none", smooth_method="none", max_ngram_order=order, force=True)


def _bleu(said: list[str], wrote: list[list[str]], order: int) -> float:
    most = max(map(len, wrote))
    streams = [[each[place] if place < len(each) else None for each in wrote] for place in range(most)]
    return round(bleu(order).corpus_score(said, streams).score, 4)  # type: ignore[arg-type]


def _cider(said: list[str], wrote: list[list[str]]) -> float:
    from pycocoevalcap.cider.cider import Cider

    mean, _ = Cider().compute_score(dict(enumerate(wrote)), {place: [each] for place, each in enumerate(said)})
    return round(float(mean), 4)
