"""The visitor's own pictures: an archive, a folder, or classes made on the page."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from components.sentences import say
from components.setup import choices, classes_step
from components.setup.classes_step import TROUBLE
from components.setup.delete_step import delete_step
from model_zoo.data import uploads
from model_zoo.data.limits import LIMITS, in_bytes, limits_in_words

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

ARCHIVES = ("zip", "tar", "gz", "tgz", "bz2", "tbz2", "xz", "txz")
WAYS = ("A ZIP or TAR", "A folder", "Classes made here")
TREE = """One folder for each class; `train`, `val` and `test` folders around them are honoured, and made where they
are missing. JPEG, PNG, WebP, GIF, BMP, TIFF and HEIC are read."""
WAY, ROUND = "compare.way", "compare.upload.round"


def upload_step(reference: str) -> None:
    """Take pictures in one of three ways; what cannot be used is answered by a sentence, and what was chosen stays.

    Once there are pictures, `reference`, it is folded, so that they are seen; and they can be deleted.
    """
    if reference:
        with st.expander("Send other pictures", expanded=in_trouble(), icon=":material/upload:", key="compare.other"):
            _ways()
        delete_step(reference)
    else:
        _ways()


def _ways() -> None:
    st.session_state.setdefault(WAY, WAYS[0])
    way = st.segmented_control(
        "How", WAYS, required=True, key=WAY, label_visibility="collapsed", persist_state="session",
        on_change=forget_trouble,
    )  # fmt: skip
    if way == WAYS[2]:
        classes_step.classes_step(use)
    else:
        _drop(folder=way == WAYS[1])
    if trouble := st.session_state.get(TROUBLE):
        say(trouble)
    _limits()


def in_trouble() -> bool:
    """Say whether the last thing that was sent could not be used; the sentence stands where it was sent."""
    return bool(st.session_state.get(TROUBLE))


def forget_trouble() -> None:
    """Take away what was said of something that was sent, once the visitor turns to something else."""
    st.session_state[TROUBLE] = ""


def use(keep: Callable[[], str]) -> bool:
    """Keep pictures and choose them; where that cannot be done the sentence is shown, and False given."""
    try:
        with st.spinner("Keeping your pictures"):
            reference = keep()
            uploads.contents(reference)
    except ValueError as error:
        st.session_state[TROUBLE] = str(error)
        return False
    forget_trouble()
    choices.choose(data=reference)
    return True


def _drop(folder: bool) -> None:
    what = "a folder" if folder else "a ZIP or TAR"
    sent = st.file_uploader(
        f"Drop {what} with one folder for each class",
        type=None if folder else list(ARCHIVES),
        accept_multiple_files="directory" if folder else False,
        key=f"compare.{'folder' if folder else 'archive'}.{st.session_state.setdefault(ROUND, 0)}",
        help=TREE,
    )
    if sent:
        use(lambda: _keep(sent))
        st.session_state[ROUND] += 1  # an empty uploader: Streamlit holds in memory what lies in one
        st.rerun()


def _keep(sent: "UploadedFile | list[UploadedFile]") -> str:
    if isinstance(sent, list):
        return uploads.keep_files((file.name, file) for file in sent)
    return uploads.keep_archive(sent, sent.name)


def _limits() -> None:
    title = f"Limits: up to {in_bytes(LIMITS.upload_bytes)} and {LIMITS.pictures:,} pictures"
    with st.expander(title, icon=":material/straighten:"):
        st.markdown("\n".join(f"- {line}" for line in limits_in_words()))
