"""Begin from what was chosen before: the page of towers opens with its choices as they were."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components import shell
from model_zoo.residual.towers import ResidualSpec

CHOSEN = "residual.chosen"  # a spec whose choices the page takes over when it opens


def again_button(spec: Mapping[str, Any], *, key: str, label: str) -> None:
    """Show a button that opens the page with the choices of `spec`."""
    if st.button(label, icon=":material/replay:", key=key):
        st.session_state[CHOSEN] = dict(spec)
        shell.go("residual")


def asked_again() -> bool:
    """Say whether the page was opened to begin again."""
    return CHOSEN in st.session_state


def chosen() -> ResidualSpec | None:
    """Give the spec that was asked for again; None where none was, or it is none any more."""
    asked = st.session_state.get(CHOSEN)
    try:
        return ResidualSpec.from_json(asked) if asked else None
    except ValueError:
        return None
