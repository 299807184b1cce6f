"""Many pictures at once: send an archive, have all of it captioned, and compare with what people wrote.

The link carries the pictures and the table of references, by the hash of their content; so a reload and a second
visitor find both.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from components.captions.many_scores import KIND
from components.captions.many_view import many_view
from components.networks.work import Work, latest, offer
from components.result.heading import counted
from components.sentences import literal, say
from components.setup.delete_step import delete_step
from model_zoo.data import folders, texts, uploads
from model_zoo.data.limits import LIMITS, MIB, in_bytes
from model_zoo.experiments.job import Job
from model_zoo.experiments.jobs.caption_pictures import FILE, CaptionsSpec, estimate, written
from model_zoo.rnn.captioning import KINDS

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

TROUBLE, ROUND = "captions.many.trouble", "captions.many.round"
LEAD = (
    f"Send a ZIP or TAR of pictures in whatever folders, or the pictures themselves, up to {LIMITS.pictures:,} of them "
    f"and {in_bytes(LIMITS.upload_bytes)}. Each will stand here with its caption, to search and to download. With a "
    "table of what people wrote of them you see how near the captions come to that."
)
TABLE = "A CSV with the columns `image` and `caption`, one row for each caption; a picture may have several rows."
HOW = "three beginnings grow side by side (beam search). The choice of network at the top of the page counts here, too."


@dataclass(frozen=True)
class Sent:
    """What a kept upload holds, as far as the page tells it; `bytes` of all its pictures."""

    name: str
    pictures: int
    bytes: int
    left_out: int


@dataclass(frozen=True)
class Known:
    """What a kept table says of an upload: its name, its captions, the pictures of the upload that it knows."""

    name: str
    captions: int
    pictures: int


def many() -> None:
    """Ask for pictures, offer to caption them, and show what came of it."""
    if trouble := st.session_state.get(TROUBLE):
        say(trouble)
    reference, references = (st.query_params.get(name, "") for name in ("data", "references"))
    network = st.query_params.get("network", "attention")
    spec = asdict(CaptionsSpec(reference, network if network in KINDS else "attention", references=references))
    job = latest(KIND, spec, FILE) if reference else None
    done = job is not None and job.state == "finished" and job.result is not None
    sent = _opened(reference, missed=not done) if reference else None
    if sent is None and not done:
        _ask()
        return
    known = _about(reference, references, sent)
    if job and done:
        many_view(job.id, spec, job.result or {})
    elif sent and (known or not references):
        _offer(sent, spec, job)


@st.cache_data(max_entries=32, show_spinner="Looking through the pictures")
def look(reference: str) -> Sent:
    """List a kept upload; raises ValueError with a sentence for what cannot be used."""
    listed = uploads.pictures(reference)
    title = uploads.find(reference.removeprefix("upload:")).title
    return Sent(title, len(listed.members), sum(member.bytes for member in listed.members), len(listed.left_out))


@st.cache_data(max_entries=32, show_spinner="Reading the table")
def compare(references: str, reference: str) -> Known:
    """Match a kept table with an upload; raises ValueError with a sentence for what cannot be used."""
    found = written(references, uploads.pictures(reference).members)
    captions = sum(len(found.of(name)) for name in found.names)
    return Known(texts.name_of(references), captions, len(found.names))


def _opened(reference: str, missed: bool) -> Sent | None:
    """Open what the link names; where it is gone, or cannot be used, say so if it is `missed`."""
    try:
        uploads.find(reference.removeprefix("upload:"))  # what was looked at before may have been deleted since
        return look(reference)
    except ValueError as error:
        if missed:
            say(str(error))
    return None


def _ask() -> None:
    st.markdown(LEAD)
    sent = st.file_uploader(
        "Pictures, or an archive of them",
        accept_multiple_files=True,
        key=f"captions.many.upload.{st.session_state.setdefault(ROUND, 0)}",
    )
    if sent:
        _take(sent)
        st.session_state[ROUND] += 1  # an empty uploader: Streamlit holds in memory what lies in one
        st.rerun()


def _take(sent: "list[UploadedFile]") -> None:
    """Keep what came if it can be used; otherwise say why, and leave all as it was."""
    try:
        with st.spinner("Keeping your pictures"):
            reference = _kept(sent)
            look(reference)
    except ValueError as error:
        st.session_state[TROUBLE] = str(error)
        return
    st.session_state.pop(TROUBLE, None)
    st.query_params["data"] = reference


def _kept(sent: "list[UploadedFile]") -> str:
    packed = [file for file in sent if Path(file.name).suffix.lower() in folders.ARCHIVES]
    if not packed:
        title = sent[0].name if len(sent) == 1 else f"{len(sent):,} pictures"
        return uploads.keep_files(((file.name, file) for file in sent), title)
    if len(sent) > 1:
        raise ValueError("Send one archive, or pictures that are not packed; what came is more than one or both.")
    return uploads.keep_archive(packed[0], packed[0].name, "pictures")


def _others() -> None:
    for name in ("data", "references"):
        st.query_params.pop(name, None)
    st.session_state.pop(TROUBLE, None)


def _about(reference: str, references: str, sent: Sent | None) -> Known | None:
    """Say what was sent, ask for references, and give what is known of those."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if sent:
            left_out = f", {counted(sent.left_out, 'other file')}" if sent.left_out else ""
            told = f"{counted(sent.pictures, 'picture')}, {in_bytes(sent.bytes)}{left_out}"
            st.markdown(f"**{literal(sent.name)}**  \n{told}", width="content")
        st.button("Choose other pictures", key="captions.many.others", icon=":material/refresh:", on_click=_others)
        if sent:
            delete_step(reference, "captions.many.delete", _others)
    return _references(reference, references) if sent else None


def _references(reference: str, references: str) -> Known | None:
    """Ask for a table of what people wrote, or say what the one that is there knows."""
    if not references:
        with st.expander("Compare with what people wrote", icon=":material/fact_check:"):
            st.markdown(TABLE)
            st.file_uploader(
                "A table of captions", type=["csv", "tsv", "txt"], max_upload_size=LIMITS.texts_bytes // MIB,
                key="captions.many.references", on_change=_table, args=(reference,),
            )  # fmt: skip
        return None
    try:
        known = compare(references, reference)
    except ValueError as error:
        say(str(error))
        known = None
    with st.container(horizontal=True, vertical_alignment="center"):
        if known:
            told = f"{counted(known.captions, 'caption')} of {known.pictures:,} of these pictures"
            st.markdown(f"**{literal(known.name)}**, {told}", width="content")
        st.button("Leave the table out", key="captions.many.alone", icon=":material/close:", on_click=_alone)
    return known


def _table(reference: str) -> None:
    """Keep a table if it can be used; otherwise say why, and leave all as it was."""
    st.session_state.pop(TROUBLE, None)
    if not (file := st.session_state["captions.many.references"]):
        return
    try:
        references = texts.keep(file.getvalue(), file.name)
        compare(references, reference)
    except ValueError as error:
        st.session_state[TROUBLE] = str(error)
        return
    st.query_params["references"] = references


def _alone() -> None:
    st.query_params.pop("references", None)


def _offer(sent: Sent, spec: dict[str, Any], job: Job | None) -> None:
    """Offer to caption the pictures; show the job while it goes on."""
    st.caption(f"By the network {KINDS[spec['network']].lower()}; {HOW}")
    what = "this picture" if sent.pictures == 1 else f"these {sent.pictures:,} pictures"
    before = latest(KIND, spec | {"references": ""}, FILE) if spec["references"] else None
    if before and before.state == "finished":  # the job takes its captions
        label, seconds = f"Compare the captions of {what}", estimate(0, 0)
    else:
        label = f"Caption {what}, and compare" if spec["references"] else f"Caption {what}"
        seconds = estimate(sent.pictures, sent.bytes)
    offer(Work(KIND, spec, label, "Captioning:", ":material/image:", primary=True, seconds=seconds), job)
