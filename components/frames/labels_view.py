"""A clip with the labels of its frames: player and timeline in step, several networks one below the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from components.frames.colours import label_colours
from components.frames.inside import inside
from components.frames.keep import keep
from components.frames.stretches import stretches
from components.frames.timeline import Track, timeline
from components.heatmap import scheme
from components.numbers import percent
from components.result.heading import counted
from model_zoo.rnn import frames, watchers
from model_zoo.rnn.frame_labels import OWN, FrameLabels

MOST_COST = 8.0  # nats
SMOOTHING = (
    "What each change of label costs, in nats. At 0 every frame has its own likeliest label (raw); the dearer a "
    "change, the fewer there are, and the labels that are likeliest together win."
)
KEY = "The height of the curve in a row is how sure the network is of the label, 0 to 100 %."
WRONG = "A line below marks frames whose label is not the true one."
WAYS = ("gru:bidirectional=true", "gru")
CORRECTED, LOST, DIFFERS = "corrected", "lost", "differs"
CHANGES = {  # their colours
    CORRECTED: scheme("#0B5E52", "#6DB57F"),
    LOST: scheme("#8F2A08", "#C05A0C"),
    DIFFERS: scheme("#916512", "#EBC030"),
}
SHOWN_FIRST = ("gru:bidirectional=true", "gru", "none")


@dataclass(frozen=True)
class Shown:
    """A clip on the page: its film, and by task what is said of every frame; `name` is for files that are kept.

    `marks` are the labels that a visitor gave to frames, "" elsewhere.
    """

    name: str
    film: bytes | Path
    tasks: Mapping[str, FrameLabels]
    marks: tuple[str, ...] = ()


def labels_view(shown: Shown, *, key: str) -> None:
    """Show the clip, its labels, what happens inside, and what to keep."""
    player = f"{key}.player"
    film, words = st.columns([2, 3], gap="large", vertical_alignment="center")
    with film, st.container(key=player):
        st.video(shown.film if isinstance(shown.film, bytes) else str(shown.film), muted=True, loop=True)
    with words:
        found, networks, cost = _asked(shown, key)
        labels = {network: found.labels(network, cost) for network in networks}
        if not labels:
            st.info("Choose a network above to see what it says.", icon=":material/info:")
        for line in told(found, labels):
            st.markdown(line)
    if not (tracks := _tracks(shown, found, labels, cost)):
        return
    timeline(
        tracks, found.seconds, found.length, CHANGES | label_colours(found.classes),
        player=player, key=f"{key}.timeline.{found.task}",
    )  # fmt: skip
    st.caption(f"{KEY} {WRONG}" if found.truth else KEY)
    keep(shown, found, labels, key=key)
    inside(found, key=key)


def _asked(shown: Shown, key: str) -> tuple[FrameLabels, list[str], float]:
    """Ask for the task, the networks, and how much labels are smoothed."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
        tasks = list(shown.tasks)
        task = tasks[0]
        if len(tasks) > 1:
            task = st.segmented_control(
                "Label", tasks, default=tasks[-1], required=True, format_func=frames.TASKS.__getitem__,
                key=f"{key}.task",
            )  # fmt: skip
        found = shown.tasks[task]
        cost = st.slider("Smoothing", 0.0, MOST_COST, 0.0, 0.5, key=f"{key}.smoothing", help=SMOOTHING, width=220)
    names = list(found.chances)
    first = names if found.task == OWN else [name for name in names if name in SHOWN_FIRST]
    chosen = st.pills(
        "Networks", names, selection_mode="multi", default=first, format_func=watchers.title, key=f"{key}.networks"
    )
    return found, [name for name in names if name in chosen], cost


def _tracks(shown: Shown, found: FrameLabels, labels: Mapping[str, Sequence[str]], cost: float) -> list[Track]:
    """Lay what is known first, the truth or marks, then each network; smoothed labels with the raw ones below them."""
    known = {"What was drawn": found.truth, "Your marks": shown.marks}
    tracks = [Track(title, each) for title, each in known.items() if each]
    for network, each in labels.items():
        title = watchers.title(network)
        tracks.append(_track(found, network, f"{title}, smoothed" if cost else title, tuple(each)))
        if cost:
            tracks.append(_track(found, network, f"{title}, raw", found.labels(network)))
    if all(way in labels for way in WAYS):
        tracks.append(Track("Both ways against forwards", _corrected(found, *(labels[way] for way in WAYS))))
    return tracks


def _corrected(found: FrameLabels, both: Sequence[str], one: Sequence[str]) -> tuple[str, ...]:
    """Say of each frame what reading both ways changes."""
    if not found.truth:
        return tuple("" if mine == other else DIFFERS for mine, other in zip(both, one, strict=True))
    kinds = {(True, False): CORRECTED, (False, True): LOST}
    pairs = zip(both, one, found.truth, strict=True)
    return tuple(kinds.get((mine == true, other == true), "") for mine, other, true in pairs)


def _track(found: FrameLabels, network: str, title: str, labels: tuple[str, ...]) -> Track:
    wrong = tuple(map(str.__ne__, labels, found.truth)) if found.truth else ()
    told = f"{percent(found.right(labels))} of frames right" if found.truth else ""
    return Track(title, labels, found.scores(network, labels), wrong, told)


def told(found: FrameLabels, labels: Mapping[str, Sequence[str]]) -> list[str]:
    """Say in sentences how right the networks are on this clip, and what reading both ways corrects."""
    if not found.truth:
        return [_apart(labels)] if len(labels) > 1 else []
    said = ", ".join(f"{watchers.title(name)} **{percent(found.right(each))}**" for name, each in labels.items())
    lines = [f"Frames of this clip with the right label: {said}."] if said else []
    if all(way in labels for way in WAYS):
        changed = _corrected(found, *(labels[way] for way in WAYS))
        better, worse = changed.count(CORRECTED), changed.count(LOST)
        why = ": what comes next often says what this was." if better > worse else "."
        lines.append(
            f"Reading both ways has {counted(better, 'frame')} right that reading forwards gets wrong, and gets "
            f"{worse:,} wrong that it has right{why}"
        )
    return lines


def _apart(labels: Mapping[str, Sequence[str]]) -> str:
    """Say how often the networks do not agree."""
    rows = list(zip(*labels.values(), strict=True))
    differ = sum(len(set(row)) > 1 for row in rows)
    changes = ", ".join(f"{watchers.title(name)} {len(stretches(each)) - 1:,}" for name, each in labels.items())
    return (
        f"They agree on {percent(1 - differ / len(rows))} of the {len(rows):,} frames. "
        f"Changes of label in the clip: {changes}."
    )
