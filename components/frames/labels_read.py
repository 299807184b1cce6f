"""What a job has said of every frame of a clip, read once."""

import json

import streamlit as st

from components.jobs import store
from model_zoo.experiments.jobs.frames import FILE
from model_zoo.rnn.frame_labels import FrameLabels


@st.cache_resource(max_entries=16, show_spinner="Reading the labels")
def labels_of(job: str) -> dict[str, FrameLabels]:
    """Give the labels by task that the finished `job` wrote; nobody changes them. Raises ValueError with a sentence."""
    try:
        told = json.loads((store().folder(job) / FILE).read_text("utf-8"))
    except FileNotFoundError as error:
        raise ValueError("The labels of this clip are no longer here. Train or watch it again.") from error
    return {task: FrameLabels.from_json(each) for task, each in told.items()}
