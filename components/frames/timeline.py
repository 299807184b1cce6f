"""A timeline of labels in step with a player: a row a track, the video's own play head over all of them.

An own widget (Streamlit component, version 2). This is the Python side: what is told to the widget, and what is
accepted from it. It looks up the player in the page, so it follows and moves any `st.video` in a keyed container.
"""

import base64
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby, pairwise
from statistics import median
from typing import Any

import streamlit as st

from components.frames.stretches import stretches
from components.frames.timeline_drawing import DRAWING
from components.frames.timeline_hands import HANDS
from components.frames.timeline_look import CSS, HTML
from components.frames.timeline_player import PLAYER
from components.heatmap import scheme
from components.theme import DARK, LIGHT

TICK = 10_000  # ticks a second; the browser is told when frames are shown in these
UNKNOWN = 255  # the byte of a confidence that is not known
USUAL = 0.04  # seconds that a frame lasts where nothing tells it


@dataclass(frozen=True)
class Track:
    """A row: one label a frame, "" where there is none. What may be empty is not known, or not marked.

    `scores` are confidences, 0 to 1; `wrong` marks frames that differ from the truth or from another track; `told` is
    a few words on the row.
    """

    title: str
    labels: tuple[str, ...]
    scores: tuple[float, ...] = ()
    wrong: tuple[bool, ...] = ()
    told: str = ""


@dataclass(frozen=True)
class Chosen:
    """Frames that a visitor chose, counted from 0, both included."""

    first: int
    last: int


def timeline(
    tracks: Sequence[Track],
    seconds: Sequence[float],
    length: float,
    colours: Mapping[str, str],
    *,
    player: str,
    key: str,
    choosing: bool = False,
) -> Chosen | None:
    """Show the tracks under the video in the container whose key is `player`; gives the chosen frames, if any.

    `seconds` says when each frame is shown, `length` when the last one ends. `colours` has a CSS colour for each label.
    The play head and the choice stay while `seconds` and `length` do; give each video a `key` of its own.
    Raises ValueError where a track has more or fewer labels than there are frames, or frames go back in time.
    """
    _check(tracks, seconds)
    told = _told(tracks, seconds, length, colours) | {"player": f".{_css_class(player)}", "choosing": choosing}
    told["signature"] = _signature(told)
    kept = (st.session_state.get(key) or {}).get("chosen")
    held = _accepted(kept, told["clip"], len(seconds)) if choosing else None
    result = _timeline(
        key=key,
        data=told | {"chosen": held and [held.first, held.last]},
        default={"chosen": None},
        on_chosen_change=_nothing,
    )
    return _accepted(result.chosen, told["clip"], len(seconds)) if choosing else None


def _nothing() -> None:
    """Declare the state to Streamlit; the choice is read from the result."""


def _check(tracks: Sequence[Track], seconds: Sequence[float]) -> None:
    if not seconds:
        raise ValueError("A timeline needs at least one frame, got no seconds.")
    if any(after < before for before, after in pairwise(seconds)):
        raise ValueError("seconds must rise from frame to frame; sort the frames by when they are shown.")
    for track in tracks:
        for name in ("labels", "scores", "wrong"):
            found = len(getattr(track, name))
            if found != len(seconds) and (found or name == "labels"):
                raise ValueError(f"“{track.title}” has {found:,} {name} for {len(seconds):,} frames.")


def _accepted(told: Any, clip: str, count: int) -> Chosen | None:
    """Take what the browser says only if these are frames of this video."""
    frames = told.get("frames") if isinstance(told, Mapping) and told.get("clip") == clip else None
    if not isinstance(frames, list) or len(frames) != 2 or not all(type(frame) is int for frame in frames):
        return None
    first, last = frames
    return Chosen(first, last) if 0 <= first <= last < count else None


def _told(
    tracks: Sequence[Track], seconds: Sequence[float], length: float, colours: Mapping[str, str]
) -> dict[str, Any]:
    """Say it all in little: times as ticks after the frame before, labels as runs, confidences as bytes."""
    labels = list(dict.fromkeys(label for track in tracks for label in track.labels if label))
    places = {label: place for place, label in enumerate(labels)} | {"": -1}
    ticks = [round(TICK * float(second)) for second in seconds]
    times = [after - before for before, after in pairwise([0, *ticks])]
    end = _end(ticks, length)
    return {
        "clip": _signature([times, end]),
        "times": times,
        "length": end,
        "looks": [[label, colours.get(label, scheme(LIGHT.edge, DARK.edge))] for label in labels],
        "tracks": [_track(track, places) for track in tracks],
    }


def _track(track: Track, places: Mapping[str, int]) -> dict[str, Any]:
    """`runs` are frames and place of the label, again and again; `wrong` frames that are right, wrong, right, …"""
    wrong = [len(list(frames)) for _, frames in groupby(map(bool, track.wrong))]
    return {
        "title": track.title,
        "told": track.told,
        "runs": [
            number for each in stretches(track.labels) for number in (each.last - each.first + 1, places[each.label])
        ],
        "scores": base64.b64encode(bytes(map(_percent, track.scores))).decode(),
        "wrong": [0, *wrong] if track.wrong and track.wrong[0] else wrong,
    }


def _percent(score: float) -> int:
    return round(100 * min(1.0, max(0.0, score))) if math.isfinite(score) else UNKNOWN


def _end(ticks: Sequence[int], length: float) -> float:
    """Give when the last frame ends: after `length`, or where that is too short as long after it as is usual."""
    if length * TICK > ticks[-1] + 1:
        return float(length)
    lasting = [after - before for before, after in pairwise(ticks) if after > before]
    return (ticks[-1] + (median(lasting) if lasting else USUAL * TICK)) / TICK


def _css_class(key: str) -> str:
    """Give the class that Streamlit gives the container with this key."""
    return "st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", key.strip())


def _signature(told: Any) -> str:
    return sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()[:16]


_timeline = st.components.v2.component("thaw.timeline", html=HTML, css=CSS, js=DRAWING + PLAYER + HANDS)
