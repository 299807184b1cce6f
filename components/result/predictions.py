"""What the runs of a finished comparison answered on their test pictures, read with numpy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from safetensors import SafetensorError, safe_open

from components.result.record import Record
from model_zoo.data import kept
from model_zoo.data.kept import Kept

GONE = "The pictures of this comparison are not on this machine any more, so they cannot be shown."


@dataclass(frozen=True)
class Answers:
    """The answers of one run: test pictures as indices into the set, their true classes, what was said, how surely."""

    pictures: np.ndarray  # (n,)
    true: np.ndarray  # (n,)
    predicted: np.ndarray  # (n,)
    confidence: np.ndarray  # (n,) probability of the predicted class

    @property
    def wrong(self) -> np.ndarray:
        return self.true != self.predicted  # (n,)


def pictures_of(record: Record) -> Kept | None:
    """Open the picture set of a finished comparison; None where it is gone."""
    return kept.find(record.result["pictures"]) if record.result.get("pictures") else None


def answers(record: Record, pictures: Kept, runs: Iterable[int]) -> list[Answers]:
    """Read what `runs`, indices into the result's runs, answered; empty where the file is gone or damaged."""
    try:
        with safe_open(record.folder / "predictions.safetensors", framework="np") as file:
            return [_answers(file.get_tensor(f"logits.{i}"), file.get_tensor(f"test.{i}"), pictures) for i in runs]
    except (SafetensorError, OSError):
        return []


def shown(pictures: Kept, indices: Sequence[int] | np.ndarray) -> np.ndarray:
    """Give pictures as the gallery takes them, (n, 3, S, S)."""
    return pictures.pictures(indices).transpose(0, 3, 1, 2)


def _answers(logits: np.ndarray, test: np.ndarray, pictures: Kept) -> Answers:
    raised = np.exp(logits.astype(np.float32) - logits.max(axis=1, keepdims=True))  # (n, classes)
    predicted = logits.argmax(axis=1)
    confidence = raised.max(axis=1) / raised.sum(axis=1)
    return Answers(test, pictures.labels[test], predicted, confidence)
