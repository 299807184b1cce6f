"""The picture sets on which a backbone is judged: some from THAW_DATASETS, some that come with the program."""

from dataclasses import dataclass
from pathlib import Path

import torch

from model_zoo.data.decode import decode
from model_zoo.data.image_set import ImageSet, empty_given
from model_zoo.data.opening import open_set
from model_zoo.events import drained


@dataclass(frozen=True)
class Task:
    """A set to judge by. `files` are Parquet files of THAW_DATASETS; without any, `name` is a bundled set.

    `per_class` pictures of each class train, or half of each class where it is None; all others test. `thorough`
    tasks are also probed at every stage, and fine-tuned.
    """

    name: str
    title: str
    files: tuple[str, ...] = ()
    per_class: int | None = 20
    thorough: bool = False


TASKS = (
    Task(
        "ants_bees",
        "Ants and bees, half",
        ("hymenoptera_train.parquet", "hymenoptera_val.parquet"),
        per_class=None,
        thorough=True,
    ),
    Task("photos", "PACS photos, 20 a class", ("pacs_photo.parquet",)),
    Task("sketches", "PACS sketches, 20 a class", ("pacs_sketch.parquet",), thorough=True),
    Task("digits", "Digits, 20 a class"),
    Task("materials", "Materials, 20 a class"),
)


def read(task: Task, size: int, folder: Path) -> ImageSet:
    """Give the pictures of `task` at `size` px, short side to size and the middle of it, from `folder` if it has files.

    Raises ValueError where a file is missing.
    """
    if not task.files:
        return drained(open_set(task.name, size))
    import pyarrow.parquet as parquet

    missing = [name for name in task.files if not (folder / name).is_file()]
    if missing:
        raise ValueError(f"{folder} has no {missing[0]}; set THAW_DATASETS to the folder that holds it.")
    tables = [parquet.read_table(folder / name) for name in task.files]
    classes = tables[0].schema.metadata[b"classes"].decode().split("\n")
    pictures = [decode(picture, size).pixels for table in tables for picture in table["image"].to_pylist()]
    labels = [_index(label, classes) for table in tables for label in table["label"].to_pylist()]
    return ImageSet(
        pictures=torch.stack([torch.from_numpy(picture) for picture in pictures]),
        labels=torch.tensor(labels),
        classes=tuple(classes),
        names=tuple(f"{number}" for number in range(len(labels))),
        given=empty_given(len(labels)),
        origin=", ".join(task.files),
    )


def _index(label: str | int, classes: list[str]) -> int:
    return classes.index(label) if label in classes else int(label)
