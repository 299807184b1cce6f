"""A map of embeddings: all pictures in a plane, by principal components or by t-SNE, and where a new picture lies.

t-SNE: van der Maaten & Hinton 2008, by openTSNE (Poličar et al. 2024, doi:10.18637/jss.v109.i03), interpolated as in
Linderman et al. 2019, with the settings of Kobak & Berens 2019: principal components first, and as the start. Its
optimiser goes on where it stopped, so that in pieces it draws the very map that it draws at once.
"""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from model_zoo.events import Event, Progress
from model_zoo.features.neighbours import nearest

Method = Literal["pca", "tsne"]
COMPONENTS = 50  # that t-SNE reads
PERPLEXITY = 30.0  # less where there are fewer than 91 pictures
PHASES = ((250, 12.0, 0.5), (500, 1.0, 0.8))  # iterations, exaggeration, momentum
PIECE = 25  # iterations between two events: half a second at ten thousand pictures
INTERPOLATED_FROM = 1_500  # pictures: with fewer, the tree of Barnes and Hut is quicker
GRID = 1.5  # units of the map a cell: coarser than openTSNE's 1, and so quicker
FEWEST_CELLS = 20  # along a side
WHO_PLACE = 10  # neighbours in whose middle a new picture is put on a t-SNE map


@dataclass(frozen=True)
class MapSpec:
    """A map of one stage of a finished features job. `seed` is t-SNE's; no `stage` means the job's first."""

    job: str
    stage: str = ""
    method: Method = "tsne"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise ValueError(f"method must be {' or '.join(get_args(Method))}, got “{self.method}”.")
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"seed must be 0 to {2**31 - 1}, got {self.seed}.")


@dataclass(frozen=True)
class Map:
    """Points (N, 2) float32, and what is needed beside them: C-contiguous, for safetensors writes bytes as they lie.

    `about` has `explained`, or `perplexity` and `divergence` (Kullback–Leibler, in nats).
    With principal components `mean` (D,) and `components` (2, D) put new embeddings on the map.
    """

    points: np.ndarray
    about: dict[str, Any]
    tensors: dict[str, np.ndarray] = field(default_factory=dict)


def estimate(count: int, dimensions: int, classes: int, method: Method) -> tuple[float, float, float]:
    """Give the seconds that it takes on one core to draw so many pictures, to find duplicates, and to doubt labels."""
    tree = 2.5e-6 if count < INTERPOLATED_FROM else 1.9e-6  # an iteration, a picture
    arranging = 1.5e-8 * count**2 + tree * count * sum(phase[0] for phase in PHASES) if method == "tsne" else 0.0
    return 0.2 + arranging, 0.1 + count**2 * (1.5e-8 + 3e-11 * dimensions), 0.1 + 7e-9 * count * dimensions * classes


def draw(x: np.ndarray, method: Method, seed: int) -> Generator[Event, None, Map]:
    """Draw the map of embeddings x (N, D); raises ValueError where all are the same, or fewer than three."""
    if len(x) < 3 or not (x != x[0]).any():
        raise ValueError("A map needs three pictures or more whose embeddings differ. Take another stage.")
    return (yield from _principal(x) if method == "pca" else _neighbourly(x, seed))


def place(x: np.ndarray, points: np.ndarray, tensors: dict[str, np.ndarray], near: np.ndarray) -> list[float]:
    """Say where a new embedding x (D,) lies: projected on a map of principal components.

    A t-SNE map has no formula: there it is the median of the places of its nearest pictures `near`, as openTSNE's
    own transform begins. It lies among what it resembles, and says nothing of how far off it is.
    """
    if "components" in tensors:
        return ((x - tensors["mean"]) @ tensors["components"].T).tolist()
    return np.median(points[near[:WHO_PLACE]], axis=0).tolist()


def _principal(x: np.ndarray) -> Generator[Event, None, Map]:
    from sklearn.decomposition import PCA

    yield Progress("finding principal components")
    found = PCA(min(2, *x.shape), svd_solver="full" if len(x) < x.shape[1] else "covariance_eigh").fit(x)
    missing = 2 - len(found.components_)
    components = np.pad(found.components_, ((0, missing), (0, 0))).astype(np.float32, order="C")  # (2, D)
    mean = found.mean_.astype(np.float32)
    explained = [*found.explained_variance_ratio_.tolist(), *[0.0] * missing]
    return Map((x - mean) @ components.T, {"explained": explained}, {"mean": mean, "components": components})


def _neighbourly(x: np.ndarray, seed: int) -> Generator[Event, None, Map]:
    from openTSNE import TSNEEmbedding
    from openTSNE.affinity import PerplexityBasedNN
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    reduced = yield from reduce(x)
    perplexity = min(PERPLEXITY, (len(x) - 1) / 3)
    indices, distances = yield from nearest(reduced, max(1, int(3 * perplexity)), "finding neighbours")
    affinities = PerplexityBasedNN(
        perplexity=perplexity, n_jobs=1, knn_index=PrecomputedNeighbors(indices, distances.astype(np.float64))
    )
    how = "fft" if len(x) >= INTERPOLATED_FROM else "bh"
    points = TSNEEmbedding(
        _start(reduced, seed), affinities, negative_gradient_method=how, n_jobs=1, random_state=seed, dof=1,
        ints_in_interval=GRID, min_num_intervals=FEWEST_CELLS,
    )  # fmt: skip
    yield from _settle(points)
    about = {"perplexity": perplexity, "divergence": float(points.kl_divergence)}
    return Map(np.array(points, dtype=np.float32, order="C"), about)


def reduce(x: np.ndarray) -> Generator[Event, None, np.ndarray]:
    """Give the first principal components of x (N, D), float32 (N, at most COMPONENTS)."""
    from sklearn.decomposition import PCA

    yield Progress("finding principal components")
    count = min(COMPONENTS, *x.shape)
    reduced = PCA(count, svd_solver="full" if len(x) < x.shape[1] else "covariance_eigh").fit_transform(x)
    return np.ascontiguousarray(reduced, dtype=np.float32)


def _start(reduced: np.ndarray, seed: int) -> np.ndarray:
    """Give the first two components, small; the seed jitters them, since equal points would never part."""
    two = np.zeros((len(reduced), 2))
    two[:, : min(2, reduced.shape[1])] = reduced[:, :2]
    two *= 1e-4 / two[:, 0].std()
    return two + np.random.default_rng(seed).normal(scale=1e-6, size=two.shape)


def _settle(points: Any) -> Iterator[Progress]:
    """Optimise in place, a piece at a time; the work may end between two."""
    total, done = sum(count for count, _, _ in PHASES), 0
    for count, exaggeration, momentum in PHASES:
        for start in range(0, count, PIECE):
            began, piece = time.perf_counter(), min(PIECE, count - start)
            points.optimize(piece, exaggeration=exaggeration, momentum=momentum, inplace=True)
            done += piece
            each = (time.perf_counter() - began) / piece
            yield Progress(f"arranging {len(points):,} pictures", done / total, (total - done) * each)
