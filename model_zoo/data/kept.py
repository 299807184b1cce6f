"""Decoded picture sets as files, readable without torch: safetensors, with everything else as JSON in their header.

pictures (N, 3, S, S) uint8 · labels (N,) int64 · given (N,) int8 · original (N, 2) int32
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from model_zoo.data.members import LeftOut
from model_zoo.home import home

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")
DECODING = 1  # of pictures from outside: another number, everything is decoded anew
NOT_GIVEN = -1  # the source did not say which part a picture belongs to
FORMAT = "1"


@dataclass(frozen=True)
class Arrays:
    """A picture set as arrays, before it is kept: what ImageSet holds, and what was left out on the way."""

    pictures: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    names: tuple[str, ...]
    given: np.ndarray
    origin: str
    mirror: bool = True
    original: np.ndarray | None = None
    left_out: tuple[LeftOut, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kept:
    """A kept set, opened but not read: pictures are fetched from the file as they are asked for."""

    path: Path

    @cached_property
    def _about(self) -> dict[str, Any]:
        with safe_open(self.path, framework="np") as file:
            about: dict[str, Any] = json.loads(file.metadata()["set"])
        return about

    def _whole(self, name: str) -> np.ndarray:
        with safe_open(self.path, framework="np") as file:
            whole: np.ndarray = file.get_tensor(name)
        return whole

    @property
    def key(self) -> str:
        return self.path.stem

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self._about["classes"])

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._about["names"])

    @property
    def origin(self) -> str:
        return str(self._about["origin"])

    @property
    def mirror(self) -> bool:
        return bool(self._about["mirror"])

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        return tuple(LeftOut(*row) for row in self._about["left_out"])

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences about the set as a whole, such as that only first frames are used."""
        return tuple(self._about["remarks"])

    @cached_property
    def labels(self) -> np.ndarray:
        return self._whole("labels")  # (N,)

    @cached_property
    def given(self) -> np.ndarray:
        return self._whole("given")  # (N,)

    @cached_property
    def original(self) -> np.ndarray:
        return self._whole("original")  # (N, 2) width, height

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def size(self) -> int:
        with safe_open(self.path, framework="np") as file:
            return int(file.get_slice("pictures").get_shape()[-1])

    def pictures(self, indices: Iterable[int]) -> np.ndarray:
        """Give the pictures at `indices` as uint8 (n, S, S, 3), reading only those; raises IndexError."""
        with safe_open(self.path, framework="np") as file:
            rows = file.get_slice("pictures")
            count = rows.get_shape()[0]
            found = [rows[_inside(i, count) : i + 1] for i in map(int, indices)]
        stacked = np.concatenate(found) if found else np.zeros((0, 3, self.size, self.size), np.uint8)
        return stacked.transpose(0, 2, 3, 1)


def key(content: str, size: int) -> str:
    """Give the key under which pictures of this content are kept at `size` pixels."""
    return sha256(f"{FORMAT} {content} {size}".encode()).hexdigest()[:32]


def content_of_upload(reference: str) -> str:
    """Give the content of `upload:HASH`, as keys are made of it."""
    return f"{DECODING} {reference}"


def place(key: str) -> Path:
    """Give the path of the kept set `key`, whether it is there or not; raises ValueError for what cannot be a key."""
    if not (key and all(c in "0123456789abcdef" for c in key)):
        raise ValueError(f"“{key}” is no key of a picture set.")
    return home("pictures") / f"{key}.safetensors"


def find(key: str) -> Kept | None:
    """Open the kept set `key` (or `KEY.safetensors`), or give None where there is none that can be read."""
    path = place(key.removesuffix(".safetensors"))
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="np") as file:
            return Kept(path) if (file.metadata() or {}).get("format") == FORMAT else None
    except SafetensorError:
        return None


def keep(arrays: Arrays, key: str) -> Kept:
    """Write the set aside, then move it to its place, so that nobody ever sees half of it."""
    path = place(key)
    aside = path.with_name(f".{key}-{secrets.token_hex(4)}.part")
    original = arrays.original if arrays.original is not None else np.zeros((len(arrays.labels), 2), np.int32)
    tensors = {
        "pictures": np.ascontiguousarray(arrays.pictures),
        "labels": arrays.labels.astype(np.int64),
        "given": arrays.given.astype(np.int8),
        "original": original.astype(np.int32),
    }
    try:
        save_file(tensors, aside, metadata={"format": FORMAT, "set": json.dumps(_about(arrays))})
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
    return Kept(path)


def _about(arrays: Arrays) -> dict[str, Any]:
    return {
        "classes": arrays.classes,
        "names": arrays.names,
        "origin": arrays.origin,
        "mirror": arrays.mirror,
        "left_out": [(item.name, item.reason) for item in arrays.left_out],
        "remarks": arrays.remarks,
    }


def _inside(index: int, count: int) -> int:
    if not 0 <= index < count:
        raise IndexError(f"There is no picture {index}; the set has {count}.")
    return index
