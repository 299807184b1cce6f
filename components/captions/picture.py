"""Which picture is spoken of: an example, an upload, one that is pasted, or one from the webcam."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import streamlit as st

from components.captions.examples import EXAMPLES, content
from components.captions.thumbnails import thumbnails
from components.networks.address import carried
from components.networks.paste import pasted
from components.one_picture import photographed, uploaded

EXAMPLE, UPLOAD, PASTE, WEBCAM = "An example", "Upload", "Paste", "Webcam"
NONE = "Give a picture above, or go back to an example: the network says here, word by word, what it sees in it."


@dataclass(frozen=True)
class Picture:
    """The content of a picture file, what it is called, and whose it is."""

    content: bytes = field(repr=False)
    title: str = "Your picture"
    credit: str = ""

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def asked_picture() -> Picture | None:
    """Ask for a picture; None while there is none. A link carries which example it is."""
    how = st.segmented_control(
        "Picture", [EXAMPLE, UPLOAD, PASTE, WEBCAM], default=EXAMPLE, required=True, key="captions.from",
        label_visibility="collapsed",
    )  # fmt: skip
    if how == EXAMPLE:
        return _example()
    st.query_params.pop("picture", None)
    found = _own(how)
    if found is None:
        st.info(NONE, icon=":material/image:")
        return None
    return Picture(found)


def _own(how: str) -> bytes | None:
    if how == PASTE:
        return pasted(key="captions.paste")
    if how == WEBCAM:
        return photographed("captions.webcam")
    return uploaded("A picture of yours", "captions.upload")


def _example() -> Picture:
    key = carried("picture", next(iter(EXAMPLES)), EXAMPLES.__contains__, page="captions")
    name = st.session_state[key]
    thumbnails(EXAMPLES, name, key="captions.examples", on_choose=lambda name: st.session_state.update({key: name}))
    return Picture(content(name), EXAMPLES[name].title, EXAMPLES[name].credit)
