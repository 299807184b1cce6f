"""What a features job needs besides time, and why one is refused: plain arithmetic, the same for page and job."""

from dataclasses import dataclass

from model_zoo.estimates import Speed, SplitSizes
from model_zoo.features.spec import LARGEST_FLAT, FeaturesSpec, values_of, widths

BYTES = 4  # of a value of an embedding
COPIES = 4  # of the embeddings that are in memory while they are fitted or compared
CHUNK = 128  # pictures that go through the network at once
SHARE_OF_ROOM = 0.8  # of what is free may be taken


@dataclass(frozen=True)
class Needs:
    """Bytes of memory that a features job takes at most, if nothing is swapped out, and of disk."""

    memory_bytes: int
    disk_bytes: int


def needs(spec: FeaturesSpec, split: SplitSizes, speed: Speed) -> Needs:
    """Add up what is there at once: pictures, what a chunk of them becomes, and the embeddings that are fitted."""
    values = widths(spec, speed).values()
    pictures, chunk = 3 * spec.size**2 * split.total, 2 * CHUNK * max(speed.row_bytes)
    fitted = COPIES * BYTES * split.train * max(values)
    return Needs(pictures + max(chunk, fitted), BYTES * split.total * sum(values))


def refusal(spec: FeaturesSpec, speed: Speed) -> str:
    """Say which layer is surely too large to be flattened; empty if none is, or only the job can tell."""
    if spec.pooling != "flatten":
        return ""
    values = values_of(spec.backbone, speed)
    least = dict(zip(values, (row // BYTES for row in speed.row_bytes), strict=True))  # some stages give fp32 anyway
    return next((too_large(stage, values[stage]) for stage in spec.stages if least[stage] > LARGEST_FLAT), "")


def too_large(stage: str, values: int, most: int = LARGEST_FLAT) -> str:
    return (
        f"{stage} flattened has {values:,} values a picture; the most is {most:,}. "
        "Take average pooling, a later stage or smaller pictures."
    )


def too_little_disk(needed: int, free: int) -> str:
    """Say that the disk has no room for the embeddings; empty if it has."""
    if needed <= SHARE_OF_ROOM * free:
        return ""
    return (
        f"The embeddings need {needed / 1e9:.1f} GB of disk and {free / 1e9:.1f} GB are free. "
        "Take fewer pictures, average pooling or another backbone."
    )


def too_little_memory(needed: int, free: int) -> str:
    """Say that the memory has no room for the job; empty if it has."""
    if needed <= SHARE_OF_ROOM * free:
        return ""
    return (
        f"The classifiers need about {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free. "
        "Take fewer pictures, average pooling or a later layer."
    )
