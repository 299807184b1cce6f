"""Which pictures a network is shown: bundled ones, those that are downloaded or were sent before, or an archive."""

import streamlit as st

from components import jobs
from components.networks.address import carried
from components.sentences import say
from components.setup.upload_step import ARCHIVES
from model_zoo.data import sources, uploads
from model_zoo.data.sources import BUNDLED, DOWNLOADS, Source

OWN, SENT, TAKEN = "own", "networks.sent", "networks.sent.taken"
TROUBLE, ROUND = "networks.sent.trouble", "networks.sent.round"


def pictures_choice() -> str:
    """Ask for a picture set and give its reference; "" while the visitor's own are still to be sent."""
    known = _known()
    if st.session_state.pop(TAKEN, False):
        st.session_state["networks.pictures"] = st.session_state[SENT]
    options = [*known, OWN]
    chosen = st.selectbox(
        "Pictures to show it",
        options,
        format_func=lambda reference: known[reference].title if reference in known else "Send pictures of your own …",
        key=carried("pictures", options[0], options.__contains__),
    )
    if chosen != OWN:
        return str(chosen)
    _send()
    return ""


def _known() -> dict[str, Source]:
    """Give the sets that can be shown without a download, by reference; those that were sent come last."""
    bundled = [row.name for row in BUNDLED]
    fetched = [f"download:{row.name}" for row in DOWNLOADS if row.ready]
    kinds = ("pictures", "compare", "excite")
    sent = [job.spec.get("data", "") for kind in kinds for job in jobs.store().jobs(jobs.VIEWER, kind)]
    sent = [reference for reference in (st.session_state.get(SENT, ""), *sent) if reference.startswith("upload:")]
    return {reference: source for reference in (*bundled, *fetched, *sent) if (source := _find(reference))}


def _find(reference: str) -> Source | None:
    try:
        return sources.find(reference, paths=False)
    except ValueError:  # deleted since
        return None


def _send() -> None:
    sent = st.file_uploader(
        "A ZIP or TAR with one folder for each class",
        type=list(ARCHIVES),
        key=f"networks.archive.{st.session_state.setdefault(ROUND, 0)}",
    )
    if sent:
        _take(sent)
        st.session_state[ROUND] += 1  # an empty uploader: Streamlit holds in memory what lies in one
        st.rerun()
    if trouble := st.session_state.get(TROUBLE):
        say(trouble)


def _take(sent: "st.runtime.uploaded_file_manager.UploadedFile") -> None:
    try:
        with st.spinner("Keeping your pictures"):
            reference = uploads.keep_archive(sent, sent.name)
            uploads.contents(reference)
    except ValueError as error:
        st.session_state[TROUBLE] = str(error)
        return
    st.session_state.update({TROUBLE: "", SENT: reference, TAKEN: True})
