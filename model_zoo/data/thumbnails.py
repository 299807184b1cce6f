"""Small pictures of an upload for galleries, beside its decoded sets and deleted with it: THAW_HOME/pictures/KEY.arrow.

Arrow's file format, uncompressed, so that a page reads only what it shows: name, picture (JPEG), width, height. The
pictures are squashed to squares; width and height, in pixels, are those of the file, turned upright.
"""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from model_zoo.home import home

if TYPE_CHECKING:
    from pyarrow import Table

    from model_zoo.data.decode import Decoded

QUALITY = 85


@dataclass(frozen=True)
class Thumbnail:
    """A picture file's name, a square JPEG of it, and the size that it had."""

    name: str
    picture: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Thumbnails:
    """Thumbnails that are kept, read from disk as they are asked for."""

    path: Path

    @cached_property
    def _table(self) -> Table:
        import pyarrow

        return pyarrow.ipc.open_file(pyarrow.memory_map(str(self.path))).read_all()

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self._table["name"].to_pylist())}

    def of(self, names: Sequence[str]) -> list[Thumbnail | None]:
        """Give the thumbnails of files by name; None for one that has none."""
        places = [self._rows.get(name) for name in names]
        found = [self._table.slice(place, 1).to_pylist()[0] if place is not None else None for place in places]
        return [Thumbnail(**row) if row else None for row in found]


def thumbnail(name: str, picture: Decoded) -> Thumbnail:
    """Make the thumbnail of a picture that was decoded to a square, all of it."""
    file = io.BytesIO()
    Image.fromarray(picture.pixels.transpose(1, 2, 0)).save(file, "JPEG", quality=QUALITY)
    return Thumbnail(name, file.getvalue(), picture.width, picture.height)


def place(content: str) -> Path:
    """Give the path of the thumbnails of a content (kept.content_of_upload), whether they are there or not."""
    return home("pictures") / f"{sha256(f'thumbnails {content}'.encode()).hexdigest()[:32]}.arrow"


def find(content: str) -> Thumbnails | None:
    path = place(content)
    return Thumbnails(path) if path.exists() else None


@contextmanager
def writing(content: str) -> Iterator[Callable[[Sequence[Thumbnail]], None]]:
    """Give a function that writes some more thumbnails; nobody sees them before the last is written."""
    import pyarrow

    columns = {"name": pyarrow.string(), "picture": pyarrow.binary()}
    schema = pyarrow.schema(columns | {"width": pyarrow.int32(), "height": pyarrow.int32()})
    path = place(content)
    aside = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.part")
    try:
        with pyarrow.OSFile(str(aside), "wb") as sink, pyarrow.ipc.new_file(sink, schema) as file:
            yield lambda some: file.write_batch(pyarrow.RecordBatch.from_pylist(list(map(asdict, some)), schema))
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
