"""Mark stretches of a clip with labels of one's own, and train networks on them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import streamlit as st

from components import jobs, shell
from components.frames.colours import label_colours
from components.frames.stretches import when
from components.frames.timeline import Chosen, Track, timeline
from components.numbers import about
from components.result.heading import counted
from components.sentences import literal
from model_zoo.rnn import watchers
from model_zoo.rnn.frame_labels import FrameLabels
from model_zoo.rnn.watchers import DEFAULTS, LABEL_CHARACTERS, MOST_EPOCHS, MOST_SEEDS, Mark, WatchersSpec, check

KIND = "watchers"
PLAYER = "frames.marking.player"
OFFERED = (
    *DEFAULTS, "lstm:bidirectional=true", "lstm", "rnn:bidirectional=true", "rnn", "shipped:gradual=false",
)  # fmt: skip
HOW = (
    "Drag over the timeline to choose frames, or stop the clip and press **Begins here** and **Ends here**; then name "
    "them. Three stretches or more of every label let whole stretches be kept apart to test on."
)


def marking(clip: str, film: Path, tasks: Mapping[str, FrameLabels]) -> None:
    """Show the clip with its marks, take new ones, and offer to train on them."""
    any_task = next(iter(tasks.values()))
    marks = _marks(clip)
    st.subheader("Mark what happens in it", anchor=False)
    film_side, words = st.columns([2, 3], gap="large", vertical_alignment="center")
    with film_side, st.container(key=PLAYER):
        st.video(str(film), muted=True)
    labels = over_frames(marks, len(any_task.seconds))
    chosen = timeline(
        [Track("Your marks", labels)], any_task.seconds, any_task.length, label_colours(labels), player=PLAYER,
        key=f"frames.marking.{clip}", choosing=True,
    )  # fmt: skip
    with words:
        st.markdown(HOW)
        _name_it(clip, chosen, any_task.seconds)
        _listed(clip, any_task.seconds)
    _train(clip, marks)


def remember(clip: str, marks: Sequence[Mark]) -> None:
    """Take marks for those of this session."""
    st.session_state[f"frames.marks.{clip}"] = tuple(sorted(marks, key=lambda mark: mark.first))


def _marks(clip: str) -> tuple[Mark, ...]:
    return st.session_state.get(f"frames.marks.{clip}", ())


def over_frames(marks: Sequence[Mark], count: int) -> tuple[str, ...]:
    """Give the label of each of `count` frames, "" where it is not marked."""
    labels = [""] * count
    for mark in marks:
        labels[mark.first : mark.last + 1] = [mark.label] * len(mark)
    return tuple(labels)


def _name_it(clip: str, chosen: Chosen | None, seconds: Sequence[float]) -> None:
    """Ask for the label of the chosen frames."""
    known = sorted({mark.label for mark in _marks(clip)})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox(
            "Label", known, index=None, accept_new_options=True, placeholder="Type a label", width=260,
            key="frames.marking.label",
        )  # fmt: skip
        told = f"Mark {counted(chosen.last - chosen.first + 1, 'frame')}" if chosen else "Mark the chosen frames"
        st.button(
            told, key="frames.marking.mark", icon=":material/bookmark_add:", disabled=not (chosen and label),
            on_click=_mark, args=(clip, chosen, label),
        )  # fmt: skip
    if chosen:
        st.caption(f"Chosen: {when(seconds[chosen.first])} to {when(seconds[chosen.last])}.")


def _mark(clip: str, chosen: Chosen, label: str) -> None:
    """Mark frames; marks that were there before give way."""
    new = Mark(chosen.first, chosen.last, label.strip()[:LABEL_CHARACTERS])
    if new.label:
        remember(clip, [*(part for mark in _marks(clip) for part in _without(mark, new)), new])


def _without(mark: Mark, new: Mark) -> list[Mark]:
    """Give what is left of a mark outside a new one."""
    before, after = (
        replace(mark, last=min(mark.last, new.first - 1)),
        replace(mark, first=max(mark.first, new.last + 1)),
    )
    return [part for part in (before, after) if part.first <= part.last]


def _listed(clip: str, seconds: Sequence[float]) -> None:
    """List the marks; what is taken out of the list is forgotten."""
    marks, key = _marks(clip), "frames.marking.list"
    if not marks:
        return
    st.session_state[key] = list(marks)
    st.multiselect(
        "Your marks", marks, key=key, on_change=lambda: remember(clip, st.session_state[key]),
        format_func=lambda mark: f"{when(seconds[mark.first])} {mark.label}, {counted(len(mark), 'frame')}",
        help="Take one out with its ×.",
    )  # fmt: skip


def _train(clip: str, marks: tuple[Mark, ...]) -> None:
    """Ask which networks, how long and how often; begin."""
    st.subheader("Train networks on your marks", anchor=False)
    chosen = st.pills(
        "Networks", OFFERED, selection_mode="multi", default=DEFAULTS, format_func=watchers.title,
        key="frames.networks", help="All see the same frames through the same shipped CNN, and get the same epochs.",
    )  # fmt: skip
    for name in dict.fromkeys(watchers.get(text)[0].name for text in chosen):
        st.caption(f"**{watchers.REGISTRY[name].title}.** {watchers.REGISTRY[name].about}")
    left, right = st.columns(2)
    epochs = left.number_input("Epochs", 1, MOST_EPOCHS, WatchersSpec.epochs, key="frames.epochs")
    seeds = right.number_input("Seeds", 1, MOST_SEEDS, WatchersSpec.seeds, key="frames.seeds")
    missing = _missing(marks) or ("" if chosen else "Choose at least one network.")
    spec = None if missing else WatchersSpec(clip, marks, tuple(chosen), epochs, seeds)
    seconds = spec.estimate(sum(map(len, marks))) if spec else 0.0
    if st.button("Train them", type="primary", icon=":material/play_arrow:", key="frames.train", disabled=not spec):
        shell.go("frames", {"id": jobs.submit(KIND, spec.to_json(), estimate_seconds=seconds)})
    if missing:
        st.caption(literal(missing))
    else:
        told = about(seconds)
        st.caption(f"{told[0].upper()}{told[1:]}. It goes on when you close the page.")


def _missing(marks: tuple[Mark, ...]) -> str:
    if not marks:
        return "Nothing is marked yet: two labels at least, some frames each."
    try:
        check(marks)
    except ValueError as error:
        return str(error)
    return ""
