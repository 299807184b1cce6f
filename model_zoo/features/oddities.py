"""What is odd about a picture set or its embeddings, though work goes on: notes for the visitor."""

from collections.abc import Iterator

import numpy as np

from model_zoo.data.image_set import ImageSet, Split
from model_zoo.events import Note


def constant_values(embeddings: dict[str, np.ndarray], train: np.ndarray) -> Iterator[Note]:
    """Say of how many values of embeddings (N, D) all training pictures have the same."""
    for stage, rows in embeddings.items():
        constant = int((np.ptp(rows[train], axis=0) == 0).sum())
        if constant:
            these = f"{constant:,} of {rows.shape[1]:,} values of {stage}"
            yield Note(f"{these} are the same in all training pictures, so classifiers leave them out.")


def missing_classes(images: ImageSet, splits: dict[int, Split]) -> Iterator[Note]:
    """Say which classes have no picture in a part of a split; each once."""
    for number, name in enumerate(images.classes):
        for part, what, so in (
            ("train", "training", "no classifier can name it"),
            ("validation", "validation", "it has no say in the ranking"),
            ("test", "test", "nothing is known of its accuracy"),
        ):
            if any(number not in images.labels[getattr(split, part)] for split in splits.values()):
                yield Note(f"Class “{name}” has no {what} picture, so {so}.")
