"""Learn what words are like from their neighbours, before anything is known about their tags.

Of how often two words stand near each other, the positive pointwise mutual information, cut down to a few numbers a
word by a singular value decomposition (Levy, Goldberg & Dagan 2015, "Improving distributional similarity").
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

NEAR = 3  # words on either side; one d words away counts 1 / d
SMOOTHING = 0.75  # the power that lifts rare contexts, as in word2vec
POWER = 0.5  # of the singular values


def word_vectors(sentences: Iterable[Sequence[str]], words: Sequence[str], size: int, seed: int) -> Tensor:
    """Give a vector (size,) of about unit length for each of `words`, (W, size); zeros where one is never met."""
    from scipy.sparse.linalg import svds

    informed = _informed(_together(sentences, words))
    u, s, _ = svds(informed, k=size, rng=seed)
    vectors = torch.from_numpy(u * s**POWER).float()
    return torch.nn.functional.normalize(vectors, dim=1) * vectors.any(1, keepdim=True)


def _together(sentences: Iterable[Sequence[str]], words: Sequence[str]):
    """Count how often words stand near each other on the left and on the right: sparse (W, 2 W)."""
    import numpy as np
    from scipy.sparse import coo_array

    places = {word: place for place, word in enumerate(words)}
    flat = np.array([place for sentence in sentences for place in _ids(sentence, places)], dtype=np.int32)
    count, found = len(words), 0
    for away in range(1, NEAR + 1):
        left, right = flat[:-away], flat[away:]
        both = (left >= 0) & (right >= 0)
        left, right = left[both], right[both]
        weight = np.full(len(left), 1 / away, dtype=np.float32)
        found = found + coo_array((weight, (left, right + count)), (count, 2 * count)).tocsr()
        found = found + coo_array((weight, (right, left)), (count, 2 * count)).tocsr()
    return found


def _ids(sentence: Sequence[str], places: dict[str, int]) -> Iterable[int]:
    yield from (places.get(word, -1) for word in sentence)
    yield from [-1] * NEAR  # so that nothing is near the next sentence


def _informed(together):
    import numpy as np

    together = together.tocoo()
    rows, columns = together.sum(1), together.sum(0) ** SMOOTHING
    value = together.data * columns.sum() / (rows[together.row] * columns[together.col])
    together.data = np.maximum(np.log(value), 0)
    return together.tocsr()
