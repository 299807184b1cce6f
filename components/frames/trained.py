"""Networks that learn from a visitor's marks: while they do, where they stopped, and what they say of every frame."""

from pathlib import Path

import streamlit as st

from components import shell
from components.charts.chart import show
from components.charts.pairs import paired_differences
from components.charts.race import train_against_validation
from components.downloads import csv_text
from components.frames.labels_read import labels_of
from components.frames.labels_view import Shown, labels_view
from components.frames.marking import known, over_frames
from components.frames.own import uploader
from components.readers.record import Record, record
from components.readers.result import ended, moved, race
from components.result.answer import how_measured, show_verdict
from components.result.heading import counted, show_facts
from components.result.running import under_way
from components.result.stopped import stopped_box, what_happened
from components.sentences import say
from components.theme import is_dark
from model_zoo.data import videos
from model_zoo.experiments.job import Job
from model_zoo.rnn.frame_labels import OWN
from model_zoo.rnn.marks import CONTEXT, LONGEST, spell
from model_zoo.rnn.watchers import WatchersSpec

NOTHING_KEPT = "No network is kept; your marks are, and you can start again."
BEGINS_ANEW = "Training begins anew: of networks on marks no checkpoints are kept."
ANOTHER = "Send another clip: these networks label it, and nothing has to be marked."


def running(job: Job) -> None:
    """Draw the training as it stands; call it again whenever that may have changed."""
    told = record(job)
    _heading(told)
    under_way(job, "frames", bool(told.plan), ended(told), NOTHING_KEPT)
    race(told, "frames")


def stopped(job: Job) -> None:
    """Say what happened, and offer the ways on."""
    told = record(job)
    _heading(told)
    stopped_box(job, what_happened(job), "frames", _mark_more, goes_on=BEGINS_ANEW)
    if told.epochs:
        st.subheader("How far it came", anchor=False)
        race(told, "frames")


def answered(job: Job) -> None:
    """Show which network learned the marks best, and what all of them say of every frame."""
    told = record(job)
    _heading(told)
    show_verdict(told.result["verdict"], told.marks)
    for note in told.notes:
        st.info(note.sentence, icon=":material/info:")
    _mark_more(job)
    st.subheader("Every frame of the clip", anchor=False)
    _labelled(job, told)
    st.subheader("Which learned the marks best?", anchor=False)
    race(told, "frames")
    how_measured((told.result["split"], _measured(told)), (), "")
    if told.result["verdict"]["pairs"]:
        show(paired_differences(told.result["verdict"], told.marks, is_dark()), key="frames.pairs")
    show(train_against_validation(told.epochs, told.marks, is_dark()), key="frames.gaps")
    moved(told, told.result["layers"], "frames")
    _keep(told)
    st.subheader("Another clip", anchor=False)
    st.markdown(ANOTHER)
    uploader("Another clip", job.id)


def _labelled(job: Job, told: Record) -> None:
    try:
        film, tasks = videos.preview(_spec(told).clip), labels_of(job.id)
    except ValueError as error:
        say(str(error))
        return
    marks = over_frames(_spec(told).marks, len(tasks[OWN].seconds))
    labels_view(Shown(Path(told.name).stem, film, tasks, marks), key="frames.trained")


def _mark_more(job: Job) -> None:
    """Offer to go back to the marks."""
    spec = WatchersSpec.from_json(job.spec)
    help = "Opens the clip with these marks; networks and budget are yours to choose."
    if st.button("Mark more", icon=":material/bookmark_add:", key="frames.mark_more", help=help):
        shell.go("frames", {"clip": spec.clip, "marks": spell(known(spec.clip) or spec.marks)})


def _heading(told: Record) -> None:
    spec = _spec(told)
    frames = sum(map(len, spec.marks))
    show_facts(
        {
            "Clip": told.name,
            "Marks": f"{counted(len(spec.marks), 'stretch', 'stretches')}, {counted(frames, 'frame')}, "
            f"{counted(len(spec.classes), 'label')}",
            "Networks": f"{len(spec.configurations)} × {counted(spec.seeds, 'seed')}",
            "Budget": counted(spec.epochs, "epoch"),
        }
    )


def _spec(told: Record) -> WatchersSpec:
    assert isinstance(told.spec, WatchersSpec)
    return told.spec


def _measured(told: Record) -> str:
    return (
        f"Accuracy: {told.result['right']}; marked stretches are cut into pieces of {LONGEST} frames at most, and read "
        f"with {CONTEXT} frames before and after; the timeline comes from one reading of the whole clip. "
        f"{counted(told.spec.epochs, 'epoch')} for all, peak rate {told.spec.rate:g}; each "
        "run counts with its best epoch by validation. Below all stands the same shipped CNN, which does not move."
    )


def _keep(told: Record) -> None:
    model = told.folder / told.result["file"]
    with st.container(horizontal=True):
        st.download_button(
            "Runs as CSV", csv_text(told.result["runs"]), "runs.csv", "text/csv", icon=":material/table:",
            key="frames.csv", on_click="ignore",
        )  # fmt: skip
        if model.exists():
            st.download_button(
                "Networks", model.read_bytes, model.name, icon=":material/download:", key="frames.model",
                on_click="ignore", help="Weights in fp16; how they are built, and their labels, stand in the metadata.",
            )  # fmt: skip
    st.caption("This page has an address of its own: its link opens this training again.")
