"""What the address of the page carries: each choice under its name, left out where it is what everybody gets.

Streamlit's own binding writes what an option is called on the screen, which no link should depend on.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st


def carried(
    name: str,
    default: Any,
    fits: Callable[[Any], bool],
    *,
    of: str = "",
    read: Callable[[str], Any] = str,
    page: str = "networks",
) -> str:
    """Give the key for the widget of a choice, its value set: the visitor's, or else the address's, or the default.

    A value that does not fit, from whichever of them, gives way to the default. The address is read where the widget
    has no value yet; then it follows. `of` keeps apart widgets that share a name, such as the sizes of two networks;
    `page` is what all keys of the page begin with.
    """
    key = f"{page}.{name}.{of}" if of else f"{page}.{name}"
    value = st.session_state.get(key)
    if value is None:
        value = _read(name, read)
    st.session_state[key] = value = default if value is None or not fits(value) else value
    if value == default:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != str(value):
        st.query_params[name] = str(value)
    return key


def _read(name: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(st.query_params[name])
    except (KeyError, ValueError):  # not there, or not what it should be
        return None
