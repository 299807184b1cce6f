"""Which pictures train, which choose the best epoch, and which are kept for the end."""

import torch
from torch import Tensor

from model_zoo.data.image_set import PARTS, ImageSet, Split

HELD_OUT = 0.2  # of all pictures for each of validation and test; of train, where only validation is missing
REDRAWN_BELOW = 500  # test pictures: fewer say too little, so every run seed draws its own


def split(images: ImageSet, seed: int) -> Split:
    """Split a set: as its source says where that is enough, else stratified, drawn from `seed`.

    Where the result is `redrawn`, every run seed is to have the split of its own seed; else all share one.
    Raises ValueError where a class is too small to be in each part.
    """
    generator = torch.Generator().manual_seed(seed)
    parts = {part: (images.given == index).nonzero().flatten() for index, part in enumerate(PARTS)}
    train, validation, test = (parts[part] for part in PARTS)
    if len(train) and len(validation) and len(test):
        return Split(train, validation, test, f"The split is as given: {_counts(train, validation, test)}.")
    if len(train) and (len(test) or len(validation)):
        return _fifth_of_train(images, train, test, validation, generator)
    return _drawn(images, generator, ignored=len(train) + len(validation) + len(test) > 0)


def _fifth_of_train(
    images: ImageSet, train: Tensor, test: Tensor, validation: Tensor, generator: torch.Generator
) -> Split:
    held_out, folder = (test, "test") if len(test) else (validation, "validation")
    rest, (fifth,) = stratified(images.labels, train, 1, images.classes, generator)
    why = "there is no validation folder" if folder == "test" else "the validation pictures given serve as test"
    counts = _counts(rest, fifth, held_out)
    sentence = f"Train and {folder} are given: {counts}; {why}, so a stratified fifth of train validates."
    return Split(rest, fifth, held_out, sentence)


def _drawn(images: ImageSet, generator: torch.Generator, ignored: bool) -> Split:
    everything = torch.arange(len(images))
    train, (validation, test) = stratified(images.labels, everything, 2, images.classes, generator)
    redrawn = len(test) < REDRAWN_BELOW
    why = "One part alone is no split" if ignored else "No split is given"
    sentence = f"{why}, so 60/20/20 of every class were drawn: {_counts(train, validation, test)}"
    if redrawn:
        sentence += f"; with fewer than {REDRAWN_BELOW} test pictures, every run seed draws its own"
    return Split(train, validation, test, sentence + ".", redrawn)


def stratified(
    labels: Tensor, index: Tensor, parts: int, classes: tuple[str, ...], generator: torch.Generator
) -> tuple[Tensor, list[Tensor]]:
    """Hold out a fifth of `index` for each of `parts`, in every class at least one; gives the rest and the parts.

    What rounding a class takes or gives, the next class makes up for, so that the fifths come out right in sum.
    """
    rest: list[Tensor] = []
    held: list[list[Tensor]] = [[] for _ in range(parts)]
    seen = taken = 0
    for label, name in enumerate(classes):
        members = index[labels[index] == label]
        if len(members) == 0:
            continue
        if len(members) <= parts:
            raise ValueError(f"Class “{name}” has {len(members)} pictures to split; it needs at least {parts + 1}.")
        members = members[torch.randperm(len(members), generator=generator)]
        seen += len(members)
        share = min(max(round(HELD_OUT * seen) - taken, 1), (len(members) - 1) // parts)
        taken += share
        for number, part in enumerate(held):
            part.append(members[number * share : (number + 1) * share])
        rest.append(members[parts * share :])
    return torch.cat(rest).sort().values, [torch.cat(part).sort().values for part in held]


def _counts(train: Tensor, validation: Tensor, test: Tensor) -> str:
    return f"{len(train):,} pictures to train, {len(validation):,} to validate, {len(test):,} to test"
