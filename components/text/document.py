"""A whole document tagged in a job: a text file in; CoNLL, JSON lines and CSV out."""

from dataclasses import asdict
from typing import Any

import streamlit as st

from components.jobs import store
from components.networks.work import Work, latest, offer
from components.sentences import literal, say
from model_zoo.data import texts
from model_zoo.data.limits import LIMITS, MIB
from model_zoo.experiments.job import Job
from model_zoo.experiments.jobs.tag_document import CONLL, LINES, TABLE, DocumentSpec, estimate
from model_zoo.rnn import tagging

KIND = "tag_document"
LEAD = (
    "Send a text file, one sentence or paragraph a line. What is named in it will stand here, to download as CoNLL, "
    "JSON lines and CSV."
)
KEPT = {CONLL: "text/plain", LINES: "application/jsonl", TABLE: "text/csv"}
SAID = {CONLL: "CoNLL", LINES: "JSON lines", TABLE: "CSV"}


def document(task: str) -> None:
    """Ask for a file, offer to tag it, and show what came of it; the link carries the file."""
    if trouble := st.session_state.get("tagging.trouble"):
        say(trouble)
    file = st.query_params.get("file", "")
    try:
        found = look(file) if file else None
    except ValueError as error:
        say(str(error))
        found = None
    if found is None:
        st.markdown(LEAD)
        st.file_uploader(
            "A text file", type=["txt", "md", "text"], max_upload_size=LIMITS.texts_bytes // MIB,
            key="tagging.upload", on_change=_uploaded,
        )  # fmt: skip
        return
    name, lines, characters = found
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{literal(name)}**, {lines:,} {'line' if lines == 1 else 'lines'}")
        st.button("Choose another file", key="tagging.others", icon=":material/refresh:", on_click=_another)
    spec = asdict(DocumentSpec(file, task))
    job = latest(KIND, spec, CONLL)
    if job and job.state == "finished" and job.result:
        _found(job, job.result, task)
        return
    label = f"Find its {tagging.TASKS[task].lower()}"
    work = Work(KIND, spec, label, "Tagging:", ":material/label:", primary=True, seconds=estimate(characters))
    offer(work, job)


@st.cache_data(max_entries=32, show_spinner="Reading the file")
def look(file: str) -> tuple[str, int, int]:
    """Give the name, lines and characters of a kept file; raises ValueError with a sentence."""
    content, name = texts.find(file)
    lines = texts.lines(texts.decoded(content, name)[0])
    if not any(line.strip() for line in lines):
        raise ValueError(f"There is no text in {name}.")
    return name, len(lines), sum(map(len, lines))


def _uploaded() -> None:
    """Keep what came if it can be used; otherwise say why, and leave all as it was."""
    if not (sent := st.session_state["tagging.upload"]):
        return
    try:
        file = texts.keep(sent.getvalue(), sent.name)
        look(file)
    except ValueError as error:
        st.session_state["tagging.trouble"] = str(error)
        return
    st.session_state.pop("tagging.trouble", None)
    st.query_params["file"] = file


def _another() -> None:
    st.query_params.pop("file", None)
    st.session_state.pop("tagging.trouble", None)


def _found(job: Job, result: dict[str, Any], task: str) -> None:
    counts = ", ".join(f"{tag} {count:,}" for tag, count in result["tags"].items()) or "none"
    what = "entities" if task == "ner" else "words"
    total = sum(result["tags"].values())
    st.markdown(literal(f"{total:,} {what} in {result['words']:,} words: {counts}."))
    if result["named"]:
        st.dataframe(
            [{"text": text, "tag": tag, "times": count} for text, tag, count in result["named"]],
            height=min(320, 38 + 35 * len(result["named"])), key="tagging.named",
        )  # fmt: skip
    with st.container(horizontal=True):
        for file, mime in KEPT.items():
            path = store().folder(job.id) / file
            if path.exists():
                st.download_button(
                    SAID[file], path.read_bytes(), file, mime, icon=":material/download:", key=f"tagging.keep.{file}",
                    on_click="ignore",
                )  # fmt: skip
