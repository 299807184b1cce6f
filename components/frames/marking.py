"""Mark stretches of a clip with labels of one's own, and train networks on them."""

from collections.abc import Mapping, Sequence
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
from model_zoo.rnn.marks import LABEL_CHARACTERS, Mark, frames_read, marked, read, spell
from model_zoo.rnn.watchers import DEFAULTS, MOST_EPOCHS, MOST_SEEDS, WatchersSpec

KIND = "watchers"
PLAYER = "frames.marking.player"
MOST_IN_LINK = 4_000  # characters
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
    marks = tuple(mark for mark in known(clip) if mark.last < len(any_task.seconds))
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
        _listed(clip, marks, any_task.seconds)
    _train(clip, marks)


def remember(clip: str, marks: Sequence[Mark]) -> None:
    """Take marks for those of this session; the link carries them, as long as they are few enough."""
    line = spell(marks)
    st.session_state[_key(clip)] = line
    if len(line) <= MOST_IN_LINK:
        st.query_params["marks"] = line
    else:  # better none than some
        st.query_params.pop("marks", None)


def known(clip: str) -> tuple[Mark, ...]:
    """Give the marks of this session, or those that the link carries."""
    return read(st.session_state.get(_key(clip), st.query_params.get("marks", "")))


def _key(clip: str) -> str:
    return f"frames.marks.{clip}"


def over_frames(marks: Sequence[Mark], count: int) -> tuple[str, ...]:
    """Give the label of each of `count` frames, "" where it is not marked."""
    labels = [""] * count
    for mark in marks:
        labels[mark.first : mark.last + 1] = [mark.label] * len(mark)
    return tuple(labels)


def _name_it(clip: str, chosen: Chosen | None, seconds: Sequence[float]) -> None:
    """Ask for the label of the chosen frames."""
    labels = sorted({mark.label for mark in known(clip)})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox(
            "Label", labels, index=None, accept_new_options=True, placeholder="Type a label", width=260,
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
        remember(clip, marked(known(clip), new))


def _listed(clip: str, given: Sequence[Mark], seconds: Sequence[float]) -> None:
    """List the marks; what is taken out of the list is forgotten."""
    marks, key = {spell((mark,)): mark for mark in given}, "frames.marking.list"
    if not marks:
        return
    st.session_state[key] = list(marks)
    st.multiselect(
        "Your marks", list(marks), key=key, help="Take one out with its ×.",
        on_change=lambda: remember(clip, [marks[line] for line in st.session_state[key]]),
        format_func=lambda line: f"{when(seconds[marks[line].first])} {marks[line].label}, "
        f"{counted(len(marks[line]), 'frame')}",
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
    spec, missing = _spec(clip, marks, tuple(chosen), epochs, seeds)
    seconds = spec.estimate(frames_read(spec.marks)) if spec else 0.0
    if st.button("Train them", type="primary", icon=":material/play_arrow:", key="frames.train", disabled=not spec):
        shell.go("frames", {"id": jobs.submit(KIND, spec.to_json(), estimate_seconds=seconds)})
    if missing:
        st.caption(literal(missing))
    else:
        told = about(seconds)
        st.caption(f"{told[0].upper()}{told[1:]}. It goes on when you close the page.")


def _spec(
    clip: str, marks: tuple[Mark, ...], networks: tuple[str, ...], epochs: int, seeds: int
) -> tuple[WatchersSpec | None, str]:
    """Give what is to be trained, or a sentence that says what is missing."""
    if not marks:
        return None, "Nothing is marked yet: two labels at least, some frames each."
    if not networks:
        return None, "Choose at least one network."
    try:
        return WatchersSpec(clip, marks, networks, epochs, seeds), ""
    except ValueError as error:
        return None, str(error)
