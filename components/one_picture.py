"""Asking for one picture, as an upload or from the webcam."""

import streamlit as st

from model_zoo.data.limits import LIMITS, MIB


def uploaded(label: str, key: str) -> bytes | None:
    """Ask for a picture file; gives its content, None while there is none."""
    file = st.file_uploader(label, type=["image", "heic", "heif"], max_upload_size=LIMITS.picture_bytes // MIB, key=key)
    return file.getvalue() if file else None


def photographed(key: str) -> bytes | None:
    """Ask for a picture from the webcam; gives the content of its file, None while none is taken."""
    taken = st.camera_input("Take a picture", key=key, label_visibility="collapsed", width=480)
    return taken.getvalue() if taken else None
