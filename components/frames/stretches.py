"""Frames of a video with the same label one after another: found, told in words, written as subtitles and as a table.

WebVTT: The Web Video Text Tracks Format, W3C Candidate Recommendation 2019.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

SHORTEST = 1  # millisecond of a cue; one that ends as it begins is not valid


@dataclass(frozen=True)
class Stretch:
    """Frames `first` to `last`, counted from 0 and both included, that all have `label`, which may be empty."""

    first: int
    last: int
    label: str


def stretches(labels: Sequence[str]) -> tuple[Stretch, ...]:
    """Cut the frames where the label changes."""
    found: list[Stretch] = []
    for label, frames in groupby(labels):
        first = found[-1].last + 1 if found else 0
        found.append(Stretch(first, first + sum(1 for _ in frames) - 1, label))
    return tuple(found)


def when(seconds: float) -> str:
    """Write a moment of a video: “0:03.48”, from an hour on “1:02:03.48”."""
    minutes, hundredths = divmod(round(100 * max(0.0, seconds)), 6000)
    hours, minutes = divmod(minutes, 60)
    ahead = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{ahead}:{hundredths // 100:02}.{hundredths % 100:02}"


def vtt(labels: Sequence[str], seconds: Sequence[float], length: float) -> str:
    """Write WebVTT subtitles, one cue a stretch that has a label; `seconds` are when frames are shown."""
    _same(seconds=len(seconds), labels=len(labels))
    edges = [*seconds, length]
    cues = [
        f"{_stamp(*_span(edges, each))}\n{text}\n"
        for each in stretches(labels)
        if (text := escape(" ".join(each.label.split()), quote=False))
    ]
    return "\n".join(["WEBVTT\n", *cues])


def table(labels: Sequence[str], scores: Sequence[float], seconds: Sequence[float]) -> list[dict[str, object]]:
    """List the frames, counted from 1 as on the page; the probability is None where `scores` are empty."""
    known: Sequence[float | None] = scores or [None] * len(labels)
    _same(seconds=len(seconds), labels=len(labels), scores=len(known))
    return [
        {"frame": number, "seconds": round(second, 4), "label": label, "probability": score}
        for number, (second, label, score) in enumerate(zip(seconds, labels, known, strict=True), start=1)
    ]


def _same(**counts: int) -> None:
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        raise ValueError(f"There must be one of each for every frame, got {told}.")


def _span(edges: Sequence[float], stretch: Stretch) -> tuple[int, int]:
    """Give when a stretch begins and ends, in milliseconds."""
    start, end = (max(0, round(1000 * edges[edge])) for edge in (stretch.first, stretch.last + 1))
    return start, max(start + SHORTEST, end)


def _stamp(start: int, end: int) -> str:
    return " --> ".join(
        f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}" for ms in (start, end)
    )
