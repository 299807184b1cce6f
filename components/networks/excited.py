"""What a finished `excite` job found, read from its folder as it is asked for."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from safetensors import safe_open

from components.gallery import data_uri
from components.networks.spotlight import spotlight
from model_zoo.data import kept
from model_zoo.experiments.job import Job
from model_zoo.experiments.jobs.excite import FILE
from model_zoo.home import home

PARTS = ("values", "pictures", "maps")


@dataclass(frozen=True)
class Shown:
    """A picture that excites a channel: a data URI with the place lit up, its file's name, its class, and how much."""

    source: str
    name: str
    label: str
    value: float


@dataclass(frozen=True)
class Found:
    """What excites the channels of every stage; `result` is that of the job."""

    path: Path
    result: dict[str, Any]

    @property
    def channels(self) -> dict[str, int]:
        return dict(self.result["channels"])

    @cached_property
    def pictures(self) -> kept.Kept | None:
        """The kept picture set; None where it was deleted since."""
        return kept.find(self.result["pictures_file"])

    def top(self, stage: str, channel: int) -> tuple[Shown, ...]:
        """Give the pictures that excite a channel, strongest first; without those that leave it silent."""
        return _top(self.path, list(self.channels).index(stage), channel, self.result["pictures_file"])


def found(job: Job) -> Found:
    """Open what a finished job found."""
    assert job.result is not None
    return Found(home("jobs") / job.id / FILE, job.result)


@st.cache_data(max_entries=200, show_spinner=False)
def _top(path: Path, stage: int, channel: int, pictures_file: str) -> tuple[Shown, ...]:
    images = kept.find(pictures_file)
    if images is None:
        return ()
    with safe_open(path, framework="np") as file:
        parts = [file.get_slice(f"{part}.{stage}")[channel : channel + 1][0] for part in PARTS]
    values, indices, maps = parts  # (k,), (k,), (k, h, w)
    excited = [i for i in range(len(values)) if values[i] > 0]
    pixels = images.pictures(int(indices[i]) for i in excited)  # (n, S, S, 3)
    names, labels = images.names, images.labels
    return tuple(
        Shown(
            data_uri(spotlight(np.ascontiguousarray(pixels[place]), np.ascontiguousarray(maps[i]))),
            names[indices[i]],
            images.classes[labels[indices[i]]],
            float(values[i]),
        )
        for place, i in enumerate(excited)
    )
