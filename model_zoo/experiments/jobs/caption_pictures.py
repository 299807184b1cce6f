"""Caption every picture of an archive that a visitor sent, and score the captions where people wrote some too."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from model_zoo.data import archives, kept, references, texts, thumbnails, uploads
from model_zoo.data.limits import LIMITS
from model_zoo.data.members import LeftOut
from model_zoo.events import Event, Finished, Note, Progress, Started
from model_zoo.rnn import caption_scores, captioning
from model_zoo.rnn.captioning import KINDS

if TYPE_CHECKING:
    from model_zoo.data.members import Member
    from model_zoo.data.references import References
    from model_zoo.data.thumbnails import Thumbnail
    from model_zoo.experiments.job import Context

TITLE = "Captions of many pictures"
LANE: Literal["device"] = "device"  # a job that is estimated to be short goes to the quick lane
FILE = "captions.parquet"
REASONS = 3  # in a sentence that says that nothing is left
SECONDS_TO_BEGIN = 4.0
SECONDS_A_PICTURE = 0.04  # two slow cores: python -m tests.bench.captions
SECONDS_A_MEGABYTE = 0.03  # of photographs as cameras store them, to be decoded


@dataclass(frozen=True)
class CaptionsSpec:
    """The pictures, `upload:HASH`; the network and how its words are found (captioning.captions, "": as shipped); the
    kept table of references by its hash, "": none.
    """

    data: str
    network: str = "attention"
    how: str = "beam"
    references: str = ""

    def __post_init__(self) -> None:
        if self.network not in KINDS:
            raise ValueError(f"The network must be one of {', '.join(KINDS)}, got “{self.network[:40]}”.")

    @property
    def captioned(self) -> list[str]:
        """Say what captions follow from: the pictures, the network as it is shipped, and how words are found."""
        return [self.data, self.network, self.how, captioning.digest()]


@dataclass(frozen=True)
class Written:
    """What people wrote: the table, and the name in it of every picture that it knows."""

    table: References
    names: dict[str, str]

    def of(self, file: str) -> tuple[str, ...]:
        return self.table.captions[self.names[file]] if file in self.names else ()

    def scored(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Score what can be: `scores` (None where nothing can), `without` (pictures that nobody wrote of), and
        `unknown` (pictures of the table that are not among those captioned).
        """
        known = [row for row in rows if any(map(caption_scores.words, row["references"]))]
        found = [(row["caption"], row["references"]) for row in known]
        scores = caption_scores.score(*zip(*found, strict=True)) if found else None
        if scores:
            scores["distinct"] = len({row["caption"] for row in known})
        unknown = len(self.table.captions) - len({self.names[row["file"]] for row in rows if row["file"] in self.names})
        return {"scores": scores, "without": len(rows) - len(known), "unknown": unknown}


def written(digest: str, members: tuple[Member, ...]) -> Written:
    """Read the table, and find its pictures among the members; raises ValueError where it knows none of them."""
    content, name = texts.find(digest)
    table = references.read(content, name)
    names = references.matched((member.name for member in members), table.captions)
    if not names:
        first, ours = next(iter(table.captions)), members[0].name
        raise ValueError(
            f"{name} knows none of these pictures: its first is “{first[:80]}”, and the first here is “{ours[:80]}”. "
            "Under “image” it needs the path inside the archive, or the name of the file."
        )
    return Written(table, names)


def estimate(pictures: int, bytes: int) -> float:
    """Give the seconds that captioning so many pictures takes, of so many bytes in all."""
    return SECONDS_TO_BEGIN + pictures * SECONDS_A_PICTURE + bytes / 1e6 * SECONDS_A_MEGABYTE


def describe(spec: dict[str, Any]) -> str:
    """Name the archive and the network."""
    try:
        name = uploads.find(spec["data"].removeprefix("upload:")).title
    except ValueError:
        name = "pictures that were deleted"
    return f"{name} · {KINDS.get(spec['network'], spec['network']).lower()}"


def run(spec: dict[str, Any], context: Context) -> Iterator[Event]:
    """Caption the pictures of the CaptionsSpec that `spec` holds; the result is also kept as result.json.

    captions.parquet has a row for each picture that could be used, in the order of the archive: what the command prints
    of it, and the `references` that people wrote. Thumbnails are kept beside the upload.
    """
    asked, began = CaptionsSpec(**spec), time.perf_counter()
    upload = uploads.find(asked.data.removeprefix("upload:"))
    yield Progress(f"looking through {upload.title}")
    listed = uploads.pictures(asked.data)
    wrote = written(asked.references, listed.members) if asked.references else None
    sizes = sum(member.bytes for member in listed.members)
    yield Started({"pictures": len(listed.members), "seconds": estimate(len(listed.members), sizes)})
    rows, unusable = _before(asked, context) or (yield from _captioned(asked, upload, listed.members))
    for row in rows:
        row["references"] = list(wrote.of(row["file"]) if wrote else ())
    left_out = [*listed.left_out, *unusable]
    yield from _notes(left_out)
    if not rows:
        why = ", ".join(f"“{each.name}” {each.reason}" for each in left_out[:REASONS])
        raise ValueError(f"No picture of “{upload.title}” can be used: {why}.")
    _write(context, rows)
    if wrote:
        yield Progress("comparing with what people wrote", 1.0)
    result = _summed(asked, upload.title, rows, left_out, unusable) | (wrote.scored(rows) if wrote else {})
    result["seconds"] = time.perf_counter() - began
    (context.folder / "result.json").write_text(json.dumps(result, ensure_ascii=False), "utf-8")
    yield Finished(result)


def _summed(
    asked: CaptionsSpec, title: str, rows: list[dict[str, Any]], left_out: list[LeftOut], unusable: list[LeftOut]
) -> dict[str, Any]:
    return {
        "captioned": asked.captioned,
        "name": title,
        "network": asked.network,
        "pictures": len(rows),
        "distinct": len({row["caption"] for row in rows}),
        "left_out": [[each.name, each.reason] for each in left_out[: LIMITS.notes]],
        "left_out_count": len(left_out),
        "unusable": [[each.name, each.reason] for each in unusable[: LIMITS.notes]],
        "file": FILE,
    }


def _before(asked: CaptionsSpec, context: Context) -> tuple[list[dict[str, Any]], list[LeftOut]] | None:
    """Give the rows of a finished job that captioned the same pictures in the same way, and what it left out."""
    from pyarrow import parquet

    for result in context.folder.parent.glob("*/result.json"):
        file = result.with_name(FILE)
        told = json.loads(result.read_text("utf-8")) if file.exists() else {}
        unusable = told.get("unusable", [])
        if told.get("captioned") == asked.captioned and len(unusable) < LIMITS.notes:
            return parquet.read_table(file).to_pylist(), [LeftOut(*each) for each in unusable]
    return None


def _captioned(
    asked: CaptionsSpec, upload: uploads.Upload, members: tuple[Member, ...]
) -> Generator[Event, None, tuple[list[dict[str, Any]], list[LeftOut]]]:
    """Caption the pictures and keep their thumbnails; gives a row for each, and those that cannot be used."""
    from model_zoo.rnn.captioned import Captioned, as_object, captioned
    from model_zoo.rnn.captioning import PICTURES_AT_ONCE, load

    yield Progress("loading the network", 0.0)
    captioner, began = load(asked.network), time.perf_counter()
    rows: list[dict[str, Any]] = []
    left_out: list[LeftOut] = []
    small: list[Thumbnail] = []
    with thumbnails.writing(kept.content_of_upload(upload.reference)) as keep:
        found = captioned(captioner, _files(upload, members, left_out), len(members), asked.how)
        with closing(found):
            for name, told in found:
                if isinstance(told, Captioned):
                    rows.append(as_object(name, told.sentences))
                    small.append(thumbnails.thumbnail(name, told.picture))
                else:
                    left_out.append(LeftOut(name, str(told)))
                if len(small) == PICTURES_AT_ONCE:
                    keep(small)
                    small.clear()
                    yield _progress(len(rows) + len(left_out), len(members), began)
        keep(small)
    return rows, left_out


def _files(upload: uploads.Upload, members: tuple[Member, ...], left_out: list[LeftOut]) -> Iterator[tuple[str, bytes]]:
    for member, content in archives.read(upload.archive, members, upload.title):
        if isinstance(content, LeftOut):
            left_out.append(content)
        else:
            yield member.name, content


def _progress(done: int, count: int, began: float) -> Progress:
    left = (time.perf_counter() - began) * (count - done) / done
    return Progress(f"{done:,} of {count:,} pictures captioned", done / count, left)


def _notes(left_out: list[LeftOut]) -> Iterator[Note]:
    """Say what was left out, by name as far as the limit goes, the others by number."""
    for each in left_out[: LIMITS.notes]:
        yield Note(each.sentence, about=each.name)
    if (more := len(left_out) - LIMITS.notes) > 0:
        yield Note(f"{more:,} more files were left out.")


def _write(context: Context, rows: list[dict[str, Any]]) -> None:
    import pyarrow
    from pyarrow import parquet

    text, number = pyarrow.string(), pyarrow.float64()
    other = pyarrow.list_(pyarrow.struct({"caption": text, "log_probability": number}))
    some = pyarrow.list_(text)
    columns = {"file": text, "caption": text, "tokens": some, "log_probability": number, "alternatives": other}
    table = pyarrow.Table.from_pylist(rows, pyarrow.schema(columns | {"references": some}))
    parquet.write_table(table, context.folder / "captions.part")
    (context.folder / "captions.part").rename(context.folder / FILE)
