"""A picture with the place that excites a channel in full light and the rest of it dimmed, as in Bau et al. 2017,
Network dissection, arXiv:1704.05796. numpy only: pages draw it.
"""

import numpy as np
from PIL import Image

LIT = 0.5  # of the highest activation in this picture: where that is reached counts as the place
DIM = 0.5  # of the light that the rest keeps
RIM = (255, 255, 255)


def spotlight(picture: np.ndarray, map: np.ndarray) -> np.ndarray:
    """Light up (S, S, 3) of uint8 where `map` (h, w) of uint8 is high; gives (3, S, S). Without activation all is dim.

    A map of one place lights up the whole picture: it has no place to show.
    """
    if map.size == 1:
        return np.ascontiguousarray(picture.transpose(2, 0, 1))
    size = picture.shape[0]
    smooth = np.asarray(Image.fromarray(map).resize((size, size), Image.Resampling.BICUBIC), np.float32)
    lit = smooth >= max(1.0, LIT * float(map.max()))  # (S, S)
    grey = picture.mean(axis=2, keepdims=True)
    dimmed = DIM * (0.5 * picture + 0.5 * grey)
    shown = np.where(lit[..., None], picture, dimmed)
    shown[_rim(lit)] = RIM
    return np.ascontiguousarray(shown.round().astype(np.uint8).transpose(2, 0, 1))


def _rim(lit: np.ndarray) -> np.ndarray:
    """Give the outline of what is lit: its own pixels that touch the dark."""
    padded = np.pad(lit, 1, mode="edge")
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return lit & ~inner
