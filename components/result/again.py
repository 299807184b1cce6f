"""Run again with changes: the compare page, filled in as a comparison was."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import streamlit as st

from components import shell
from components.setup.choices import Choices, address
from components.setup.row import open_step


def again_button(spec: Mapping[str, Any], *, key: str, label: str = "Run again with changes", step: str = "") -> None:
    """Offer to open the compare page filled in with `spec`, at `step`."""
    icon = ":material/replay:"
    if st.button(label, icon=icon, key=key, help="Opens the compare page, filled in as this comparison was."):
        if step:
            open_step(step)
        shell.go("compare", query(spec))


def query(spec: Mapping[str, Any]) -> dict[str, str]:
    """Write a comparison's spec as the compare page reads it from its address."""
    values = {field.name: spec[field.name] for field in fields(Choices) if field.name in spec}
    return address(Choices(**values | {"strategies": tuple(spec["strategies"])}))
