"""A set of pictures with labels: one uint8 tensor, and what belongs to it."""

from dataclasses import dataclass, field, replace
from hashlib import sha256

import torch
from torch import Tensor

from model_zoo.data.kept import NOT_GIVEN, PARTS, Part


@dataclass(frozen=True)
class ImageSet:
    """Pictures (N, 3, S, S) as uint8 RGB, labels (N,) as indices into `classes`, and one file name a picture.

    `given` (N,) holds the part that the source assigned, as an index into PARTS, or NOT_GIVEN.
    `mirror` says whether a mirrored picture keeps its label (not so for digits).
    `origin` says where the set came from, in words.
    `original` (N, 2) has width and height before decoding, (0, 0) where unknown; empty if nobody kept them.
    `key` names the file under THAW_HOME/pictures that holds the set; empty for a set that is only in memory.
    """

    pictures: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    names: tuple[str, ...]
    given: Tensor
    origin: str
    mirror: bool = True
    original: Tensor = field(default_factory=lambda: torch.zeros(0, 2, dtype=torch.int32))
    key: str = ""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def size(self) -> int:
        return self.pictures.shape[-1]

    @property
    def digest(self) -> str:
        """Hash of pictures, labels and classes: the same set has the same digest wherever it came from."""
        content = sha256(self.pictures.contiguous().numpy().data)
        content.update(self.labels.contiguous().numpy().data)
        content.update("\0".join(self.classes).encode())
        return content.hexdigest()[:32]

    def take(self, index: Tensor) -> "ImageSet":
        """Give the set of the pictures at `index` (M,)."""
        names = tuple(self.names[i] for i in index.tolist())
        return replace(
            self,
            pictures=self.pictures[index],
            labels=self.labels[index],
            names=names,
            given=self.given[index],
            original=self.original[index] if len(self.original) else self.original,
            key="",
        )


@dataclass(frozen=True)
class Split:
    """Indices (n,) into an ImageSet for each part, and a sentence that says how they were chosen.

    `redrawn` is true where every run seed gets another split, because the test set is small and not given.
    """

    train: Tensor
    validation: Tensor
    test: Tensor
    sentence: str
    redrawn: bool = False

    def sizes(self) -> tuple[int, int, int]:
        return len(self.train), len(self.validation), len(self.test)


def empty_given(count: int) -> Tensor:
    """Give the `given` of a set whose source assigns no parts."""
    return torch.full((count,), NOT_GIVEN, dtype=torch.int8)


__all__ = ["NOT_GIVEN", "PARTS", "ImageSet", "Part", "Split", "empty_given"]
